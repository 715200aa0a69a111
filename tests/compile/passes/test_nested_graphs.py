"""Passes over loops and branches: less is carried, read and computed, and the results stay the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from optree import tree_leaves

import wengert as wg
import wengert.numpy as np
from wengert.core.graph import Graph, GraphNode

X, ROWS = numpy.array([0.3, -1.2, 0.7]), numpy.random.default_rng(2).normal(size=(4, 3))


def controls(f: Callable[..., Any], *args: Any) -> list[GraphNode]:
    """The loops and branches of the simplified graph, whose results are checked."""
    compiled = wg.jit(f)
    for value, expected in zip(tree_leaves(compiled(*args)), tree_leaves(f(*args)), strict=True):
        numpy.testing.assert_allclose(value, expected, 1e-13)
    (programs,) = compiled.programs.values()
    return [
        node for node in programs[0].graph.nodes if any(isinstance(v, (Graph, tuple)) for v in node.params.values())
    ]


def names(graph: Graph) -> list[str]:
    return [node.primitive.name for node in graph.nodes]


def test_results_that_nobody_uses_are_not_computed() -> None:
    def turn(c: Any, x: Any) -> Any:
        used, idle = c
        return (used * x, np.sin(idle)), (np.sin(used), np.cos(idle))

    (loop,) = controls(lambda a, xs: wg.scan(turn, (a, a), xs)[1][0], X, ROWS)
    assert names(loop.params["body"]) == ["multiply", "sin"]
    assert loop.params["carried"] == 1


def test_what_a_used_result_needs_is_carried() -> None:
    def turn(c: Any, x: Any) -> Any:
        return (c[1], c[0] * x), None

    (loop,) = controls(lambda a, xs: wg.scan(turn, (a, a * 2), xs)[0][0], X, ROWS)
    assert loop.params["carried"] == 2


def test_what_is_carried_unchanged_is_captured() -> None:
    (loop,) = controls(
        lambda a, b, xs: wg.scan(lambda c, x: ((c[0], c[1] * c[0] + x), None), (a, b), xs), X, X + 1, ROWS
    )
    assert (loop.params["captured"], loop.params["carried"]) == (1, 1)


def test_an_operand_is_given_once_and_numbers_not_at_all() -> None:
    (branch,) = controls(lambda a, b: wg.cond(a, np.multiply, lambda x, y: x, b, b), numpy.array(True), X)
    assert len(branch.operands) == 2
    (branch,) = controls(lambda a, b: wg.cond(a, np.multiply, lambda x, y: x, b, 2.0), numpy.array(True), X)
    assert len(branch.operands) == 2


def test_a_loop_without_turns_is_its_start() -> None:
    assert controls(lambda a: wg.fori_loop(0, 0, lambda i, c: c * 2, a) + 1, X) == []


def test_a_while_loop_carries_what_its_test_reads() -> None:
    def turn(c: Any) -> Any:
        return c[0] * 1.5, c[1] + 1, np.sin(c[2])

    (loop,) = controls(lambda a: wg.while_loop(lambda c: c[1] < 5, turn, (a, numpy.array(0), a))[0], X)
    assert len(loop.params["body"].outputs) == 2


@pytest.mark.parametrize("flag", [True, False])
def test_branches_compute_what_is_used(flag: bool) -> None:
    (branch,) = controls(
        lambda a, b: wg.cond(a, lambda x: (np.sin(x), np.exp(x)), lambda x: (x, x * 2), b)[0], numpy.array(flag), X
    )
    assert [names(graph) for graph in branch.params["branches"]] == [[], ["sin"]]


def test_bodies_are_simplified() -> None:
    (loop,) = controls(lambda a: wg.fori_loop(0, 3, lambda i, c: np.sin(c * 1.0) + np.sin(c), a), X)
    assert names(loop.params["body"]).count("sin") == 1


# -- pullbacks -------------------------------------------------------------------------------------


def test_cotangents_that_nobody_uses_are_not_computed() -> None:
    def loss(a: Any, b: Any, n: Any) -> Any:
        return np.sum(wg.while_loop(lambda s: s[0] < n, lambda s: (s[0] + 1, np.sin(s[1]) * b), (0, a))[1])

    (_, pullback) = controls(lambda a, b, n: wg.grad(loss, (0, 1))(a, b, n)[0], X, X + 1, numpy.array(3))
    assert pullback.primitive.name == "loop_pullback"
    assert sum(pullback.params["moving"]) == 1
    assert "sin" not in names(pullback.params["back"])


def test_nor_is_carried_what_only_these_depend_on() -> None:
    def loss(a: Any, b: Any, c: Any) -> Any:
        turn = lambda i, s: (np.sin(s[0]) * c, np.cos(s[1]) * s[0], s[2] + np.exp(s[1]))
        return np.sum(wg.fori_loop(0, 4, turn, (a, b, b), memory=2)[0])

    (pullback,) = controls(lambda a, b, c: wg.grad(loss, (0, 1, 2))(a, b, c)[2], X, X + 1, X - 1)
    assert pullback.params["carried"] == 1
    assert len(pullback.params["body"].inputs) == 2
    assert names(pullback.params["body"]) == ["sin", "multiply"]


def test_nor_read_what_they_alone_need() -> None:
    def loss(a: Any, xs: Any, ys: Any) -> Any:
        def turn(c: Any, both: Any) -> Any:
            x, y = both
            return np.sin(c) * x, np.exp(y)

        after, idle = wg.scan(turn, a, (xs, ys), memory=2)
        return np.sum(after) + np.sum(idle)

    (pullback,) = controls(lambda a, xs, ys: wg.grad(loss, (0, 1, 2))(a, xs, ys)[0], X, ROWS, ROWS + 1)
    assert len(pullback.params["body"].inputs) == 2
    assert pullback.params["ends"] == (True,)
    assert pullback.params["moving"] == (True, False)


@pytest.mark.part(2)
@pytest.mark.parametrize("place", range(4))
def test_derivatives_of_what_is_left(place: int) -> None:
    def loss(a: Any, b: Any, w: Any, xs: Any) -> Any:
        def turn(c: Any, x: Any) -> Any:
            h, total, idle = c
            after = np.sin(h * w) + x
            return (after, total + h * h * b, idle * w), (after * total, np.exp(idle))

        (h, total, _), (ys, _) = wg.scan(turn, (a, b, a), xs, memory=2)
        return np.sum(h * total) + np.sum(ys)

    slopes = wg.grad(loss, (0, 1, 2, 3))
    one = lambda *args: slopes(*args)[place]
    curvature = lambda *args: wg.grad(lambda *given: np.sum(np.sin(one(*given))), (0, 2, 3))(*args)
    args = (X, X + 1, X - 1, ROWS)
    for f in (one, curvature):
        expected = tree_leaves(f(*args))
        for found, value in zip(tree_leaves(wg.jit(f)(*args)), expected, strict=True):
            numpy.testing.assert_allclose(found, value, 1e-11, 1e-12)
    compiled = wg.jit(one)
    outer = wg.grad(lambda *given: np.sum(np.sin(compiled(*given))), (0, 2, 3))
    for found, value in zip(outer(*args), curvature(*args), strict=True):
        numpy.testing.assert_allclose(found, value, 1e-11, 1e-12)
