"""Parts of formulas that many rules share: counts of steps, averages, weight decay."""

from __future__ import annotations

from typing import Any

import wengert.numpy as np

SMALLEST = 1e-300
"""It stands for a weight of 0, whose logarithm is infinite."""


def begin() -> dict[str, Any]:
    """No step was made yet."""
    return {"step": np.zeros((), np.int64)}


def next_step(state: dict[str, Any]) -> Any:
    """The number of steps with this one."""
    return state["step"] + 1


def average(old: Any, beta: Any, new: Any) -> Any:
    """The exponential moving average with a new value: beta times the old one, and the rest of the new one."""
    return beta * old + (1 - beta) * new


def missing(beta: Any, step: Any, dtype: Any) -> Any:
    """What an average that began at 0 is of its value after so many steps: ``1 - beta**step``, without cancellation."""
    logarithm = np.log(np.maximum(beta, SMALLEST))
    return (-np.expm1(step * logarithm)).astype(dtype)


def decayed(gradient: Any, weight_decay: Any, parameter: Any) -> Any:
    """The gradient of a loss with half `weight_decay` times the squared parameter added."""
    return gradient if weight_decay == 0 else gradient + weight_decay * parameter
