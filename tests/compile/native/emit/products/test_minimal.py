"""Windows of 3 x 3 elements by minimal filtering: the same numbers as every window by itself, whatever they are."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import windows

pytest.importorskip("llvmlite")

from wengert.compile.native.facts.minimal import MINIMAL, minimal_planes, minimal_products, minimal_sums
from wengert.compile.native.legalize.expansions import expanded

SINGLE = numpy.finfo("float32").eps
PADDED = (0, 1, 2)
SHAPES: dict[str, tuple[tuple[int, ...], tuple[int, ...], int, int]] = {
    "whole vectors": ((3, 32, 14, 14), (32, 32, 3, 3), 1, 1),
    "odd lengths": ((4, 17, 15, 13), (18, 17, 3, 3), 1, 1),
    "no padding": ((2, 20, 9, 30), (33, 20, 3, 3), 0, 1),
    "more padding": ((8, 16, 11, 12), (16, 16, 3, 3), 2, 1),
    "one member, whose rows are shared": ((1, 64, 40, 24), (64, 64, 3, 3), 1, 1),
    "groups": ((4, 32, 16, 10), (48, 16, 3, 3), 1, 2),
    "rows that do not fit at once": ((2, 64, 21, 61), (16, 64, 3, 3), 1, 1),
}


def drawn(*shape: int) -> Any:
    return numpy.random.default_rng(len(shape)).standard_normal(shape).astype("float32")


def correlated(padding: int, groups: int) -> Any:
    return lambda x, k: windows.correlate(x, k, padding=padding, groups=groups)


def names(f: Any, *args: Any) -> list[str]:
    """The operations of minimal filtering in a compiled function, of the gradient too."""
    nodes = expanded(wg.jit(f).lower(*args).graph).nodes
    return [node.primitive.name for node in nodes if node.primitive in MINIMAL]


@pytest.mark.part(2)
@pytest.mark.parametrize(("x", "k", "padding", "groups"), SHAPES.values(), ids=SHAPES)
def test_as_in_double_precision(x: Any, k: Any, padding: int, groups: int) -> None:
    f, x, k = correlated(padding, groups), drawn(*x), drawn(*k)

    def loss(x: Any, k: Any) -> Any:
        return np.sum(np.sin(f(x, k)))

    found = (wg.jit(f)(x, k), *wg.jit(wg.grad(loss, (0, 1)))(x, k))
    doubles = x.astype("float64"), k.astype("float64")
    expected = (f(*map(wg.tensor, doubles)), *wg.grad(loss, (0, 1))(*doubles))
    for ours, exact in zip(found, expected, strict=True):
        assert ours.dtype == "float32"
        scale = float(np.max(np.abs(exact)))
        numpy.testing.assert_allclose(ours.numpy(), exact.numpy(), rtol=0, atol=200 * SINGLE * scale)
    assert {*names(f, x, k)} == {"minimal_planes", "minimal_sums"}
    assert {*names(wg.grad(loss, (0, 1)), x, k)} == {"minimal_planes", "minimal_sums", "minimal_products"}


def test_whole_numbers_are_exact() -> None:
    x, k = (numpy.rint(5 * drawn(*shape)) for shape in ((3, 32, 14, 14), (32, 32, 3, 3)))
    f = correlated(1, 1)
    numpy.testing.assert_array_equal(wg.jit(f)(x, k).numpy(), f(x.astype("float64"), k.astype("float64")).numpy())


@pytest.mark.parametrize("number", [numpy.inf, -numpy.inf, numpy.nan, 3e38])
def test_what_is_not_finite_is_seen_where_it_is(number: float) -> None:
    f, x, k = correlated(1, 1), drawn(2, 32, 14, 13), drawn(32, 32, 3, 3)
    x[0, 3, 5, 6] = x[1, 3, 13, 12] = number
    k[3, :, 0, 0] = 0
    found, expected = wg.jit(f)(x, k).numpy(), f(wg.tensor(x), wg.tensor(k)).numpy()
    finite = numpy.isfinite(expected) & (abs(expected) < 1e30)
    numpy.testing.assert_array_equal(numpy.isnan(found), numpy.isnan(expected))
    numpy.testing.assert_array_equal(numpy.isinf(found), numpy.isinf(expected))
    numpy.testing.assert_allclose(found[finite], expected[finite], rtol=0, atol=1e-4)
    assert finite.sum() > found.size / 2


@pytest.mark.parametrize("padding", PADDED)
def test_steps_in_numpy_say_the_same(padding: int) -> None:
    """What the operations are, as a whole: what is compiled is tried above."""
    x, k = drawn(2, 1, 4, 9, 8).astype("float64"), drawn(1, 5, 4, 3, 3).astype("float64")
    counts = (9 + 2 * padding - 2, 8 + 2 * padding - 2)
    pads = [(0, 0)] * 3 + [(padding, padding)] * 2
    views = numpy.lib.stride_tricks.sliding_window_view(numpy.pad(x, pads), (3, 3), (-2, -1))
    planes = minimal_planes(k.transpose(3, 4, 0, 2, 1))
    found = minimal_sums(x, k, planes, lows=(padding, padding), counts=counts)
    numpy.testing.assert_allclose(found, numpy.einsum("bgcpqij,gocij->bgopq", views, k), rtol=0, atol=1e-12)
    y = drawn(1, 5, 2, *counts).astype("float64")
    made = minimal_products(y, x.transpose(2, 1, 0, 3, 4), lows=(padding, padding))
    planes = planes.reshape(16, -1)
    slope = numpy.einsum("bgcpqij,gobpq->gocij", views, y)
    numpy.testing.assert_allclose(made.transpose(0, 1, 3, 2).ravel() @ planes.ravel(), numpy.sum(slope * k), rtol=1e-12)


OTHERS: dict[str, tuple[Any, tuple[int, ...], tuple[int, ...], str]] = {
    "double precision": (correlated(1, 1), (3, 32, 14, 14), (32, 32, 3, 3), "float64"),
    "few channels": (correlated(1, 1), (64, 3, 32, 32), (32, 3, 3, 3), "float32"),
    "larger windows": (correlated(1, 1), (3, 32, 14, 14), (32, 32, 5, 5), "float32"),
    "strides": (lambda x, k: windows.correlate(x, k, strides=2), (9, 32, 14, 14), (32, 32, 3, 3), "float32"),
    "dilation": (lambda x, k: windows.correlate(x, k, dilation=2), (9, 32, 14, 14), (32, 32, 3, 3), "float32"),
    "little work": (correlated(1, 1), (1, 16, 8, 8), (16, 16, 3, 3), "float32"),
    "rows that are too long": (correlated(1, 1), (1, 64, 8, 9000), (16, 64, 3, 3), "float32"),
}


@pytest.mark.parametrize(("f", "x", "k", "dtype"), OTHERS.values(), ids=OTHERS)
def test_left_as_they_are(f: Any, x: Any, k: Any, dtype: str) -> None:
    assert not names(f, drawn(*x).astype(dtype), drawn(*k).astype(dtype))
