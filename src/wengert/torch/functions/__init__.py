"""The functions of tensors, a file a family; they put themselves into the registry."""

from . import (
    elementwise,
    in_place,
    indexing,
    layout,
    matrices,
    products,
    questions,
    reductions,
    scattering,
    shapes,
    spectra,
    statistics,
    windows,
)

__all__ = [
    "elementwise", "in_place", "indexing", "layout", "matrices", "products", "questions", "reductions", "scattering",
    "shapes", "spectra", "statistics", "windows",
]  # fmt: skip
