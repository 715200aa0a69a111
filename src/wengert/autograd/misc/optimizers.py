"""Optimizers that are given a gradient of (parameters, step): plain descent with momentum, RMSprop, Adam."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import numpy as np
from .flatten import flatten

__all__ = ["adam", "rmsprop", "sgd"]

Gradient = Callable[[Any, int], Any]


def _descended(gradient: Gradient, x0: Any, callback: Any, steps: int, update: Callable[[Any, Any, int], Any]) -> Any:
    """Parameters after steps along what `update` makes of position, gradient and the number of the step."""
    x, back = flatten(x0)
    for step in range(steps):
        slope = gradient(back(x), step)
        if callback:
            callback(back(x), step, slope)
        x = update(x, flatten(slope)[0], step)
    return back(x)


def sgd(
    grad: Gradient, x0: Any, callback: Any = None, num_iters: int = 200, step_size: float = 0.1, mass: float = 0.9
) -> Any:
    """Descent with momentum."""
    velocity: Any = 0.0

    def update(x: Any, g: Any, step: int) -> Any:
        nonlocal velocity
        velocity = mass * velocity - (1.0 - mass) * g
        return x + step_size * velocity

    return _descended(grad, x0, callback, num_iters, update)


def rmsprop(
    grad: Gradient, x0: Any, callback: Any = None, num_iters: int = 100, step_size: float = 0.1, gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:  # fmt: skip
    """Root mean square propagation."""
    average: Any = 1.0

    def update(x: Any, g: Any, step: int) -> Any:
        nonlocal average
        average = average * gamma + g**2 * (1 - gamma)
        return x - step_size * g / (np.sqrt(average) + eps)

    return _descended(grad, x0, callback, num_iters, update)


def adam(
    grad: Gradient, x0: Any, callback: Any = None, num_iters: int = 100, step_size: float = 0.001, b1: float = 0.9,
    b2: float = 0.999, eps: float = 1e-8,
) -> Any:  # fmt: skip
    """Adam (D. Kingma, J. Ba, 2014)."""
    first: Any = 0.0
    second: Any = 0.0

    def update(x: Any, g: Any, step: int) -> Any:
        nonlocal first, second
        first = (1 - b1) * g + b1 * first
        second = (1 - b2) * g**2 + b2 * second
        unbiased, spread = first / (1 - b1 ** (step + 1)), second / (1 - b2 ** (step + 1))
        return x - step_size * unbiased / (np.sqrt(spread) + eps)

    return _descended(grad, x0, callback, num_iters, update)
