"""Windows by loops over every place: what `wengert.windows` is compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy


def moved_apart(x: Any, padding: Sequence[tuple[int, int]], apart: Sequence[int], fill: Any = 0) -> Any:
    """The last axes with `fill` between their elements and at their ends, one element after the other."""
    for place, ((low, high), step) in enumerate(zip(padding, apart, strict=True), x.ndim - len(padding)):
        line = numpy.moveaxis(x, place, 0)
        empty = numpy.full(line.shape[1:], fill, x.dtype)
        moved = [line[i // step] if i % step == 0 else empty for i in range(len(line) * step - step + 1)]
        moved = [empty] * low + moved if low >= 0 else moved[-low:]
        moved = moved + [empty] * high if high >= 0 else moved[:high]
        x = numpy.moveaxis(numpy.array(moved), 0, place)
    return x


def windows(
    x: Any, size: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> list[tuple[tuple[int, ...], Any]]:
    """Each window over the last axes, with its place."""
    lengths = x.shape[x.ndim - len(size) :]
    reach = [(m - 1) * d + 1 for m, d in zip(size, dilation, strict=True)]
    counts = [max((n - r) // s + 1, 0) for n, r, s in zip(lengths, reach, strides, strict=True)]
    each = lambda place: (
        slice(p * s, p * s + r, d) for p, s, r, d in zip(place, strides, reach, dilation, strict=True)
    )
    return [(place, x[(..., *each(place))]) for place in numpy.ndindex(*counts)]


def correlate(x: Any, kernel: Any, strides: Any, padding: Any, dilation: Any, input_dilation: Any, groups: int) -> Any:
    """What `wengert.windows.correlate` is, with every parameter spelled out for each axis."""
    x = moved_apart(x, padding, input_dilation)
    found = windows(x, kernel.shape[2:], strides, dilation)
    counts = tuple(p + 1 for p in found[-1][0])
    out = numpy.zeros((len(x), len(kernel), *counts), numpy.result_type(x, kernel))
    channels = kernel.shape[1]
    for place, window in found:
        for b in range(len(x)):
            for o in range(len(kernel)):
                first = o // (len(kernel) // groups) * channels
                out[(b, o, *place)] = (window[b, first : first + channels] * kernel[o]).sum()
    return out


def reduced(of_window: Callable[[Any], Any], x: Any, size: Any, strides: Any, padding: Any, dilation: Any) -> Any:
    """Each window over the last axes as one number; NaN is padded, for `of_window` to leave out."""
    x = moved_apart(numpy.asarray(x, float), padding, [1] * len(size), numpy.nan)
    lead = x.shape[: x.ndim - len(size)]
    found = windows(x, size, strides, dilation)
    out = numpy.zeros((*lead, *(p + 1 for p in found[-1][0])))
    for place, window in found:
        for before in numpy.ndindex(*lead):
            out[(*before, *place)] = of_window(window[before])
    return out
