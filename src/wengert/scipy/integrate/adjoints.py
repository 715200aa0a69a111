"""The continuous adjoint: derivatives by a differential equation of their own, which is solved backwards in time.

Either it keeps nothing of the forward integration but the states at the times, so that its memory does not grow with
the number of steps: the state itself is integrated backwards too, and set anew at each time. Or it reads the state from
what is between the ends of the steps that were taken forward, so that it is right for stiff systems too.

Sources: L. S. Pontryagin et al., "The mathematical theory of optimal processes" (1962); R. T. Q. Chen et al., "Neural
ordinary differential equations" (2018), appendix B.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..recording import is_watched
from .result import OdeResult
from .system import System

Solve = Callable[..., OdeResult]
"""``solve(fun, t_span, y0, times)``: an integration with the method and the tolerances that were asked for."""


LEAVES = "leaves"
"""The key of a state that is a list of leaves, so that a list of numbers is not taken for an array."""


def backsolved(
    system: System, first: Any, last: Any, times: Any, solve: Solve, *, is_interpolated: bool
) -> OdeResult:  # fmt: skip
    """The solution at times, whose reverse mode goes back in time; forward mode follows the steps as ever."""
    slope, captured = wg.closure_convert(lambda t, leaves: system(t, leaves), first, list(system.start))
    end = wg.stop_gradient(last)

    def solved(point: Any) -> OdeResult:
        first, times, start, captured = point
        rates = lambda t, y: {LEAVES: slope(t, y[LEAVES], *captured)}
        return solve(rates, (first, end), {LEAVES: start}, times, dense_output=is_interpolated)

    def push(primals: Any, out: Any, tangents: Any) -> Any:
        return wg.jvp(lambda point: _by_times(solved(point).y[LEAVES]), (primals[1],), (tangents[1],))[1]

    def pull(primals: Any, out: Any, cotangent: Any) -> Any:
        _, point = primals
        backwards = _Backwards(slope, solve, point[3])
        if is_interpolated:
            path = solved(point) if is_watched(point) else found
            backwards = _AlongPath(slope, solve, point[3], path.sol)
        return [np.zeros_like(leaf) for leaf in out], _pulled(backwards, out, point, cotangent)

    with_adjoint: Any = wg.custom_derivative(lambda states, point: states, jvp=push, vjp=pull)
    point = first, times, list(system.start), captured
    found = solved(wg.stop_gradient(point))
    found.t = times[: found.t.shape[0]]
    states = with_adjoint(_by_times(found.y[LEAVES]), (first, found.t, *point[2:]))
    found.y = system.whole([np.moveaxis(leaf, 0, -1) for leaf in states])
    return found


def _by_times(leaves: Sequence[Any]) -> list[Any]:
    return [np.moveaxis(leaf, -1, 0) for leaf in leaves]


class _Backwards:
    """The system of the state, its adjoint, and the sums for what was read from outside."""

    def __init__(self, slope: Callable[..., Any], solve: Solve, captured: Sequence[Any]):
        self._slope = slope
        self._solve = solve
        self._captured = list(captured)
        self._moves = [np.asarray(value).dtype.kind in "fc" for value in captured]

    def nothing(self) -> list[Any]:
        """The sums at the last time."""
        return [np.zeros_like(value) for value in self._moving(self._captured)]

    def cotangents(self, sums: Sequence[Any]) -> list[Any]:
        """Those of all that was read from outside, of which integers have none."""
        following = iter(sums)
        pairs = zip(self._moves, self._captured, strict=True)
        return [next(following) if moves else np.zeros_like(value) for moves, value in pairs]

    def along(self, t: Any, y: Sequence[Any], cotangent: Sequence[Any]) -> Any:
        """The cotangent of a time from that of the state at it."""
        slopes = self._slope(t, list(y), *self._captured)
        parts = [np.sum(one * other) for one, other in zip(cotangent, slopes, strict=True)]
        return sum(parts[1:], parts[0])

    def segment(self, ends: tuple[Any, Any], y: list[Any], adjoint: list[Any], sums: list[Any]) -> Any:
        """From the adjoint and the sums at a time, where the state is y, to those at an earlier one."""
        _, adjoint, sums = self._reached(self._rates, ends, (y, adjoint, sums))
        return adjoint, sums

    def _reached(self, rates: Callable[..., Any], ends: tuple[Any, Any], carried: Any) -> Any:
        reached = self._solve(rates, ends, carried, np.stack([ends[1]])).y
        return wg.trees.map(lambda leaf: leaf[..., 0], reached)

    def _rates(self, t: Any, carried: Any) -> Any:
        y, adjoint, _ = carried
        return self._rates_at(t, y, adjoint)

    def _rates_at(self, t: Any, y: list[Any], adjoint: list[Any]) -> Any:
        """The slopes of the state, of the adjoint, and of the sums."""
        slope, pull = wg.vjp(lambda y, *given: self._slope(t, y, *given), y, *self._captured)
        of_state, *of_captured = pull([-each for each in adjoint])
        return slope, of_state, self._moving(of_captured)

    def _moving(self, values: Sequence[Any]) -> list[Any]:
        return [value for value, moves in zip(values, self._moves, strict=True) if moves]


class _AlongPath(_Backwards):
    """The system of the adjoint and the sums, which reads the state from the solution."""

    def __init__(self, slope: Callable[..., Any], solve: Solve, captured: Sequence[Any], path: Any):
        super().__init__(slope, solve, captured)
        self._path = path

    def segment(self, ends: tuple[Any, Any], y: list[Any], adjoint: list[Any], sums: list[Any]) -> Any:
        """From the adjoint and the sums at a time to those at an earlier one."""
        return self._reached(self._rates, ends, (adjoint, sums))

    def _rates(self, t: Any, carried: Any) -> Any:
        adjoint, _ = carried
        return self._rates_at(t, self._path(t)[LEAVES], adjoint)[1:]


def _pulled(system: _Backwards, states: list[Any], point: Any, cotangents: list[Any]) -> tuple[Any, ...]:
    """The cotangents of the first time, of the times, of the first state, and of what was read from outside."""
    first, times, start, _ = point

    def back(carried: Any, ends: Any) -> Any:
        adjoint, sums = carried
        time, before, y, cotangent = ends
        adjoint = [one + other for one, other in zip(adjoint, cotangent, strict=True)]
        adjoint, sums = system.segment((time, before), list(y), adjoint, sums)
        return (adjoint, sums), system.along(time, y, cotangent)

    nothing = [np.zeros_like(leaf[0]) for leaf in states]
    before = np.concatenate([np.asarray(first)[None], times[:-1]])
    ends = times, before, states, cotangents
    (adjoint, sums), of_times = wg.scan(back, (nothing, system.nothing()), ends, reverse=True)
    return -system.along(first, start, adjoint), of_times, adjoint, system.cotangents(sums)
