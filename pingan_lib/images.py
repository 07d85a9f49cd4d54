"""Images in a page: as small as they can be without looking different."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from lxml.etree import _Element

_PNG = "data:image/png;base64,"
_PHOTOGRAPH = 1 << 14  # more colours than this, and no eye sees what a good lossy compression leaves out


def webp(png: bytes) -> tuple[bytes, int, int]:
    """Compress an image in PNG as WebP: a drawing without loss, a photograph at quality 85.

    Parameters
    ----------
    png : bytes

    Returns
    -------
    tuple of (bytes, int, int)
        The image in WebP, without metadata, its width and its height in pixels.
    """
    from matplotlib.image import imread, imsave

    pixels = np.rint(255 * np.atleast_3d(imread(io.BytesIO(png), format="png"))).astype(np.uint8)
    if pixels.shape[2] < 3:
        pixels = np.repeat(pixels[:, :, :1], 3, axis=2)
    packed = pixels.astype(np.uint32) @ (1 << 8 * np.arange(pixels.shape[2], dtype=np.uint32))
    colours = len(np.unique(packed))
    how: dict[str, Any] = {"quality": 85} if colours > _PHOTOGRAPH else {"lossless": True, "quality": 100}
    buffer = io.BytesIO()
    imsave(buffer, pixels, format="webp", pil_kwargs={"method": 4, **how})
    return buffer.getvalue(), pixels.shape[1], pixels.shape[0]


def data_uri(data: bytes, media_type: str) -> str:
    """Write data as an address that holds them."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def recompress_images(page: _Element) -> None:
    """Set WebP in the place of each PNG that a page carries where that is smaller, in place.

    What cannot be read as PNG stays as it is, as does an animation.
    """
    for image in page.iter("img"):
        source = image.get("src", "")
        if not source.startswith(_PNG):
            continue
        png = base64.b64decode("".join(source.removeprefix(_PNG).split()))
        if b"acTL" in png[:200]:  # of an animation
            continue
        try:
            data, width, height = webp(png)
        except (OSError, SyntaxError, ValueError):  # Pillow raises all three
            continue
        if len(data) < len(png):
            image.set("src", data_uri(data, "image/webp"))
            if image.get("width") is None:
                image.set("width", str(width))
                image.set("height", str(height))
