"""Schedules: functions from the number of steps made to a learning rate, or to any other hyperparameter.

They are pure, and take numbers and tensors: give them to `wengert.optim.scheduled`, or plot them. Those of an optimizer
are in `wengert.optim.lr_scheduler`, under PyTorch's names.

>>> import wengert as wg
>>> warm = wg.optim.schedules.sequence(
...     [wg.optim.schedules.linear(1.0, 0.1, 1.0, 3), wg.optim.schedules.cosine(1.0, 4)], milestones=[3]
... )
>>> [round(float(warm(step)), 3) for step in range(8)]
[0.1, 0.4, 0.7, 1.0, 0.854, 0.5, 0.146, 0.0]
>>> rule = wg.optim.scheduled(wg.optim.adam, lr=warm)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import wengert.numpy as np

__all__ = [
    "Schedule",
    "constant",
    "cosine",
    "cyclic",
    "exponential",
    "linear",
    "multistep",
    "one_cycle",
    "polynomial",
    "sequence",
    "step",
    "warm_restarts",
]


@dataclass(frozen=True)
class Schedule:
    """A value between a floor and a top: ``floor + (lr - floor) * factor(step)``.

    Attributes:
        lr: the top.
        factor: from the number of steps to a number, mostly between 0 and 1.
        floor: what the value would be with a factor of 0.
    """

    lr: Any
    factor: Callable[[Any], Any]
    floor: Any = 0.0

    def __call__(self, step: Any) -> Any:
        """The value after so many steps."""
        return self.floor + (self.lr - self.floor) * self.factor(step)


def constant(lr: Any, factor: Any = 1.0, total_iters: int = 0) -> Schedule:
    """`lr`, times `factor` for the first `total_iters` steps.

    >>> import wengert as wg
    >>> [float(wg.optim.schedules.constant(1.0, 0.5, 2)(step)) for step in range(4)]
    [0.5, 0.5, 1.0, 1.0]
    """
    return Schedule(lr, lambda t: np.where(np.asarray(t) < total_iters, factor, 1.0))


def step(lr: Any, step_size: int, gamma: Any = 0.1) -> Schedule:
    """`lr`, times `gamma` once more after each `step_size` steps.

    >>> import wengert as wg
    >>> [float(wg.optim.schedules.step(1.0, 2, 0.5)(step)) for step in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return Schedule(lr, lambda t: gamma ** (np.asarray(t) // step_size))


def multistep(lr: Any, milestones: Sequence[int], gamma: Any = 0.1) -> Schedule:
    """`lr`, times `gamma` once more at each milestone.

    >>> import wengert as wg
    >>> [float(wg.optim.schedules.multistep(1.0, [1, 3], 0.5)(step)) for step in range(5)]
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """
    at = np.asarray(list(milestones))
    return Schedule(lr, lambda t: gamma ** np.sum(at <= t))


def linear(lr: Any, start_factor: Any = 1 / 3, end_factor: Any = 1.0, total_iters: int = 5) -> Schedule:
    """From ``start_factor * lr`` to ``end_factor * lr`` in so many steps, and on.

    >>> import wengert as wg
    >>> [float(wg.optim.schedules.linear(1.0, 0.5, 1.0, 2)(step)) for step in range(4)]
    [0.5, 0.75, 1.0, 1.0]
    """
    return Schedule(lr, lambda t: start_factor + (end_factor - start_factor) * _share(t, total_iters))


def exponential(lr: Any, gamma: Any) -> Schedule:
    """`lr`, times `gamma` once more at each step.

    >>> import wengert as wg
    >>> [float(wg.optim.schedules.exponential(1.0, 0.5)(step)) for step in range(3)]
    [1.0, 0.5, 0.25]
    """
    return Schedule(lr, lambda t: gamma ** np.asarray(t))


def polynomial(lr: Any, total_iters: int = 5, power: Any = 1.0) -> Schedule:
    """From `lr` to 0 in so many steps, as a power of the steps that are left.

    >>> import wengert as wg
    >>> [float(wg.optim.schedules.polynomial(1.0, 2, 2.0)(step)) for step in range(4)]
    [1.0, 0.25, 0.0, 0.0]
    """
    return Schedule(lr, lambda t: (1.0 - _share(t, total_iters)) ** power)


def cosine(lr: Any, T_max: int, eta_min: Any = 0.0) -> Schedule:
    """From `lr` to `eta_min` in `T_max` steps along half a cosine, and back, and so on.

    Source: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), equation 5.

    >>> import wengert as wg
    >>> [round(float(wg.optim.schedules.cosine(1.0, 2, 0.5)(step)), 3) for step in range(4)]
    [1.0, 0.75, 0.5, 0.75]
    """
    return Schedule(lr, lambda t: _half_cosine(np.asarray(t) / T_max), eta_min)


def warm_restarts(lr: Any, T_0: int, T_mult: int = 1, eta_min: Any = 0.0) -> Schedule:
    """As `cosine`, but begun anew after `T_0` steps, and after `T_mult` times as many the next time.

    Source: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017).

    >>> import wengert as wg
    >>> [round(float(wg.optim.schedules.warm_restarts(1.0, 2, 2)(step)), 3) for step in range(7)]
    [1.0, 0.5, 1.0, 0.854, 0.5, 0.146, 1.0]
    """

    def factor(t: Any) -> Any:
        turns = np.asarray(t) / T_0
        if T_mult == 1:
            return _half_cosine(turns % 1.0)
        # the period with number n begins after (T_mult**n - 1) / (T_mult - 1) first periods
        number = np.floor(np.log(turns * (T_mult - 1) + 1) / np.log(float(T_mult)) + 1e-12)
        length = float(T_mult) ** number
        return _half_cosine((turns - (length - 1) / (T_mult - 1)) / length)

    return Schedule(lr, factor, eta_min)


def cyclic(
    base_lr: Any,
    max_lr: Any,
    step_size_up: int = 2000,
    step_size_down: int | None = None,
    mode: str = "triangular",
    gamma: Any = 1.0,
) -> Schedule:
    """From `base_lr` to `max_lr` and back along straight lines, again and again.

    Source: L. N. Smith, "Cyclical learning rates for training neural networks" (2017).

    Args:
        base_lr: the lowest value.
        max_lr: the highest value, of the first cycle at least.
        step_size_up: the steps up.
        step_size_down: the steps down; as many by default.
        mode: ``"triangular"``, ``"triangular2"`` (each cycle half as high as the one before) or ``"exp_range"``
            (`gamma` times as high with each step).
        gamma: for ``"exp_range"``.

    >>> import wengert as wg
    >>> [float(wg.optim.schedules.cyclic(0.0, 1.0, 2, mode="triangular2")(step)) for step in range(7)]
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5]
    """
    if mode not in HEIGHTS:
        raise ValueError(f"[cyclic] mode is {mode!r}, wanted one of {', '.join(HEIGHTS)}; write mode='triangular'")
    whole = float(step_size_up + (step_size_up if step_size_down is None else step_size_down))
    up = step_size_up / whole

    def factor(t: Any) -> Any:
        cycles = np.asarray(t) / whole
        place = cycles - np.floor(cycles)
        return np.where(place <= up, place / up, (1.0 - place) / (1.0 - up)) * HEIGHTS[mode](t, np.floor(cycles), gamma)

    return Schedule(max_lr, factor, base_lr)


HEIGHTS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "triangular": lambda t, cycle, gamma: 1.0,
    "triangular2": lambda t, cycle, gamma: 0.5**cycle,
    "exp_range": lambda t, cycle, gamma: gamma ** np.asarray(t),
}
"""How high a cycle is, by step, number of the cycle and gamma."""


def one_cycle(
    max_lr: Any,
    total_steps: int,
    pct_start: float = 0.3,
    anneal_strategy: str = "cos",
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
    three_phase: bool = False,
) -> Callable[[Any], Any]:
    """Up from ``max_lr / div_factor`` to `max_lr`, and down to that divided by `final_div_factor`.

    Source: L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning
    rates" (2018).

    Args:
        max_lr: the highest value.
        total_steps: how many steps there are.
        pct_start: the share of the steps that go up.
        anneal_strategy: ``"cos"`` or ``"linear"``.
        div_factor: how many times higher than the first value the highest is.
        final_div_factor: how many times higher than the last value the first is.
        three_phase: down to the first value in as many steps as up, and only then to the last.

    >>> import wengert as wg
    >>> one = wg.optim.schedules.one_cycle(1.0, 5, pct_start=0.4, div_factor=10.0, anneal_strategy="linear")
    >>> [round(float(one(step)), 3) for step in range(5)]
    [0.1, 1.0, 0.667, 0.333, 0.0]
    """
    first = max_lr / div_factor
    values = [first, max_lr, *([first] * three_phase), first / final_div_factor]
    return in_phases(cycle_ends(total_steps, pct_start, three_phase), values, anneal_strategy)


def cycle_ends(total_steps: int, pct_start: float, three_phase: bool) -> list[float]:
    """The steps at which the phases of a cycle begin and end."""
    peak = pct_start * total_steps - 1.0
    return [0.0, peak, *([2 * pct_start * total_steps - 2.0] * three_phase), total_steps - 1.0]


def in_phases(ends: Sequence[float], values: Sequence[Any], anneal_strategy: str) -> Callable[[Any], Any]:
    """From each of some values to the next between two steps, along a straight line or half a cosine."""
    if anneal_strategy not in ("cos", "linear"):
        raise ValueError(
            f"[one_cycle] anneal_strategy is {anneal_strategy!r}, wanted 'cos' or 'linear'; write one of them"
        )
    way = (lambda share: 1 - _half_cosine(share)) if anneal_strategy == "cos" else (lambda share: share)

    def value(t: Any) -> Any:
        found = values[0]
        for start, end, before, after in zip(ends, ends[1:], values, values[1:], strict=False):
            share = way(_share(np.asarray(t) - start, end - start))
            found = np.where(np.asarray(t) >= start, before + (after - before) * share, found)
        return found

    return value


def sequence(schedules: Sequence[Callable[[Any], Any]], milestones: Sequence[int]) -> Callable[[Any], Any]:
    """One schedule after another, each begun at its milestone; the first one at 0.

    >>> import wengert as wg
    >>> both = wg.optim.schedules.sequence([lambda t: 10.0, lambda t: 1.0 * t], [2])
    >>> [float(both(step)) for step in range(4)]
    [10.0, 10.0, 0.0, 1.0]
    """
    if len(schedules) != len(milestones) + 1:
        raise ValueError(
            f"[sequence] {len(schedules)} schedules and {len(milestones)} milestones were given, wanted a milestone "
            "between each two; leave out where the first one begins"
        )

    def value(t: Any) -> Any:
        found = schedules[0](t)
        for schedule, begin in zip(schedules[1:], milestones, strict=True):
            t_in = np.maximum(np.asarray(t) - begin, 0)
            found = np.where(np.asarray(t) >= begin, schedule(t_in), found)
        return found

    return value


def _share(t: Any, total: float) -> Any:
    """How much of some steps is over, from 0 to 1."""
    return np.clip(np.asarray(t) / total, 0.0, 1.0)


def _half_cosine(share: Any) -> Any:
    """From 1 to 0 as the share goes from 0 to 1."""
    return (1 + np.cos(np.pi * share)) / 2
