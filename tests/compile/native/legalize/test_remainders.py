"""Windows over elements that are apart meet the same elements as when these are moved apart."""

from __future__ import annotations

import itertools

import numpy
import pytest

from wengert.compile.native.legalize.remainders import by_remainder, interleaved, repeated
from wengert.ops.windows.geometry import Axis, spread


@pytest.mark.parametrize(("low", "high"), [(0, 0), (2, 1), (-1, 3)])
@pytest.mark.parametrize(("dilation", "apart", "size"), [*itertools.product([1, 2, 3], [2, 3], [1, 2, 4])])
def test_the_same_elements_are_met(low: int, high: int, dilation: int, apart: int, size: int) -> None:
    x, axis = numpy.arange(1, 8), Axis(1, low, high, dilation, apart)
    whole, count = spread(x, (axis,)), axis.count(len(x), size)
    met = by_remainder(axis, len(x), size)
    for p in range(count):
        one = met[p % apart]
        line = spread(x, (one.axis,))
        found = {k: line[p // apart + i * one.axis.dilation] for i, k in enumerate(range(size)[one.taken])}
        assert [found.get(k, 0) for k in range(size)] == [whole[p + k * dilation] for k in range(size)]


def test_results_are_put_in_order() -> None:
    parts = [numpy.array([[0, 2, 4]]), numpy.array([[1, 3, 5]])]
    numpy.testing.assert_array_equal(interleaved(parts, 1, 5), [[0, 1, 2, 3, 4]])
    numpy.testing.assert_array_equal(repeated(numpy.array([[7, 8]]), 1, 3, 5), [[7, 7, 7, 8, 8]])
