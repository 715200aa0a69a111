"""What a loop carries and leaves as it is: captured, with all that is computed of it alone before the loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.graph import Graph, subgraphs

W, H = numpy.array([[0.3, -0.2], [0.1, 0.7]]), numpy.array([0.4, -1.1])


def turn(carry: Any) -> Any:
    parameters, h = carry
    return parameters, np.tanh(np.exp(parameters["w"]) @ h + parameters["b"])


def with_scan(w: Any, h: Any, memory: int | None) -> Any:
    return wg.scan(lambda c, _: (turn(c), c[1]), ({"w": w, "b": 0.5}, h), length=5, memory=memory)[0]


def with_fori(w: Any, h: Any, memory: int | None) -> Any:
    return wg.fori_loop(0, 5, lambda i, c: turn(c), ({"w": w, "b": 0.5}, h), memory)


def with_while(w: Any, h: Any, memory: int | None) -> Any:
    start = (0, 5, {"w": w, "b": 0.5}, h)
    return wg.while_loop(lambda s: s[0] < s[1], lambda s: (s[0] + 1, s[1], *turn(s[2:])), start, memory)[2:]


FORMS = [with_scan, with_fori, with_while]


def operations(graph: Graph) -> list[str]:
    """The names of all operations of the loops of a graph."""
    inner = [part for node in graph.nodes for part in subgraphs(node).values()]
    return [node.primitive.name for part in inner for node in part.nodes]


@pytest.mark.part(2)
@pytest.mark.parametrize("memory", [None, 2])
@pytest.mark.parametrize("form", FORMS)
def test_it_is_captured_and_what_is_computed_of_it_is_done_once(form: Callable[..., Any], memory: int | None) -> None:
    def loss(w: Any, h: Any) -> Any:
        parameters, after = form(w, h, memory)
        return np.sum(after) + np.sum(parameters["w"] * 3.0)

    slopes = wg.grad(loss, (0, 1))
    compiled = wg.jit(slopes)
    for found, expected in zip(compiled(W, H), wg.grad(plain, (0, 1))(W, H), strict=True):
        numpy.testing.assert_allclose(found, expected, rtol=1e-12)
    for found, expected in zip(slopes(W, H), compiled(W, H), strict=True):
        numpy.testing.assert_allclose(found, expected, rtol=1e-12)
    (programs,) = compiled.programs.values()
    assert "exp" not in operations(programs[0].graph)
    assert "tanh" in operations(programs[0].graph)


def plain(w: Any, h: Any) -> Any:
    for _ in range(5):
        h = np.tanh(np.exp(w) @ h + 0.5)
    return np.sum(h) + np.sum(w * 3.0)


def test_a_python_number_keeps_the_form_that_it_is_carried_in() -> None:
    def f(x: Any, step: Any) -> Any:
        return wg.fori_loop(0, 2, lambda i, c: (c[0] + (c[1] * 2.0) * x.astype(float), c[1]), (x.astype(float), step))

    x = numpy.ones(2, numpy.float32)
    for found, expected in zip(wg.jit(f)(x, 0.5), f(x, 0.5), strict=True):
        assert found.dtype == expected.dtype == numpy.dtype(float)
        numpy.testing.assert_array_equal(found, expected)


def test_a_number_meets_smaller_arrays_in_the_form_that_it_is_carried_in() -> None:
    def f(x: Any, step: Any) -> Any:
        return wg.scan(lambda c, _: (c, x * (c * 2.0)), step, length=2)[1]

    x = numpy.ones(2, numpy.float32)
    assert wg.jit(f)(x, 0.5).dtype == numpy.dtype(float)


@pytest.mark.parametrize("memory", [None, 1])
def test_writing_to_what_comes_out_leaves_what_went_in(memory: int | None) -> None:
    @wg.jit
    def f(w: Any) -> Any:
        inside = w * 1.0
        after, _ = wg.fori_loop(0, 3, lambda i, c: (c[0], c[1] * c[0]), (inside, w), memory)
        after += 1.0
        return inside, after

    before, after = f(W)
    numpy.testing.assert_array_equal(before, W)
    numpy.testing.assert_array_equal(after, W + 1.0)


@pytest.mark.parametrize("count", [0, 3])
def test_all_of_it_is_fixed(count: int) -> None:
    def f(x: Any, count: Any) -> Any:
        a = wg.scan(lambda c, _: (c, c * 2), x, length=3)[0]
        b = wg.while_loop(lambda c: c[0] > 5, lambda c: c, (count, x))[1]
        return a + wg.fori_loop(0, 3, lambda i, c: c, b)

    for way in (f, wg.jit(f)):
        numpy.testing.assert_array_equal(way(H, count), 2 * H)
        found = wg.grad(lambda x, way=way: np.sum(way(x, count)))(H)
        numpy.testing.assert_array_equal(found, numpy.full(2, 2.0))


@pytest.mark.parametrize("way", [lambda f: f, wg.jit], ids=["eager", "compiled"])
def test_a_loop_without_turns_raises_nothing(way: Any) -> None:
    """Neither the inverse of a singular matrix nor an index out of bounds."""

    def inverse(a: Any, x: Any, n: Any) -> Any:
        turn = lambda s: (s[0] + 1, s[1], np.linalg.inv(s[1]) @ s[2])
        return wg.while_loop(lambda s: s[0] < n, turn, (0, a, x))[2]

    def item(i: Any, x: Any, n: Any) -> Any:
        return wg.while_loop(lambda s: s[0] < n, lambda s: (s[0] + 1, s[1], s[2] * x[s[1]]), (0, i, x))[2]

    for f, first in ((inverse, numpy.zeros((2, 2))), (item, numpy.array(7))):
        numpy.testing.assert_array_equal(way(f)(first, H, numpy.array(0)), H)
        with pytest.raises((IndexError, numpy.linalg.LinAlgError)):
            way(f)(first, H, numpy.array(1))
