"""Linear algebra. Where NumPy raises for a singular or an indefinite matrix, a program of XLA gives NaN or infinity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ...core.primitive import Primitive, by_primitive
from ...ops.matrices import (
    banded,
    determinants,
    equations,
    functions,
    solving,
    spectral,
    spectral_functions as functions_of_values,
    spectral_sums as sums,
)
from .imported import factors, jnp, lax, linalg, scipy_linalg
from .refused import UnsuitableError

# -- solving ---------------------------------------------------------------------------------------


def _alike(a: Any, b: Any) -> tuple[Any, Any]:
    """Stacks of one shape."""
    lead = numpy.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return tuple(jnp.broadcast_to(x, (*lead, *x.shape[-2:])) for x in (a, b))


def _solve(a: Any, b: Any) -> Any:
    return linalg.solve(*_alike(a, b))


def _solve_triangular(a: Any, b: Any, lower: bool, unit_diagonal: bool) -> Any:
    return factors.triangular_solve(*_alike(a, b), left_side=True, lower=lower, unit_diagonal=unit_diagonal)


def _solve_banded(bands: Any, b: Any, l_and_u: tuple[int, int]) -> Any:
    if tuple(l_and_u) != (1, 1):
        raise UnsuitableError(f"of {l_and_u[0]} diagonals below and {l_and_u[1]} above; of one each it is lowered")
    if bands.shape[-1] == 1:
        return b / bands[1, 0]
    zero = jnp.zeros((1,), bands.dtype)
    above, below = jnp.concatenate([zero, bands[0, 1:]]), jnp.concatenate([bands[2, :-1], zero])
    return factors.tridiagonal_solve(below.at[1:].set(bands[2, :-1]).at[0].set(0), bands[1], jnp.roll(above, -1), b)


def _inverse_where_possible(x: Any) -> Any:
    found = linalg.inv(x)
    is_there = jnp.all(jnp.isfinite(found), axis=(-1, -2), keepdims=True)
    return jnp.where(is_there, found, numpy.inf)


def _cholesky(x: Any) -> Any:
    """Of the lower triangle, as NumPy reads it."""
    return factors.cholesky(x, symmetrize_input=False)


# -- determinants ----------------------------------------------------------------------------------


def _adjugate(x: Any) -> Any:
    """By singular values: the products of all others, without a division."""
    u, s, vh = linalg.svd(x)
    ones = jnp.ones_like(s[..., :1])
    before = jnp.cumprod(jnp.concatenate([ones, s[..., :-1]], axis=-1), axis=-1)
    after = lax.cumprod(jnp.concatenate([s[..., 1:], ones], axis=-1), s.ndim - 1, reverse=True)
    turned = _adjoint(vh) * (before * after)[..., None, :]
    return linalg.det(u @ vh)[..., None, None] * (turned @ _adjoint(u))


def _adjoint(x: Any) -> Any:
    return jnp.conjugate(jnp.swapaxes(x, -1, -2))


# -- factors ---------------------------------------------------------------------------------------


def _permutation(pivots: Any, size: int, dtype: Any) -> Any:
    order = factors.lu_pivots_to_permutation(pivots, size)
    return jnp.swapaxes(jnp.eye(size, dtype=dtype)[order], -1, -2)


def _unitary_factor(x: Any) -> Any:
    u, _, vh = linalg.svd(x, full_matrices=False)
    return u @ vh


def _mirrored(x: Any, lower: bool) -> Any:
    part = jnp.tril(x, -1) if lower else jnp.triu(x, 1)
    diagonal = jnp.real(jnp.diagonal(x, axis1=-2, axis2=-1))[..., None]
    return part + _adjoint(part) + jnp.eye(x.shape[-1], dtype=x.dtype) * diagonal


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    return jnp.vectorize(scipy_linalg.solve_sylvester.imported, signature="(n,n),(m,m),(n,m)->(n,m)")(a, b, q)


# -- eigenvalues and singular values ---------------------------------------------------------------


def _eigh(x: Any, uplo: str) -> tuple[Any, Any, Any]:
    values, vectors = linalg.eigh(x, uplo, symmetrize_input=False)
    return values, vectors, values


def _svd(x: Any) -> tuple[Any, Any, Any, Any]:
    u, s, vh = linalg.svd(x, full_matrices=False)
    return u, s, vh, s


def _sum(x: Any, values: Any, left: Any, right: Any, numbers: Any) -> Any:
    return jnp.sum(numbers, axis=-1)


def _no_change(x: Any, values: Any, left: Any, right: Any, turned: Any, op: str) -> Any:
    return jnp.zeros(numpy.broadcast_shapes(values.shape, turned.shape[:-1]), values.dtype)


# -- functions of matrices -------------------------------------------------------------------------


def _with_directions(x: Any, directions: tuple[Any, ...]) -> Any:
    """The block matrix whose exponential has the derivative along the directions at its upper right corner."""
    for direction in directions:
        count = x.shape[-1] // direction.shape[-1]
        beside = jnp.kron(jnp.eye(count, dtype=x.dtype), direction)
        x = jnp.concatenate(
            [jnp.concatenate([x, beside], axis=-1), jnp.concatenate([jnp.zeros_like(x), x], axis=-1)], axis=-2
        )
    return x


def _derivative_of_expm(x: Any, *directions: Any) -> Any:
    lead = numpy.broadcast_shapes(*(m.shape[:-2] for m in (x, *directions)))
    x, *rest = (jnp.broadcast_to(m, (*lead, *m.shape[-2:])) for m in (x, *directions))
    size = x.shape[-1]
    return scipy_linalg.expm(_with_directions(x, tuple(rest)))[..., :size, -size:]


MATRIX_FORMS: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        solving.solve: _solve,
        solving.solve_triangular: _solve_triangular,
        solving.inv: linalg.inv,
        solving.inverse_where_possible: _inverse_where_possible,
        solving.cholesky: _cholesky,
        banded.solve_banded: _solve_banded,
        determinants.det: linalg.det,
        determinants.slogdet: lambda x: tuple(linalg.slogdet(x)),
        determinants.adjugate: _adjugate,
        equations.lu_factor: lambda x: tuple(scipy_linalg.lu_factor(x)),
        equations.permutation: _permutation,
        equations.sylvester: _sylvester,
        equations.unitary_factor: _unitary_factor,
        equations.mirrored: _mirrored,
        spectral.eigh: _eigh,
        spectral.eig: lambda x: tuple(linalg.eig(x)),
        spectral.svd: _svd,
        spectral.full_singular_vectors: lambda x: tuple(linalg.svd(x, full_matrices=True)[::2]),
        spectral.qr: lambda x, complete: tuple(linalg.qr(x, mode="complete" if complete else "reduced")),
        functions_of_values.BETWEEN_EQUALS: _no_change,
        sums.sum_over_eigenvalues: _sum,
        sums.sum_over_singular_values: _sum,
        functions.expm: scipy_linalg.expm,
        functions.derivative_of_expm: _derivative_of_expm,
    }
)
"""Operations on stacks of matrices."""

IN_STEPS: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        functions_of_values.hermitian_function: functions_of_values.of_hermitian,
        functions_of_values.diagonalizable_function: functions_of_values.of_hermitian,
        functions_of_values.singular_function: functions_of_values.of_singular_values,
    }
)
"""Those that are evaluated by operations of the library, up to derivatives along one direction."""
