"""An integration that is recorded: loops over fixed-size state, compiled, batched and differentiated whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from .events import Event, state_at
from .leaves import Leaves
from .result import OdeResult
from .stepping import GOING, STOPPED, Problem, Progress, beginning, is_before, turn
from .values import settled

TURNS_KEPT = 1000
"""How many turns between two times a reverse walk keeps, unless told otherwise; it computes the others again."""


class Watched(NamedTuple):
    """Where an integration is, with the values of the events there."""

    progress: Progress
    values: list[Any]
    crossed: list[Any]


def solved(problem: Problem, events: Sequence[Event], times: Any, memory: int | None) -> OdeResult:
    """The solution at times, and at the event that ended it."""
    start = beginning(problem)
    values = [event.value(problem, start.t, start.y) for event in events]
    watched = Watched(start, values, [numpy.False_ for _ in events])
    end, states = _integrated(problem, events, watched, times, TURNS_KEPT if memory is None else memory)
    y = [np.moveaxis(leaf, 0, -1) for leaf in states]
    if not events:
        return OdeResult.of(end.progress, times, problem.system.whole(y))
    found, last = _occurrences(problem, events, end)
    y = [numpy.where(problem.direction * (times - last) <= 0, leaf, numpy.nan) for leaf in y]
    states_there = [problem.system.whole(state_at(problem, end.progress.done, time)) for time in found]
    return OdeResult.of(
        end.progress,
        times,
        problem.system.whole(y),
        t_events=[time[None] for time in found],
        y_events=[wg.trees.map(lambda leaf: leaf[None], state) for state in states_there],
    )


def _occurrences(problem: Problem, events: Sequence[Event], end: Watched) -> tuple[list[Any], Any]:
    """When each event occurred, NaN for those after the first, and the time of the first."""
    done = end.progress.done
    nothing = np.asarray(numpy.nan)
    found = [
        wg.cond(is_crossed, lambda event=event: np.asarray(event.found(problem, done)), lambda: nothing)
        for event, is_crossed in zip(events, end.crossed, strict=True)
    ]
    distances = [
        numpy.where(is_crossed, settled(problem.direction * time), numpy.inf)
        for time, is_crossed in zip(found, end.crossed, strict=True)
    ]
    last = problem.direction * numpy.min(numpy.stack(distances))
    return [numpy.where(problem.direction * (time - last) <= 0, time, numpy.nan) for time in found], last


def _integrated(
    problem: Problem, events: Sequence[Event], start: Watched, times: Any, memory: int
) -> tuple[Watched, list[wg.Tensor]]:
    """Where the integration ends, and the leaves of the states at the times, which are the first axes."""

    def arrive(watched: Watched, time: Any) -> tuple[Watched, Leaves]:
        after = wg.while_loop(
            lambda now: is_before(problem, now.progress, time), lambda now: _turn(problem, events, now), watched, memory
        )
        return after, _state(problem, after.progress, time)

    return wg.scan(arrive, start, times)


def _turn(problem: Problem, events: Sequence[Event], before: Watched) -> Watched:
    """An attempt at a step; one in which an event occurs is the last."""
    progress = turn(problem, before.progress)
    values = [event.value(problem, progress.t, progress.y) for event in events]
    ends = zip(events, before.values, values, strict=True)
    crossed = [event.is_crossed(first, last) & ~progress.was_rejected for event, first, last in ends]
    for is_crossed in crossed:
        progress = progress._replace(status=numpy.where(is_crossed, STOPPED, progress.status))
    return Watched(progress, values, crossed)


def _state(problem: Problem, progress: Progress, time: Any) -> Leaves:
    """The state at a time that the last step has reached; NaN if the integration failed before."""
    states = state_at(problem, progress.done, time)
    return [numpy.where(progress.status >= GOING, leaf, numpy.nan) for leaf in states]
