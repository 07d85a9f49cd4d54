"""Images in a page: smaller, and the same to look at."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from pingan_lib.images import data_uri, recompress_images, webp
from pingan_lib.markup.tree import parse


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def pixels_of(data: bytes, mode: str = "RGBA") -> list:
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode)).tolist()


def drawing() -> bytes:
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([1, 3, 2])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=192)
    return buffer.getvalue()


RNG = np.random.default_rng(1)


@pytest.mark.parametrize(
    "pixels",
    [
        RNG.integers(0, 256, (7, 9, 4)).astype(np.uint8),
        RNG.integers(0, 256, (7, 9, 3)).astype(np.uint8),
        RNG.integers(0, 256, (7, 9)).astype(np.uint8),
    ],
    ids=["with transparency", "without", "grey"],
)
def test_a_drawing_keeps_every_pixel(pixels):
    data, width, height = webp(png(pixels))
    assert (width, height) == (9, 7)
    assert Image.open(io.BytesIO(data)).format == "WEBP"
    before, after = (np.asarray(pixels_of(each)) for each in (png(pixels), data))
    seen = before[..., 3] > 0  # what is wholly transparent has no colour
    assert (before[seen] == after[seen]).all() and (before[..., 3] == after[..., 3]).all()


def test_a_photograph_may_lose_what_nobody_sees():
    x, y = np.meshgrid(np.linspace(0, 255, 300), np.linspace(0, 255, 300))
    photograph = (
        np.stack([x, y, (x + y) / 2 + RNG.normal(0, 4, x.shape)], axis=2).clip(0, 255).astype(np.uint8)
    )
    data, _, _ = webp(png(photograph))
    assert len(data) < len(png(photograph)) / 5
    assert np.abs(np.asarray(pixels_of(data, "RGB")) - photograph).mean() < 4


def test_a_pages_images_become_smaller_and_keep_their_size_and_text():
    page = parse(f'<p><img alt="A line" src="{data_uri(drawing(), "image/png")}"></p>')
    recompress_images(page)
    image = dict(page.find("p/img").items())
    assert (image["alt"], image["width"], image["height"]) == ("A line", "576", "384")
    kind, _, coded = image["src"].partition(",")
    assert kind == "data:image/webp;base64"
    assert len(base64.b64decode(coded)) < len(drawing())
    assert pixels_of(base64.b64decode(coded)) == pixels_of(drawing())


@pytest.mark.parametrize(
    "source",
    [
        "data:image/png;base64,bm90IGEgcG5n",
        "data:image/jpeg;base64,AAAA",
        "data:image/svg+xml;base64,AAAA",
        "x.png",
        "",
    ],
)
def test_what_is_no_png_of_the_page_stays_as_it_is(source):
    page = parse(f'<img alt="x" src="{source}">')
    recompress_images(page)
    assert page.find("img").items() == [("alt", "x"), ("src", source)]
