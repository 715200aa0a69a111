"""An integration that is run step by step, where values are known: it gives every step, or a function of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from .events import Event, state_at
from .leaves import Leaves
from .methods import Done
from .result import OdeResult
from .stepping import FAILED, STOPPED, Problem, Progress, beginning, is_before, turn
from .values import known, settled


def solved(problem: Problem, events: Sequence[Event], times: Any, dense_output: bool) -> OdeResult:
    """The solution at times, or after every step."""
    log = Log(problem, events)
    last = problem.last if times is None or dense_output or events or not times.size else known(times[-1])
    points = [*_watched(problem, log, last)]
    end = points[-1]
    taken = points[:-1] if end.status == FAILED else points
    dense = OdeSolution(problem, taken)
    if times is None:
        times = dense.ts
        leaves = [np.stack(leaf, axis=-1) for leaf in zip(*[point.y for point in taken], strict=True)]
    else:
        times = times[_reached(problem, times, taken[-1].t)]
        leaves = dense.leaves(times)
    y, sol = problem.system.whole(leaves), dense if dense_output else None
    result = OdeResult.of(end, times, y, sol, *(log.found() if events else ()))
    result.cause = _origin(problem, end) if end.status == FAILED and numpy.isnan(end.log_square) else ""
    return result


def _origin(problem: Problem, end: Progress) -> str:
    """Where the NaN of the last attempt came from: the operation, and the line that called it."""
    done = end.done
    problem.system.takes_arrays = False
    try:
        with wg.trace_nans():
            problem.method.attempt(problem.system, problem.tolerances, done.t, done.y, end.own, done.h)
    except FloatingPointError as error:
        return str(error)
    return ""


def _reached(problem: Problem, times: Any, last: Any) -> Any:
    """Which times the integration has come to."""
    return numpy.flatnonzero(problem.direction * (settled(times) - settled(last)) <= 0)


def _watched(problem: Problem, log: Log, last: Any) -> Iterator[Progress]:
    """Where the integration is at the start and after each step, until an event ends it."""
    progress = beginning(problem)
    yield progress
    for after in _steps(problem, progress, last):
        progress = after if after.status == FAILED else log.passed(progress, after)
        yield progress
        if progress.status == STOPPED:
            return


def _steps(problem: Problem, progress: Progress, last: Any) -> Iterator[Progress]:
    """Where the integration is after each step that was taken, until a time is reached or no step can be taken."""
    while is_before(problem, progress, last):
        progress = turn(problem, progress)
        if progress.status or not progress.was_rejected:
            yield progress


class Occurrence(NamedTuple):
    """When an event occurs, and the state there."""

    t: Any
    y: Leaves


class Log:
    """What events there were."""

    def __init__(self, problem: Problem, events: Sequence[Event]):
        self._problem = problem
        self._events = events
        self._occurrences: list[list[Occurrence]] = [[] for _ in events]

    def passed(self, before: Progress, after: Progress) -> Progress:
        """Where the integration is after a step: at its end, or at an event that ends it."""
        for place, occurrence in self._in_step(before, after):
            self._occurrences[place].append(occurrence)
            if len(self._occurrences[place]) == self._events[place].ends_after:
                return after._replace(t=occurrence.t, y=occurrence.y, status=numpy.int64(STOPPED))
        return after

    def found(self) -> tuple[list[Any], list[Any]]:
        """The times of each event, and the states there."""
        times = [np.stack([one.t for one in each]) if each else np.zeros(0) for each in self._occurrences]
        return times, [self._states(each) for each in self._occurrences]

    def _in_step(self, before: Progress, after: Progress) -> list[tuple[int, Occurrence]]:
        """The events of a step with their places in the list, in the order of time."""
        found = []
        for place, event in enumerate(self._events):
            first, last = (settled(event.value(self._problem, point.t, point.y)) for point in (before, after))
            if event.is_crossed(first, last):
                time = event.found(self._problem, after.done)
                found.append((place, Occurrence(time, state_at(self._problem, after.done, time))))
        return sorted(found, key=lambda one: float(self._problem.direction * settled(one[1].t)))

    def _states(self, occurrences: Sequence[Occurrence]) -> Any:
        system = self._problem.system
        if not occurrences:
            return system.whole([np.zeros((0, *shape), dtype) for shape, dtype in system.forms])
        return system.whole([np.stack(leaf) for leaf in zip(*[one.y for one in occurrences], strict=True)])


class OdeSolution:
    """A solution as a function of time, made of what is between the ends of each step.

    Attributes:
        ts: the ends of the steps.
    """

    def __init__(self, problem: Problem, points: Sequence[Progress]):
        self._problem = problem
        self._taken: list[Done] = [point.done for point in points[1:] or points]
        self.ts: Any = np.stack([point.t for point in points])

    @property
    def n_segments(self) -> int:
        """How many steps there are."""
        return len(self._taken)

    @property
    def t_min(self) -> Any:
        return np.minimum(self.ts[0], self.ts[-1])

    @property
    def t_max(self) -> Any:
        return np.maximum(self.ts[0], self.ts[-1])

    def __call__(self, t: Any) -> Any:
        """The state at times of shape (m,), whose axis is the last one, or at a single time."""
        return self._problem.system.whole(self.leaves(np.asarray(t)))

    def leaves(self, times: wg.Tensor) -> Leaves:
        """The leaves of the state at times."""
        places = self._places(numpy.asarray(wg.stop_gradient(times)))
        times = known(times)
        if times.ndim == 0:
            return self._within(int(places), times)
        found = numpy.unique(places) if places.size else [0]
        parts = [self._within(place, times[numpy.flatnonzero(places == place)]) for place in found]
        order = numpy.argsort(numpy.argsort(places, kind="stable"), kind="stable")
        return [np.concatenate(leaf, axis=-1)[..., order] for leaf in zip(*parts, strict=True)]

    def _places(self, times: numpy.ndarray) -> Any:
        """For each time in which step it is; those outside are in the first or the last."""
        direction = float(self._problem.direction)
        ends = direction * numpy.asarray(wg.stop_gradient(self.ts))
        return numpy.clip(numpy.searchsorted(ends, direction * times) - 1, 0, len(self._taken) - 1)

    def _within(self, place: int, times: Any) -> Leaves:
        return state_at(self._problem, self._taken[place], times)
