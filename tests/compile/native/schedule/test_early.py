"""Gradients of weights come as soon as the cotangents of their layers: these are not kept."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

pytest.importorskip("llvmlite")

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.schedule.early import with_early_products


def network(weights: Any, x: Any) -> Any:
    for w in weights:
        x = np.maximum(x @ w, 0.0)
    return np.sum(x)


def test_each_comes_after_its_operands_and_before_the_next_layer() -> None:
    weights = [numpy.ones((8, 8))] * 5
    graph = wg.jit(wg.grad(network)).lower(weights, numpy.ones((64, 8))).graph
    nodes = with_early_products(graph, graph.nodes)
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
