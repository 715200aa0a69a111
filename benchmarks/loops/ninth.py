"""The ninth derivative of sin(exp(x)), nested in forward mode and compiled, beside the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..rows import Row


def f(x: Any) -> Any:
    return np.sin(np.exp(x))


def derivative(order: int) -> Callable[[Any], Any]:
    g = f
    for _ in range(order):
        g = along(g)
    return wg.jit(g)


def along(g: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: wg.jvp(g, (x,), (np.ones_like(x),))[1]


def rows() -> Iterator[Row]:
    first, ninth = derivative(1), derivative(9)
    x = wg.tensor(0.3)
    calls = {"wengert": lambda: ninth(x), "its first": lambda: first(x)}
    yield Row("ninth derivative of sin(exp(x))", calls, {"its first": 50.0}, is_same=False)
