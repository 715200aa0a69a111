"""The routines of LAPACK as operations: what goes in and what comes out.

The names are LAPACK's, and so is the meaning of numbers and letters: E. Anderson et al., "LAPACK Users' Guide" (third
edition, 1999), https://netlib.org/lapack/lug. LAPACK has matrices column by column, so an array is here the transpose
of what LAPACK sees: the rows of `columns` are the columns of the matrix. Pivots count from 1. All numbers are in double
precision; there may be stacks of everything. The letter of real numbers is left out.
"""

from __future__ import annotations

from typing import Any, Final

import numpy

from ....core.abstract import Abstract
from ....core.primitive import Primitive, primitives
from ....core.recording import general
from .lowered import DOUBLE

LAPACK_INTEGER = numpy.dtype(numpy.int32)
"""Of pivots and statuses."""


# -- forms -----------------------------------------------------------------------------------------


def _getrf_forms(columns: Abstract) -> tuple[Abstract, ...]:
    *lead, n, m = columns.shape
    return columns, Abstract((*lead, min(m, n)), LAPACK_INTEGER), Abstract((*lead,), LAPACK_INTEGER)


def _geqrf_forms(columns: Abstract) -> tuple[Abstract, ...]:
    *lead, n, m = columns.shape
    return columns, Abstract((*lead, min(m, n)), columns.dtype)


def _syevd_forms(columns: Abstract, triangle: str) -> tuple[Abstract, ...]:
    return Abstract(columns.shape[:-1], columns.dtype), columns


def _gesdd_forms(columns: Abstract, every: bool) -> tuple[Abstract, ...]:
    *lead, n, m = columns.shape
    count = min(m, n)
    shapes = (*lead, m if every else count, m), (*lead, count), (*lead, n, n if every else count)
    return tuple(Abstract(shape, columns.dtype) for shape in shapes)


def _trsyl_forms(left: Abstract, right: Abstract, columns: Abstract) -> tuple[Abstract, ...]:
    return columns, Abstract(columns.shape[:-2], columns.dtype)


def _form_of_last(*forms: Abstract, **params: Any) -> Abstract:
    return forms[-1]


# -- evaluating ------------------------------------------------------------------------------------


def _factors(columns: Any) -> Any:
    """By SciPy: where the matrix is a constant."""
    from scipy.linalg import get_lapack_funcs

    (factor,) = get_lapack_funcs(("getrf",), (columns,))
    made = [factor(matrix.T) for matrix in columns.reshape(-1, *columns.shape[-2:])]
    factors, pivots, status = (numpy.array(part) for part in zip(*made, strict=True))
    lead = columns.shape[:-2]
    return (
        numpy.ascontiguousarray(numpy.swapaxes(factors, -1, -2)).reshape(columns.shape),
        (pivots + 1).astype(LAPACK_INTEGER).reshape(*lead, -1),
        status.astype(LAPACK_INTEGER).reshape(lead),
    )


def _in_machine_code(*operands: Any, **params: Any) -> Any:
    raise TypeError("[lapack] a call of LAPACK was evaluated by NumPy, wanted machine code")


def _define(name: str, operands: str, forms: Any, evaluate: Any = _in_machine_code, many: bool = False) -> Any:
    """The function that records a routine."""
    primitive = Primitive(name, evaluate, operands.split(), forms, many=many)
    primitive.operation = general(primitive)
    return primitive.operation


# -- the routines ----------------------------------------------------------------------------------

getrf: Final = _define("getrf", "columns", _getrf_forms, _factors, many=True)
"""``getrf(columns)``: L and U packed, the pivots, and a status that is not 0 if the matrix is singular."""

getri: Final = _define("getri", "factors pivots status", lambda factors, pivots, status, may_fail: factors)
"""``getri(*factors, may_fail=)``: the inverse, by what `getrf` gave."""

getrs: Final = _define("getrs", "factors pivots status columns", _form_of_last)
"""``getrs(*factors, columns, transposed=, may_fail=)``: solves by what `getrf` gave."""

laswp: Final = _define("laswp", "pivots", lambda pivots, size: Abstract((*pivots.shape[:-2], size, size), DOUBLE))
"""``laswp(pivots, size=)``: the identity with rows exchanged, one after the other; the pivots are a row."""

potrf: Final = _define("potrf", "columns", lambda columns, triangle: columns)
"""``potrf(columns, triangle=)``: a Cholesky factor in one triangle; the other is as it was."""

trtrs: Final = _define("trtrs", "matrix columns", _form_of_last)
"""``trtrs(matrix, columns, triangle=, transposed=, unit_diagonal=)``: solves with one triangle of a matrix."""

geqrf: Final = _define("geqrf", "columns", _geqrf_forms, many=True)
"""``geqrf(columns)``: R, with reflections below it, and their factors."""

orgqr: Final = _define("orgqr", "columns factors", lambda columns, factors: columns)
"""``orgqr(columns, factors)``: Q of as many columns as are given, from the reflections."""

syevd: Final = _define("syevd", "columns", _syevd_forms, many=True)
"""``syevd(columns, triangle=)``: eigenvalues, and the columns of the eigenvectors."""

gesdd: Final = _define("gesdd", "columns", _gesdd_forms, many=True)
"""``gesdd(columns, every=)``: the columns of U, the singular values, and the columns of V transposed."""

gees: Final = _define("gees", "columns", lambda columns: (columns, columns), many=True)
"""``gees(columns)``: the columns of the real Schur form, and those of the basis."""

trsyl: Final = _define("trsyl", "left right columns", _trsyl_forms, many=True)
"""``trsyl(left, right, columns)``: the X with left X + X right^T = scale C for Schur forms, and the scale."""

gbsv: Final = _define("gbsv", "bands columns", _form_of_last)
"""``gbsv(bands, columns, below=, above=)``: solves with a band matrix, which has rows of room at its top."""

# -- of complex numbers, whose parts are side by side ----------------------------------------------


def _zgetrf_forms(columns: Abstract) -> tuple[Abstract, ...]:
    *lead, n, m, _ = columns.shape
    return columns, Abstract((*lead, min(m, n)), LAPACK_INTEGER), Abstract((*lead,), LAPACK_INTEGER)


zgetrf: Final = _define("zgetrf", "columns", _zgetrf_forms, many=True)
"""``zgetrf(columns)``: as `getrf`."""

zgetri: Final = _define("zgetri", "factors pivots status", lambda factors, pivots, status: factors)
"""``zgetri(*factors)``: as `getri`, which may fail."""

zgetrs: Final = _define("zgetrs", "factors pivots status columns", _form_of_last)
"""``zgetrs(*factors, columns, transposed=)``: as `getrs`, which may fail."""

OF_COMPLEX = primitives(zgetrf, zgetri, zgetrs)

ROUTINES = OF_COMPLEX | primitives(
    *(gbsv, gees, geqrf, gesdd, getrf, getri, getrs, laswp, orgqr, potrf, syevd, trsyl, trtrs)
)
"""The primitives that are calls of LAPACK."""

CHECKED = primitives(gbsv, gees, gesdd, getri, getrs, potrf, syevd, trtrs, zgetri, zgetrs)
"""Those after which the call ends if they have not done what was asked for."""
