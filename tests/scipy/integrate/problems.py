"""Initial value problems with known solutions, and how errors are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import wengert.numpy as np


class Known(NamedTuple):
    """A problem with a solution in closed form.

    Attributes:
        fun: the right-hand side, with the parameters after t and y.
        y0: the first state, at t = 0.
        last: the last time.
        args: parameters.
        solution: of time and the parameters.
    """

    fun: Callable[..., Any]
    y0: Any
    last: float
    args: tuple[float, ...]
    solution: Callable[..., Any]


def decay(t: Any, y: Any, rate: Any) -> Any:
    return -rate * y


def oscillation(t: Any, y: Any, frequency: Any) -> Any:
    return [y[1], -(frequency**2) * y[0]]


def forced(t: Any, y: Any, rate: Any) -> Any:
    return rate * (np.cos(t) - y)


def logistic(t: Any, y: Any, rate: Any) -> Any:
    return rate * y * (1 - y)


def _forced_solution(t: Any, rate: Any) -> Any:
    share = rate / (1 + rate**2)
    return [share * (rate * np.cos(t) + np.sin(t)) + (2.0 - share * rate) * np.exp(-rate * t)]


KNOWN = {
    "decay": Known(decay, [2.0], 3.0, (0.7,), lambda t, rate: [2.0 * np.exp(-rate * t)]),
    "oscillation": Known(oscillation, [1.0, 0.0], 4.0, (1.3,), lambda t, w: [np.cos(w * t), -w * np.sin(w * t)]),
    "forced": Known(forced, [2.0], 3.0, (1.5,), _forced_solution),
    "logistic": Known(logistic, [0.1], 5.0, (1.1,), lambda t, rate: [1 / (1 + 9 * np.exp(-rate * t))]),
}


def lotka_volterra(t: Any, y: Any, a: Any = 1.5, b: Any = 1.0, c: Any = 3.0, d: Any = 1.0) -> Any:
    return np.stack([a * y[0] - b * y[0] * y[1], -c * y[1] + d * y[0] * y[1]])


def largest_difference(these: Any, others: Any) -> float:
    return float(numpy.max(numpy.abs(numpy.asarray(these) - numpy.asarray(others)), initial=0.0))
