"""Convolutions, and what is made of the elements in windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce as folded
from itertools import product
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np

from ..array import Array, as_tensor, of, operands
from .slices import pad, strided

__all__ = [
    "ConvDimensionNumbers", "conv", "conv_dimension_numbers", "conv_general_dilated", "conv_transpose",
    "conv_with_general_padding", "padtype_to_pads", "reduce_window",
]  # fmt: skip


class ConvDimensionNumbers(NamedTuple):
    """Which axes are which: of the input (batch, channels, space), the kernel (out, in, space), the result."""

    lhs_spec: tuple[int, ...]
    rhs_spec: tuple[int, ...]
    out_spec: tuple[int, ...]


def conv_dimension_numbers(
    lhs_shape: Sequence[int], rhs_shape: Sequence[int], dimension_numbers: Any = None
) -> ConvDimensionNumbers:
    """Which axes are which, of names such as ``("NHWC", "HWIO", "NHWC")``; channels first if there are none.

    >>> from wengert import jax
    >>> jax.lax.conv_dimension_numbers((1, 8, 8, 3), (3, 3, 3, 4), ("NHWC", "HWIO", "NHWC")).lhs_spec
    (0, 3, 1, 2)
    """
    return _numbers(len(lhs_shape), dimension_numbers)


def _numbers(ndim: int, given: Any) -> ConvDimensionNumbers:
    if isinstance(given, ConvDimensionNumbers):
        return given
    if given is None:
        return ConvDimensionNumbers(*[tuple(range(ndim))] * 3)
    return ConvDimensionNumbers(*map(_axes, given, ("NC", "OI", "NC"), given[:1] * 3))


def _axes(names: str, first: str, space: str) -> tuple[int, ...]:
    """Where the axes of a name are: two, then those of space in the order of the input."""
    return (*map(names.index, first), *(names.index(c) for c in space if c not in "NC"))


def padtype_to_pads(
    in_shape: Sequence[int], window_shape: Sequence[int], window_strides: Sequence[int], padding: Any
) -> list[tuple[int, int]]:
    """How many elements are put before and after each axis, by the name of a padding or pairs."""
    if not isinstance(padding, str):
        return [tuple(each) for each in padding]
    if padding.upper() == "VALID":
        return [(0, 0)] * len(in_shape)
    if padding.upper() not in ("SAME", "SAME_LOWER"):
        raise ValueError(
            f'[padding] padding={padding!r} was given, wanted "SAME", "SAME_LOWER", "VALID" or pairs of numbers; write '
            'padding="SAME"'
        )
    totals = [
        max((-(-length // stride) - 1) * stride + size - length, 0)
        for length, size, stride in zip(in_shape, window_shape, window_strides, strict=True)
    ]
    halves = [(total // 2, total - total // 2) for total in totals]
    return halves if padding.upper() == "SAME" else [(after, before) for before, after in halves]


def conv_general_dilated(
    lhs: Any, rhs: Any, window_strides: Sequence[int], padding: Any, lhs_dilation: Any = None, rhs_dilation: Any = None,
    dimension_numbers: Any = None, feature_group_count: int = 1, batch_group_count: int = 1, **_: Any,
) -> Array:  # fmt: skip
    """A convolution as networks have it: channels first, unless `dimension_numbers` says otherwise.

    Raises:
        NotImplementedError: there are groups of examples.
    """
    if batch_group_count != 1:
        raise NotImplementedError(
            f"[conv_general_dilated] batch_group_count={batch_group_count} was given, wanted 1; write jax.vmap of a "
            "convolution for each group"
        )
    x, kernel = operands(lhs, rhs)
    numbers = _numbers(x.ndim, dimension_numbers)
    x, kernel = np.transpose(x, numbers.lhs_spec), np.transpose(kernel, numbers.rhs_spec)
    space = x.ndim - 2
    inner, dilation = (tuple(each or (1,) * space) for each in (lhs_dilation, rhs_dilation))
    sizes = [(size - 1) * between + 1 for size, between in zip(kernel.shape[2:], dilation, strict=True)]
    lengths = [(length - 1) * between + 1 for length, between in zip(x.shape[2:], inner, strict=True)]
    edges = padtype_to_pads(lengths, sizes, window_strides, padding)
    spread = [(low, high, between - 1) for (low, high), between in zip(edges, inner, strict=True)]
    x = pad(x, 0.0, [(0, 0, 0), (0, 0, 0), *spread])._tensor
    convolve = getattr(wg.nn.functional, f"conv{space}d")
    found = convolve(x, kernel, None, tuple(window_strides), 0, dilation, feature_group_count)
    return of(np.transpose(found, np.argsort(np.asarray(numbers.out_spec)).tolist()))


def conv(lhs: Any, rhs: Any, window_strides: Sequence[int], padding: str, **_: Any) -> Array:
    """A convolution, channels first."""
    return conv_general_dilated(lhs, rhs, window_strides, padding)


def conv_with_general_padding(
    lhs: Any, rhs: Any, window_strides: Sequence[int], padding: Any, lhs_dilation: Any, rhs_dilation: Any, **_: Any
) -> Array:
    """A convolution, channels first, with elements before, after and between."""
    return conv_general_dilated(lhs, rhs, window_strides, padding, lhs_dilation, rhs_dilation)


def conv_transpose(
    lhs: Any, rhs: Any, strides: Sequence[int], padding: Any, rhs_dilation: Any = None, dimension_numbers: Any = None,
    transpose_kernel: bool = False, **_: Any,
) -> Array:  # fmt: skip
    """A convolution of an array with zeros between its elements, by which it grows; channels last by default."""
    x, kernel = operands(lhs, rhs)
    names = dimension_numbers or _LAST[x.ndim]
    numbers = _numbers(x.ndim, names)
    space = numbers.rhs_spec[2:]
    dilation = rhs_dilation or (1,) * len(space)
    sizes = [(kernel.shape[axis] - 1) * between + 1 for axis, between in zip(space, dilation, strict=True)]
    edges = (
        [_growing(*each, padding) for each in zip(sizes, strides, strict=True)] if isinstance(padding, str) else padding
    )
    if transpose_kernel:
        kernel = np.swapaxes(np.flip(kernel, space), *numbers.rhs_spec[:2])
    return conv_general_dilated(of(x), of(kernel), (1,) * len(space), edges, strides, dilation, numbers)


_LAST = {3: ("NHC", "HIO", "NHC"), 4: ("NHWC", "HWIO", "NHWC"), 5: ("NHWDC", "HWDIO", "NHWDC")}
"""Names of axes with the channels last."""


def _growing(size: int, stride: int, padding: str) -> tuple[int, int]:
    """How many zeros are put before and after, so that the length becomes `stride` times as large."""
    if padding == "SAME":
        total = size + stride - 2
        before = size - 1 if stride > size - 1 else -(-total // 2)
        return before, total - before
    return size - 1, size - 1 + max(stride - size, 0)


def reduce_window(
    operand: Any, init_value: Any, computation: Callable[[Any, Any], Any], window_dimensions: Sequence[int],
    window_strides: Sequence[int], padding: Any, base_dilation: Any = None, window_dilation: Any = None,
) -> Array:  # fmt: skip
    """What a function of two makes of the elements in each window, beginning with a value."""
    x, start = as_tensor(operand), as_tensor(init_value)
    ones = (1,) * x.ndim
    base, dilation = base_dilation or ones, window_dilation or ones
    sizes = [(size - 1) * between + 1 for size, between in zip(window_dimensions, dilation, strict=True)]
    lengths = [(length - 1) * between + 1 for length, between in zip(x.shape, base, strict=True)]
    edges = padtype_to_pads(lengths, sizes, window_strides, padding)
    spread = [(low, high, between - 1) for (low, high), between in zip(edges, base, strict=True)]
    whole = pad(x, start, spread)._tensor
    counts = [(n - size) // stride + 1 for n, size, stride in zip(whole.shape, sizes, window_strides, strict=True)]
    offsets = product(*(range(0, size, between) for size, between in zip(sizes, dilation, strict=True)))
    elements = [of(strided(whole, offset, window_strides, counts)) for offset in offsets]
    return folded(computation, elements, of(np.broadcast_to(start.astype(x.dtype), tuple(counts))))
