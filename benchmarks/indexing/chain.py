"""GradBench's `ode`: y' = (x_0, x_1 y_0, x_2 y_1, ...) by 100 steps of Runge and Kutta's method, and its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy

from ..rows import Row
from .libraries import calls_of, plain, slope

STEPS, LENGTHS = 100, (1_000, 10_000)


def last(m: Any, scan: Callable[..., Any]) -> Callable[[Any], Any]:
    """The last component at time 2."""
    size = 2 / STEPS

    def f(x: Any) -> Any:
        def after(y: Any) -> Any:
            return m.concatenate([x[:1], x[1:] * y[:-1]])

        def step(y: Any, _: Any) -> Any:
            k1 = after(y)
            k2 = after(y + size * k1 / 2)
            k3 = after(y + size * k2 / 2)
            k4 = after(y + size * k3)
            return y + size * (k1 + 2 * k2 + 2 * k3 + k4) / 6, None

        return scan(step, m.zeros(len(x)), None, length=STEPS)[0][-1]

    return f


def rows() -> Iterator[Row]:
    for length in LENGTHS:
        x = numpy.random.default_rng(0).uniform(0.5, 1, length)
        for name, transform in (("", plain), ("gradient of ", slope)):
            yield Row(f"{name}a chain of {length:,} equations", calls_of(last, transform, [x]), {"jax": 0.7})
