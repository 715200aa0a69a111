"""``jax.lax.linalg``, and solvers of one's own."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..array import Array, arrays, as_tensor, like, of
from ..numpy.tables import NAMESPACES

__all__ = ["custom_linear_solve", "custom_root", "linalg"]


def custom_root(
    f: Callable[[Any], Any], initial_guess: Any, solve: Callable[..., Any], tangent_solve: Callable[..., Any], **_: Any
) -> Any:
    """A root of a function that a solver finds; its derivative follows from the equation.

    Args:
        f: the function; what it reads from outside is differentiated through.
        initial_guess: where the solver begins.
        solve: ``solve(f, initial_guess)`` finds the root.
        tangent_solve: ``tangent_solve(g, y)`` solves the linear equation ``g(x) = y``.
    """
    guess = wg.trees.map(wg.stop_gradient, arrays(initial_guess))
    equation, captured = wg.closure_convert(lambda x: like(f(x), guess), guess)
    if not captured:
        return arrays(solve(f, guess))
    found = wg.custom_derivative(
        lambda *given: arrays(solve(lambda x: equation(like(x, guess), *given), guess)),
        root=lambda out, *given: equation(like(out, guess), *given),
        solve=lambda matvec, b: arrays(tangent_solve(matvec, b)),
    )
    return found(*captured)


def custom_linear_solve(
    matvec: Callable[[Any], Any], b: Any, solve: Callable[..., Any], transpose_solve: Any = None, **_: Any
) -> Any:
    """The x with ``matvec(x) = b`` that a solver finds; its derivative follows from the equation."""
    right = arrays(b)

    def rest(x: Any) -> Any:
        return wg.trees.map(np.subtract, like(matvec(x), right), right)

    return custom_root(rest, right, lambda f, guess: solve(_without_constant(f, guess), _negative(f, guess)), solve)


def _negative(f: Callable[[Any], Any], example: Any) -> Any:
    """The right-hand side of an equation ``f(x) = 0`` whose left-hand side is linear but for a constant."""
    return wg.trees.map(np.negative, f(wg.trees.map(np.zeros_like, example)))


def _without_constant(f: Callable[[Any], Any], example: Any) -> Callable[[Any], Any]:
    constant = _negative(f, example)
    return lambda x: wg.trees.map(np.add, f(x), constant)


def _triangular_solve(
    a: Any, b: Any, *, left_side: bool = False, lower: bool = False, transpose_a: bool = False, **_: Any
) -> Array:
    """The x with a @ x = b (or x @ a = b) for a triangular matrix."""
    from wengert.scipy.linalg import solve_triangular

    matrix, right = as_tensor(a), as_tensor(b)
    if left_side:
        return of(solve_triangular(matrix, right, lower=lower, trans=int(transpose_a)))
    return of(solve_triangular(matrix, right.mT, lower=lower, trans=int(not transpose_a)).mT)


def _eigh(x: Any, **_: Any) -> tuple[Array, Array]:
    """The eigenvectors and the eigenvalues of a symmetric matrix."""
    values, vectors = NAMESPACES["linalg"].eigh(x)
    return vectors, values


linalg: SimpleNamespace = SimpleNamespace(
    eigh=_eigh, triangular_solve=_triangular_solve,
    **{name: getattr(NAMESPACES["linalg"], name) for name in ("cholesky", "qr", "svd")},
)  # fmt: skip
"""``jax.lax.linalg``."""
