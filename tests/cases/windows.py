"""Correlations, pools and windows, against loops over every place."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy

from tests import windows as loops
from wengert import windows

from .case import EVERY, REAL, Case, apart, uniform


def correlation(name: str, x: tuple[int, ...], kernel: tuple[int, ...], dtypes: Any = REAL, **moves: Any) -> Case:
    """A correlation whose parameters are given for each axis."""
    rank = len(x) - 2
    every = {
        "strides": (1,) * rank,
        "padding": ((0, 0),) * rank,
        "dilation": (1,) * rank,
        "input_dilation": (1,) * rank,
        "groups": 1,
        **moves,
    }
    reference = partial(loops.correlate, **every)
    return Case(name, partial(windows.correlate, **moves), (uniform(x), uniform(kernel)), reference, dtypes)


def pool(name: str, function: Any, of_window: Any, x: tuple[int, ...], size: tuple[int, ...], **moves: Any) -> Case:
    """A pool whose parameters are given for each axis."""
    rank = len(size)
    every = {"strides": size, "padding": ((0, 0),) * rank, "dilation": (1,) * rank, **moves}
    reference = lambda x: loops.reduced(of_window, x, size, **every).astype(x.dtype)
    return Case(name, partial(function, size=size, **moves), (apart(x),), reference)


def unfolded(x: Any) -> Any:
    return numpy.lib.stride_tricks.sliding_window_view(numpy.pad(x, ((0, 0), (1, 1))), 3, -1)[:, ::2]


def folded(given: Any) -> Any:
    out = numpy.zeros((*given.shape[:-2], 6), given.dtype)
    for p in range(3):
        out[..., 2 * p : 2 * p + 2] += given[..., p, :]
    return out


def transposed(x: Any, kernel: Any) -> Any:
    """Each element puts a copy of the kernel where it is."""
    out = numpy.zeros((len(x), kernel.shape[1], 2 * x.shape[2] + 2), x.dtype)
    for p in range(x.shape[2]):
        out[:, :, 2 * p : 2 * p + 3] += numpy.einsum("bc,cok->bok", x[:, :, p], kernel)
    return out[:, :, 1:]


MOVES: dict[str, Any] = {
    "strides": (2, 1),
    "padding": ((1, 2), (-1, 3)),
    "dilation": (1, 2),
    "input_dilation": (2, 1),
}

CASES = [
    correlation("correlate", (2, 3, 5, 4), (4, 3, 2, 3), EVERY),
    correlation("correlate_line", (1, 1, 9), (1, 1, 4), EVERY, padding=((3, 3),)),
    correlation("correlate_line_inside", (1, 1, 9), (1, 1, 4), padding=((2, 0),)),
    correlation("correlate_without_axes", (3, 4), (2, 4)),
    correlation("correlate_volume", (1, 2, 3, 4, 3), (3, 2, 2, 2, 2), padding=((1, 0), (0, 1), (0, 0))),
    correlation("correlate_strides", (2, 2, 7, 6), (3, 2, 3, 2), strides=(3, 2), padding=((1, 1), (0, 0))),
    correlation("correlate_moves", (2, 2, 4, 6), (2, 2, 3, 2), EVERY, **MOVES),
    correlation("correlate_groups", (2, 4, 6), (6, 2, 3), EVERY, groups=2, padding=((1, 1),)),
    correlation("correlate_channelwise", (2, 3, 5, 5), (6, 1, 3, 3), groups=3, strides=(2, 2)),
    correlation("correlate_large_window", (1, 2, 6, 5), (2, 2, 5, 5), padding=((0, 1), (1, 0))),
    Case(
        "correlate_transposed",
        partial(windows.correlate_transposed, strides=2, padding=((1, 0),), output_padding=1),
        (uniform((2, 3, 4)), uniform((3, 2, 3))),
        transposed,
        EVERY,
    ),
    pool("sum", windows.sum, numpy.nansum, (2, 3, 5, 6), (2, 3)),
    pool("sum_moves", windows.sum, numpy.nansum, (2, 7), (3,), strides=(2,), padding=((2, 1),), dilation=(2,)),
    pool("mean", windows.mean, numpy.nanmean, (2, 5, 6), (2, 2)),
    pool(
        "mean_of_elements", partial(windows.mean, count_padding=False), numpy.nanmean, (2, 5), (3,), strides=(1,),
        padding=((1, 1),),
    ),
    pool("max", windows.max, numpy.nanmax, (2, 3, 4, 6), (2, 2)),
    pool("max_meeting", windows.max, numpy.nanmax, (2, 6, 5), (3, 2), strides=(2, 1), padding=((1, 1), (0, 1))),
    pool("max_apart", windows.max, numpy.nanmax, (2, 9), (3,), strides=(1,), dilation=(2,)),
    pool("min", windows.min, numpy.nanmin, (3, 7), (3,), strides=(2,), padding=((1, 1),)),
    Case("unfold", partial(windows.unfold, size=3, strides=2, padding=1), (uniform((2, 6)),), unfolded, EVERY),
    Case("fold", partial(windows.fold, lengths=6, strides=2), (uniform((2, 3, 2)),), folded, EVERY),
]  # fmt: skip
