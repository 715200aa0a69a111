"""Turns without guards first: what a guard keeps out is kept out all the same."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.emit.registers.speculation import guards_can_wait, without_limits
from wengert.control.subgraphs import graph_of
from wengert.core.abstract import Abstract
from wengert.ops.factors import clear, scale

FORM = Abstract((), numpy.dtype("float64"))
ROOTS = numpy.array([4.0, 0.0, 1.0, 0.0, 9.0])


def weighted_roots(x: Any, w: Any) -> Any:
    return wg.scan(lambda c, s: (c + np.sqrt(s[0]) * s[1], None), 0.0, (x, w))[0]


WEIGHTS = {
    "zero meets infinity": [1.0, 0.0, 2.0, 0.0, 3.0],
    "infinite slope": [1.0, 1.0, 0.0, 0.0, 3.0],
    "nothing": [0.0] * 5,
    "infinite weight": [1.0, numpy.inf, 0.0, 1.0, 1.0],
}
of_all_weights = pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)


@of_all_weights
def test_zero_times_infinity(weights: list[float]) -> None:
    gradient = wg.grad(weighted_roots, argnums=(0, 1))
    with numpy.errstate(invalid="ignore"):
        expected = gradient(ROOTS, numpy.array(weights))
    found = wg.jit(gradient)(ROOTS, numpy.array(weights))
    for a, b in zip(found, expected, strict=True):
        numpy.testing.assert_array_equal(a.numpy(), b.numpy())


def tangent_of_a_while_loop(x: Any, w: Any) -> Any:
    def total(x: Any) -> Any:
        step = lambda carry: (carry[0] + 1, carry[1] + np.sqrt(x[carry[0]]) * w[carry[0]])
        return wg.while_loop(lambda carry: carry[0] < len(ROOTS), step, (0, 0.0))[1]

    return wg.jvp(total, (x,), (np.ones_like(x),))[1]


@of_all_weights
def test_zero_times_infinity_in_a_while_loop(weights: list[float]) -> None:
    w = numpy.array(weights)
    with numpy.errstate(all="ignore"):
        expected = tangent_of_a_while_loop(np.array(ROOTS), w)
    numpy.testing.assert_array_equal(wg.jit(tangent_of_a_while_loop)(ROOTS, w), expected)
    batch = numpy.stack([ROOTS, ROOTS[::-1]] * 8)
    found = wg.jit(wg.vmap(tangent_of_a_while_loop, in_axes=(0, None)))(batch, w)
    numpy.testing.assert_array_equal(found[0], expected)


def test_a_carry_that_overflows() -> None:
    def last(x: Any) -> Any:
        return wg.fori_loop(0, 12, lambda i, c: c * c * x, x)

    for x in (3.0, 0.0, 0.5, numpy.inf):
        with numpy.errstate(all="ignore"):
            expected = wg.grad(last)(x).numpy()
        numpy.testing.assert_array_equal(wg.jit(wg.grad(last))(x).numpy(), expected)


def test_what_hides_an_infinity_keeps_the_guards() -> None:
    hides = graph_of(lambda x, y: [1 / clear(x, y)], [FORM, FORM])
    compares = graph_of(lambda x, y: [np.where(scale(x, y) > 0, x, y)], [FORM, FORM])
    shows = graph_of(lambda x, y: [scale(x, y) + x], [FORM, FORM])
    assert [guards_can_wait(g) for g in (hides, compares, shows)] == [False, False, True]


def of_sizes(x: Any) -> Any:
    """The sum of a smooth function of sizes, whose second derivative is 2 where they are 0."""
    return wg.scan(lambda c, s: (c + np.sqrt(s * s) * np.sin(np.sqrt(s * s)), None), 0.0, x)[0]


@pytest.mark.parametrize("points", [[0.5, 0.0, -0.7], [0.0, 0.0], [0.3, 0.2]], ids=["some", "all", "none"])
def test_limits_where_sizes_are_zero(points: list[float]) -> None:
    curvature = wg.grad(lambda x: np.sum(wg.grad(of_sizes)(x)))
    x = numpy.array(points)
    numpy.testing.assert_allclose(wg.jit(curvature)(x), curvature(x), rtol=1e-13)


def limited(limit: Any, x: Any, size: Any) -> Any:
    is_there = np.logical_and(np.isfinite(limit), np.logical_and(x == 0, size == 0))
    return x + size + np.where(is_there, limit, 0)


def test_a_limit_is_left_out() -> None:
    usual, sizes = without_limits(graph_of(lambda *given: [limited(*given)], [FORM] * 3))
    assert sizes == [usual.inputs[2]]
    assert [node.primitive.name for node in usual.nodes] == ["add", "add"]


def test_a_limit_that_is_there() -> None:
    rows = numpy.array([[3.0, 0.0, 0.0], [5.0, 1.0, 0.0], [7.0, 0.0, 1.0], [numpy.inf, 0.0, 0.0], [2.0, 0.0, -0.0]])
    found = wg.jit(lambda rows: wg.scan(lambda c, row: (c, limited(*row)), 0.0, rows)[1])(rows)
    numpy.testing.assert_array_equal(found, [3.0, 1.0, 1.0, 0.0, 2.0])
