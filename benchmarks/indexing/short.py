"""A chain of elementwise operations on 100,000 integers of one and two bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

import wengert as wg

from ..rows import Row


def chain(x: Any, y: Any) -> Any:
    return (x + y) * x - y


def rows() -> Iterator[Row]:
    for dtype in ("int8", "int16"):
        x, y = numpy.random.default_rng(0).integers(-100, 100, (2, 100_000)).astype(dtype)
        compiled, held = wg.jit(chain), (wg.tensor(x), wg.tensor(y))
        calls = {"wengert": lambda f=compiled, held=held: f(*held), "numpy": lambda x=x, y=y: chain(x, y)}
        yield Row(f"a chain on 100,000 of {dtype}", calls, {"numpy": 0.9})
