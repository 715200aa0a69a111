"""A plain ``if`` on a tensor's value in a compiled function, its sides taken in turn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .row import Row

SIZE = 1_000
POINT = numpy.random.default_rng(0).standard_normal(SIZE)


def decided(x: Any) -> Any:
    if np.sum(x) > 0:
        return np.sin(x) * x
    return np.cos(x) * x


def straight(x: Any) -> Any:
    return np.sin(x) * (x + 0 * np.sum(x))


def rows() -> Iterator[Row]:
    with_if, without = wg.jit(decided), wg.jit(straight)
    points = cycle([wg.tensor(abs(POINT)), wg.tensor(-abs(POINT))])
    same = wg.tensor(POINT)
    calls = {"wengert": lambda: with_if(next(points)), "straight line": lambda: without(same)}
    yield Row("an `if` on a value, sides in turn", calls, {"straight line": 2.0}, is_same=False)
