"""How arrays are laid out for sums and products at several lags, and that what two of these read is laid out once."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import windows

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array

from wengert.compile.native.facts.lagged import LAGGED, lagged_products, lagged_sums
from wengert.compile.native.legalize.correlation import lines_of
from wengert.compile.native.legalize.expansions import expanded
from wengert.ops.windows.geometry import Axis, counts_of, spread

AXES = [
    Axis(),
    Axis(low=1, high=1),
    Axis(low=0, high=3),
    Axis(low=2, high=1, dilation=2),
    Axis(2, 1, 0),
    Axis(3, 1, 1, 2),
    Axis(2, 0, 0, 2),
    Axis(2, 1, 2, 1, 3),
]


@pytest.mark.parametrize("axes", [*itertools.product(AXES, repeat=2)])
def test_each_element_of_a_window_is_at_one_lag(axes: tuple[Axis, Axis]) -> None:
    x = numpy.arange(1.0, 64.0).reshape(7, 9)
    size = (2, 3)
    counts = counts_of(axes, x.shape, size)
    lines = lines_of(axes, x.shape, counts, size, 8)
    line, padded = lines.laid_out(x), spread(x, axes)
    places = lines.places(numpy.arange(lines.count), counts)
    assert len(line) >= max(lines.lags) + -(-lines.count // 8) * 8
    for lag, k in zip(lines.lags, itertools.product(*map(range, size)), strict=True):
        for p in numpy.ndindex(*counts):
            there = tuple(i * a.stride + j * a.dilation for a, i, j in zip(axes, p, k, strict=True))
            assert line[places[p] + lag] == padded[there]


def test_rows_share_their_padding() -> None:
    axes = (Axis(low=1, high=1),) * 2
    assert lines_of(axes, (14, 14), (14, 14), (3, 3), 16).lengths[1] == 15


def steps(f: Any, *args: Any) -> list[Any]:
    graph = expanded(wg.jit(f).lower(*args).graph)
    return [node for node in graph.nodes if node.primitive in LAGGED]


def test_what_the_derivatives_read_is_laid_out_once() -> None:
    x, k = array((4, 3, 8, 8)), array((5, 3, 3, 3))

    def gradient(x: Any, k: Any) -> Any:
        return wg.grad(lambda x, k: np.sum(windows.correlate(x, k, padding=1) ** 2), (0, 1))(x, k)

    forward, backward, products = steps(gradient, x, k)
    assert (forward.primitive, products.primitive) == (lagged_sums.primitive, lagged_products.primitive)

    def source(value: Any) -> Any:
        while value.primitive.name in ("transpose", "reshape", "getitem"):
            value = value.operands[0]
        return value

    assert source(products.operands[1]) is source(forward.operands[0])
    assert source(products.operands[0]) is source(backward.operands[0])


def test_a_strided_derivative_multiplies_with_no_zeros() -> None:
    x, k = array((2, 3, 9, 9)), array((4, 3, 3, 3))
    found = steps(lambda x, k: wg.grad(lambda x: np.sum(windows.correlate(x, k, strides=2) ** 2))(x), x, k)
    taps = [len(node.params["lags"]) for node in found]
    assert taps[0] == 9
    assert sum(taps[1:]) == 9
