"""What is the same on every turn is computed before the loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from optree import tree_leaves

import wengert as wg
import wengert.numpy as np
from wengert.compile.passes.hoisting import with_turns_prepared
from wengert.control.loop_primitives import scan, while_loop
from wengert.control.pullback_rules import pulled_by_recomputing
from wengert.control.subgraphs import graph_of
from wengert.core.abstract import Abstract
from wengert.core.graph import Graph, subgraphs
from wengert.core.replay import interpreted
from wengert.ops import elementwise as e
from wengert.ops.broadcast import broadcast_to
from wengert.ops.contract import matmul
from wengert.ops.shape import transpose

MATRIX, VECTOR, NUMBER = (Abstract(shape, numpy.dtype(float)) for shape in ((3, 3), (3,), ()))
RNG = numpy.random.default_rng(3)
W, C = RNG.normal(size=(3, 3)) / 3, RNG.normal(size=3)


def product(w: Any, c: Any) -> Any:
    """Of an exponential, which is the same on every turn, and a view of it."""
    same = e.exp(w)
    return matmul(matmul(transpose(same, axes=(1, 0)), c), same)


def scanned(turn: Callable[..., Any], length: int = 3) -> Graph:
    body = graph_of(lambda w, c: [turn(w, c)], [MATRIX, VECTOR])
    params = {"captured": 1, "carried": 1, "length": length, "reverse": False, "memory": None}
    return graph_of(lambda w, c: scan(w, c, body=body, **params), [MATRIX, VECTOR])


def counted_while(turn: Callable[..., Any], most: int) -> Graph:
    forms = [MATRIX, VECTOR, Abstract((), numpy.dtype("int64"))]
    body = graph_of(lambda w, c, n: [turn(w, c), n + 1], forms)
    test = graph_of(lambda w, c, n: [n < most + e.floor(0 * np.sum(np.exp(w)))], forms)
    params = {"captured": 1, "memory": None}
    return graph_of(
        lambda w, c: while_loop(w, c, numpy.asarray(0), test=test, body=body, **params)[:1], [MATRIX, VECTOR]
    )


def pulled(turn: Callable[..., Any], memory: int | None) -> Graph:
    body = graph_of(lambda w, c: [turn(w, c)], [MATRIX, VECTOR])
    params = {"captured": 1, "carried": 1, "length": 3, "reverse": False, "memory": memory}

    def pullback(w: Any, c: Any) -> Any:
        return pulled_by_recomputing(
            numpy.asarray(3), [w, c], [numpy.ones(3)], [True, True], [True], body=body, **params
        )

    return graph_of(pullback, [MATRIX, VECTOR])


GRAPHS = {
    "scan": scanned(product),
    "while": counted_while(product, 3),
    "while without turns": counted_while(product, 0),
    "pullback": pulled(product, None),
    "pullback within a budget": pulled(product, 2),
}


def names_within(graph: Graph) -> set[str]:
    """The operations of the loops."""
    inner = [part for node in graph.nodes for part in subgraphs(node).values()]
    return {node.primitive.name for part in inner for node in part.nodes}


@pytest.mark.parametrize("name", GRAPHS)
def test_what_is_the_same_on_every_turn_is_computed_before(name: str) -> None:
    graph = GRAPHS[name]
    prepared = with_turns_prepared(graph)
    assert "exp" in names_within(graph)
    assert "exp" not in names_within(prepared)
    assert "exp" in {node.primitive.name for node in prepared.nodes}
    for value, expected in zip(interpreted(prepared)([W, C]), interpreted(graph)([W, C]), strict=True):
        numpy.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize(
    "turn",
    [
        lambda w, c: matmul(transpose(w, axes=(1, 0)), c),
        lambda w, c: c * np.sum(broadcast_to(w, shape=(100, 3, 3)) * c),
        lambda w, c: c * np.sum((w[:, :, None] + w[:, None, :]) * c),
        lambda w, c: np.linalg.solve(w, numpy.ones(3)) * c,
    ],
    ids=["a view", "a number spread out", "more than it is made of", "what may fail"],
)
def test_what_stays(turn: Callable[..., Any]) -> None:
    graph = scanned(turn)
    assert with_turns_prepared(graph).nodes[0].params["captured"] == 1


def test_loops_within_loops() -> None:
    inner = scanned(product)
    body = graph_of(lambda w, c: inner(w, c), [MATRIX, VECTOR])
    params = {"captured": 1, "carried": 1, "length": 2, "reverse": False, "memory": None}
    graph = graph_of(lambda w, c: scan(w, c, body=body, **params), [MATRIX, VECTOR])
    prepared = with_turns_prepared(graph)
    assert [node.primitive.name for node in prepared.nodes][:1] == ["exp"]
    numpy.testing.assert_array_equal(interpreted(prepared)([W, C])[0], interpreted(graph)([W, C])[0])


def test_compiled() -> None:
    def f(w: Any, c: Any) -> Any:
        return np.sum(wg.fori_loop(0, 3, lambda i, s: (s[0], product(*s)), (w, c))[1] ** 2)

    for g in (f, wg.grad(f, (0, 1)), wg.jit(wg.grad(f, (0, 1)))):
        for value, expected in zip(tree_leaves(wg.jit(g)(W, C)), tree_leaves(g(W, C)), strict=True):
            numpy.testing.assert_allclose(value, expected, rtol=1e-12)
