"""Minimizers that are loops of array operations: compiled as one program, batched over starts.

Source, where no other is named: J. Nocedal, S. J. Wright, "Numerical optimization" (2006).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np

from .wolfe import Point, strong_wolfe

CONVERGED, MOST_ITERATIONS, NO_DECREASE = 0, 1, 2
"""SciPy's numbers for how a minimization ended."""

MESSAGES = {
    CONVERGED: "Optimization terminated successfully.",
    MOST_ITERATIONS: "Maximum number of iterations has been exceeded.",
    NO_DECREASE: "Desired error not necessarily achieved due to precision loss.",
}


class Function(NamedTuple):
    """What is minimized.

    Attributes:
        both: gives value and gradient at a point.
        product: gives the product of the Hessian at a point and a vector.
        bounds: lower and upper ones of each element; ``None`` if nothing is bounded.
    """

    both: Callable[[Any], Any]
    product: Callable[[Any, Any], Any]
    bounds: Any = None


class Minimum(NamedTuple):
    """A minimization under way, and its result.

    Attributes:
        x, value, gradient: where it is, the function and its gradient there.
        before: the function one iteration earlier.
        memory: what a method keeps from one iteration to the next.
        nit, nfev: how many iterations and evaluations were made.
        is_stuck: whether no step decreases the function.
    """

    x: Any
    value: Any
    gradient: Any
    before: Any
    memory: Any
    nit: Any
    nfev: Any
    is_stuck: Any


CURVATURE = 0.9
"""How much of the slope may be left after a search."""

Step = Callable[[Function, Minimum], Minimum]
"""One iteration of a method."""


def minimized(
    function: Function, x: Any, method: tuple[Callable[[Any], Any], Step], gtol: float, maxiter: int
) -> tuple[Minimum, Any]:
    """Iterate until no element of `pull` is larger than `gtol`; the end, and how it ended."""
    begin, step = method
    x = x if function.bounds is None else np.clip(x, *function.bounds)
    value, gradient = function.both(x)
    zero = np.zeros((), int)
    before = value + np.sqrt(gradient @ gradient) / 2
    start = Minimum(x, value, gradient, before, begin(x), zero, zero + 1, np.zeros((), bool))

    def is_flat(now: Minimum) -> Any:
        return np.max(np.abs(pull(function, now))) <= gtol

    def goes_on(now: Minimum) -> Any:
        return ~is_flat(now) & (now.nit < maxiter) & ~now.is_stuck

    end = wg.while_loop(goes_on, lambda now: step(function, now), start)
    failure = np.where(end.is_stuck, NO_DECREASE, MOST_ITERATIONS)
    return end, np.where(is_flat(end), CONVERGED, failure)


def pull(function: Function, now: Minimum) -> Any:
    """How far the gradient would move x within its bounds: 0 at a minimum."""
    if function.bounds is None:
        return now.gradient
    return now.x - np.clip(now.x - now.gradient, *function.bounds)


def _searched(function: Function, now: Minimum, direction: Any) -> Minimum:
    """Where a search along a direction ends, which first tries to fall as much as the last did (3.60)."""
    slope = now.gradient @ direction

    def at(step: Any) -> Point:
        value, gradient = function.both(now.x + step * direction)
        return Point(step, value, gradient @ direction, gradient)

    first = np.minimum(1.0, 2.02 * (now.value - now.before) / slope)
    start = Point(0 * now.value, now.value, slope, now.gradient)
    point, tried = strong_wolfe(at, start, np.where(first > 0, first, 1.0), CURVATURE)
    is_stuck = (point.step == 0) | ~(slope < 0)
    x = now.x + point.step * direction
    counts = {"nit": now.nit + 1, "nfev": now.nfev + tried}
    after = {"x": x, "value": point.value, "gradient": point.gradient, "before": now.value}
    return now._replace(**after, **counts, is_stuck=is_stuck)


# -- BFGS ------------------------------------------------------------------------------------------


def _identity(x: Any) -> Any:
    return np.eye(x.size, dtype=x.dtype)


def _bfgs(function: Function, now: Minimum) -> Minimum:
    """Algorithm 6.1, with the scaling of equation 6.20 before the first update."""
    direction = -now.memory @ now.gradient
    after = _searched(function, now, direction)
    step, change = after.x - now.x, after.gradient - now.gradient
    curvature = step @ change
    scale = np.where(now.nit == 0, curvature / (change @ change), 1.0)
    updated = _updated(scale * now.memory, step, change, curvature)
    return after._replace(memory=np.where(curvature > 0, updated, now.memory))


def _updated(inverse: Any, step: Any, change: Any, curvature: Any) -> Any:
    """The inverse Hessian that takes the change of the gradient to the step (equation 6.17)."""
    image = inverse @ change
    outward = step[:, None] * (step * ((1 + change @ image / curvature) / curvature))
    crossed = image[:, None] * (step / curvature)
    return inverse + outward - crossed - crossed.T


# -- L-BFGS ----------------------------------------------------------------------------------------

PAIRS = 10
"""So many steps are remembered."""


class Pairs(NamedTuple):
    """The last steps and changes of the gradient, the latest first, with the reciprocals of their products."""

    steps: Any
    changes: Any
    weights: Any


def no_pairs(x: Any) -> Pairs:
    empty = np.zeros((PAIRS, x.size), x.dtype)
    return Pairs(empty, empty, np.zeros(PAIRS, x.dtype))


def _lbfgs(function: Function, now: Minimum) -> Minimum:
    return with_pair(now, _searched(function, now, two_loop(now.gradient, now.memory)))


def with_pair(now: Minimum, after: Minimum) -> Minimum:
    """What is after an iteration, which also remembers its step, if the function curves upwards along it."""
    step, change = after.x - now.x, after.gradient - now.gradient
    curvature = step @ change
    is_new = curvature > 0
    weight = np.where(is_new, 1 / np.where(is_new, curvature, 1.0), 0.0)
    pairs = Pairs(*(_pushed(new, old) for new, old in zip((step, change, weight), now.memory, strict=True)))
    return after._replace(memory=Pairs(*(np.where(is_new, a, b) for a, b in zip(pairs, now.memory, strict=True))))


def _pushed(first: Any, rest: Any) -> Any:
    return np.concatenate([first[None], rest[:-1]])


def two_loop(gradient: Any, pairs: Pairs) -> Any:
    """Algorithm 7.4; a pair that is not there has the weight 0 and does nothing."""

    def down(direction: Any, pair: Any) -> Any:
        step, change, weight = pair
        share = weight * (step @ direction)
        return direction - share * change, share

    def up(direction: Any, pair: Any) -> Any:
        step, change, weight, share = pair
        return direction + (share - weight * (change @ direction)) * step, None

    direction, shares = wg.scan(down, -gradient, pairs)
    square = pairs.changes[0] @ pairs.changes[0]
    is_there = pairs.weights[0] > 0
    scale = np.where(is_there, 1 / np.where(is_there, pairs.weights[0] * square, 1.0), 1.0)
    return wg.scan(up, scale * direction, (*pairs, shares), reverse=True)[0]


# -- Newton's direction by conjugate gradients -----------------------------------------------------


class _Inner(NamedTuple):
    """Conjugate gradients under way (algorithm 7.2), with the product of the Hessian and the point."""

    point: Any
    image: Any
    residual: Any
    direction: Any
    square: Any
    turn: Any
    is_done: Any


def steihaug(product: Callable[[Any], Any], gradient: Any, radius: Any) -> tuple[Any, Any]:
    """The step that minimizes the quadratic model within a radius (``None`` for anywhere), and how far the model falls.

    It ends where curvature is negative or the radius is reached, or with a residual that makes Newton's method converge
    superlinearly. Without a radius it stays where it is when curvature is negative, but for a first step downhill.

    Source: T. Steihaug, "The conjugate gradient method and trust regions in large scale optimization" (1983).
    """
    size = np.sqrt(gradient @ gradient)
    least = np.minimum(0.5, np.sqrt(size)) * size
    zero = np.zeros_like(gradient)
    start = _Inner(zero, zero, gradient, -gradient, gradient @ gradient, np.zeros((), int), np.zeros((), bool))

    def goes_on(now: _Inner) -> Any:
        return ~now.is_done & (now.turn < 2 * gradient.size)

    def turn(now: _Inner) -> _Inner:
        image = product(now.direction)
        curvature = now.direction @ image
        length = now.square / np.where(curvature > 0, curvature, 1.0)
        inside = now.point + length * now.direction
        if radius is None:
            is_out, last = curvature <= 0, np.where(now.turn == 0, now.square / np.abs(curvature), 0.0)
        else:
            is_out = (curvature <= 0) | (inside @ inside >= radius * radius)
            last = _to_the_edge(now.point, now.direction, radius)
        length = np.where(is_out, last, length)
        residual = now.residual + length * image
        square = residual @ residual
        return _Inner(
            now.point + length * now.direction,
            now.image + length * image,
            residual,
            -residual + (square / now.square) * now.direction,
            square,
            now.turn + 1,
            is_out | (square <= least * least),
        )

    end = wg.while_loop(goes_on, turn, start)
    return end.point, -(gradient @ end.point + 0.5 * end.point @ end.image)


def _to_the_edge(point: Any, direction: Any, radius: Any) -> Any:
    """How far it is along a direction from a point inside to the edge."""
    a, b, c = direction @ direction, point @ direction, radius * radius - point @ point
    return c / (b + np.sqrt(np.maximum(b * b + a * c, 0)))


def _trust_region(function: Function, now: Minimum) -> Minimum:
    """Algorithm 4.1; the memory is the radius."""
    radius = now.memory
    step, predicted = steihaug(lambda v: function.product(now.x, v), now.gradient, radius)
    value, gradient = function.both(now.x + step)
    share = (now.value - value) / np.where(predicted > 0, predicted, 1.0)
    is_at_edge = step @ step >= 0.98 * radius * radius
    is_good = (share > 0.75) & is_at_edge
    grown = np.where(is_good, np.minimum(2 * radius, LARGEST_RADIUS), radius)
    shrunk = np.where(share >= 0.25, grown, 0.25 * np.minimum(radius, np.sqrt(step @ step)))
    is_better = share > 0.1
    after = np.where(is_better, now.x + step, now.x), np.where(is_better, value, now.value)
    slope = np.where(is_better, gradient, now.gradient)
    is_stuck = shrunk <= 1e-14 * (1 + np.sqrt(now.x @ now.x))
    return Minimum(*after, slope, now.value, shrunk, now.nit + 1, now.nfev + 1, is_stuck)


LARGEST_RADIUS = 1000.0


def _newton_cg(function: Function, now: Minimum) -> Minimum:
    """Algorithm 7.1: a search along the direction."""
    step, _ = steihaug(lambda v: function.product(now.x, v), now.gradient, None)
    return _searched(function, now, step)


METHODS: dict[str, tuple[Callable[[Any], Any], Step]] = {
    "bfgs": (_identity, _bfgs),
    "l-bfgs-b": (no_pairs, _lbfgs),
    "newton-cg": (lambda x: np.zeros((), x.dtype), _newton_cg),
    "trust-ncg": (lambda x: np.ones((), x.dtype), _trust_region),
}
"""By SciPy's names: what a method begins with, and its iteration."""
