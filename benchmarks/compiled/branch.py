"""A Python ``if`` on a value, both paths in turn, beside compiled functions of the two sides without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..report import OURS
from .workload import Call, Workload

POSITIONS = {"cheap": lambda x: x[0] > 0, "on all elements": lambda x: np.sum(x) > 0}
"""What decides: something beside which the rest is long, and something as long as the rest."""


def positive(x: Any) -> Any:
    return np.sin(x) * x + x


def negative(x: Any) -> Any:
    return np.cos(x) * x - x


class AgainstStraightLine(Workload):
    """Its peer is Wengert, without the decision."""

    def calls(self, *, torch_compile: bool = False) -> dict[str, Call]:
        assert self.jax is not None
        return {OURS: self.wengert(), "straight line": self.jax()}


def in_turn(first: Callable[[Any], Any], second: Callable[[Any], Any], size: int) -> Call:
    """One call for a positive, one for a negative argument."""
    x = wg.tensor(numpy.linspace(0.1, 1, size))
    opposite = -x
    return lambda: (first(x), second(opposite))


def workload(size: int, position: str) -> Workload:
    decides = POSITIONS[position]

    def deciding() -> Call:
        compiled = wg.jit(lambda x: positive(x) if decides(x) else negative(x))
        return in_turn(compiled, compiled, size)

    def straight() -> Call:
        return in_turn(wg.jit(positive), wg.jit(negative), size)

    name = f"if on a value ({position}), {size} elements, to straight line"
    return AgainstStraightLine(name, 2.0, deciding, straight, None, 1e-14)


def workloads() -> Iterator[Workload]:
    for size in (10, 10_000, 1_000_000):
        for position in POSITIONS:
            yield workload(size, position)
