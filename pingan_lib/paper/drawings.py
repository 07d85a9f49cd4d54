"""A page's figure as a file of its own: SVG that any program reads, and what Chromium prints of it."""

from __future__ import annotations

import base64
import io
import math
import re
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from pingan_lib.errors import PinganError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from bs4 import Tag

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
# HTML keeps names in small letters, and its readers put the capitals back (HTML Standard, 13.2.6.5).
_CAPITALS = (
    "clipPath clipPathUnits gradientTransform gradientUnits lengthAdjust linearGradient markerHeight markerUnits "
    "markerWidth maskUnits pathLength patternContentUnits patternTransform patternUnits preserveAspectRatio "
    "radialGradient refX refY textLength textPath viewBox"
)
# An older name of an address, which drawing programs of any age read.
_NAMES = {name.lower(): name for name in _CAPITALS.split()} | {"href": "xlink:href", "lang": "xml:lang"}
_OF_A_PAGE = ("class", "role", "style", "tabindex")
# The faces of the pages, by the names under which systems and drawing programs know them.
_LATIN = "'Noto Sans', 'Source Sans 3', 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', Arial"
_CHINESE = "'Noto Sans SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei'"
_FACES = {"en": f"{_LATIN}, {_CHINESE}, sans-serif", "zh": f"{_CHINESE}, {_LATIN}, sans-serif"}
_NAMESPACE = re.compile(r'\sxmlns(?::\w+)?="[^"]*"')
_DATA = re.compile(r"data:image/([\w+.-]+);base64,([A-Za-z0-9+/=\s]+)")


def standalone_svg(figure: Tag, *, title: str, language: str) -> str:
    """Take the drawing of a ``<figure>`` out of its page.

    Parameters
    ----------
    figure : Tag
        Holds an ``<svg>``, or an ``<img>`` whose address is its data, with `width` and `height`.
    title : str
        What the drawing is; its text alternative becomes ``<desc>``.
    language : {"en", "zh"}

    Returns
    -------
    str
        An SVG document with letters as text, in the page's faces where they are installed, and in the colours of
        the light theme, which the drawing has of itself (`pingan_lib.svg`); links are dropped, what said whose
        number a text is stays in `data-source`. An image of pixels is put into a drawing.

    Raises
    ------
    PinganError
        If the figure holds no drawing.
    """
    drawn, image = figure.find("svg"), figure.find("img")
    if drawn is not None:
        described = str(drawn.get("aria-label") or "")
        root = _read(str(drawn))
    elif image is not None:
        described = str(image.get("alt") or "")
        root = _framed(image)
    else:
        raise PinganError(f"The figure {title!r} holds no drawing.")
    for element in root.iter():
        _mend(element)
    root.attrib = {
        "xmlns": _SVG,
        "xmlns:xlink": _XLINK,
        "xml:lang": language,
        "role": "img",
        "font-family": _FACES[language],
        **root.attrib,
    }
    for place, (name, text) in enumerate((("title", title), ("desc", described))):
        element = ElementTree.Element(name)
        element.text, element.tail = text, "\n"
        root.insert(place, element)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def page_of_drawing(svg: str, *, title: str, language: str) -> str:
    """A page that is as large as the drawing, for Chromium to print.

    Parameters
    ----------
    svg : str
        As `standalone_svg` gives it.
    title : str
    language : {"en", "zh"}
    """
    root = ElementTree.fromstring(svg.encode("utf-8"))
    # Chromium rounds a sheet down to a three-hundredth of an inch.
    width, height = (math.ceil(_points(root.attrib[side]) + 0.24) for side in ("width", "height"))
    drawing = svg.partition("?>")[2].strip()
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title><style>'
        f"@page {{ size: {width}pt {height}pt; margin: 0 }} html, body {{ margin: 0; overflow: hidden }} "
        f"svg {{ display: block; max-height: {height}pt }}</style></head><body>{drawing}</body></html>"
    )


def _read(svg: str) -> Element:
    """Parse a drawing, without namespaces, which the file declares as a whole."""
    return ElementTree.fromstring(_NAMESPACE.sub("", svg).replace(" xlink:href=", " href="))


def _framed(image: Tag) -> Element:
    """An image of pixels in a drawing of its size, as PNG, since few drawing programs read WebP."""
    found = _DATA.fullmatch(str(image.get("src") or "").strip())
    size = {side: str(image.get(side) or "") for side in ("width", "height")}
    if found is None or not all(map(str.isdigit, size.values())):
        raise PinganError(f"The image {str(image.get('alt'))[:60]!r} has no data or no size on the page.")
    kind, data = found.groups()
    if kind == "webp":
        kind, data = "png", _png(data)
    root = ElementTree.Element("svg", {**size, "viewBox": f"0 0 {size['width']} {size['height']}"})
    ElementTree.SubElement(root, "image", {**size, "href": f"data:image/{kind};base64,{data}"})
    return root


def _png(webp: str) -> str:
    """Write the same pixels as PNG; both in base 64."""
    from matplotlib.image import imread, imsave

    buffer = io.BytesIO()
    imsave(
        buffer,
        imread(io.BytesIO(base64.b64decode(webp)), format="webp"),
        format="png",
    )
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _mend(element: Element) -> None:
    """Make an element of a page one of a file: names as SVG writes them, no links, no classes."""
    link = element.tag == "a"
    attributes = {
        _NAMES.get(name, name): value
        for name, value in element.attrib.items()
        if name not in _OF_A_PAGE and not name.startswith("aria-") and not (link and name == "href")
    }
    element.tag = "g" if link else _NAMES.get(element.tag, element.tag)
    element.attrib = attributes


def _points(length: str) -> float:
    """A length in points; CSS Values 3, section 6.2."""
    found = re.fullmatch(r"([\d.]+)(pt|px|)", length)
    if found is None:
        raise PinganError(f"A drawing has no size that can be printed: {length!r}.")
    return float(found[1]) * (1 if found[2] == "pt" else 0.75)
