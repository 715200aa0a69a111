"""Gathers around a ring and the like: slices give the same numbers, and nothing is gathered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.legalize.expansions import expanded

from .piecewise.test_run import all_of, assert_compiled_is_eager

N = 600
PLACES = numpy.arange(N)
X = numpy.random.default_rng(0).normal(size=(N, 2))
IN_RUNS: dict[str, Any] = {
    "a ring": (PLACES + 1) % N,
    "back on a ring": (PLACES - 7) % N,
    "up to the edge": numpy.clip(PLACES + 1, 0, N - 1),
    "twice": numpy.concatenate([PLACES[:300], PLACES[100:500]]),
    "negative places": PLACES - N,
    "three parts": numpy.concatenate([PLACES[400:], PLACES[:100], PLACES[100:400]]),
    "a part": PLACES[20:70],
}
GATHERED: dict[str, Any] = {"any order": (PLACES * 7) % N, "from behind": PLACES[::-1], "often": PLACES // 2}


def reading(index: Any) -> Callable[..., Any]:
    def f(x: Any, y: Any) -> Any:
        ring = x[index] * np.sin(y[index])
        return np.sum(ring**2), ring

    return f


def names(index: Any) -> set[str]:
    """The operations that machine code is made of."""
    graph = wg.jit(lambda x, y: all_of(reading(index))(x, y)).lower(X, X).graph
    return {node.primitive.name for node in expanded(graph).nodes}


@pytest.mark.part(2)
@pytest.mark.parametrize("index", IN_RUNS.values(), ids=IN_RUNS)
def test_in_slices(index: Any) -> None:
    assert_compiled_is_eager(all_of(reading(index)), X, X + 1)
    assert not {"gather", "scatter_add"} & names(index)


@pytest.mark.parametrize("index", GATHERED.values(), ids=GATHERED)
def test_gathered(index: Any) -> None:
    assert_compiled_is_eager(all_of(reading(index)), X, X + 1)
    assert "gather" in names(index)


def test_out_of_bounds_is_told() -> None:
    with pytest.raises(IndexError, match="index 600 is out of bounds for axis 0 with size 600"):
        wg.jit(lambda x: np.take(x, PLACES + 1, 0))(X)
