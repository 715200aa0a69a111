"""Gradients of weights come as soon as the cotangents of their layers: these are not kept."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

pytest.importorskip("llvmlite")

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.native_program import NativeProgram
from wengert.compile.native.schedule.early import with_early_operations


def network(weights: Any, x: Any) -> Any:
    for w in weights:
        x = np.maximum(x @ w, 0.0)
    return np.sum(x)


def test_each_comes_after_its_operands_and_before_the_next_layer() -> None:
    weights = [numpy.ones((8, 8))] * 5
    graph = wg.jit(wg.grad(network)).lower(weights, numpy.ones((64, 8))).graph
    nodes = with_early_operations(graph, graph.nodes)
    place = {node: i for i, node in enumerate(nodes)}
    assert set(nodes) == set(graph.nodes)
    for node in nodes:
        assert all(place[o] < place[node] for o in node.operands if o in place)
    ends = [place[o] for o in graph.outputs]
    assert ends == sorted(ends, reverse=True)
    assert max(ends) - min(ends) > len(nodes) // 3  # they are not all at the end
    before = {node: i for i, node in enumerate(graph.nodes)}
    assert max(before[o] for o in graph.outputs) - min(before[o] for o in graph.outputs) < len(nodes) // 3


def test_a_deep_network_needs_memory_for_its_activations_only() -> None:
    x = numpy.random.default_rng(0).normal(size=(512, 16))
    weights = [numpy.eye(16)] * 12
    compiled = wg.jit(wg.grad(network))
    compiled(weights, x)
    assert compiled.lower(weights, x).memory < 25 * x.nbytes  # two of each layer, and no cotangents


def test_indices_are_checked_before_state_is_written_over() -> None:
    """The second table is asked for its rows when the first is written already: both are in place all the same."""
    tables = [np.asarray(numpy.ones((100, 3))) for _ in range(2)]

    @wg.jit
    def step(first: Any, second: Any) -> Any:
        for table, rows in zip(tables, (first, second), strict=True):
            table.copy_(table - 0.1 * np.sum(table[rows + 1]))
        return tables[0][np.max(second)]

    program = NativeProgram(step.lower(numpy.array([1]), numpy.array([2])).graph, {1: 2, 2: 3})
    assert program.overwritten == [2, 3]
    step(numpy.array([1]), numpy.array([2]))
    before = [table.numpy().copy() for table in tables]
    with pytest.raises(IndexError, match="index 100 is out of bounds for axis 0 with size 100"):
        step(numpy.array([1]), numpy.array([99]))
    for table, kept in zip(tables, before, strict=True):
        numpy.testing.assert_array_equal(table.numpy(), kept)
