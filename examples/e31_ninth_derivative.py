"""The ninth derivative of sin(exp(x)) costs far less than 1000 times the first."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np

POINT = 0.5
ORDER = 9


def f(x: Any) -> Any:
    return np.sin(np.exp(x))


def derivative(order: int) -> Callable[[Any], Any]:
    """The derivative of that order, each taken of the one before in forward mode."""
    g: Callable[[Any], Any] = f
    for _ in range(order):
        g = slope_of(g)
    return g


def slope_of(g: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: wg.jvp(g, (x,), (1.0,))[1]


def best_seconds(g: Callable[[Any], Any]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        g(POINT)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> dict[str, float]:
    value = derivative(ORDER)(POINT).item()
    ratio = best_seconds(derivative(ORDER)) / best_seconds(derivative(1))
    print(f"the ninth derivative of sin(exp(x)) at {POINT} is {value:.10g}, at {ratio:.0f} times the cost of the first")
    return {"value": value, "ratio": ratio}


if __name__ == "__main__":
    main()
