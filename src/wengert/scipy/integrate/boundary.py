"""Boundary value problems: SciPy's `solve_bvp`, whose solution differentiates by the equations that it solves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from ...names import teaches_keywords
from ..recording import unwatched
from .collocation import MOST_MESHES, equidistributed, rms_residuals, solved
from .values import is_recorded, known

__all__ = ["BVPResult", "solve_bvp"]


@dataclass(eq=False)
class BVPResult:
    """The solution of a boundary value problem.

    Attributes:
        sol: the solution as a function of a number, or of places of shape (k,), with values of shape (n, k).
        p: the unknown parameters, or ``None``.
        x: the nodes of the last mesh, of shape (m,).
        y: the solution there, of shape (n, m).
        yp: its slope there.
        rms_residuals: the relative residuals of each interval.
        niter: how many meshes there were.
        status: 0 if the residuals are small enough, 1 if there were too many nodes, 2 if a Jacobian was singular, 3 if
            the boundary conditions were not met.
        message: the same in words.

    It is a tree, which compiled functions may return.
    """

    sol: Callable[..., Any]
    p: Any
    x: Any
    y: Any
    yp: Any
    rms_residuals: Any
    niter: Any
    status: Any
    message: str

    @property
    def success(self) -> bool:
        """Whether the residuals are as small as was wanted."""
        return self.status == 0

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


@teaches_keywords
def solve_bvp(
    fun: Callable[..., Any],
    bc: Callable[..., Any],
    x: Any,
    y: Any,
    p: Any = None,
    S: Any = None,
    fun_jac: Callable[..., Any] | None = None,
    bc_jac: Callable[..., Any] | None = None,
    tol: float = 1e-3,
    max_nodes: int = 1000,
    verbose: int = 0,
    bc_tol: float | None = None,
) -> BVPResult:
    """Solve ``dy/dx = fun(x, y, p) + S y / (x - a)`` with ``bc(y(a), y(b), p) = 0``; as ``scipy.integrate.solve_bvp``.

    SciPy's collocation of fourth order finds mesh and solution, with Jacobians from here where none are given. The
    solution and the unknown parameters differentiate, in both modes and to any order, in all that `fun` and `bc` read
    from outside, by the implicit function theorem on the equations of collocation; mesh and first guess count as
    constants. A derivative solves a dense system of ``n m + k`` equations.

    In compiled and batched code a mesh has as many nodes as the one that is given: its equations are solved by Newton's
    damped iterations, its nodes are moved, up to ten times, to where the residuals are large, and `status` is 1 where
    they are too few.

    Args:
        fun: ``fun(x, y)`` or ``fun(x, y, p)``: the slopes, of shape (n, m), for x of shape (m,) and y of shape (n, m).
        bc: ``bc(ya, yb)`` or ``bc(ya, yb, p)``: what is to be zero, of shape (n + k,).
        x: the first mesh, of shape (m,), from a to b.
        y: a guess on this mesh, of shape (n, m).
        p: a guess of unknown parameters, of shape (k,).
        S: a matrix of shape (n, n), for a singular term.
        fun_jac: the Jacobians of `fun` in y, of shape (n, n, m), and in p, of shape (n, k, m).
        bc_jac: the Jacobians of `bc` in ya, yb and p.
        tol: the residuals, relative to the slope, are to be as small as this.
        max_nodes: the greatest number of nodes; of no effect in compiled code, as are `fun_jac` and `bc_jac`.
        verbose: 1 or 2 for a report of SciPy's.
        bc_tol: how far the boundary conditions may be from zero.

    Returns:
        The solution; look at ``success``.

    Raises:
        ValueError: shapes do not fit; or a derivative is asked for where no solution was found.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.integrate import solve_bvp
    >>> def middle(force):                               # a loaded string, whose ends are fixed
    ...     x = np.linspace(0.0, 1.0, 5)
    ...     found = solve_bvp(lambda x, y: np.stack([y[1], -force + 0 * x]), lambda ya, yb: np.stack([ya[0], yb[0]]),
    ...                       x, np.zeros((2, 5)))
    ...     return found.sol(0.5)[0]
    >>> wg.value_and_grad(middle)(8.0)
    (tensor(1.), tensor(0.125))

    Source: J. Kierzenka and L. F. Shampine, "A BVP solver based on residual control and the MATLAB PSE", ACM
    Transactions on Mathematical Software 27 (2001).
    """
    if is_recorded((x, y, p)):
        return _recorded(fun, bc, S, np.asarray(x), np.asarray(y), p, tol, tol if bc_tol is None else bc_tol)
    from scipy.integrate import solve_bvp as solve

    problem = _Problem(fun, bc, p is not None, _singular(S), float(numpy.asarray(known(x)).ravel()[0]))
    jacobians = (fun_jac or problem.fun_jac, bc_jac or problem.bc_jac)
    plain = (_plain(f) for f in (problem.slopes_alone, bc, *jacobians))
    with wg.no_grad():
        arrays = [None if value is None else numpy.asarray(wg.stop_gradient(value)) for value in (x, y, p)]
        found = solve(*_in_order(plain, arrays, S), tol=tol, max_nodes=max_nodes, verbose=verbose, bc_tol=bc_tol)
    return _result(problem, found)


def _in_order(plain: Any, arrays: list[Any], singular: Any) -> tuple[Any, ...]:
    """The arguments of SciPy's function by their places."""
    fun, bc, fun_jac, bc_jac = plain
    return (fun, bc, *arrays, singular, fun_jac, bc_jac)


def _plain(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays for SciPy, which knows no tensors."""

    def of_arrays(*args: Any) -> Any:
        found = f(*args)
        if type(found) is tuple:
            return tuple(numpy.asarray(wg.stop_gradient(part)) for part in found)
        return numpy.asarray(wg.stop_gradient(_stacked(found)))

    return of_arrays


def _stacked(found: Any) -> Any:
    return np.stack(found) if type(found) in (list, tuple) else np.asarray(found)


def _result(problem: _Problem, found: Any) -> BVPResult:
    """SciPy's solution as one that differentiates."""
    x = numpy.asarray(found.x)
    y, p = wg.implicit(lambda: (found.y, found.p), lambda at: problem.residual(x, *at), solve="dense")()
    yp = problem.slopes(x, y, p)
    numbers = (found.rms_residuals, found.niter, found.status, found.message)
    return BVPResult(_Hermite(x, y, yp), p, x, y, yp, *numbers)


def _recorded(
    fun: Any, bc: Any, singular: Any, x: Any, y: Any, p: Any, tol: Any, bc_tol: Any
) -> BVPResult:  # fmt: skip
    """The solution on meshes of one size."""
    x, y, p = wg.stop_gradient((x, y, p if p is None else np.asarray(p)))
    if x.ndim != 1 or y.shape[1:] != x.shape:
        raise ValueError(
            f"[solve_bvp] x has shape {x.shape} and y {y.shape}, wanted (m,) and (n, m): a column for each node"
        )
    problem = _Problem(fun, bc, p is not None, _singular(singular), x[0])
    with unwatched():
        found = wg.stop_gradient(_on_meshes(problem, x, y, p, tol))
    solver = lambda: (found.y, found.p, found.is_solved)
    y, p, is_solved = wg.implicit(solver, lambda at: problem.residual(found.x, *at[:2]), solve="dense")()
    yp = problem.slopes(found.x, y, p)
    solution = _Hermite(found.x, y, yp)
    residuals = rms_residuals(lambda x, y: problem.slopes(x, y, p), found.x, solution)
    at_ends = np.max(np.abs(problem.at_ends(y, p)))
    status = np.where(is_solved, np.where(at_ends > bc_tol, 3, np.where(np.max(residuals) > tol, 1, 0)), 2)
    return BVPResult(
        solution, p, found.x, y, yp, residuals, found.count, status, "on as many nodes as given; see status"
    )


class _Mesh(NamedTuple):
    """A solution on a mesh, or a guess where there was none.

    Attributes:
        x, y, p: the nodes, and the unknowns.
        residuals: the relative ones of each interval.
        count: how many meshes there were.
        is_solved: whether the equations of the mesh are.
        goes_on: whether another mesh may do better.
    """

    x: Any
    y: Any
    p: Any
    residuals: Any
    count: Any
    is_solved: Any
    goes_on: Any


def _on_meshes(problem: _Problem, x: Any, y: Any, p: Any, tol: Any) -> _Mesh:
    """The solution on the mesh that is given, or on one whose nodes were moved to where residuals are large."""

    def parts(unknowns: Any) -> tuple[Any, Any]:
        return np.reshape(unknowns[: y.size], y.shape), None if p is None else unknowns[y.size :]

    def turn(before: _Mesh) -> _Mesh:
        is_first = before.count == 0
        mesh = np.where(is_first, before.x, equidistributed(before.x, before.residuals))
        curve = _Hermite(before.x, before.y, problem.slopes(before.x, before.y, before.p))
        guess = [np.where(is_first, before.y, curve(mesh)), *([] if p is None else [before.p])]
        flat = np.concatenate([np.ravel(part).astype(float) for part in guess])
        ended = solved(lambda unknowns: problem.residual(mesh, *parts(unknowns)), flat)
        y, found_p = parts(ended.unknowns)
        curve = _Hermite(mesh, y, problem.slopes(mesh, y, found_p))
        residuals = rms_residuals(lambda x, y: problem.slopes(x, y, found_p), mesh, curve)
        is_better = is_first | (ended.is_solved & (np.max(residuals) < np.max(before.residuals)))
        after = _Mesh(mesh, y, found_p, residuals, before.count, ended.is_solved, is_better & (np.max(residuals) > tol))
        kept = wg.trees.map(
            lambda new, old: np.where(is_better, new, old), after, before._replace(goes_on=after.goes_on)
        )
        return kept._replace(count=before.count + 1)

    known, yes = np.full(x.size - 1, np.inf), np.asarray(True)
    start = _Mesh(
        x.astype(float), y.astype(float), None if p is None else p.astype(float), known, np.asarray(0), yes, yes
    )
    return wg.while_loop(lambda m: m.goes_on & m.is_solved & (m.count < MOST_MESHES), turn, start)


class _Singular(NamedTuple):
    """The term ``S y / (x - a)``, and by which matrix the slope at a is multiplied."""

    matrix: numpy.ndarray
    at_begin: numpy.ndarray


def _singular(matrix: Any) -> _Singular | None:
    if matrix is None:
        return None
    matrix = numpy.asarray(known(matrix), float)
    return _Singular(matrix, numpy.linalg.pinv(numpy.eye(len(matrix)) - matrix))


class _Problem(NamedTuple):
    """A boundary value problem, and the equations by which its collocation is defined."""

    fun: Callable[..., Any]
    bc: Callable[..., Any]
    has_parameters: bool
    singular: _Singular | None
    begin: Any

    def slopes_alone(self, x: Any, y: Any, *p: Any) -> Any:
        """The slopes without the singular term."""
        return _stacked(self.fun(x, y, *p))

    def slopes(self, x: Any, y: Any, p: Any) -> Any:
        slopes = self.slopes_alone(x, y, *self._given(p))
        if self.singular is None:
            return slopes
        away = x - self.begin
        regular = slopes + self.singular.matrix @ y / numpy.where(away > 0, away, 1.0)
        return np.where(away > 0, regular, self.singular.at_begin @ slopes)

    def _given(self, p: Any) -> tuple[Any, ...]:
        return (p,) if self.has_parameters else ()

    def residual(self, x: Any, y: Any, p: Any) -> Any:
        """How far a cubic with these values and slopes is from the equations in the middle of each interval."""
        slopes, h = self.slopes(x, y, p), numpy.diff(x)
        before, after = slopes[:, :-1], slopes[:, 1:]
        middle = (y[:, 1:] + y[:, :-1]) / 2 - h / 8 * (after - before)
        in_between = self.slopes(x[:-1] + h / 2, middle, p)
        collocation = y[:, 1:] - y[:, :-1] - h / 6 * (before + after + 4 * in_between)
        return np.concatenate([np.ravel(collocation), self.at_ends(y, p)])

    def at_ends(self, y: Any, p: Any) -> Any:
        """How far the ends are from the boundary conditions."""
        return _stacked(self.bc(y[:, 0], y[:, -1], *self._given(p)))

    def fun_jac(self, x: Any, y: Any, *p: Any) -> Any:
        """The Jacobians of the slopes, in all places at once: each depends on what is at its own place."""
        along = wg.vmap(lambda v: wg.jvp(lambda y: self.slopes_alone(x, y, *p), (y,), (v,))[1], out_axes=1)
        of_y = along(numpy.eye(len(y))[:, :, None] * numpy.ones(numpy.shape(y)))
        return (of_y, np.swapaxes(wg.jacfwd(lambda p: self.slopes_alone(x, y, p))(*p), 1, 2)) if p else of_y

    def bc_jac(self, ya: Any, yb: Any, *p: Any) -> tuple[Any, ...]:
        """The Jacobians of the boundary conditions."""
        return wg.jacfwd(lambda *at: _stacked(self.bc(*at)), argnums=tuple(range(2 + len(p))))(ya, yb, *p)


class _Hermite(NamedTuple):
    """Cubics with given values and slopes at the nodes."""

    x: Any
    y: Any
    yp: Any

    def __call__(self, at: Any, nu: int = 0) -> Any:
        """The solution, or with ``nu=1`` its slope."""
        if nu not in (0, 1):
            raise ValueError(f"[sol] nu={nu!r}, wanted 0 or 1; write wg.jvp for higher derivatives")
        places, x = np.asarray(at), np.asarray(self.x)
        i = np.clip(np.searchsorted(x, wg.stop_gradient(places), "right") - 1, 0, x.size - 2)
        h = x[i + 1] - x[i]
        s = (places - x[i]) / h
        left, right = self.y[:, i], self.y[:, i + 1]
        first, last = h * self.yp[:, i], h * self.yp[:, i + 1]
        bend, twist = 3 * (right - left) - 2 * first - last, 2 * (left - right) + first + last
        if nu:
            return (first + s * (2 * bend + 3 * s * twist)) / h
        return left + s * (first + s * (bend + s * twist))


CHILDREN = tuple(field.name for field in fields(BVPResult) if field.name != "message")


def _from_children(message: str, children: Sequence[Any]) -> BVPResult:
    return BVPResult(**dict(zip(CHILDREN, children, strict=True)), message=message)


wg.trees.register(
    BVPResult,
    lambda found: ([getattr(found, name) for name in CHILDREN], found.message, CHILDREN),
    _from_children,
)
