"""Minimizers within bounds, as loops of array operations: quasi-Newton and Newton steps that are projected.

Elements near a bound towards which the function falls follow the gradient, the others a step of Newton's kind among
themselves; what leaves the bounds is put back, and the step is shortened until the function has decreased enough.

Source: D. P. Bertsekas, "Projected Newton methods for optimization problems with simple constraints" (1982).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np

from .native import Function, Minimum, Pairs, Step, no_pairs, pull, steihaug, two_loop, with_pair
from .wolfe import EVALUATIONS, ROUNDING, SUFFICIENT_DECREASE

NEAR = 1e-3
"""So near a bound, or as near as the gradient would move x, an element may be held by it."""


def _free(function: Function, now: Minimum) -> Any:
    """Which elements no bound holds: those far from it, and those that the gradient takes away from it (35)."""
    lower, upper = function.bounds
    pulled = pull(function, now)
    near = np.minimum(NEAR, np.sqrt(pulled @ pulled))
    is_held = ((now.x <= lower + near) & (now.gradient > 0)) | ((now.x >= upper - near) & (now.gradient < 0))
    return ~is_held


class _Trial(NamedTuple):
    """A search under way: a step, where it leads, and whether the function has decreased enough there."""

    step: Any
    x: Any
    value: Any
    gradient: Any
    tried: Any
    is_enough: Any


def _searched(function: Function, now: Minimum, direction: Any, is_free: Any, first: Any) -> Minimum:
    """Shorten the step along the projected direction until the function has decreased enough (37)."""
    lower, upper = function.bounds
    slopes = now.gradient * direction

    def at(step: Any, tried: Any) -> _Trial:
        x = np.clip(now.x + step * direction, lower, upper)
        value, gradient = function.both(x)
        foreseen = np.sum(np.where(is_free, step * slopes, now.gradient * (x - now.x)))
        most = now.value + SUFFICIENT_DECREASE * foreseen + ROUNDING * np.abs(now.value)
        return _Trial(step, x, value, gradient, tried + 1, (value <= most) & (foreseen < 0))

    def turn(trial: _Trial) -> _Trial:
        return at(_shorter(trial, now, np.sum(slopes)), trial.tried)

    start = at(first + 0 * now.value, np.zeros((), int))
    end = wg.while_loop(lambda trial: ~trial.is_enough & (trial.tried < EVALUATIONS), turn, start)
    found = {name: np.where(end.is_enough, getattr(end, name), getattr(now, name)) for name in TAKEN_OVER}
    counts = {"nit": now.nit + 1, "nfev": now.nfev + end.tried}
    return now._replace(**found, **counts, before=now.value, is_stuck=~end.is_enough | np.all(end.x == now.x))


TAKEN_OVER = ("x", "value", "gradient")
"""What a minimization takes over of a trial that is good enough."""


def _shorter(trial: _Trial, now: Minimum, slope: Any) -> Any:
    """Where the parabola with the value and slope of the start and the value of the trial is least, kept from its ends.

    Source: J. Nocedal, S. J. Wright, "Numerical optimization" (2006), equation 3.58.
    """
    above = trial.value - now.value - slope * trial.step
    is_curved = np.isfinite(above) & (above > 0)
    share = np.where(is_curved, -slope * trial.step / (2 * np.where(is_curved, above, 1.0)), 0.1)
    return trial.step * np.clip(share, 0.1, 0.5)


# -- L-BFGS ----------------------------------------------------------------------------------------


def _lbfgs(function: Function, now: Minimum) -> Minimum:
    """The inverse Hessian of the free elements is made of what the pairs say of them; the first step has length 1."""
    is_free = _free(function, now)
    inside = two_loop(np.where(is_free, now.gradient, 0.0), _among(now.memory, is_free))
    direction = np.where(is_free, inside, -now.gradient)
    length = np.sqrt(now.gradient @ now.gradient)
    first = np.where(now.nit == 0, np.minimum(1.0, 1 / length), 1.0)
    return with_pair(now, _searched(function, now, direction, is_free, first))


def _among(pairs: Pairs, is_free: Any) -> Pairs:
    """The pairs as the free elements see them; one that curves downwards there has the weight 0."""
    steps, changes = (np.where(is_free, rows, 0.0) for rows in (pairs.steps, pairs.changes))
    curvature = np.sum(steps * changes, axis=1)
    is_kept = (pairs.weights > 0) & (curvature > 1e-10 * np.sum(changes * changes, axis=1))
    return Pairs(steps, changes, np.where(is_kept, 1 / np.where(is_kept, curvature, 1.0), 0.0))


# -- Newton's direction by conjugate gradients -----------------------------------------------------


def _newton(function: Function, now: Minimum) -> Minimum:
    is_free = _free(function, now)
    product: Callable[[Any], Any] = lambda v: np.where(is_free, function.product(now.x, v), 0.0)
    inside, _ = steihaug(product, np.where(is_free, now.gradient, 0.0), None)
    return _searched(function, now, np.where(is_free, inside, -now.gradient), is_free, 1.0)


WITHIN_BOUNDS: dict[str, tuple[Callable[[Any], Any], Step]] = {
    "l-bfgs-b": (no_pairs, _lbfgs),
    "tnc": (lambda x: np.zeros((), x.dtype), _newton),
}
"""By SciPy's names: what a method begins with, and its iteration."""
