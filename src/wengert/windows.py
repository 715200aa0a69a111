"""Windows that move over arrays: correlations (convolutions, as networks call them), pools, and windows themselves.

As in ``jax.lax`` every axis has its stride, padding and dilation, and there may be any number of axes. All of it is
linear or piecewise linear, and differentiates in every mode and to any order: a derivative of a correlation is a
correlation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from .core.tensor import Tensor
from .names import teaches_keywords
from .numpy.protocols.lift import to_tensor
from .numpy.reductions import inexact
from .ops.indexing.gather import ALL, block
from .ops.operands import whole_number
from .ops.shape import reshape, transpose
from .ops.windows import correlate as c, reduce as r, unfold as u
from .ops.windows.geometry import Axes, Axis, dilated

__all__ = ["correlate", "correlate_transposed", "fold", "max", "mean", "min", "sum", "unfold"]

LEAD = 2
"""Axes before those that the windows of a correlation move along: of the batch and of the channels."""

Lengths = int | Sequence[int]
Padding = str | int | Sequence[Any]


# -- correlations ----------------------------------------------------------------------------------


@teaches_keywords
def correlate(
    x: Any,
    kernel: Any,
    strides: Lengths = 1,
    padding: Padding = "valid",
    dilation: Lengths = 1,
    input_dilation: Lengths = 1,
    groups: int = 1,
) -> Tensor:
    """The correlation of a batch with kernels: what PyTorch calls ``conv1d``, ``conv2d``, ``conv3d``.

    out[b, o, p] is the sum over channels c and places k in the window of x[b, c, p * stride + k * dilation] times
    kernel[o, c, k].

    Args:
        x: of shape (batch, channels, \\*lengths), with any number of axes behind the channels.
        kernel: of shape (outputs, channels // groups, \\*size).
        strides: how far a window is from the one before it: a number for all axes, or one for each.
        padding: zeros at both ends of each axis. ``"valid"``: none; ``"same"``: as many as give (at stride 1) as many
            windows as elements, the odd one at the end; ``"full"``: every window that holds an element; a number; or
            for each axis a number or a pair (low, high). Negative numbers crop.
        dilation: how far the elements of a window are apart.
        input_dilation: how far the elements of `x` are moved apart, with zeros between them.
        groups: the channels and the outputs are divided into so many groups that do not meet.

    Returns:
        Of shape (batch, outputs, \\*places), in the dtype that NumPy gives a product of the two.

    Raises:
        ValueError: shapes, strides or paddings that do not fit.

    >>> x = numpy.arange(6.0).reshape(1, 1, 6)
    >>> correlate(x, [[[-1.0, 0.0, 1.0]]], padding="same")
    tensor([[[ 1.,  2.,  2.,  2.,  2., -4.]]])
    >>> correlate(x, [[[1.0, 1.0]]], strides=2).shape
    (1, 1, 3)

    Source: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (2016).
    """
    x, kernel = to_tensor(x, "correlate"), to_tensor(kernel, "correlate")
    size, groups = _size_of_kernel("correlate", x, kernel), _positive("correlate", "groups", groups)
    outputs, given = kernel.shape[:LEAD]
    if x.shape[1] != given * groups or outputs % groups:
        raise ValueError(
            f"[correlate] x has {x.shape[1]} channels and the kernel the shape {kernel.shape}, in {groups} groups, "
            f"wanted (outputs, {x.shape[1]} / groups, *size) with outputs that divide into the groups; write "
            f"groups={x.shape[1] // given if given and x.shape[1] % given == 0 else 1}, or a kernel of another shape"
        )
    axes = _axes("correlate", x.shape[LEAD:], size, strides, padding, dilation, input_dilation)
    grouped = reshape(kernel, shape=(groups, outputs // groups, *kernel.shape[1:]))
    return _grouped(x, grouped, axes)


@teaches_keywords
def correlate_transposed(
    x: Any,
    kernel: Any,
    strides: Lengths = 1,
    padding: Padding = 0,
    output_padding: Lengths = 0,
    dilation: Lengths = 1,
    groups: int = 1,
) -> Tensor:
    """The transpose of `correlate` as a function of its first argument: PyTorch's ``conv_transpose1d``, 2d, 3d.

    Along each axis of n elements the result has (n - 1) * stride + (size - 1) * dilation + 1 - low - high +
    output_padding.

    Args:
        x: of shape (batch, channels, \\*lengths).
        kernel: of shape (channels, outputs // groups, \\*size).
        strides, dilation, groups: those of the correlation.
        padding: that of the correlation, which is left out here at both ends; ``"same"`` gives n * stride elements.
        output_padding: elements more at the end of each axis, which a correlation with strides may leave over.

    Returns:
        Of shape (batch, outputs, \\*lengths).

    Raises:
        ValueError: shapes, strides or paddings that do not fit.

    >>> correlate_transposed([[[1.0, 2.0]]], [[[1.0, 10.0, 100.0]]], strides=2)
    tensor([[[  1.,  10., 102.,  20., 200.]]])
    """
    op = "correlate_transposed"
    x, kernel = to_tensor(x, op), to_tensor(kernel, op)
    size, groups = _size_of_kernel(op, x, kernel), _positive(op, "groups", groups)
    if x.shape[1] != kernel.shape[0] or x.shape[1] % groups:
        raise ValueError(
            f"[{op}] x has {x.shape[1]} channels and the kernel the shape {kernel.shape}, in {groups} groups, wanted "
            f"({x.shape[1]}, outputs / groups, *size) with channels that divide into the groups; write groups=1, or "
            "kernel.swapaxes(0, 1) for one that gives channels"
        )
    moves = _transposed_axes(op, x.shape[LEAD:], size, strides, padding, output_padding, dilation)
    mirrored = block(kernel, (ALL,) * LEAD + (slice(None, None, -1),) * len(size))
    by_group = reshape(mirrored, shape=(groups, x.shape[1] // groups, *kernel.shape[1:]))
    grouped = transpose(by_group, axes=(0, 2, 1, *range(3, len(by_group.shape))))
    return _grouped(x, grouped, moves)


def _grouped(x: Tensor, kernel: Tensor, axes: Axes) -> Tensor:
    """The correlation with a kernel of shape (group, output, channel, *size)."""
    groups = kernel.shape[0]
    by_group = reshape(x, shape=(x.shape[0], groups, x.shape[1] // groups, *x.shape[LEAD:]))
    out = c.correlate(by_group, kernel, axes=axes)
    return reshape(out, shape=(out.shape[0], groups * out.shape[2], *out.shape[3:]))


def _size_of_kernel(op: str, x: Tensor, kernel: Tensor) -> tuple[int, ...]:
    if x.ndim < LEAD or x.ndim != kernel.ndim or 0 in kernel.shape[LEAD:]:
        raise ValueError(
            f"[{op}] arrays of shapes {x.shape} and {kernel.shape} were given, wanted (batch, channels, *lengths) and "
            "a kernel with as many axes and at least one element along each; write x[None, None] for one array without "
            "channels"
        )
    return kernel.shape[LEAD:]


# -- pools -----------------------------------------------------------------------------------------


@teaches_keywords
def sum(
    x: Any, size: Lengths, strides: Lengths | None = None, padding: Padding = "valid", dilation: Lengths = 1
) -> Tensor:
    """The sum of each window over the last axes of an array.

    Args:
        x: with any axes before those that windows move along.
        size: how many elements a window has along each of the last axes; a number is that of the last one.
        strides: as for `correlate`; those that put windows side by side (the size), if none are given.
        padding, dilation: as for `correlate`.

    Returns:
        Of shape (..., \\*places).

    Raises:
        ValueError: windows that do not fit.

    >>> sum(numpy.arange(6.0), 3)
    tensor([ 3., 12.])
    >>> sum(numpy.ones((4, 4)), (2, 2), strides=1, padding="same")[0]
    tensor([4., 4., 4., 2.])
    """
    return _over_windows("sum", r.window_sum, to_tensor(x, "sum"), size, strides, padding, dilation)


@teaches_keywords
def mean(
    x: Any,
    size: Lengths,
    strides: Lengths | None = None,
    padding: Padding = "valid",
    dilation: Lengths = 1,
    count_padding: bool = True,
) -> Tensor:
    """The mean of each window over the last axes of an array: average pooling.

    Args:
        x, size, strides, padding, dilation: as for `sum`.
        count_padding: whether the zeros of the padding count, as they do in PyTorch; else the mean is that of the
            elements of `x`.

    Returns:
        Of shape (..., \\*places), of a floating dtype.

    Raises:
        ValueError: windows that do not fit, or that hold nothing but padding that does not count.

    >>> mean(numpy.arange(6.0), 2)
    tensor([0.5, 2.5, 4.5])
    >>> mean(numpy.ones(4), 3, strides=1, padding=1, count_padding=False)
    tensor([1., 1., 1., 1.])
    """
    x = inexact(to_tensor(x, "mean"))
    total = _over_windows("mean", r.window_sum, x, size, strides, padding, dilation)
    if count_padding:
        return total / float(numpy.prod(_whole_numbers("mean", "size", size)))
    lengths = x.shape[x.ndim - len(_whole_numbers("mean", "size", size)) :]
    axes = _pool_axes("mean", x, size, strides, padding, dilation)
    _refuse_empty_windows("mean", lengths, _whole_numbers("mean", "size", size), axes)
    ones = numpy.ones(lengths, numpy.real(numpy.zeros((), x.dtype)).dtype)
    return total / r.window_sum(ones, size=_whole_numbers("mean", "size", size), axes=axes)


@teaches_keywords
def max(
    x: Any, size: Lengths, strides: Lengths | None = None, padding: Padding = "valid", dilation: Lengths = 1
) -> Tensor:
    """The largest element of each window over the last axes of an array; NaN where there is one.

    Padding does not count. The derivative is shared equally by the tied.

    Args:
        x, size, strides, padding, dilation: as for `sum`.

    Returns:
        Of shape (..., \\*places).

    Raises:
        ValueError: windows that do not fit, or that hold nothing but padding.

    >>> max([1.0, 5.0, 2.0, 3.0], 2)
    tensor([5., 3.])
    """
    return _extreme("max", r.window_max, x, size, strides, padding, dilation)


@teaches_keywords
def min(
    x: Any, size: Lengths, strides: Lengths | None = None, padding: Padding = "valid", dilation: Lengths = 1
) -> Tensor:
    """The smallest element of each window over the last axes of an array; NaN where there is one.

    Padding does not count. The derivative is shared equally by the tied.

    Args:
        x, size, strides, padding, dilation: as for `sum`.

    Returns:
        Of shape (..., \\*places).

    Raises:
        ValueError: windows that do not fit, or that hold nothing but padding.

    >>> min([1.0, 5.0, 2.0, 3.0], 2, strides=1)
    tensor([1., 2., 2.])
    """
    return _extreme("min", r.window_min, x, size, strides, padding, dilation)


def _extreme(op: str, operation: Callable[..., Any], given: Any, size: Lengths, *moves: Any) -> Tensor:
    x = to_tensor(given, op)
    axes = _pool_axes(op, x, size, *moves)
    size = _whole_numbers(op, "size", size)
    _refuse_empty_windows(op, x.shape[x.ndim - len(size) :], size, axes)
    return operation(x, size=size, axes=axes)


def _over_windows(op: str, operation: Callable[..., Any], x: Tensor, size: Lengths, *moves: Any) -> Tensor:
    return operation(x, size=_whole_numbers(op, "size", size), axes=_pool_axes(op, x, size, *moves))


# -- the windows themselves ------------------------------------------------------------------------


@teaches_keywords
def unfold(x: Any, size: Lengths, strides: Lengths = 1, padding: Padding = "valid", dilation: Lengths = 1) -> Tensor:
    """The windows over the last axes of an array, as in ``numpy.lib.stride_tricks.sliding_window_view``.

    Args:
        x, size, padding, dilation: as for `sum`.
        strides: as for `correlate`.

    Returns:
        Of shape (..., \\*places, \\*size).

    Raises:
        ValueError: windows that do not fit.

    >>> unfold(numpy.arange(5), 3, strides=2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    return _over_windows("unfold", u.unfold, to_tensor(x, "unfold"), size, strides, padding, dilation)


@teaches_keywords
def fold(
    windows: Any, lengths: Lengths, strides: Lengths = 1, padding: Padding = "valid", dilation: Lengths = 1
) -> Tensor:
    """The transpose of `unfold`: windows put back, and added up where they meet.

    Args:
        windows: of shape (..., \\*places, \\*size).
        lengths: of the axes that the windows move along; a number is that of one axis.
        strides, padding, dilation: those of `unfold`.

    Returns:
        Of shape (..., \\*lengths).

    Raises:
        ValueError: there are not as many windows as `unfold` gives.

    >>> fold(numpy.ones((2, 3)), 5, strides=2)
    tensor([1., 1., 2., 1., 1.])
    """
    given = to_tensor(windows, "fold")
    lengths = _whole_numbers("fold", "lengths", lengths)
    rank = len(lengths)
    lead, size = given.shape[: given.ndim - rank], given.shape[given.ndim - rank :]
    places = lead[-rank:] if rank else ()
    axes = _axes("fold", lengths, size, strides, padding, dilation, 1)
    counts = tuple(axis.count(n, m) for axis, n, m in zip(axes, lengths, size, strict=False))
    if places != counts:
        raise ValueError(
            f"[fold] windows of shape {given.shape} were given for lengths {lengths}, of which there are {counts}, "
            f"wanted the shape (..., *{counts}, *size); write the lengths, strides, padding and dilation of unfold"
        )
    return u.fold(given, lengths=lengths, size=size, axes=axes)


# -- how windows move ------------------------------------------------------------------------------


def _pool_axes(op: str, x: Tensor, size: Lengths, strides: Any, padding: Padding, dilation: Lengths) -> Axes:
    size = _whole_numbers(op, "size", size)
    if len(size) > x.ndim or numpy.min(size, initial=1) < 1:
        raise ValueError(
            f"[{op}] windows of the size {size} were given for an array of shape {x.shape}, wanted at least one "
            "element along each of some of its last axes; write size=2, or size=(2, 2) for two axes"
        )
    lengths = x.shape[x.ndim - len(size) :]
    return _axes(op, lengths, size, size if strides is None else strides, padding, dilation, 1)


def _axes(
    op: str,
    lengths: Sequence[int],
    size: Sequence[int],
    strides: Lengths,
    padding: Padding,
    dilation: Lengths,
    input_dilation: Lengths,
) -> Axes:
    """How windows of a size move over axes of these lengths."""
    rank = len(size)
    each = [
        _for_each_axis(op, name, value, rank)
        for name, value in (("strides", strides), ("dilation", dilation), ("input_dilation", input_dilation))
    ]
    found = [Axis(stride=s, dilation=d, input_dilation=e) for s, d, e in zip(*each, strict=True)]
    pads = _pads(op, padding, found, lengths, size)
    return tuple(a._replace(low=low, high=high) for a, (low, high) in zip(found, pads, strict=True))


def _transposed_axes(
    op: str,
    lengths: Sequence[int],
    size: Sequence[int],
    strides: Lengths,
    padding: Padding,
    output_padding: Lengths,
    dilation: Lengths,
) -> Axes:
    """How mirrored windows move over spread elements, for what a correlation does to be transposed."""
    rank = len(size)
    steps, apart = _for_each_axis(op, "strides", strides, rank), _for_each_axis(op, "dilation", dilation, rank)
    reach = [dilated(m, d) - 1 for m, d in zip(size, apart, strict=True)]
    more = _for_each_axis(op, "output_padding", output_padding, rank, least=0)
    if padding == "same":
        cut = [((r + 1 - s) // 2, r + 1 - s - (r + 1 - s) // 2) for r, s in zip(reach, steps, strict=True)]
    else:
        cut = _pads(op, padding, [Axis(dilation=d) for d in apart], lengths, size)
    each = zip(steps, apart, reach, cut, more, strict=True)
    return tuple(Axis(1, r - low, r - high + extra, d, s) for s, d, r, (low, high), extra in each)


def _pads(
    op: str, padding: Padding, axes: Sequence[Axis], lengths: Sequence[int], size: Sequence[int]
) -> Sequence[tuple[int, ...]]:
    if isinstance(padding, str):
        if padding not in _NAMED_PADS:
            raise _bad_padding(op, padding, len(size))
        return [_NAMED_PADS[padding](axis, n, m) for axis, n, m in zip(axes, lengths, size, strict=True)]
    if not isinstance(padding, Sequence):
        return [(whole_number(padding, "padding"),) * 2] * len(size)
    if len(padding) != len(size):
        raise _bad_padding(op, padding, len(size))
    pairs = [tuple(entry) if isinstance(entry, Sequence) else (entry, entry) for entry in padding]
    if any(len(pair) != 2 for pair in pairs):
        raise _bad_padding(op, padding, len(size))
    return [(whole_number(low, "padding"), whole_number(high, "padding")) for low, high in pairs]


def _bad_padding(op: str, padding: Any, rank: int) -> ValueError:
    return ValueError(
        f"[{op}] the padding {padding!r} was given for {rank} axes, wanted 'valid', 'same', 'full', a number, or for "
        f"each axis a number or a pair; write padding={((1, 1),) * rank}"
    )


def _same(axis: Axis, length: int, window: int) -> tuple[int, int]:
    given = dilated(length, axis.input_dilation)
    count = -(-given // axis.stride)
    total = numpy.maximum(dilated(count, axis.stride) - 1 + dilated(window, axis.dilation) - given, 0)
    return int(total // 2), int(total - total // 2)


_NAMED_PADS: dict[str, Callable[[Axis, int, int], tuple[int, int]]] = {
    "valid": lambda axis, length, window: (0, 0),
    "same": _same,
    "full": lambda axis, length, window: (dilated(window, axis.dilation) - 1, dilated(window, axis.dilation) - 1),
}


def _refuse_empty_windows(op: str, lengths: Sequence[int], size: Sequence[int], axes: Axes) -> None:
    for axis, n, m in zip(axes, lengths, size, strict=True):
        if n and axis.dilation == 1 and axis.low < m > axis.high:
            continue  # no window is so short that it lies in the padding
        held = r.window_sum(numpy.ones(n), size=(m,), axes=(axis,))
        if not numpy.all(held):
            raise ValueError(
                f"[{op}] windows of {m} elements and a padding of ({axis.low}, {axis.high}) were given for {n} "
                "elements, wanted an element in every window; write less padding"
            )


def _for_each_axis(op: str, name: str, value: Lengths, rank: int, least: int = 1) -> tuple[int, ...]:
    """One number for each axis, from one for all or from as many."""
    found = _whole_numbers(op, name, value)
    found = found * rank if not isinstance(value, Sequence) else found
    if len(found) != rank or any(number < least for number in found):
        raise ValueError(
            f"[{op}] {name}={value!r} was given for {rank} axes, wanted a number of at least {least} for all, or one "
            f"for each; write {name}={(least,) * rank}"
        )
    return found


def _positive(op: str, name: str, value: int) -> int:
    return _for_each_axis(op, name, value, 1)[0]


def _whole_numbers(op: str, name: str, value: Lengths) -> tuple[int, ...]:
    given = value if isinstance(value, Sequence) else (value,)
    return tuple(whole_number(number, name) for number in given)
