"""Functions of matrices: by block matrices, or as what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ..broadcast import sum as sum_over
from ..contract import adjoint_matrix
from ..elementwise import equal, logical_and, where
from ..gather import block
from ..join import concatenate
from ..matrices.equal_values import are_equal
from ..matrices.solving import inv
from ..matrices.spectral_functions import of_hermitian, of_singular_values
from ..reduce import all as all_over, any as any_over
from .line import Line
from .quotients import at


def matrix_function(line: Line) -> Callable[[int], Any]:
    """f(X) of the block matrix with X_0 on its diagonal, X_1 above it, and so on: its first row are the coefficients.

    Source: R. Mathias, "A chain rule for matrix functions and applications" (1996), theorem 4.1.
    """
    (x,) = line.operands
    size = x.form.shape[-1]

    def coefficient(k: int) -> Any:
        zeros = numpy.zeros(x.form.shape, x.form.dtype)
        row = [zeros if at(x, j) is None else at(x, j) for j in range(k + 1)]
        last = len(x.form.shape) - 1
        rows = [concatenate(*[zeros] * i, *row[: k + 1 - i], axis=last) for i in range(k + 1)]
        return _corner(line.apply(concatenate(*rows, axis=last - 1)), size)

    return coefficient


def _corner(x: Any, size: int) -> Any:
    """The block at the upper right."""
    columns = x.shape[-1]
    whole = tuple(slice(0, n, 1) for n in x.shape[:-2])
    return block(x, index=(*whole, slice(0, size, 1), slice(columns - size, columns, 1)))


def by_eigenvectors(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    """V diag(g) V^-1 as the product that it is; where values are equal its derivative is more than that of each factor.

    Then it is not known (NaN).
    """
    _refuse_directions(rest)
    return _settled(of_hermitian(x, values, left, right, *rest), values)


def by_any_eigenvectors(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    """The same of a matrix that is not Hermitian; the vectors of a Hermitian one know only of Hermitian changes."""
    made = by_eigenvectors(x, values, left, inv(left), *rest)
    axes = tuple(range(len(made.shape)))[-2:]
    is_hermitian = all_over(equal(right, adjoint_matrix(left)), axis=axes, keepdims=True)
    return made * where(is_hermitian, numpy.nan, 1.0)


def by_singular_vectors(x: Any, values: Any, left: Any, right: Any, *rest: Any) -> Any:
    """U diag(g) V^H, in the same way."""
    _refuse_directions(rest)
    return _settled(of_singular_values(x, values, left, right, *rest), values)


def _refuse_directions(rest: Any) -> None:
    if len(rest) > 3:
        raise NotImplementedError(
            "[taylor] the series of the second derivative of a function of eigenvalues was asked for, wanted that of "
            "the function or of its first derivative; write taylor(f, order + 1) of the function itself"
        )


def _settled(made: Any, values: Any) -> Any:
    others = logical_and(are_equal(values), ~numpy.eye(values.shape[-1], dtype=bool))
    axes = tuple(range(len(others.shape)))[-2:]
    return made * where(any_over(others, axis=axes, keepdims=True), numpy.nan, 1.0)


def by_numbers(x: Any, values: Any, left: Any, right: Any, numbers: Any) -> Any:
    """A sum over eigenvalues as the sum that it is."""
    return sum_over(numbers, axis=(len(numbers.shape) - 1,), keepdims=False)
