"""SVG as a tree: elements with attributes, escaped by the standard library when written."""

from __future__ import annotations

from xml.etree import ElementTree

from markupsafe import Markup

Element = ElementTree.Element


def drawing(width: float, height: float, style: str, alt: str) -> Element:
    """An empty drawing of that size in its own units, which scales with the page; `alt` is read aloud in its place."""
    return Element("svg", {"viewBox": f"0 0 {width:g} {height:g}", "class": style, "role": "img", "aria-label": alt})


def decoration(width: float, height: float, style: str, *, stretches: bool = False) -> Element:
    """A drawing beside a number that the page also says in words; screen readers skip it.

    One that stretches fills whatever box the page gives it, so it may hold lines and rectangles, no circles.
    """
    element = Element("svg", {"viewBox": f"0 0 {width:g} {height:g}", "class": style, "aria-hidden": "true"})
    if stretches:
        element.set("preserveAspectRatio", "none")
    return element


def draw(parent: Element, tag: str, text: str = "", **attributes: float | str) -> Element:
    """Add an element. Underscores in names of attributes stand for dashes, and `class_` for `class`."""
    written = {
        name.rstrip("_").replace("_", "-"): value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
        for name, value in attributes.items()
    }
    element = ElementTree.SubElement(parent, tag, written)
    element.text = text or None
    return element


def markup(element: Element) -> Markup:
    """The drawing as markup for a page."""
    return Markup(ElementTree.tostring(element, encoding="unicode"))
