"""An integration that is run step by step, where values are known: it gives every step, or a function of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .methods import Done
from .stepping import Problem, Progress, is_before, turn
from .system import Leaves
from .values import known


def steps(problem: Problem, start: Progress, last: Any) -> Iterator[Progress]:
    """Where the integration is after each step that was taken, until a time is reached or no step can be taken."""
    progress = start
    while is_before(problem, progress, last):
        progress = turn(problem, progress)
        if progress.status or not progress.was_rejected:
            yield progress


class OdeSolution:
    """A solution as a function of time, made of what is between the ends of each step.

    Attributes:
        ts: the ends of the steps.
    """

    def __init__(self, problem: Problem, taken: Sequence[Done]):
        self._problem = problem
        self._taken = taken
        self.ts = np.stack([done.t for done in taken] + [taken[-1].t + taken[-1].h])

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
        if times.ndim == 0:
            return self._within(int(places), times)
        found = numpy.unique(places)
        parts = [self._within(place, times[numpy.flatnonzero(places == place)]) for place in found]
        order = numpy.argsort(numpy.argsort(places, kind="stable"), kind="stable")
        return [np.concatenate(leaf, axis=-1)[..., order] for leaf in zip(*parts, strict=True)]

    def _places(self, times: numpy.ndarray) -> Any:
        """For each time in which step it is; those outside are in the first or the last."""
        direction = float(self._problem.direction)
        ends = direction * numpy.asarray(wg.stop_gradient(self.ts))
        return numpy.clip(numpy.searchsorted(ends, direction * times) - 1, 0, len(self._taken) - 1)

    def _within(self, place: int, times: Any) -> Leaves:
        done = self._taken[place]
        return self._problem.method.between(self._problem.system, done, (known(times) - done.t) / done.h)
