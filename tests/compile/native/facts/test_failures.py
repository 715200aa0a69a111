"""Checks: a flag that is not set ends the call with what Python raises, before anything outside is written to."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

pytest.importorskip("llvmlite")


from wengert.compile.native.facts.failures import CHECK_INDEX
from wengert.compile.native.native_program import NativeProgram
from wengert.compile.passes.rewriting import apply
from wengert.core.abstract import Abstract
from wengert.core.graph import Graph, GraphNode
from wengert.core.primitive import Primitive
from wengert.ops import elementwise as e
from wengert.ops.axes import reduce

INPUT = Primitive("input", lambda: None, (), lambda: None)
LENGTH = 1000


def checked() -> tuple[Graph, list[Any]]:
    """x + 1 of a donated x, and a check that the largest index is below a length."""
    x = GraphNode(INPUT, (), {}, Abstract((LENGTH,), numpy.dtype(float)))
    index = GraphNode(INPUT, (), {}, Abstract((3,), numpy.dtype(int)))
    high = apply(reduce.max.primitive, [index], {"axis": (0,), "keepdims": False})
    flag = apply(e.less.primitive, [high, numpy.array(LENGTH)], {})
    check = apply(CHECK_INDEX, [flag, index], {"axis": 0, "length": LENGTH})
    more = apply(e.add.primitive, [x, numpy.array(1.0)], {})
    nodes: list[GraphNode] = [high, flag, check, more]
    return Graph([x, index], nodes, [check, more]), nodes


def test_the_call_goes_on_if_the_flag_is_set() -> None:
    program = NativeProgram(checked()[0])
    flag, more = program([numpy.arange(1000.0), numpy.array([3, 999, 0])])
    assert flag
    numpy.testing.assert_array_equal(more, numpy.arange(1000.0) + 1)


def test_a_flag_that_is_not_set_raises_what_evaluating_the_check_raises() -> None:
    program = NativeProgram(checked()[0])
    for _ in range(3):
        with pytest.raises(IndexError, match=r"^index 1000 is out of bounds for axis 0 with size 1000$"):
            program([numpy.arange(1000.0), numpy.array([3, 1000, 2000])])
    assert program([numpy.arange(1000.0), numpy.array([3, 999, 0])])[0]


def test_memory_is_donated_only_behind_the_last_check() -> None:
    program = NativeProgram(checked()[0], {1: 0})
    assert program.overwritten == [0]
    x = numpy.arange(1000.0)
    with pytest.raises(IndexError):
        program([x, numpy.array([1000, 0, 0])])
    numpy.testing.assert_array_equal(x, numpy.arange(1000.0))


def test_memory_is_not_donated_before_a_check() -> None:
    graph, (high, flag, check, more) = checked()
    late = Graph(graph.inputs, [more, high, flag, check], [more, check])
    assert NativeProgram(late, {0: 0}).overwritten == []
