"""Loops over whole numbers do compiled what they do in Python."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from wengert.sparse.colorings import KINDS, coloring
from wengert.sparse.greedy import native as of_native
from wengert.sparse.greedy.native import Indices, Native, native
from wengert.sparse.greedy.orders import ORDERS

from ..matrices import random_pattern, symmetric


@native
def collatz(start: int, path: Indices) -> int:
    """The steps from a number to 1, along a path that is noted."""
    turns = 0
    while start != 1 and turns < 100:
        path[turns] = start
        rest = start & 1
        start = start >> 1
        if rest == 1:
            start = 6 * start + 4
        turns += 1
    return turns


@native
def longest(count: int, path: Indices) -> int:
    """The start below a count with the most steps."""
    best = -1
    most = -1
    n = 1
    while n < count:
        steps = collatz(n, path)
        if steps > most:
            most = steps
            best = n
        elif steps == most and n < best:
            break
        n += 1
    return best


@pytest.mark.parametrize("start", [1, 7, 27, 96])
def test_a_function_does_compiled_what_it_does_in_python(start: int) -> None:
    ours, theirs = (numpy.zeros(101, numpy.int32) for _ in range(2))
    assert collatz(start, ours) == collatz.f(start, theirs)
    numpy.testing.assert_array_equal(ours, theirs)


def test_a_function_may_call_others() -> None:
    path = numpy.zeros(101, numpy.int32)
    assert longest(60, path) == longest.f(60, path)
    assert longest.family == [collatz, longest]


def test_without_llvm_python_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_native, "find_spec", lambda name: None)
    fresh = Native(collatz.f)
    assert fresh(7, numpy.zeros(101, numpy.int32)) == 16
    assert "_module" not in vars(fresh)


@pytest.mark.part(2)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ORDERS)
def test_colorings_are_compiled_what_they_are_in_python(
    kind: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    pattern = symmetric(random_pattern(20, 20, 0.15, 3))
    compiled = coloring(pattern, kind, order)
    monkeypatch.setattr(Native, "__call__", lambda self, *args: self.f(*args))
    slow: Any = coloring(pattern, kind, order)
    numpy.testing.assert_array_equal(compiled.columns, slow.columns)
    numpy.testing.assert_array_equal(compiled.rows, slow.rows)
