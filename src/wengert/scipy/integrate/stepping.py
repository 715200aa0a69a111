"""One turn of an integration: an attempt at a step, which is taken, or made again with a shorter one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy

from .leaves import Leaves, at_least, at_most, chosen, moved
from .methods import Attempt, Counts, Done, Method
from .system import System
from .tolerances import Tolerances
from .values import settled

EPSILON = float(numpy.finfo(float).eps)

GOING, STOPPED, FAILED = 0, 1, -1

STRETCHED = 1 + 1e-10
"""By how much a step may be longer that comes to the end of the span, which rounding would leave for another one."""

LEAST_LOG = math.log(1e-8)
"""What the controller takes a smaller error for after its step, so that one lucky step has no large consequence."""

LEAST_SQUARE = 1e-200
"""What is taken for no error at all."""


@dataclass(frozen=True)
class Problem:
    """An initial value problem, and how it is to be solved.

    Attributes:
        first, last: the ends of the span of time.
        direction: 1 or -1.
        first_step, max_step, min_step: sizes, without sign; without a first step it is chosen.
    """

    system: System
    method: Method
    tolerances: Tolerances
    first: Any
    last: Any
    direction: Any
    first_step: Any
    max_step: Any
    min_step: Any


class Progress(NamedTuple):
    """Where an integration is.

    Attributes:
        t, y: the point.
        own: what the method hands on.
        size: of the next attempt, without sign.
        log_square: the logarithm of the square of the error of the last step that was taken, for the controller.
        was_rejected: whether the last attempt was not taken.
        done: the last attempt.
        counts: what was done until now.
        status: `GOING`, `STOPPED` by an event, or `FAILED`.
    """

    t: Any
    y: Leaves
    own: Any
    size: Any
    log_square: Any
    was_rejected: Any
    done: Done
    counts: Counts
    status: Any


def beginning(problem: Problem) -> Progress:
    """Before the first step."""
    system, t, y = problem.system, problem.first, problem.system.start
    slope = system(t, y)
    size, evaluations = _first_size(problem, slope)
    nothing = [0 * leaf for leaf in y]
    return Progress(
        t=t,
        y=y,
        own=problem.method.begin(system, t, y, slope),
        size=size,
        log_square=numpy.float64(LEAST_LOG),
        was_rejected=numpy.False_,
        done=Done(t, y, numpy.float64(1.0), [nothing] * problem.method.kept),
        counts=Counts(*(numpy.int64(count) for count in (1 + evaluations, 0, 0))),
        status=numpy.int64(GOING),
    )


def is_before(problem: Problem, progress: Progress, t: Any) -> Any:
    """Whether a time is still to be reached."""
    return (problem.direction * (t - progress.t) > 0) & (progress.status == GOING)


def turn(problem: Problem, progress: Progress) -> Progress:
    """An attempt at a step."""
    h, t = _next(problem, progress)
    attempt = problem.method.attempt(problem.system, problem.tolerances, progress.t, progress.y, progress.own, h)
    after = progress._replace(
        t=t,
        y=attempt.y,
        own=attempt.own,
        done=Done(progress.t, progress.y, h, attempt.slopes),
        counts=progress.counts.plus(attempt.counts),
    )
    if attempt.error is None:
        return after
    return _judged(problem, progress, after, attempt)


def _judged(problem: Problem, before: Progress, after: Progress, attempt: Attempt) -> Progress:
    """Where the integration is after an attempt, whose method may say how long the next one is."""
    square, longer, shorter = settled((attempt.error, attempt.size, attempt.shorter))
    is_taken = square < 1
    method = problem.method
    log_square = numpy.log(chosen(square < LEAST_SQUARE, LEAST_SQUARE, square))
    factor = method.controller.factor(method.order, log_square, before.log_square)
    factor = chosen(is_taken & ~before.was_rejected, factor, at_most(factor, 1.0))
    size = settled(abs(after.done.h)) * factor
    size = chosen(is_taken, size if longer is None else longer, size if shorter is None else shorter)
    least = numpy.maximum(10 * EPSILON * settled(abs(before.t)), problem.min_step)
    status = chosen(is_taken | (size >= least), numpy.int64(GOING), numpy.int64(FAILED))
    return after._replace(
        t=chosen(is_taken, after.t, before.t),
        y=chosen(is_taken, after.y, before.y),
        own=chosen(is_taken, after.own, before.own if attempt.kept_own is None else attempt.kept_own),
        size=at_most(at_least(size, least), numpy.maximum(problem.max_step, least)),
        log_square=chosen(is_taken | (status == FAILED), numpy.maximum(log_square, LEAST_LOG), before.log_square),
        was_rejected=~is_taken,
        status=status,
    )


def _next(problem: Problem, progress: Progress) -> tuple[Any, Any]:
    """The signed size of the next step, and its end: the last step ends where the span does."""
    h = problem.direction * progress.size
    is_past = STRETCHED * progress.size > settled(problem.direction * (problem.last - progress.t))
    return chosen(is_past, (problem.last - progress.t, problem.last), (h, progress.t + h))


def _first_size(problem: Problem, slope: Leaves) -> tuple[Any, int]:
    """The size of the first step, and how many evaluations it took to find it.

    Source: E. Hairer, S. P. Norsett and G. Wanner (1993), section II.4.
    """
    first, last = settled((problem.first, problem.last))
    span = abs(last - first)
    if problem.first_step is not None:
        return numpy.minimum(problem.first_step, span), 0
    norm = problem.tolerances.norm
    y, slope = settled((list(problem.system.start), list(slope)))
    of_state, of_slope = norm(y, y), norm(slope, y)
    is_small = (of_state < 1e-5) | (of_slope < 1e-5)
    size = numpy.minimum(numpy.where(is_small, 1e-6, 0.01 * of_state / numpy.where(is_small, 1.0, of_slope)), span)
    h = size * problem.direction
    after = settled(problem.system(first + h, moved(y, h, (1.0,), [slope])))
    change = norm([b - a for a, b in zip(slope, after, strict=True)], y) / numpy.where(size == 0, 1.0, size)
    largest = numpy.maximum(of_slope, change)
    is_still = largest <= 1e-15
    by_slopes = (0.01 / numpy.where(is_still, 1.0, largest)) ** (1 / (problem.method.order + 1))
    by_slopes = numpy.where(is_still, numpy.maximum(1e-6, size * 1e-3), by_slopes)
    return numpy.minimum(numpy.minimum(100 * size, by_slopes), numpy.minimum(span, problem.max_step)), 1
