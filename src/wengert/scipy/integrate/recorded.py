"""An integration that is recorded: loops over fixed-size state, compiled, batched and differentiated whole."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .stepping import GOING, Problem, Progress, is_before, turn
from .system import Leaves

TURNS_KEPT = 1000
"""How many turns between two times a reverse walk keeps, unless told otherwise; it computes the others again."""


def integrated(problem: Problem, start: Progress, times: Any, memory: int | None) -> tuple[Progress, list[wg.Tensor]]:
    """Where the integration ends, and the leaves of the states at the times, which are the last axes."""
    kept = TURNS_KEPT if memory is None else memory

    def arrive(progress: Progress, time: Any) -> tuple[Progress, Leaves]:
        after = wg.while_loop(lambda p: is_before(problem, p, time), lambda p: turn(problem, p), progress, memory=kept)
        return after, _state(problem, after, time)

    end, states = wg.scan(arrive, start, times)
    return end, [np.moveaxis(leaf, 0, -1) for leaf in states]


def _state(problem: Problem, progress: Progress, time: Any) -> Leaves:
    """The state at a time that the last step has reached; NaN if the integration failed before."""
    done = progress.done
    states = problem.method.between(problem.system, done, (time - done.t) / done.h)
    return [numpy.where(progress.status == GOING, leaf, numpy.nan) for leaf in states]
