"""Solving with band matrices. In band storage row u + i - j of column j holds element (i, j), as in LAPACK."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ..broadcast import sum as sum_over
from ..elementwise import conjugate, multiply
from ..indexing.gather import block, unslice
from ..join import stack
from .parts import as_column


def _shifted(x: Any, by: int) -> Any:
    """The rows moved down by a number (up, if negative), with zeros where none came from."""
    kept = max(x.shape[0] - abs(by), 0)
    source = slice(max(-by, 0), max(-by, 0) + kept)
    target = slice(max(by, 0), max(by, 0) + kept)
    return unslice(block(x, index=(source,)), index=(target,), shape=x.shape)


def _row(bands: Any, index: int) -> Any:
    return block(bands, index=(index,))


def band_product(bands: Any, x: Any, l_and_u: tuple[int, int]) -> Any:
    """The band matrix times a matrix."""
    lower, upper = l_and_u
    terms = [
        _shifted(multiply(as_column(_row(bands, upper - offset)), x), -offset) for offset in range(-lower, upper + 1)
    ]
    total, *rest = terms
    for term in rest:
        total = total + term
    return total


def band_of_outer(w: Any, x: Any, l_and_u: tuple[int, int]) -> Any:
    """The band of the matrix w x^H, in band storage."""
    lower, upper = l_and_u
    xc = conjugate(x) if x.dtype.kind == "c" else x
    offsets = range(upper, -lower - 1, -1)
    rows = [sum_over(multiply(_shifted(w, offset), xc), axis=(1,), keepdims=False) for offset in offsets]
    return stack(*rows, axis=0)


def band_adjoint(bands: Any, l_and_u: tuple[int, int]) -> Any:
    """The conjugate transpose of a band matrix, in band storage with the two counts swapped."""
    lower, upper = l_and_u
    source = conjugate(bands) if bands.dtype.kind == "c" else bands
    return stack(*[_shifted(_row(source, upper + offset), offset) for offset in range(lower, -upper - 1, -1)], axis=0)


def _solve_banded(bands: Any, b: Any, l_and_u: tuple[int, int]) -> Any:
    from scipy.linalg import solve_banded as of_scipy

    if bands.shape[-1] == 1:  # SciPy 1.13 takes row 1 for the diagonal
        return b / bands[l_and_u[1], 0]
    return of_scipy(l_and_u, bands, b, check_finite=False)


class _BandedMap:
    """The joint linear map of the x with A x = b, for a band matrix A."""

    needs = frozenset({0, 2})

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        bands, _, x = residuals
        of_bands, of_b = tangents
        if of_bands is None:
            return solve_banded(bands, of_b, **node.params)
        moved = band_product(of_bands, x, **node.params)
        return solve_banded(bands, -moved if of_b is None else of_b - moved, **node.params)

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[Any], bit: int
    ) -> Sequence[Any]:
        bands, _, x = residuals
        lower, upper = node.params["l_and_u"]
        of_b = solve_banded(band_adjoint(bands, (lower, upper)), cotangent, l_and_u=(upper, lower))
        return -band_of_outer(of_b, x, (lower, upper)) if wanted[0] else None, of_b


_SOLVE_BANDED = Primitive(
    "solve_banded",
    _solve_banded,
    ("bands", "b"),
    lambda bands, b, l_and_u: Abstract(b.shape, numpy.result_type(bands.dtype, b.dtype)),
    joint=_BandedMap(),
)
solve_banded: Final = bind_general(_SOLVE_BANDED)
_SOLVE_BANDED.operation = solve_banded
"""``solve_banded(bands, b, l_and_u=)``: `b` has two axes; `l_and_u` are the counts of diagonals below and above."""
