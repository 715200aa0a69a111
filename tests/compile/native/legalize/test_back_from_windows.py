"""Each element finds the windows that it is in."""

from __future__ import annotations

import itertools

import numpy
import pytest

from wengert.compile.native.legalize.back_from_windows import Back
from wengert.ops.windows.geometry import Axis, counts_of


@pytest.mark.parametrize(("stride", "dilation", "size"), [*itertools.product([1, 2, 4], [1, 2], [1, 3])])
@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, 2)])
def test_every_window_is_found_once(stride: int, dilation: int, size: int, low: int, high: int) -> None:
    axes, lengths = (Axis(stride, low, high, dilation), Axis(2)), (9, 4)
    window = (size, 2)
    counts = counts_of(axes, lengths, window)
    windows = numpy.arange(1.0, 1 + numpy.prod(counts)).reshape(counts)
    back = Back(lengths, window, axes)
    held = back.in_reach(windows, 0)
    made = back.gathered(lambda index, place, there: held[there] * (1 + place[0]), (), windows.dtype)
    expected = numpy.zeros(lengths)
    for p in numpy.ndindex(*counts):
        for k in numpy.ndindex(*window):
            i = p[0] * stride + k[0] * dilation - low, p[1] * 2 + k[1]
            if 0 <= i[0] < lengths[0]:
                expected[i] += windows[p] * (1 + k[0])
    numpy.testing.assert_array_equal(made, expected)
