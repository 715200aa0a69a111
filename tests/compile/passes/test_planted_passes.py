"""Passes that are wrong are caught: by what they may give at all, or by programs that are compared with eager mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.compile.passes import algebra
from wengert.compile.passes.rewriting import pick_of
from wengert.core.primitive import primitive_of
from wengert.core.recording import PICK
from wengert.ops import elementwise as e, shape
from wengert.ops.broadcast import broadcast_to
from wengert.ops.indexing.gather import last_writes

X = numpy.array([[0.5, -2.0, 0.0], [1.5, 3.0, -1.0], [0.0, 2.5, 1.0]])

Rule = Callable[[Any, list[Any]], Any]


def first(node: Any, operands: list[Any]) -> Any:
    return operands[0]


PLANTED: dict[str, tuple[Any, Rule]] = {
    "a negative is left out": (e.negative, first),
    "a transpose is left out": (shape.transpose, first),
    "a reshape is left out": (shape.reshape, first),
    "a broadcast is left out": (broadcast_to, first),
    "a power is its base": (e.power, first),
    "a product is its first factor": (e.multiply, first),
    "every write is the last": (
        last_writes,
        lambda node, operands: numpy.ones(operands[0].form.shape, bool),
    ),
    "every result is the first": (
        PICK,
        lambda node, operands: None if node.params["index"] == 0 else pick_of(operands[0], 0),
    ),
}
"""Which rule is replaced, and by what."""


def written_twice(x: Any) -> Any:
    y = x[0] * 1.0
    y[(x[2] > 0.5).astype(int)] = x[1]
    return np.sum(y**3)


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "signs": lambda x: np.exp(-x),
    "orders": lambda x: np.exp(x.T) - x,
    "shapes": lambda x: np.reshape(np.reshape(x, (9,))[::-1], (3, 3)) + np.broadcast_to(x[:1], (3, 3)),
    "powers": lambda x: np.abs(x) ** 1.5 + x**3 * x,
    "writes": wg.grad(written_twice),
    "results": lambda x: sum(wg.scan(lambda c, row: (c + row, c * row), x[0], x), x * 0),
}


def is_caught() -> bool:
    try:
        for f in PROGRAMS.values():
            assert_same(wg.jit(f)(X), f(np.array(X)))
    except AssertionError:
        return True
    return False


def test_nothing_is_caught_in_what_is_right() -> None:
    assert not is_caught()


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_rule_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operation, rule = PLANTED[name]
    primitive = primitive_of(operation)
    assert primitive in algebra._RULES
    monkeypatch.setitem(algebra._RULES, primitive, rule)
    assert is_caught()
