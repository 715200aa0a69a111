"""Which operations have a recurrence that is better than what their derivative gives."""

from __future__ import annotations

from ...core.primitive import Primitive, by_primitive
from ..axes.scan import recur
from ..contract import matmul
from ..einsum import is_einsum
from ..elementwise import divide, power, reciprocal, square
from ..factors import GUARDED_PRODUCTS, multiply
from ..matrices.banded import band_product, solve_banded
from ..matrices.equations import sylvester
from ..matrices.functions import expm, fractional_matrix_power, logm, sqrtm
from ..matrices.solving import inv, inverse_where_possible, solve, solve_triangular
from ..matrices.sparse import sampled, spread
from ..matrices.spectral_functions import diagonalizable_function, hermitian_function, singular_function
from ..matrices.spectral_sums import sum_over_eigenvalues, sum_over_singular_values
from ..windows.correlate import correlate
from .line import Recurrence
from .matrix_functions import (
    BY_ANY_EIGENVECTORS,
    BY_EIGENVECTORS,
    BY_NUMBERS,
    BY_SINGULAR_VECTORS,
    Expansion,
    matrix_function,
)
from .powers import power_of
from .products import guarded_product, multilinear, product, square_of
from .quotients import back_along, inverse, of_triangle, quotient, reciprocal_of, solution, sylvester_solution

RECURRENCES: dict[Primitive, Recurrence] = by_primitive(
    {
        multiply: product,
        matmul: multilinear,
        spread: multilinear,
        sampled: multilinear,
        correlate: multilinear,
        square: square_of,
        power: power_of,
        divide: quotient,
        reciprocal: reciprocal_of,
        inv: inverse,
        inverse_where_possible: inverse,
        solve: solution(matmul),
        solve_triangular: solution(of_triangle),
        solve_banded: solution(band_product),
        sylvester: sylvester_solution,
        recur: solution(back_along),
        expm: matrix_function,
        logm: matrix_function,
        sqrtm: matrix_function,
        fractional_matrix_power: matrix_function,
    }
) | dict.fromkeys(GUARDED_PRODUCTS, guarded_product)


EXPANSIONS: dict[Primitive, Expansion] = by_primitive(
    {
        hermitian_function: BY_EIGENVECTORS,
        diagonalizable_function: BY_ANY_EIGENVECTORS,
        singular_function: BY_SINGULAR_VECTORS,
        sum_over_eigenvalues: BY_NUMBERS,
        sum_over_singular_values: BY_NUMBERS,
    }
)
"""Operations whose series are those of others that they are made of."""


def recurrence_of(primitive: Primitive) -> Recurrence | None:
    """The recurrence of a primitive; of `einsum` there is a primitive for each number of operands."""
    return multilinear if is_einsum(primitive) else RECURRENCES.get(primitive)
