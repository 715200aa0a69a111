"""Functions of matrices: by block matrices, or as what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from ..axes.reduce import all as all_over, any as any_over
from ..broadcast import sum as sum_over
from ..contract import adjoint_matrix
from ..elementwise import equal, logical_and, where
from ..indexing.gather import block
from ..join import concatenate
from ..matrices.equal_values import are_equal
from ..matrices.solving import inv
from ..matrices.spectral_functions import of_hermitian, of_singular_values
from .line import Line
from .series import total


def matrix_function(line: Line) -> Callable[[int], Any]:
    """f(X) of the block matrix with X_0 on its diagonal, X_1 above it, and so on: its first row are the coefficients.

    Source: R. Mathias, "A chain rule for matrix functions and applications" (1996), theorem 4.1.
    """
    (x,) = line.operands
    nothing = numpy.zeros(x.form.shape, x.form.dtype)

    def corner(*row: Any) -> Any:
        blocks = _toeplitz([nothing if part is None else part for part in row], nothing)
        return _upper_right(line.apply(blocks), x.form.shape[-1])

    def coefficient(k: int) -> Any:
        row = [x[j] for j in range(k + 1)]
        if k != line.gather.top:
            return corner(*row)
        of_sum = None if x[k] is None else corner(x[0], x[k])
        return total([of_sum], line.gather(k, corner(*row[:k], None)) if k > 1 else None)

    return coefficient


def _toeplitz(row: Sequence[Any], nothing: Any) -> Any:
    """The block matrix whose first row of blocks this is, with the same along each diagonal."""
    last = len(nothing.shape) - 1
    rows = [concatenate(*[nothing] * i, *row[: len(row) - i], axis=last) for i in range(len(row))]
    return concatenate(*rows, axis=last - 1)


def _upper_right(x: Any, size: int) -> Any:
    """The block at the upper right."""
    columns = x.shape[-1]
    whole = tuple(slice(0, n, 1) for n in x.shape[:-2])
    return block(x, index=(*whole, slice(0, size, 1), slice(columns - size, columns, 1)))


class Expansion(NamedTuple):
    """What an operation is made of.

    Attributes:
        made: the same in other operations, whose series are known.
        unknown: of the values of the operands what is added to each coefficient from 1 on: 0, and NaN where the series
            of what it is made of are not enough.
    """

    made: Callable[..., Any]
    unknown: Callable[..., Any] | None


def _by_eigenvectors(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    """V diag(g) V^-1 as the product that it is."""
    _refuse_directions(rest)
    return of_hermitian(x, values, left, right, *rest)


def _by_any_eigenvectors(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    return _by_eigenvectors(x, values, left, inv(left), *rest)


def _by_singular_vectors(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    """U diag(g) V^H, in the same way."""
    _refuse_directions(rest)
    return of_singular_values(x, values, left, right, *rest)


def _by_numbers(x: Any, values: Any, left: Any, right: Any, numbers: Any) -> Any:
    """A sum over eigenvalues as the sum that it is."""
    return sum_over(numbers, axis=(len(numbers.shape) - 1,), keepdims=False)


def _refuse_directions(rest: Any) -> None:
    if len(rest) > 3:
        raise NotImplementedError(
            "[taylor] the series of the second derivative of a function of eigenvalues was asked for, wanted that of "
            "the function or of its first derivative; write taylor(f, order + 1) of the function itself"
        )


def _has_equals(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    """Where values are equal, more moves than each vector by itself."""
    others = logical_and(are_equal(values), ~numpy.eye(values.shape[-1], dtype=bool))
    return _nan_where(any_over(others, axis=_last_two(others), keepdims=True))


def _is_hermitian(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    """The vectors of a Hermitian matrix know of Hermitian changes only."""
    flags = equal(right, adjoint_matrix(left))
    return _has_equals(x, values, left, right) + _nan_where(all_over(flags, axis=_last_two(flags), keepdims=True))


def _last_two(x: Any) -> tuple[int, ...]:
    return tuple(range(len(x.shape)))[-2:]


def _nan_where(flags: Any) -> Any:
    return where(flags, numpy.nan, 0.0)


BY_EIGENVECTORS = Expansion(_by_eigenvectors, _has_equals)
BY_ANY_EIGENVECTORS = Expansion(_by_any_eigenvectors, _is_hermitian)
BY_SINGULAR_VECTORS = Expansion(_by_singular_vectors, _has_equals)
BY_NUMBERS = Expansion(_by_numbers, None)
