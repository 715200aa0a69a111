"""A slope and the function that it is the slope of are computed one behind the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

pytest.importorskip("llvmlite")

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.schedule.companions import side_by_side
from wengert.scipy.special import expit

PAIRS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "tanh": (np.tanh, "sech_squared"),
    "expit": (expit, "logistic_slope"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_slope_is_right_behind_the_function(name: str) -> None:
    f, slope = PAIRS[name]
    graph = wg.jit(wg.value_and_grad(lambda x: np.sum(np.exp(-(x**2)) * f(x) + np.sin(x)))).lower(numpy.ones(3)).graph
    nodes = side_by_side(graph)
    names = [node.primitive.name for node in nodes]
    assert names.index(slope) == names.index(name) + 1
    assert [n.primitive.name for n in graph.nodes].index(slope) > names.index(slope)  # so that this can fail
    assert set(nodes) == set(graph.nodes)
    made = set(graph.inputs)
    for node in nodes:
        assert {o for o in node.operands if type(o) is type(node)} <= made
        made.add(node)
