"""A figure drawn as SVG once: what `savefig` does twice, and what it measures again for each figure, is done once."""

from __future__ import annotations

import io
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties


def svg_bytes(figure: Figure) -> bytes:
    """Draw a figure as SVG, cut to what is drawn; call it in the package's style.

    As `savefig` with a tight bounding box does, but drawn once: that draws a figure a second time, with all drawing
    switched off, only to lay it out.
    """
    buffer, canvas, dpi, engine = io.BytesIO(), figure.canvas, figure.dpi, figure.get_layout_engine()
    try:
        figure.dpi = 72  # points, as SVG is drawn in
        _svg_canvas()(figure)
        if engine is not None:
            engine.execute(figure)
        box = figure.get_tightbbox().padded(0.05)
        figure.set_layout_engine(None)  # it is laid out
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=nothing, bbox_inches=box)
    finally:
        figure.set_layout_engine(engine)
        figure.set_canvas(canvas)
        figure.dpi = dpi
    return buffer.getvalue()


@cache
def _svg_canvas() -> type[FigureCanvasSVG]:
    """A canvas for SVG that remembers, from figure to figure, how wide each text is."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG

    class Renderer(RendererSVG):
        def get_text_width_height_descent(
            self, s: str, prop: FontProperties, ismath: bool | Literal["TeX"]
        ) -> tuple[float, float, float]:
            return text_extent(s, prop.copy(), ismath)  # a copy, as an artist may change its own

    class Canvas(FigureCanvasSVG):
        def get_renderer(self) -> Renderer:
            """What measures while the figure is laid out."""
            return Renderer(*self.figure.bbox.size, io.StringIO(), image_dpi=72)

        def print_svg(
            self, filename: Any, *, bbox_inches_restore: Any = None, metadata: Any = None, **_: Any
        ) -> None:
            written = io.StringIO()
            renderer = Renderer(*self.figure.bbox.size, written, image_dpi=72, metadata=metadata)
            self.figure.draw(renderer)
            renderer.finalize()
            filename.write(written.getvalue().encode())

    return Canvas


@lru_cache(maxsize=8192)
def text_extent(text: str, font: FontProperties, ismath: bool | Literal["TeX"]) -> tuple[float, float, float]:
    """Width, height and descent of a line of text in points."""
    from matplotlib.textpath import text_to_path

    width, height, descent = text_to_path.get_text_width_height_descent(text, font, ismath)
    return width, height, descent
