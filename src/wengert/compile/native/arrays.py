"""Correlations of raw arrays in machine code of any sizes: what an eager call takes, for which nothing is compiled.

The same number of threads or another gives the same bits, and so does the first call and a later one.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import Any

import numpy

from ...core.routines import offer
from ...ops.shape import transpose
from ...ops.windows.correlate import LEAD
from ...ops.windows.geometry import Axes
from ..interpreter.layouts import address_of
from .emit.products.lagged import PART_BYTES
from .emit.products.lagged_tasks import ProductsFrame, SumsFrame, task_name, written
from .emit.products.product import CHUNK_FLOPS, MOST_PRODUCT_CHUNKS
from .facts.lagged import SLACK_BYTES, Lags, lagged_products, lagged_sums
from .legalize.correlation import Moved, correlated, rounded_up
from .machine.disk_cache import key_of
from .machine.llvm import NativeModule
from .machine.pool import Task, prepare_pool

STRETCH = 48 * 16
"""Places of a cell, if there are few members."""
BLOCK = 48
"""Columns of a cell."""


def routine() -> Any:
    """The function below, with its code in memory."""
    _native()
    return correlate


def correlate(x: Any, kernel: Any, axes: Axes) -> Any:
    """The correlation of arrays of one floating dtype, as `wengert.ops.windows.correlate` evaluates it."""
    return numpy.ascontiguousarray(correlated(_in_memory_order(x), _in_memory_order(kernel), axes))


def _in_memory_order(x: Any) -> Moved:
    """An array with its leading axes moved, of one whose are as they are in memory."""
    order = sorted(range(LEAD), key=lambda axis: -x.strides[axis])
    back = tuple(order.index(axis) for axis in range(LEAD))
    moves = () if back == tuple(range(LEAD)) else ((transpose, back),)
    return Moved(x.transpose(*order, *range(LEAD, x.ndim)), moves, x.shape)


@cache
def _native() -> NativeModule:
    prepare_pool()
    return NativeModule(written, key_of("lagged tasks", ""))


@cache
def _task(kind: str, dtype: numpy.dtype) -> Task:
    return Task(_native(), _native().address(task_name(kind, dtype.name)))


@lru_cache(maxsize=1024)
def _places(lags: Lags) -> Any:
    return numpy.array(lags, numpy.int64)


def _in_chunks(cells: int, flops: float) -> tuple[int, int]:
    """How many cells are a chunk, and how many chunks there are, each worth a thread."""
    wanted = max(1, min(int(flops / CHUNK_FLOPS), MOST_PRODUCT_CHUNKS, cells))
    chunk = math.ceil(cells / wanted)
    return chunk, math.ceil(cells / chunk)


def _strides(x: Any) -> list[int]:
    """In elements."""
    return [stride // x.itemsize for stride in x.strides]


def _in_lines(x: Any) -> Any:
    """An array, or a copy whose last axis is in order."""
    return x if x.strides[-1] == x.itemsize else numpy.ascontiguousarray(x)


def _sums(x: Any, weights: Any, lags: Lags, count: int) -> Any:
    x, weights, places = _in_lines(x), numpy.ascontiguousarray(weights), _places(lags)
    batch, groups, channels, _ = x.shape
    outputs, line = weights.shape[-1], rounded_up(count, SLACK_BYTES // x.itemsize)
    out = numpy.empty((batch, groups, outputs, line), x.dtype)
    stretch = line if batch * groups >= MOST_PRODUCT_CHUNKS else STRETCH
    stretches = math.ceil(line / stretch)
    cells = batch * groups * stretches
    chunk, chunks = _in_chunks(cells, 2 * out.size * channels * len(lags))
    (member, group, channel, _), (of_group, *_) = _strides(x), _strides(weights)
    frame = SumsFrame(
        *(address_of(x), member, group, channel, address_of(weights), of_group, address_of(places), len(lags)),
        *(groups, channels, outputs, address_of(out), line, stretch, stretches, cells, chunk),
    )
    _task("sums", x.dtype).run(frame, chunks)
    return out[..., :count]


def _products(y: Any, x: Any, lags: Lags, count: int) -> Any:
    y, x, places = _in_lines(y), _in_lines(x), _places(lags)
    groups, outputs, members, _ = y.shape
    columns = x.shape[0] * len(lags)
    read = (outputs + x.shape[0]) * groups * count * x.itemsize
    part = math.ceil(members / min(MOST_PRODUCT_CHUNKS, max(1, members * read // PART_BYTES)))
    parts, blocks = math.ceil(members / part), math.ceil(columns / BLOCK)
    out = numpy.empty((parts, groups, outputs, columns), x.dtype)
    cells = parts * groups * blocks
    chunk, chunks = _in_chunks(cells, 2 * out[0].size * members * count)
    (y_group, y_output, y_member, _), (x_channel, x_group, x_member, _) = _strides(y), _strides(x)
    frame = ProductsFrame(
        *(address_of(y), y_group, y_output, y_member, address_of(x), x_channel, x_group, x_member),
        *(address_of(places), len(lags), groups, outputs, columns, members, part, parts, count),
        *(BLOCK, blocks, address_of(out), cells, chunk),
    )
    _task("products", x.dtype).run(frame, chunks)
    return out.sum(0).reshape(groups, outputs, x.shape[0], len(lags))


offer(lagged_sums.primitive, lambda: _sums)
offer(lagged_products.primitive, lambda: _products)
