"""Newton's iteration to convergence, in reverse: the number of turns depends on the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..rows import Row


def root(a: Any) -> Any:
    """Kepler's equation x - 0.9 sin x = a, by damped Newton steps."""

    def residual(x: Any) -> Any:
        return x - 0.9 * np.sin(x) - a

    def turn(x: Any) -> Any:
        return x - 0.5 * residual(x) / (1 - 0.9 * np.cos(x))

    return wg.while_loop(lambda x: np.abs(residual(x)) > 1e-13, turn, a * 0 + 3.0)


def rows() -> Iterator[Row]:
    primal, gradient = wg.jit(root), wg.jit(wg.grad(root))
    a = wg.tensor(0.7)
    calls = {"wengert": lambda: gradient(a), "its own primal": lambda: primal(a)}
    yield Row("gradient of Newton to convergence", calls, {"its own primal": 10.0}, is_same=False)
