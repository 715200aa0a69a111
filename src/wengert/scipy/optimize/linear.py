"""Linear programs, by SciPy's solver: the corner that it finds moves with the constraints that hold there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy
from scipy import optimize, sparse

import wengert as wg
import wengert.numpy as np

from ..recording import is_recorded
from .conditions import both_bounds
from .functions import to_arrays
from .quadratic import checked_rows
from .solutions import Solution

TOUCHES = 1e-8
"""So small a slack or a multiplier is 0, as a fraction of 1 and the largest number of its kind."""


class LinearProgram(NamedTuple):
    """The numbers of a program, by their names in the formula; no rows where there are no constraints."""

    c: Any
    A_ub: Any
    b_ub: Any
    A_eq: Any
    b_eq: Any
    bounds: tuple[Any, Any]


def linprog(
    c: Any,
    A_ub: Any = None,
    b_ub: Any = None,
    A_eq: Any = None,
    b_eq: Any = None,
    bounds: Any = (0, None),
    method: str = "highs",
    callback: Any = None,
    options: Mapping[str, Any] | None = None,
    x0: Any = None,
    integrality: Any = None,
    *,
    derivative_tolerance: float | None = 1e-3,
) -> optimize.OptimizeResult:
    r"""Minimize a linear function under linear constraints, as ``scipy.optimize.linprog`` does.

    .. math:: \min_x c^\top x \quad\text{where}\quad A_{ub} x \le b_{ub},\; A_{eq} x = b_{eq},\; l \le x \le u

    The minimum is a corner, where as many constraints hold as there are unknowns, and it moves with them: it and the
    multipliers differentiate in all that is given, in every mode and to any order. Within `jit`, `vmap` and loops
    SciPy's solver is a step between native code.

    Args:
        c: of shape ``(n,)``.
        A_ub, b_ub: inequalities, of shapes ``(m, n)`` and ``(m,)``.
        A_eq, b_eq: equations, of shapes ``(p, n)`` and ``(p,)``.
        bounds: a pair ``(lower, upper)`` for all unknowns or one for each, with ``None`` where there is none.
        method, callback, options, x0: as SciPy's.
        integrality: as SciPy's; integers do not move with anything, so that the result has no derivative. Neither has
            it where a matrix is one of `scipy.sparse`.
        derivative_tolerance: how far x may be from the minimum where a derivative is asked for (`wengert.implicit`).

    Returns:
        SciPy's ``OptimizeResult``, whose ``x``, ``fun``, ``slack``, ``con`` and the ``residual`` and ``marginals`` of
        ``ineqlin``, ``eqlin``, ``lower`` and ``upper`` are tensors that differentiate.

    Raises:
        ValueError: shapes do not fit.
        numpy.linalg.LinAlgError: a derivative is asked for at a degenerate corner, where more constraints hold than
            move it, or where several x are as good.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import linprog
    >>> mixed = lambda b: linprog([-1.0, -2.0], [[1.0, 1.0], [1.0, 3.0]], b).x
    >>> mixed(np.array([4.0, 6.0]))
    tensor([3., 1.])
    >>> wg.jacobian(mixed)(np.array([4.0, 6.0]))
    tensor([[ 1.5, -0.5],
            [-0.5,  0.5]])

    Source of the derivative: A. V. Fiacco, "Introduction to sensitivity and stability analysis in nonlinear
    programming" (1983).
    """
    how = {"method": method, "callback": callback, "options": options}
    if integrality is not None or sparse.issparse(A_ub) or sparse.issparse(A_eq):
        given = to_arrays([c, A_ub, b_ub, A_eq, b_eq, bounds])
        return optimize.linprog(*given, x0=x0, integrality=integrality, **how)
    program = _program(c, A_ub, b_ub, A_eq, b_eq, bounds)
    run = _Run({**how, "x0": x0})
    solution = Solution("linprog", run, _conditions, lambda found, p: p, derivative_tolerance, run.like, _moved)
    found = solution.at(program)
    return run.last if run.last.get("x", 0) is None else _result(run.last, program, found)


def _program(c: Any, A_ub: Any, b_ub: Any, A_eq: Any, b_eq: Any, bounds: Any) -> LinearProgram:
    c = np.atleast_1d(np.asarray(c)) * 1.0
    unequal, equal = _rows("ub", c, A_ub, b_ub), _rows("eq", c, A_eq, b_eq)
    return LinearProgram(c, *unequal, *equal, both_bounds(_pairs(bounds, c.size), c, "linprog"))


def _rows(name: str, c: Any, matrix: Any, side: Any) -> tuple[Any, Any]:
    """Constraints as arrays."""
    if matrix is None and side is None:
        return np.zeros((0, c.size)), np.zeros(0)
    return checked_rows("linprog", f"A_{name} and b_{name}", "c", c, matrix, side)


def _pairs(bounds: Any, size: int) -> Any:
    """A pair for each unknown."""
    if bounds is None or len(bounds) == 0:
        return [(0, None)] * size
    if not any(isinstance(part, tuple | list) or np.ndim(part) for part in bounds if part is not None):
        return [tuple(bounds)] * size
    return list(bounds) * size if len(bounds) == 1 else bounds


class _Run:
    """SciPy's solver, which remembers what it returned last."""

    def __init__(self, how: Mapping[str, Any]) -> None:
        self.how = how
        self.last = optimize.OptimizeResult()

    def __call__(self, program: LinearProgram) -> dict[str, Any]:
        given = to_arrays(program)
        bounds = numpy.stack(given.bounds, axis=1)
        self.last = found = optimize.linprog(*given[:5], bounds=bounds, **self.how)
        if found.x is None:
            x, z, y = (numpy.full_like(part, numpy.nan) for part in (given.c, given.b_ub, given.b_eq))
        else:
            x, z, y = found.x, -found.ineqlin.marginals, -found.eqlin.marginals
        return _solution(x, z, y, found.status, found.nit)

    @staticmethod
    def like(program: LinearProgram) -> dict[str, Any]:
        """Arrays as a run gives them."""
        return _solution(program.c, program.b_ub, program.b_eq, np.zeros((), int), np.zeros((), int))


def _solution(x: Any, z: Any, y: Any, status: Any, nit: Any) -> dict[str, Any]:
    return {"x": x, "inequalities": z, "equations": y, "status": status, "nit": nit}


def _forces(found: Mapping[str, Any], program: LinearProgram) -> Any:
    """The reduced costs: what pulls at each unknown, and a bound has to hold."""
    return program.c + program.A_ub.T @ found["inequalities"] + program.A_eq.T @ found["equations"]


def _conditions(found: Mapping[str, Any], program: LinearProgram) -> Any:
    """What is 0 at the minimum: of each constraint its slack if it holds x, otherwise its multiplier.

    Where both are 0 the equation is an empty one, since either may move: a derivative finds it singular.
    """
    x, z = found["x"], found["inequalities"]
    force, slack = _forces(found, program), program.b_ub - program.A_ub @ x
    return [
        _of_unknowns(x, force, program.bounds, program.c),
        _unless_degenerate(np.where(slack < z, slack, z), slack, z, program.c),
        program.A_eq @ x - program.b_eq,
    ]


def _of_unknowns(x: Any, force: Any, bounds: Any, cost: Any) -> Any:
    lower, upper = bounds
    held = np.where(force > 0, x - lower, np.where(force < 0, x - upper, np.inf))
    is_held = np.abs(held) < np.abs(force)
    nearest = np.minimum(x - lower, upper - x)
    return _unless_degenerate(np.where(is_held, held, force), nearest, force, cost)


def _unless_degenerate(equation: Any, slack: Any, multiplier: Any, cost: Any) -> Any:
    """The equation, or 0 where both slack and multiplier are; x counts as of the size 1, multipliers as the cost."""
    scale = 1 + np.max(np.abs(cost))
    is_degenerate = (np.abs(slack) <= TOUCHES) & (np.abs(multiplier) <= TOUCHES * scale)
    return np.where(is_degenerate, 0.0, equation)


def _moved(matvec: Any, b: Any) -> Any:
    """How the corner moves: the solution of linear equations.

    Raises:
        numpy.linalg.LinAlgError: the corner is degenerate.
    """
    matrix = wg.vmap(matvec, out_axes=-1)(np.eye(b.size))
    if not is_recorded(matrix):
        _check_corner(numpy.asarray(wg.stop_gradient(matrix)))
    return np.linalg.solve(matrix, b)


def _check_corner(matrix: Any) -> None:
    if numpy.isfinite(matrix).all() and not numpy.linalg.cond(matrix, 1) * numpy.finfo(matrix.dtype).eps < 1:
        raise numpy.linalg.LinAlgError(
            "[linprog] a derivative was asked for at a degenerate corner, where a constraint holds that has the "
            "multiplier 0 (so that more hold than move x), or where other x are as good; wanted as many constraints "
            "with a multiplier as unknowns; leave out constraints that follow from others, or write "
            "quadratic_program(1e-6 * np.eye(n), c, ...), whose minimum is unique"
        )


def _result(
    begin: optimize.OptimizeResult, program: LinearProgram, found: Mapping[str, Any]
) -> optimize.OptimizeResult:
    """SciPy's result with tensors."""
    x, force = found["x"], _forces(found, program)
    lower, upper = program.bounds
    slack, rest = program.b_ub - program.A_ub @ x, program.b_eq - program.A_eq @ x
    marginals = {
        "ineqlin": (slack, -found["inequalities"]),
        "eqlin": (rest, -found["equations"]),
        "lower": (x - lower, np.maximum(force, 0.0)),
        "upper": (upper - x, np.minimum(force, 0.0)),
    }
    sides = {name: optimize.OptimizeResult(residual=a, marginals=b) for name, (a, b) in marginals.items()}
    known = {"status": found["status"], "nit": found["nit"], "success": found["status"] == 0} | dict(begin)
    return optimize.OptimizeResult(known, x=x, fun=program.c @ x, slack=slack, con=rest, **sides)
