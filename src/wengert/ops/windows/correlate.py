"""Correlation with a window: the product of all that moves over an array with weights.

out[b, g, o, p] = sum over c and k of x[b, g, c, p s + k d] kernel[g, o, c, k], with as many axes for p and k as there
are: a batch b, groups g that do not meet, channels c that are summed, and outputs o. How windows move is in
`wengert.ops.windows.geometry`. It is linear in either operand, and both transposes are correlations again: of the
cotangent, spread by the strides, with the mirrored kernel, and of the input with the spread cotangent (V. Dumoulin and
F. Visin, "A guide to convolution arithmetic for deep learning", 2016).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ...core.routines import routine_of
from ..factors import adjoint
from ..facts import HARMLESS, state_facts
from ..indexing.gather import ALL, block
from ..linear_maps import Map
from ..shape import reshape, transpose
from .geometry import Axes, Axis, as_they_are, counts_of, dilated, of_input, of_window, spread, taps, windows_of

LEAD = 3
"""Axes before those that windows move along: batch, group and channel, or group, output and channel."""
COLUMN_BYTES = 1 << 20
"""About how many bytes of windows are laid out at a time."""
WORTH_A_ROUTINE = 1 << 18
"""Products from which on machine code is asked for: for fewer NumPy is as quick."""
FEW_PLACES = 128
"""Windows of fewer places are laid out for several members of the batch, and multiplied at once."""


def _form(x: Any, kernel: Any, axes: Axes) -> Abstract:
    counts = counts_of(axes, x.shape[LEAD:], kernel.shape[LEAD:])
    return Abstract((*x.shape[:2], kernel.shape[1], *counts), numpy.result_type(x.dtype, kernel.dtype))


# -- the numbers -----------------------------------------------------------------------------------


def _evaluate(x: Any, kernel: Any, axes: Axes) -> Any:
    form = _form(x, kernel, axes)
    if not (form.size and x.size and kernel.size):
        return numpy.zeros(form.shape, form.dtype)
    x, kernel = (numpy.asarray(operand, form.dtype) for operand in (x, kernel))
    counts, size = form.shape[LEAD:], kernel.shape[LEAD:]
    if _is_plain_line(x, kernel, axes):
        return _line(x.ravel(), kernel.ravel(), axes[0]).reshape(form.shape)
    is_real = form.dtype.name in ("float32", "float64")
    if is_real and form.size * kernel[0, 0].size >= WORTH_A_ROUTINE and (routine := routine_of(_CORRELATE)):
        return routine(x, kernel, axes)
    if any(axis.input_dilation > 1 for axis in axes) and all(axis.stride == 1 for axis in axes):
        return _by_taps(x, kernel, axes, counts)
    x, axes = spread(x, axes), as_they_are(axes)
    if math.prod(counts) <= math.prod(size):
        return _by_places(x, kernel, axes, counts)
    return _by_columns(x, kernel, axes, counts)


def _is_plain_line(x: Any, kernel: Any, axes: Axes) -> bool:
    """Whether it is what NumPy's `convolve` does: one line, and one window of neighbours."""
    is_line = len(axes) == 1 and x.size == x.shape[-1] and kernel.size == kernel.shape[-1]
    return is_line and axes[0].stride == axes[0].dilation == axes[0].input_dilation == 1


def _line(x: Any, kernel: Any, axis: Axis) -> Any:
    """By NumPy; at the ends no number is multiplied by a padding of zeros, which infinity times zero would show."""
    low, high, reach, mirrored = axis.low, axis.high, kernel.size - 1, kernel[::-1]
    if 0 <= low <= reach and 0 <= high <= reach and 2 * (low + high) > reach and reach < x.size:
        return numpy.convolve(x, mirrored)[reach - low : x.size + high]
    return numpy.convolve(spread(x, (axis,)), mirrored, "valid")


def _by_taps(x: Any, kernel: Any, axes: Axes, counts: Sequence[int]) -> Any:
    """What each element of the input gives to each place of the window, added up where it belongs.

    So nothing is multiplied with the zeros between the elements of the input.
    """
    batch, groups, channels, *lengths = x.shape
    outputs, size = kernel.shape[1], kernel.shape[LEAD:]
    given = x.reshape(batch, groups, channels, -1)
    moves = tuple(Axis(axis.input_dilation, dilation=axis.dilation) for axis in axes)
    reach = [dilated(m, axis.dilation) - 1 for axis, m in zip(axes, size, strict=True)]
    whole = [dilated(n, axis.input_dilation) + r for axis, n, r in zip(axes, lengths, reach, strict=True)]
    out = numpy.zeros((batch, groups, outputs, *whole), x.dtype)
    for place, index in taps(moves, size, lengths):
        mirrored = (m - 1 - k for m, k in zip(size, place, strict=True))
        weights = numpy.ascontiguousarray(kernel[(ALL, ALL, ALL, *mirrored)])
        out[index] += numpy.matmul(weights, given).reshape(batch, groups, outputs, *lengths)
    ends = [(axis.low - r, p - n - axis.low + r) for axis, r, p, n in zip(axes, reach, counts, whole, strict=True)]
    return spread(out, tuple(Axis(low=low, high=high) for low, high in ends))


def _by_places(x: Any, kernel: Any, axes: Axes, counts: Sequence[int]) -> Any:
    """One product for each of a few places: sums over the whole window."""
    batch, groups = x.shape[:2]
    outputs, size = kernel.shape[1], kernel.shape[LEAD:]
    out = numpy.empty((batch, groups, outputs, *counts), x.dtype)
    weights = kernel.reshape(groups, outputs, -1).swapaxes(1, 2)
    by_place = tuple(Axis(axis.dilation, dilation=axis.stride) for axis in axes)
    for place, index in taps(by_place, counts, size):
        rows = x[index].swapaxes(0, 1).reshape(groups, batch, -1)
        out[(..., *place)] = numpy.matmul(rows, weights).swapaxes(0, 1)
    return out


def _by_columns(x: Any, kernel: Any, axes: Axes, counts: Sequence[int]) -> Any:
    """Windows laid out as the columns of matrices, some at a time so that they stay near the processor.

    K. Chellapilla, S. Puri and P. Simard, "High performance convolutional neural networks for document processing"
    (2006).
    """
    groups, outputs, _, *size = kernel.shape
    out = numpy.empty((x.shape[0], groups, outputs, *counts), x.dtype)
    weights = kernel.reshape(groups, outputs, -1)
    laid_out = windows_of(x, axes, size, counts)
    within = (ALL,) * (2 + len(size))  # group, channel and window
    for members, rows in _parts(x.itemsize * math.prod(laid_out.shape[1:]), x.shape[0], counts[0]):
        into = members, ALL, ALL, rows
        out[into] = _times_columns(weights, laid_out[(members, *within, rows)], out[into].shape)
    return out


def _parts(size: int, batch: int, rows: int) -> Iterator[tuple[slice, slice]]:
    """Members and first places that are done together, of a batch each of whose members takes so many bytes."""
    members = max(1, min(batch, COLUMN_BYTES // size))
    count = max(1, min(rows, COLUMN_BYTES * rows // size))
    for first, row in product(range(0, batch, members), range(0, rows, count)):
        yield slice(first, first + members), slice(row, row + count)


def _times_columns(weights: Any, columns: Any, shape: tuple[int, ...]) -> Any:
    """The weights times some columns, which come as (batch, group, channel and window, places)."""
    batch, groups, outputs, *counts = shape
    places, depth = math.prod(counts), weights.shape[-1]
    if places >= FEW_PLACES or batch == 1:
        return numpy.matmul(weights, columns.reshape(batch, groups, depth, places)).reshape(shape)
    by_depth = numpy.moveaxis(columns, 0, -1 - len(counts))
    made = numpy.matmul(weights, by_depth.reshape(groups, depth, batch * places))
    return numpy.moveaxis(made.reshape(groups, outputs, batch, *counts), 2, 0)


# -- the rules -------------------------------------------------------------------------------------


def _of_input(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    lengths, size = (form.shape[LEAD:] for form in node.forms[:2])
    mirrored = block(residuals[1], (ALL,) * LEAD + (slice(None, None, -1),) * len(size))
    return correlate(ct, _swapped(adjoint(mirrored), 0, 2, 1), axes=of_input(node.params["axes"], lengths, size))


def _of_kernel(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    lengths, size = (form.shape[LEAD:] for form in node.forms[:2])
    by_channel, weights = _swapped(adjoint(residuals[0]), 2, 1, 0), _swapped(ct, 1, 2, 0)
    made = correlate(by_channel, weights, axes=of_window(node.params["axes"], lengths, size))
    return _swapped(made, 1, 2, 0)


def _swapped(x: Any, *order: int) -> Any:
    """The three leading axes in another order."""
    return transpose(x, axes=(*order, *range(LEAD, len(x.shape))))


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    """A batch of inputs belongs to the batch, one of kernels to the outputs, and one of pairs to the groups."""
    x, kernel = operands
    if not batched[1]:
        return _unmerged(correlate(_merged(x, 0), kernel, **node.params), 0, size)
    if not batched[0]:
        return _unmerged(correlate(x, _merged(kernel, 1), **node.params), 2, size)
    return _unmerged(correlate(_merged(x, 1), _merged(kernel, 0), **node.params), 1, size)


def _merged(x: Any, axis: int) -> Any:
    """The leading axis merged with the one that is at `axis` without it."""
    moved = transpose(x, axes=(*range(1, axis + 1), 0, *range(axis + 1, len(x.shape))))
    before, (count, length), after = moved.shape[:axis], moved.shape[axis : axis + 2], moved.shape[axis + 2 :]
    return reshape(moved, shape=(*before, count * length, *after))


def _unmerged(x: Any, axis: int, size: int) -> Any:
    """The inverse of `_merged`."""
    before, length, after = x.shape[:axis], x.shape[axis], x.shape[axis + 1 :]
    apart = reshape(x, shape=(*before, size, length // size if size else 0, *after))
    return transpose(apart, axes=(axis, *range(axis), *range(axis + 1, len(apart.shape))))


_CORRELATE = Primitive(
    "correlate",
    _evaluate,
    ("x", "kernel"),
    _form,
    [
        Map(lambda dx, residuals, node: correlate(dx, residuals[1], **node.params), _of_input, frozenset({1})),
        Map(lambda dk, residuals, node: correlate(residuals[0], dk, **node.params), _of_kernel, frozenset({0})),
    ],
    batch=_batch,
)
correlate: Final = bind_general(_CORRELATE)
_CORRELATE.operation = correlate
"""``correlate(x, kernel, axes=)``, with an `Axis` for each axis that windows move along.

`x` is (batch, group, channel, *lengths), `kernel` (group, output, channel, *size), the result (batch, group, output,
*places).
"""

state_facts(HARMLESS, correlate)
