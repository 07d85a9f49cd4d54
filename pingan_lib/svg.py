"""A figure as a part of an HTML page: its letters are letters, its numbers lead to where they come from."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from markupsafe import escape

from pingan_lib.drawing import svg_bytes
from pingan_lib.errors import UsageError
from pingan_lib.images import data_uri, webp
from pingan_lib.markup import mark_chinese
from pingan_lib.style import text_width, use_style

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from matplotlib.figure import Figure

_TICKS = ("xtick_", "ytick_")  # how matplotlib's ids of axis ticks begin
_CARD = "#card-"
_HEAVY = 48 * 1024  # below it no image was ever lighter by more than a few KB, and each costs a drawing
# What a child takes from its parent, so that a group can say it once for all.
_INHERITED = (
    "clip-path",  # not inherited, but the same on a group whose members have no transform
    "fill",
    "fill-opacity",
    "font-size",
    "font-weight",
    "stroke",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
)
_SHORT = re.compile(r"[\d.,]{1,4}")  # as wide in any font, nearly


def picture(figure: Figure, *, prefix: str, source: str, label: str, language: str = "zh") -> str:
    """A figure as `inline_svg` gives it; a heavy one as an image in WebP, without loss, where that is lighter.

    The image has no links: the table under a figure has them all. Parameters as for `inline_svg`.

    Returns
    -------
    str
        An `<svg>` or `<img>` element.
    """
    svg = inline_svg(figure, prefix=prefix, source=source, label=label, language=language)
    if len(svg.encode()) <= _HEAVY:
        return svg
    image = _image(figure, label)
    return image if len(image) < len(svg.encode()) else svg


@use_style()
def _image(figure: Figure, label: str) -> str:
    """Draw a figure on white paper, two points of the image for one of the page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=2 * 96, bbox_inches="tight", pad_inches=0.05)
    data, width, height = webp(buffer.getvalue())
    size = f'width="{width / 2:.0f}" height="{height / 2:.0f}"'
    return f'<img alt="{escape(label)}" {size} src="{data_uri(data, "image/webp")}">'


@use_style()
def inline_svg(figure: Figure, *, prefix: str, source: str, label: str = "", language: str = "zh") -> str:
    """A figure as an `<svg>` element that can stand in a page: the same figure gives the same text.

    Letters are text in the page's own font, stretched to the widths of the font that the figure was laid out
    with. Nothing is styled by `style`, which a page's security policy refuses, and nothing is fetched. Colours
    are attributes, so that a style sheet can set others in a dark scheme (see `style.DARK`), while the figure
    alone, on paper or in a notebook, is dark on white.

    A text whose `url` begins with "#card-" becomes a link to that evidence card, ``<a class="number">``; one
    with another `url`, and every other text that holds a digit and labels no tick of an axis, becomes
    ``<g class="count">``. Both say in `data-source` where the number comes from. Ticks are
    ``<g class="tick">``.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    prefix : str
        Begins every id, so that two figures on a page share none: letters, digits, and ``. _ -`` within.
    source : str
        Where the numbers come from whose text has no `url` of its own: "count:approaches.stages".
    label : str, optional
        The text alternative. The element is an image; a group, if it has links, since an image has none in it
        (WAI-ARIA 1.2, "img": children presentational).
    language : {"zh", "en"}
        Of the page; in an English one, runs of Chinese are marked as such.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        If `prefix` cannot begin an id.
    """
    if not re.fullmatch(r"[A-Za-z][\w.-]*", prefix, flags=re.ASCII):
        raise UsageError(
            f"{prefix!r} cannot begin an id. Begin with a letter; go on with letters, digits, . _ -"
        )
    root = _drawn(figure)
    for element in root.iter():
        _style_by_attributes(element)
    _name_sources(root, source)
    for text in root.iter("text"):
        _fit(text, language)
    _rename_ids(root, prefix)
    for mark in root.iterfind(".//defs/path"):  # takes its looks from each use of it
        mark.attrib = {name: value for name, value in mark.attrib.items() if name in ("d", "id")}
    _merge_counts(root)
    _tidy(root)
    width, height = (_short(float(root.attrib[side].removesuffix("pt"))) for side in ("width", "height"))
    root.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "width": f"{width}pt",
        "height": f"{height}pt",
        "viewBox": f"0 0 {width} {height}",
        "role": "img" if root.find(".//a") is None else "group",
        **({"aria-label": label} if label else {}),
        "stroke-linejoin": "round",  # as in the style sheet that matplotlib gives its files
    }
    return ElementTree.tostring(root, encoding="unicode")


def _drawn(figure: Figure) -> Element:
    """Draw the figure with text as text; tags and attributes without namespaces, white space only in texts."""
    from matplotlib import rc_context

    with rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        # The reader's browser draws the letters, and has those that the font here lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        root = ElementTree.fromstring(svg_bytes(figure))
    for element in root.iter():
        element.tag = element.tag.partition("}")[2]
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
        if element.tag not in ("text", "tspan"):
            element.text = None
        element.tail = None
    for parent in root.iter():
        for child in [child for child in parent if child.tag in ("style", "metadata")]:
            parent.remove(child)
    return root


def _style_by_attributes(element: Element) -> None:
    """Turn the declarations of `style` into attributes; the family of a font is left to the page."""
    for name, value in _declarations(element.attrib.pop("style", "")):
        if name != "font-family":
            element.set(name, value)


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    for declaration in filter(str.strip, style.split(";")):
        name, value = (part.strip() for part in declaration.split(":", 1))
        if name != "font":
            yield name, value
            continue
        for word in value.split():  # as matplotlib 3.9 writes it: [style] [variant] [weight] size family
            if word.isdigit():
                yield "font-weight", word
            elif word in ("italic", "oblique"):
                yield "font-style", word
            elif word.endswith("px"):
                yield "font-size", word
                break


def _name_sources(root: Element, source: str) -> None:
    """Say of each number that is written in the figure where it comes from."""
    parents = {child: parent for parent in root.iter() for child in parent}

    def artist(element: Element) -> Element:
        while "id" not in element.attrib:  # matplotlib opens a group with an id for each artist
            element = parents[element]
        return element

    linked: dict[Element, list[Element]] = {}
    for link in list(root.iter("a")):
        link.tag = "g"
        linked.setdefault(artist(link), []).append(link)
    for group, links in linked.items():
        urls = [link.attrib.pop("href") for link in links]
        if len(set(urls)) == 1:  # the lines of a text are one link
            _lead(group, urls[0])
        else:
            for link, url in zip(links, urls, strict=True):
                _lead(link, url)
    ticks = [group for group in root.iter("g") if group.attrib.get("id", "").startswith(_TICKS)]
    for tick in ticks:
        tick.set("class", f"{tick.attrib.get('class', '')} tick".strip())
    named = {text for group in (*ticks, *linked) for text in group.iter("text")}
    for text in root.iter("text"):
        if text not in named and any(char.isdigit() for char in "".join(text.itertext())):
            _lead(artist(text), source)


def _lead(group: Element, url: str) -> None:
    """Let a group lead to where its number comes from; only an evidence card is an address."""
    if url.startswith(_CARD):
        group.tag = "a"
        group.attrib.update({"class": "number", "href": url, "data-source": url.removeprefix(_CARD)})
    else:
        group.attrib.update({"class": "count", "data-source": url})


def _fit(text: Element, language: str) -> None:
    """Give a text the width that it was laid out with, in any font that the page draws it in."""
    said = text.text or ""
    if len(text) or not said.strip():  # a formula is placed letter by letter
        return
    size = float(text.attrib["font-size"].removesuffix("px"))
    text.set("font-size", _short(size))
    if len(said) > 1 and not _SHORT.fullmatch(said):  # a dot, stretched, is a dash
        text.set("textLength", _short(text_width(said, size)))
        text.set("lengthAdjust", "spacingAndGlyphs")
    text.text = re.sub(r"^ | $|(?<= ) ", "\N{NO-BREAK SPACE}", said)  # HTML would fold them
    if language == "en":
        marked = ElementTree.fromstring(f"<text>{mark_chinese(text.text)}</text>")
        text.text = marked.text
        for run in list(marked):
            run.tag = "tspan"
            text.append(run)


def _rename_ids(root: Element, prefix: str) -> None:
    """Number the ids that something in the figure refers to, and drop the others."""
    names: dict[str, str] = {}
    for element in root.iter():
        for name, value in element.attrib.items():
            if value.startswith("url(#"):
                old = value.removeprefix("url(#").removesuffix(")")
            elif name == "href" and value.startswith("#") and element.tag != "a":
                old = value.removeprefix("#")
            else:
                continue
            new = names.setdefault(old, f"{prefix}-{len(names) + 1}")
            element.set(name, value.replace(old, new))
    for element in root.iter():
        own = element.attrib.pop("id", "")
        if own in names:
            element.set("id", names[own])


def _merge_counts(parent: Element) -> None:
    """Let neighbouring counts of one source stand in one group."""
    before: Element | None = None
    for child in list(parent):
        same = before is not None and child.attrib.get("class") == "count" and _bare(child) == _bare(before)
        if same and before is not None:
            before.extend(list(child))
            parent.remove(child)
        else:
            before = child
            _merge_counts(child)


def _bare(element: Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name != "id"}


def _tidy(element: Element) -> None:
    """Write what is below an element with fewer words: short numbers, no idle groups, nothing said twice."""
    for child in list(element):
        _shorten(child)
        _tidy(child)
        unseen = child.tag == "path" and child.attrib.get("fill") == "none" and "stroke" not in child.attrib
        if (child.tag in ("g", "defs") and not len(child)) or unseen:
            element.remove(child)
        elif child.tag == "g" and not child.attrib:
            at = list(element).index(child)
            element[at : at + 1] = list(child)
    if (
        element.tag in ("g", "a")
        and len(element) > 1
        and {each.tag for each in element} <= {"path", "use", "text"}
    ):
        for name in _INHERITED:
            values = [child.attrib[name] for child in element if name in child.attrib]
            if len(values) == len(element) and name not in element.attrib:
                commonest = max(dict.fromkeys(values), key=values.count)
                element.set(name, commonest)
                for child in element:
                    if child.attrib[name] == commonest:
                        del child.attrib[name]


def _shorten(element: Element) -> None:
    """Round coordinates to a hundredth of a point, and drop a turn by nothing."""
    for name in ("x", "y", "width", "height"):
        if name in element.attrib:
            element.set(name, _short(float(element.attrib[name])))
    if "d" in element.attrib:
        element.set("d", _short_path(element.attrib["d"].split()))
    transform = element.attrib.pop("transform", "")
    if transform.startswith(("translate", "rotate")):
        transform = re.sub(r"-?\d+\.\d+", lambda number: _short(float(number.group())), transform)
    if transform and not transform.startswith("rotate(-0 "):
        element.set("transform", transform)


def _short_path(parts: list[str]) -> str:
    """Write a path's steps without idle spaces, those along an axis with one coordinate."""
    written, steps = [], [part if part.isalpha() else _short(float(part)) for part in parts]
    at, x, y = 0, "", ""
    while at < len(steps):
        command = steps[at]
        end = next((i for i in range(at + 1, len(steps)) if steps[i].isalpha()), len(steps))
        numbers = steps[at + 1 : end]
        if command == "L" and len(numbers) == 2 and x in numbers[:1]:
            written.append(f"V{numbers[1]}")
        elif command == "L" and len(numbers) == 2 and y in numbers[1:]:
            written.append(f"H{numbers[0]}")
        else:
            written.append(command + " ".join(numbers))
        x, y = numbers[-2:] if len(numbers) > 1 else ("", "")
        at = end
    return "".join(written)


def _short(number: float) -> str:
    return f"{round(number, 2) + 0.0:.2f}".rstrip("0").rstrip(".")  # adding zero makes -0 plain
