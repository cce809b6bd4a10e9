"""The figures of a report, one a file, each an inline SVG made from numbers and nothing else.

Not Plotly: its script alone is 4.8 MB a page, it draws only where scripts run, and its marks cannot be read aloud.
These figures are a few kilobytes, print sharp, and take their fonts and colours from the page's style sheet. A mark
says its number to the pointer (`data-tip`), and the table beside the figure says it to everyone.
"""
