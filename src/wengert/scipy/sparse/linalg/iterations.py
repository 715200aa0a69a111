"""Linear equations by iterations, whose solutions differentiate by the transposed equations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from ...recording import is_recorded, unwatched
from .methods import (
    Ended,
    System,
    conjugate_gradients,
    generalized_minimal_residuals,
    length,
    minimal_residuals,
    stabilized_biconjugate_gradients,
)
from .operators import LinearOperator, aslinearoperator


class _Solver(NamedTuple):
    """A method with its options.

    Attributes:
        name: what messages call it.
        method: one of `wengert.scipy.sparse.linalg.methods`.
        rtol, atol, most: when it ends, as SciPy says it.
        precondition: what is near the inverse.
        is_symmetric: whether the method is for symmetric matrices: the same preconditioner serves the transposed one.
        allows: whether a solution that is not near enough may be differentiated.
    """

    name: str
    method: Callable[..., Ended]
    rtol: float
    atol: float
    most: int
    precondition: Callable[[Any], Any]
    is_symmetric: bool
    allows: bool

    def ended(self, product: Callable[[Any], Any], b: Any, x: Any, told: Callable[[Any], Any]) -> tuple[Any, Any]:
        """The solution, and 0 or the number of iterations after which it was not near enough."""
        goal = np.maximum(self.rtol * length(b), self.atol)
        with numpy.errstate(all="ignore"):  # what overflows has not converged, and is told as such
            end = self.method(System(product, self.precondition, b, goal, self.most), x, told)
        return end.x, np.where(end.residual <= goal, 0, np.maximum(end.count, 1))

    def of_derivatives(self, info: Any) -> Callable[[Any, Any], Any]:
        """What solves the equations of derivatives, at a solution that ended so."""
        again = self if self.is_symmetric else self._replace(precondition=_unchanged)

        def solve(product: Callable[[Any], Any], b: Any) -> Any:
            self.check(info, "the equations")
            x, failed = again.ended(product, b, np.zeros_like(b), _unchanged)
            self.check(failed, "the transposed equations, or those of a tangent,")
            return x if self.allows else np.where(failed == 0, x, numpy.nan)

        return solve

    def check(self, info: Any, what: str) -> None:
        """Refuse what did not converge, where that is known.

        Raises:
            numpy.linalg.LinAlgError: it did not.
        """
        if not self.allows and not is_recorded(info) and int(info):
            raise numpy.linalg.LinAlgError(
                f"[{self.name}] {what} were not solved to rtol={self.rtol:g} in {int(info)} iterations, wanted a "
                "solution where a derivative is asked for: the matrix is singular, or far from what the method is for; "
                "write maxiter= or M= (a preconditioner), or derivative_tolerance=None to differentiate anyway"
            )


def _unchanged(x: Any) -> Any:
    return x


def _solution(solver: _Solver, operator: LinearOperator, b: Any, x0: Any, callback: Any) -> tuple[Any, Any]:
    """The solution as a function of b and of all that the matrix is made of, and how it ended."""
    vector = np.ravel(np.asarray(b))
    vector = vector.astype(numpy.result_type(vector.dtype, operator.dtype, numpy.float32))
    start = np.zeros_like(vector) if x0 is None else np.ravel(np.asarray(x0)).astype(vector.dtype)
    with unwatched():
        x, info = wg.stop_gradient(solver.ended(operator.matvec, vector, start, callback or _unchanged))

    def residual(x: Any, b: Any) -> Any:
        rest = operator.matvec(x) - b
        if solver.allows or not is_recorded(info):
            return rest
        return rest * np.where(info == 0, 1.0, numpy.nan).astype(rest.dtype)

    solved = wg.implicit(lambda b: x, residual, solve=solver.of_derivatives(info), derivative_tolerance=None)
    return np.reshape(solved(vector), np.asarray(b).shape), info if is_recorded(info) else int(info)


def _prepared(name: str, A: Any, b: Any, M: Any, callback: Any) -> tuple[LinearOperator, Callable[[Any], Any]]:
    """The matrix and the preconditioner.

    Raises:
        ValueError: the shapes do not go together.
    """
    b = np.asarray(b)
    operator = LinearOperator((b.size, b.size), A, dtype=b.dtype) if _is_function(A) else aslinearoperator(A)
    if operator.shape != (b.size, b.size) or b.shape not in ((b.size,), (b.size, 1)):
        raise ValueError(
            f"[{name}] the matrix has the shape {operator.shape} and b {b.shape}, wanted a square matrix and a vector "
            "of as many numbers; write wengert.vmap over the columns of b for several"
        )
    if callback is not None and is_recorded((b,)):
        raise TypeError(
            f"[{name}] a callback was given where there are no values (within jit, vmap and loops), wanted none; write "
            "callback=None, or call it outside"
        )
    return operator, _unchanged if M is None else (M if _is_function(M) else aslinearoperator(M).matvec)


def _is_function(A: Any) -> bool:
    return callable(A) and not isinstance(A, LinearOperator)


def _method(name: str, method: Callable[..., Ended], *, is_symmetric: bool, what: str) -> Callable[..., Any]:
    """The public function of a method."""

    def solve(
        A: Any, b: Any, x0: Any = None, *, rtol: float = 1e-5, atol: float = 0.0, maxiter: int | None = None,
        M: Any = None, callback: Callable[[Any], Any] | None = None, derivative_tolerance: float | None = 1e-3,
    ) -> tuple[Any, Any]:  # fmt: skip
        operator, precondition = _prepared(name, A, b, M, callback)
        most = 10 * operator.shape[0] if maxiter is None else maxiter
        allows = derivative_tolerance is None
        solver = _Solver(name, method, rtol, atol, most, precondition, is_symmetric, allows)
        return _solution(solver, operator, b, x0, callback)

    solve.__name__ = solve.__qualname__ = name
    solve.__doc__ = _DOCUMENTATION.format(name=name, what=what)
    return solve


_DOCUMENTATION = """As ``scipy.sparse.linalg.{name}``: linear equations with {what}, by products alone.

    It is a loop of array operations, native under `wengert.jit`, and batched by `wengert.vmap`. The solution
    differentiates, in both modes and to any order, in b, in the numbers of A and in all that A is made of, by equations
    with the same or the transposed matrix, which are solved to the same tolerance.

    Args:
        A: a matrix, dense or sparse (of SciPy's too), a `LinearOperator`, or a linear function of a vector.
        b: the right-hand side, of shape (n,) or (n, 1).
        x0: where to begin; 0 by default.
        rtol, atol: the residual is at most ``max(rtol * norm(b), atol)``.
        maxiter: the most iterations; ten for each unknown by default.
        M: what is near the inverse of A, as A is given.
        callback: called with x after each iteration; not in compiled code.
        derivative_tolerance: ``None`` allows derivatives of what did not converge.

    Returns:
        x, and 0, or the number of iterations after which it was not near enough.

    Raises:
        numpy.linalg.LinAlgError: a derivative is asked for and the equations are not solved. In compiled and batched
            code the derivative is NaN instead.
        ValueError: the shapes do not go together.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.sparse import diags_array
    >>> from wengert.scipy.sparse.linalg import {name}
    >>> def first(d):
    ...     A = diags_array([-1.0, d, -1.0], offsets=[-1, 0, 1], shape=(3, 3))
    ...     return {name}(A, np.ones(3), rtol=1e-12)[0][0]
    >>> value, slope = wg.value_and_grad(first)(2.0)
    >>> round(value.item(), 9), round(slope.item(), 9)
    (1.5, -2.5)
    """

cg: Final = _method("cg", conjugate_gradients, is_symmetric=True, what="a symmetric positive definite matrix")
minres: Final = _method("minres", minimal_residuals, is_symmetric=True, what="a symmetric matrix")
bicgstab: Final = _method("bicgstab", stabilized_biconjugate_gradients, is_symmetric=False, what="a square matrix")


def gmres(
    A: Any, b: Any, x0: Any = None, *, rtol: float = 1e-5, atol: float = 0.0, restart: int | None = None,
    maxiter: int | None = None, M: Any = None, callback: Callable[[Any], Any] | None = None,
    derivative_tolerance: float | None = 1e-3,
) -> tuple[Any, Any]:  # fmt: skip
    """As ``scipy.sparse.linalg.gmres``: linear equations with a square matrix; see `cg`.

    Args:
        restart: after so many products it begins anew; 20 by default.
        maxiter: how often it does.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.sparse.linalg import gmres
    >>> x, info = gmres(np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([4.0, 8.0]), rtol=1e-12)
    >>> np.round(x, 9), info
    (tensor([1., 2.]), 0)
    """
    operator, precondition = _prepared("gmres", A, b, M, callback)
    size = operator.shape[0]
    method = partial(generalized_minimal_residuals, restart=max(1, min(restart or 20, size)))
    most = 10 * size if maxiter is None else maxiter
    solver = _Solver("gmres", method, rtol, atol, most, precondition, False, derivative_tolerance is None)
    return _solution(solver, operator, b, x0, callback)
