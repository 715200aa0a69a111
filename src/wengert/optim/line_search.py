"""How far to go along a direction: a step with the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SUFFICIENT_DECREASE = 1e-4
CURVATURE = 0.9


@dataclass(frozen=True)
class Point:
    """What is known at a step along a direction.

    Attributes:
        step: how far.
        value: the loss there.
        gradient: its gradient.
        slope: its derivative along the direction.
    """

    step: float
    value: float
    gradient: Any
    slope: float


def strong_wolfe(
    at: Callable[[float], Point], start: Point, first: float, length: float, tolerance: float, most: int = 25
) -> Point:
    r"""A point with :math:`f(t) \le f(0) + c_1 t f'(0)` and :math:`|f'(t)| \le c_2 |f'(0)|`.

    Source: J. Nocedal, S. J. Wright, "Numerical optimization" (2006), algorithms 3.5 and 3.6, with the cubic steps and
    safeguards of M. Schmidt's minFunc (2005), as in PyTorch.

    Args:
        at: evaluates the loss at a step.
        start: the point at step 0, where the slope is negative.
        first: the step that is tried first.
        length: the largest element of the direction.
        tolerance: how much the parameters have to move between two points.
        most: how many steps are tried at most.

    Returns:
        The point, or the best one that was found.
    """
    low, high, evaluations, is_done = _bracketed(at, start, first, most)
    if is_done:
        return low
    return _zoomed(at, start, low, high, length, tolerance, evaluations, most)


def _decreases(point: Point, start: Point) -> bool:
    return point.value <= start.value + SUFFICIENT_DECREASE * point.step * start.slope


def _is_flat(point: Point, start: Point) -> bool:
    return abs(point.slope) <= -CURVATURE * start.slope


def _bracketed(at: Callable[[float], Point], start: Point, first: float, most: int) -> tuple[Point, Point, int, bool]:
    """Two points with a good one between them, the older one first; or a good one itself."""
    before, point = start, at(first)
    for tried in range(most):
        if not _decreases(point, start) or (tried > 1 and point.value >= before.value):
            return before, point, tried + 1, False
        if _is_flat(point, start):
            return point, point, tried + 1, True
        if point.slope >= 0:
            return before, point, tried + 1, False
        nearest, farthest = point.step + 0.01 * (point.step - before.step), 10 * point.step
        before, point = point, at(cubic_minimum(before, point, nearest, farthest))
    return start, point, most + 1, False


def _zoomed(
    at: Callable[[float], Point],
    start: Point,
    one: Point,
    other: Point,
    length: float,
    tolerance: float,
    evaluations: int,
    most: int,
) -> Point:
    """The interval between two points made smaller until a good one is found."""
    low, high = (one, other) if one.value <= other.value else (other, one)
    was_near_an_end = False
    while evaluations <= most and abs(high.step - low.step) * length >= tolerance:
        left, right = min(low.step, high.step), max(low.step, high.step)
        older, newer = (low, high) if low.step < high.step else (high, low)
        step = cubic_minimum(older, newer, left, right)
        step, was_near_an_end = _kept_inside(step, left, right, was_near_an_end)
        point = at(step)
        evaluations += 1
        if not _decreases(point, start) or point.value >= low.value:
            low, high = (low, point) if low.value <= point.value else (point, low)
            continue
        if _is_flat(point, start):
            return point
        if point.slope * (high.step - low.step) >= 0:
            high = low
        low = point
    return low


def _kept_inside(step: float, left: float, right: float, was_near_an_end: bool) -> tuple[float, bool]:
    """A step that is not near an end of its interval twice in turn."""
    margin = 0.1 * (right - left)
    if min(right - step, step - left) >= margin:
        return step, False
    if was_near_an_end or step >= right or step <= left:
        return (right - margin if abs(step - right) < abs(step - left) else left + margin), False
    return step, True


def cubic_minimum(a: Point, b: Point, lowest: float, highest: float) -> float:
    """Where the cubic with two values and slopes is least, within bounds; their middle if it has no minimum.

    Source: J. Nocedal, S. J. Wright, "Numerical optimization" (2006), equation 3.59.
    """
    left, right = (a, b) if a.step <= b.step else (b, a)
    if left.step == right.step:
        return (lowest + highest) / 2
    d1 = left.slope + right.slope - 3 * (left.value - right.value) / (left.step - right.step)
    square = d1 * d1 - left.slope * right.slope
    d2 = math.sqrt(square) if square >= 0 else math.nan
    curvature = right.slope - left.slope + 2 * d2
    ratio = (right.slope + d2 - d1) / curvature if curvature else math.nan
    step = right.step - (right.step - left.step) * ratio
    return min(max(step, lowest), highest) if math.isfinite(step) else (lowest + highest) / 2
