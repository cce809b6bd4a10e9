"""The figures of a report, one a file, each an inline SVG made from numbers and nothing else.

Not Plotly: its script alone is 4.8 MB a page, it draws only where scripts run, and its marks cannot be read aloud. These
figures are a few kilobytes, print sharp, take their fonts and colours from the page's style sheet, and every mark that
carries a number says it (`data-tip` for the pointer, the table beside it for everyone).
"""
