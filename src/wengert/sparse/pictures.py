"""Pictures of patterns and colourings."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy

from .recovery import entries

if TYPE_CHECKING:
    from .colorings import Coloring

LARGEST_MARK, SMALLEST_MARK = 12.0, 0.2


def drawn(coloring: Coloring, axes: Any) -> Any:
    """A pattern, each entry in the colour of the product that it is found in; colours repeat after the twentieth."""
    pyplot = _library()
    if axes is None:
        axes = pyplot.subplots(figsize=(5, 5), layout="constrained")[1]
    rows, columns = entries(coloring.pattern)
    height, width = coloring.pattern.shape
    size = float(numpy.clip(240 / max(height, width, 1), SMALLEST_MARK, LARGEST_MARK))
    shades = pyplot.get_cmap("tab20")((coloring.product_of_entries - 1) % 20)
    axes.scatter(columns, rows, s=size**2, c=shades, marker="s", linewidths=0)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal", title=str(coloring).strip("<>"))
    axes.title.set_size("small")
    return axes


def _library() -> ModuleType:
    try:
        from matplotlib import pyplot  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ImportError(
            "[plot] the package matplotlib is not installed, wanted it for pictures; write pip install "
            "'wengert[gallery]'"
        ) from error
    return pyplot
