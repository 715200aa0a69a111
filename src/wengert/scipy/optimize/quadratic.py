"""Quadratic programs, by an interior-point method of array operations."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from scipy import optimize

import wengert as wg
import wengert.numpy as np

from ..recording import is_recorded
from .functions import to_arrays
from .solutions import Solution

TOLERANCE = 1e-10
"""Residuals and gap at the end, as a fraction of 1 and the largest number in q, h and b."""

MOST_ITERATIONS = 100


class Program(NamedTuple):
    """The numbers of a program, by their names in the formula.

    Where there are no inequalities or equations, a row of zeros stands for them: 0 x <= 1 and 0 x - y = 0, for machine
    code knows no empty arrays.

    Attributes:
        corner: what equations have of their multipliers: -1 in that row.
    """

    P: Any
    q: Any
    G: Any
    h: Any
    A: Any
    b: Any
    corner: Any


def quadratic_program(
    P: Any,
    q: Any,
    G: Any = None,
    h: Any = None,
    A: Any = None,
    b: Any = None,
    *,
    derivative_tolerance: float | None = 1e-3,
) -> optimize.OptimizeResult:
    r"""Minimize a convex quadratic function under linear constraints.

    .. math:: \min_x \tfrac12 x^\top P x + q^\top x \quad\text{where}\quad G x \le h,\; A x = b

    The minimum and its multipliers are functions of all that is given, and differentiate by the conditions of Karush,
    Kuhn and Tucker, in every mode and to any order. The method is a loop of array operations: `jit` makes one native
    program of it, and `vmap` solves many at once.

    Args:
        P: a positive semidefinite matrix, of shape ``(n, n)``, which counts by its symmetric part.
        q: of shape ``(n,)``.
        G, h: inequalities, of shapes ``(m, n)`` and ``(m,)``.
        A, b: equations, of shapes ``(p, n)`` and ``(p,)``.
        derivative_tolerance: how far x may be from the minimum where a derivative is asked for (`wengert.implicit`).

    Returns:
        An ``OptimizeResult`` with ``x``, ``fun``, the multipliers ``inequalities`` (0 or more) and ``equations`` as far
        as there are any, ``nit`` and ``success``.

    Raises:
        ValueError: shapes do not fit.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import quadratic_program
    >>> within, total = (-np.eye(3), np.zeros(3)), (np.ones((1, 3)), np.ones(1))
    >>> shares = lambda q: quadratic_program(2 * np.eye(3), q, *within, *total).x
    >>> shares(np.array([0.0, 1.0, 4.0])).round(6)
    tensor([0.75, 0.25, 0.  ])
    >>> wg.grad(lambda q: shares(q)[0])(np.array([0.0, 1.0, 4.0])).round(6).tolist()
    [-0.25, 0.25, 0.0]

    Source: J. Nocedal, S. J. Wright, "Numerical optimization" (2006), section 16.6 (S. Mehrotra's predictor and
    corrector); derivatives: B. Amos, J. Z. Kolter, "OptNet" (2017).
    """
    program = _program(P, q, G, h, A, b)

    def solve(program: Program) -> Any:
        if is_recorded(program):
            return _solved(program)
        return _compiled()(to_arrays(program))

    solution = Solution("quadratic_program", solve, _conditions, lambda found, p: p, derivative_tolerance)
    found = solution.at(program)
    x, given = found["x"], {"inequalities": G is not None, "equations": A is not None}
    known = {name: value for name, value in found.items() if given.get(name, True)}
    return optimize.OptimizeResult(known, fun=0.5 * x @ program.P @ x + program.q @ x)


def _program(P: Any, q: Any, G: Any, h: Any, A: Any, b: Any) -> Program:
    P, q = np.asarray(P) * 1.0, np.asarray(q) * 1.0
    size = q.shape[0] if q.ndim == 1 else -1
    is_free = A is None
    G, h = _rows("G and h", q, G, h, 1.0)
    A, b = _rows("A and b", q, A, b, 0.0)
    if P.shape != (size, size):
        raise ValueError(
            f"[quadratic_program] P has shape {P.shape} where q has {q.shape}, wanted a square matrix with a row for "
            "each unknown; write np.diag(...) for a diagonal one"
        )
    corner = np.full((1, 1), -1.0) if is_free else np.zeros((b.size, b.size))
    return Program((P + P.T) / 2, q, G, h, A, b, corner)


def _rows(name: str, q: Any, matrix: Any, side: Any, none: float) -> tuple[Any, Any]:
    """Constraints as arrays; a row of zeros if there are none."""
    if matrix is None and side is None:
        return np.zeros((1, q.size)), np.full(1, none)
    return checked_rows("quadratic_program", name, "q", q, matrix, side)


def checked_rows(op: str, name: str, cost_name: str, cost: Any, matrix: Any, side: Any) -> tuple[Any, Any]:
    """A matrix and a side with a row for each constraint.

    Raises:
        ValueError: their shapes do not fit each other or the cost.
    """
    matrix, side = np.asarray(matrix) * 1.0, np.asarray(side) * 1.0
    if matrix.ndim != 2 or side.shape != matrix.shape[:1] or matrix.shape[1:] != cost.shape:
        raise ValueError(
            f"[{op}] {name} have the shapes {matrix.shape} and {side.shape} where {cost_name} has {cost.shape}, wanted "
            "a row for each constraint and a column for each unknown; write (m, n) and (m,)"
        )
    return matrix, side


def _conditions(found: Any, program: Program) -> Any:
    """What is 0 at the minimum: of an inequality its slack or its multiplier, whichever is less."""
    P, q, G, h, A, b, corner = program
    x, z, y = found["x"], found["inequalities"], found["equations"]
    slack = h - G @ x
    force = P @ x + q + G.T @ z + A.T @ y
    return [force, np.where(slack < z, slack, z), A @ x - b + corner @ y]


@cache
def _compiled() -> Any:
    return wg.jit(_solved)


class _Iterate(NamedTuple):
    """An interior point: x, slacks, multipliers of inequalities and of equations, residual, iterations."""

    x: Any
    s: Any
    z: Any
    y: Any
    error: Any
    nit: Any


def _solved(program: Program) -> dict[str, Any]:
    """The minimum by Mehrotra's method, with its multipliers."""
    q, h, b = program.q, program.h, program.b
    scale = 1 + np.max(np.abs(np.concatenate([q, h, b])))
    begin = _Iterate(
        np.zeros_like(q), np.ones_like(h), np.ones_like(h), np.zeros_like(b), scale * np.inf, np.zeros((), int)
    )
    start = _started(program, begin)

    def goes_on(now: _Iterate) -> Any:
        return (now.error > TOLERANCE * scale) & (now.nit < MOST_ITERATIONS)

    end = wg.while_loop(goes_on, lambda now: _turn(program, now), start)
    return {
        "x": end.x,
        "inequalities": end.z,
        "equations": end.y,
        "nit": end.nit,
        "success": end.error <= TOLERANCE * scale,
    }


def _residuals(program: Program, now: _Iterate) -> tuple[Any, Any, Any]:
    P, q, G, h, A, b, corner = program
    dual = P @ now.x + q + G.T @ now.z + A.T @ now.y
    return dual, G @ now.x + now.s - h, A @ now.x - b + corner @ now.y


def _started(program: Program, now: _Iterate) -> _Iterate:
    """A point inside, from the step that would end at the minimum if nothing were to be positive."""
    step = _step(program, now, 0 * now.s)
    x, y = now.x + step[0], now.y + step[3]
    s, z = (_positive(part) for part in (now.s + step[1], now.z + step[2]))
    return now._replace(x=x, s=s, z=z, y=y)


def _positive(part: Any) -> Any:
    return np.maximum(np.abs(part), 1.0)


def _turn(program: Program, now: _Iterate) -> _Iterate:
    gap = now.s @ now.z / now.s.size
    _, ds, dz, _ = _step(program, now, now.s * now.z)
    length = _length(now, ds, dz, 1.0)
    ahead = (now.s + length * ds) @ (now.z + length * dz) / now.s.size
    centring = (ahead / np.where(gap > 0, gap, 1.0)) ** 3
    dx, ds, dz, dy = _step(program, now, now.s * now.z + ds * dz - centring * gap)
    length = _length(now, ds, dz, 0.995)
    after = _Iterate(
        now.x + length * dx, now.s + length * ds, now.z + length * dz, now.y + length * dy, now.error, now.nit + 1
    )
    parts = [np.max(np.abs(part)) for part in _residuals(program, after)]
    return after._replace(error=np.max(np.stack([after.s @ after.z, *parts])))


def _step(program: Program, now: _Iterate, complement: Any) -> tuple[Any, Any, Any, Any]:
    """Newton's step to where the residuals are 0 and slacks times multipliers are less by `complement`."""
    P, G, A = program.P, program.G, program.A
    dual, inner, outer = _residuals(program, now)
    weight = now.z / now.s
    upper = P + G.T @ (weight[:, None] * G)
    right = -dual - G.T @ (weight * inner - complement / now.s)
    matrix = np.concatenate([np.concatenate([upper, A.T], axis=1), np.concatenate([A, program.corner], axis=1)])
    solution = np.linalg.solve(matrix, np.concatenate([right, -outer]))
    dx, dy = solution[: P.shape[0]], solution[P.shape[0] :]
    ds = -inner - G @ dx
    return dx, ds, -(complement + now.z * ds) / now.s, dy


def _length(now: _Iterate, ds: Any, dz: Any, share: float) -> Any:
    """The longest step up to 1 that keeps slacks and multipliers positive."""
    longest = np.ones(())
    for part, step in ((now.s, ds), (now.z, dz)):
        ratios = np.where(step < 0, -share * part / np.where(step < 0, step, 1.0), np.inf)
        longest = np.minimum(longest, np.min(ratios))
    return longest
