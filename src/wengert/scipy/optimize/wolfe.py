"""How far to go along a direction, as one loop that is recorded: a step with the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np

SUFFICIENT_DECREASE = 1e-4
ROUNDING = 1e-15
"""So much of a value is rounding: a function that does not grow by more decreases enough near a minimum."""
EVALUATIONS = 30
"""So many steps are tried at most."""


class Point(NamedTuple):
    """What is known at a step along a direction.

    Attributes:
        step: how far.
        value: the function there.
        slope: its derivative along the direction.
        gradient: its gradient.
    """

    step: Any
    value: Any
    slope: Any
    gradient: Any


class _Search(NamedTuple):
    """The state of a search.

    Attributes:
        low: the best point that decreases enough.
        high: the other end of an interval that holds a good step; infinitely far before there is one.
        step: the next step that is tried.
        evaluations: how many were tried.
        is_done: whether `low` is good.
    """

    low: Point
    high: Point
    step: Any
    evaluations: Any
    is_done: Any


def strong_wolfe(at: Callable[[Any], Point], start: Point, first: Any, curvature: float) -> tuple[Point, Any]:
    r"""A point with :math:`f(t) \le f(0) + c_1 t f'(0)` and :math:`|f'(t)| \le c_2 |f'(0)|`, and how many were tried.

    Source: J. Nocedal, S. J. Wright, "Numerical optimization" (2006), algorithms 3.5 and 3.6: one loop for both, since
    an interval without an end is zoomed into as any other.

    Args:
        at: evaluates the function at a step.
        start: the point at step 0, where the slope is negative.
        first: the step that is tried first.
        curvature: :math:`c_2`.
    """
    far = start._replace(step=np.full_like(start.value, np.inf), value=np.full_like(start.value, np.inf))
    state = _Search(start, far, first + 0 * start.value, np.zeros((), int), np.zeros((), bool))

    def turn(search: _Search) -> _Search:
        point = at(search.step)
        return _narrowed(search, point, start, curvature)

    found = wg.while_loop(lambda s: ~s.is_done & (s.evaluations < EVALUATIONS), turn, state)
    return found.low, found.evaluations


def _narrowed(search: _Search, point: Point, start: Point, curvature: float) -> _Search:
    """The interval with a new point as one of its ends."""
    low, high = search.low, search.high
    rounding = ROUNDING * np.abs(start.value)
    enough = start.value + SUFFICIENT_DECREASE * point.step * start.slope
    is_better = (point.value <= enough + rounding) & (point.value <= low.value + rounding)
    is_flat = is_better & (np.abs(point.slope) <= -curvature * start.slope)
    turns_back = is_better & (point.slope * (high.step - low.step) >= 0)
    new_high = _where(is_better, _where(turns_back, low, high), point)
    new_low = _where(is_better, point, low)
    step = _between(new_low, new_high)
    has_room = np.abs(new_high.step - new_low.step) > 1e-14 * np.abs(new_low.step)
    return _Search(new_low, new_high, step, search.evaluations + 1, is_flat | ~has_room)


def _where(condition: Any, one: Point, other: Point) -> Point:
    return Point(*(np.where(condition, a, b) for a, b in zip(one, other, strict=True)))


def _between(low: Point, high: Point) -> Any:
    """Where the cubic with two values and slopes is least, kept from the ends; beyond an open end four times as far.

    Source: J. Nocedal, S. J. Wright, "Numerical optimization" (2006), equation 3.59.
    """
    is_open = np.isinf(high.step)
    width = np.where(is_open, 1.0, high.step - low.step)
    secant = (np.where(np.isfinite(high.value), high.value, low.value) - low.value) / width
    d1 = low.slope + high.slope - 3 * secant
    d2 = np.sign(width) * np.sqrt(np.maximum(d1 * d1 - low.slope * high.slope, 0))
    curvature = high.slope - low.slope + 2 * d2
    share = 1 - (high.slope + d2 - d1) / np.where(curvature == 0, 1.0, curvature)
    is_good = np.isfinite(share) & np.isfinite(high.value) & (curvature != 0)
    inside = low.step + width * np.clip(np.where(is_good, share, 0.5), 0.1, 0.9)
    return np.where(is_open, 4 * np.where(low.step == 0, 1.0, low.step), inside)
