"""Convolutions of batches of arrays, and their transposes, under PyTorch's names; see `wengert.windows`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert import windows

from ..errors import wrong
from .mixed import shortly

__all__ = [
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "fold", "unfold",
]  # fmt: skip

Lengths = int | Sequence[int]


def for_each(value: Any, rank: int, op: str) -> tuple[Any, ...]:
    """A setting for each axis of space.

    Raises:
        ValueError: there are more or fewer.
    """
    if not isinstance(value, (tuple, list)):
        return (value,) * rank
    if len(value) != rank:
        raise wrong(op, f"{tuple(value)} for {rank} axes", "one number, or one for each axis", f"write {value[0]}")
    return tuple(value)


def in_batches(x: wg.Tensor, rank: int, op: str) -> tuple[wg.Tensor, bool]:
    """An array of shape (N, C, *space), and whether it was (C, *space).

    Raises:
        ValueError: it is neither.
    """
    if x.ndim == rank + 2:
        return x, False
    if x.ndim == rank + 1:
        return np.expand_dims(x, 0), True
    raise wrong(
        op,
        f"an input of shape {x.shape}",
        f"{rank + 2} axes: examples, channels, and {rank} of space (or {rank + 1}, for one example)",
        "write x[:, None] for examples of one channel",
    )


def fitting(out: wg.Tensor, x: wg.Tensor, size: Any, op: str) -> wg.Tensor:
    """A result for each window.

    Raises:
        ValueError: there is none, since the windows are longer than the axes with their padding.
    """
    rank = len(size)
    if 0 in out.shape[-rank:] and 0 not in x.shape[-rank:]:
        raise wrong(
            op,
            f"windows of size {tuple(size)} for axes of lengths {x.shape[-rank:]}",
            "windows no longer than the axes with their padding",
            "write a smaller kernel_size, or padding=",
        )
    return out


@shortly
def convolved(
    x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int, rank: int
) -> wg.Tensor:
    """What conv1d, conv2d and conv3d have in common."""
    op = f"conv{rank}d"
    x, is_one = in_batches(np.asarray(x), rank, op)
    padding = padding if isinstance(padding, str) else for_each(padding, rank, op)
    out = windows.correlate(x, weight, stride, padding, dilation, groups=groups)
    out = fitting(out, x, np.shape(weight)[2:], op)
    out = out if bias is None else out + np.asarray(bias).reshape(-1, *(1,) * rank)
    return out[0] if is_one else out


def conv1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Lengths | str = 0,
    dilation: Lengths = 1,
    groups: int = 1,
) -> wg.Tensor:
    """The correlation of (N, C, L) with kernels of shape (out, C / groups, size), along the last axis.

    Args:
        x: of shape (N, C, L), or (C, L).
        weight: the kernels.
        bias: of shape (out,).
        stride: how far a window is from the one before it.
        padding: zeros at both ends, or ``"same"`` or ``"valid"``.
        dilation: how far the elements of a window are apart.
        groups: the channels and kernels are divided into so many groups that do not meet.

    >>> import wengert as wg
    >>> wg.nn.functional.conv1d([[[1.0, 2.0, 4.0]]], [[[-1.0, 1.0]]])
    tensor([[[1., 2.]]])
    """
    return convolved(x, weight, bias, stride, padding, dilation, groups, 1)


def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Lengths | str = 0,
    dilation: Lengths = 1,
    groups: int = 1,
) -> wg.Tensor:
    """`conv1d` along the two last axes of (N, C, H, W)."""
    return convolved(x, weight, bias, stride, padding, dilation, groups, 2)


def conv3d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Lengths | str = 0,
    dilation: Lengths = 1,
    groups: int = 1,
) -> wg.Tensor:
    """`conv1d` along the three last axes of (N, C, D, H, W)."""
    return convolved(x, weight, bias, stride, padding, dilation, groups, 3)


@shortly
def transposed(
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
    rank: int,
) -> wg.Tensor:
    """What conv_transpose1d, 2d and 3d have in common."""
    op = f"conv_transpose{rank}d"
    x, is_one = in_batches(np.asarray(x), rank, op)
    settings = (for_each(value, rank, op) for value in (stride, padding, output_padding, dilation))
    out = windows.correlate_transposed(x, weight, *settings, groups=groups)
    out = out if bias is None else out + np.asarray(bias).reshape(-1, *(1,) * rank)
    return out[0] if is_one else out


def conv_transpose1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Lengths = 0,
    output_padding: Lengths = 0,
    groups: int = 1,
    dilation: Lengths = 1,
) -> wg.Tensor:
    """The transpose of `conv1d` as a linear map of its input.

    Args:
        x: of shape (N, C, L), or (C, L).
        weight: of shape (C, out / groups, size).
        bias: of shape (out,).
        stride: that of the convolution: how far the places are apart to which the kernels are added.
        padding: that of the convolution: what is left out at both ends.
        output_padding: elements more at the end.
        groups: the channels are divided into so many groups that do not meet.
        dilation: how far the elements of a kernel are apart.
    """
    return transposed(x, weight, bias, stride, padding, output_padding, groups, dilation, 1)


def conv_transpose2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Lengths = 0,
    output_padding: Lengths = 0,
    groups: int = 1,
    dilation: Lengths = 1,
) -> wg.Tensor:
    """The transpose of `conv2d`; arguments as for `conv_transpose1d`."""
    return transposed(x, weight, bias, stride, padding, output_padding, groups, dilation, 2)


def conv_transpose3d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Lengths = 1,
    padding: Lengths = 0,
    output_padding: Lengths = 0,
    groups: int = 1,
    dilation: Lengths = 1,
) -> wg.Tensor:
    """The transpose of `conv3d`; arguments as for `conv_transpose1d`."""
    return transposed(x, weight, bias, stride, padding, output_padding, groups, dilation, 3)


def unfold(x: Any, kernel_size: Lengths, dilation: Lengths = 1, padding: Lengths = 0, stride: Lengths = 1) -> wg.Tensor:
    """The windows of (N, C, H, W) as columns: shape (N, C * window size, number of windows)."""
    x, is_one = in_batches(np.asarray(x), 2, "unfold")
    settings = (for_each(value, 2, "unfold") for value in (kernel_size, stride, padding, dilation))
    found = windows.unfold(x, *settings)
    columns = np.transpose(found, (0, 1, 4, 5, 2, 3))
    out = columns.reshape(x.shape[0], x.shape[1] * found.shape[4] * found.shape[5], -1)
    return out[0] if is_one else out


def fold(
    x: Any,
    output_size: Lengths,
    kernel_size: Lengths,
    dilation: Lengths = 1,
    padding: Lengths = 0,
    stride: Lengths = 1,
) -> wg.Tensor:
    """The transpose of `unfold`: columns are added where their windows are, of shape ``(N, C, *output_size)``."""
    x = np.asarray(x)
    if x.ndim == 2:
        return fold(x[None], output_size, kernel_size, dilation, padding, stride)[0]
    lengths, size, step, pad, apart = (
        for_each(value, 2, "fold") for value in (output_size, kernel_size, stride, padding, dilation)
    )
    places = [
        (length + 2 * p - d * (k - 1) - 1) // s + 1
        for length, k, s, p, d in zip(lengths, size, step, pad, apart, strict=True)
    ]
    columns = x.reshape(x.shape[0], x.shape[1] // (size[0] * size[1]), *size, *places)
    return windows.fold(np.transpose(columns, (0, 1, 4, 5, 2, 3)), lengths, step, pad, apart)
