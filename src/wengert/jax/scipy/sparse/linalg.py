"""``jax.scipy.sparse.linalg``: linear equations solved by iterations, of matrices or functions of trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from wengert.scipy.sparse import linalg as _below

from ...array import as_tensor as _as_tensor, of as _of
from ...flatten_util import ravel_pytree as _ravel_pytree

__all__ = ["bicgstab", "cg", "gmres"]


def _solver(below: Callable[..., Any]) -> Callable[..., Any]:
    def solve(
        A: Any, b: Any, x0: Any = None, *, tol: float = 1e-5, atol: float = 0.0, maxiter: Any = None, **_: Any
    ) -> Any:
        right, back = _ravel_pytree(b)

        def product(v: Any) -> Any:
            return _ravel_pytree(A(back(_of(v))))[0]._tensor

        start = None if x0 is None else _ravel_pytree(x0)[0]._tensor
        matrix = product if callable(A) else _as_tensor(A)
        return back(_of(below(matrix, right._tensor, start, rtol=tol, atol=atol, maxiter=maxiter)[0])), None

    solve.__name__, solve.__doc__ = below.__name__, f"`wengert.scipy.sparse.linalg.{below.__name__}`, and ``None``."
    return solve


cg: Final = _solver(_below.cg)
bicgstab: Final = _solver(_below.bicgstab)
gmres: Final = _solver(_below.gmres)
