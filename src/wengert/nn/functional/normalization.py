"""Normalisation to mean 0 and variance 1 over some axes, with a factor and a shift, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import wengert as wg
import wengert.numpy as np

from ...ops.axes import standardize as at_once
from ..errors import wrong

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"]


def standardized(x: wg.Tensor, axes: tuple[int, ...], eps: float) -> wg.Tensor:
    """x with mean 0 and variance 1 over some axes."""
    if at_once.is_known_array(x):
        return at_once.standardized(x, axis=tuple(axis % x.ndim for axis in axes), number=eps)
    centred = x - np.mean(x, axis=axes, keepdims=True)
    return centred / np.sqrt(np.mean(np.square(centred), axis=axes, keepdims=True) + eps)


def _scaled(x: wg.Tensor, weight: Any, bias: Any, trailing: int = 0) -> wg.Tensor:
    """x * weight + bias, where these belong to the axis before so many trailing ones."""
    for values, combine in ((weight, np.multiply), (bias, np.add)):
        if values is not None:
            values = np.asarray(values)
            x = combine(x, values.reshape(*values.shape, *(1,) * trailing))
    return x


def batch_norm(
    x: Any,
    running_mean: wg.Tensor | None,
    running_var: wg.Tensor | None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
) -> wg.Tensor:
    """Each channel (axis 1) normalised over all other axes.

    Args:
        x: of shape (N, C, ...).
        running_mean: of shape (C,): used if not `training`, and otherwise moved in place towards the mean found.
        running_var: likewise, towards the unbiased variance found.
        weight: of shape (C,), a factor.
        bias: of shape (C,), a shift.
        training: normalise by the mean and variance of x itself.
        momentum: how far the running values are moved.
        eps: added to the variance.

    Source: S. Ioffe, C. Szegedy, "Batch normalization" (2015).
    """
    x = np.asarray(x)
    trailing = x.ndim - 2
    if not training and running_mean is not None and running_var is not None:
        scale = 1 / np.sqrt(running_var + eps)
        centred = _scaled(x, None, -running_mean, trailing)
        return _scaled(centred, scale if weight is None else scale * weight, bias, trailing)
    axes = (0, *range(2, x.ndim))
    count = x.size // x.shape[1]
    if count < 2 and training:
        raise wrong("batch_norm", f"one value for each channel, in shape {x.shape}", "more in training", "call eval()")
    with wg.no_grad():
        mean = np.mean(x, axis=axes, keepdims=True)
        variance = np.mean(np.square(x - mean), axis=axes, keepdims=True)
        _move(running_mean, mean, momentum)
        _move(running_var, variance * (count / (count - 1)), momentum)
    return _scaled(standardized(x, axes, eps), weight, bias, trailing)


def _move(running: wg.Tensor | None, found: wg.Tensor, momentum: Any) -> None:
    if running is not None:
        found = wg.stop_gradient(found).reshape(running.shape)
        running.copy_((running + momentum * (found - running)).astype(running.dtype))


def instance_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> wg.Tensor:
    """Each channel of each example normalised over space: axes from 2 on of (N, C, ...).

    Source: D. Ulyanov et al., "Instance normalization" (2016).
    """
    x = np.asarray(x)
    return _scaled(standardized(x, tuple(range(2, x.ndim)), eps), weight, bias, x.ndim - 2)


def layer_norm(
    x: Any, normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> wg.Tensor:
    """Each example normalised over its last axes.

    Args:
        x: of shape ``(..., *normalized_shape)``.
        normalized_shape: the lengths of the axes, or that of the last one.
        weight: a factor of that shape.
        bias: a shift of that shape.
        eps: added to the variance.

    >>> import wengert as wg
    >>> wg.nn.functional.layer_norm([1.0, 3.0], 2, eps=0.0)
    tensor([-1.,  1.])

    Source: J. L. Ba et al., "Layer normalization" (2016).
    """
    x = np.asarray(x)
    return _scaled(standardized(x, _last_axes(x, normalized_shape, "layer_norm"), eps), weight, bias)


def rms_norm(x: Any, normalized_shape: int | Sequence[int], weight: Any = None, eps: float | None = None) -> wg.Tensor:
    """Each example divided by the root of the mean of its squares over its last axes.

    Args:
        x: of shape ``(..., *normalized_shape)``.
        normalized_shape: the lengths of the axes, or that of the last one.
        weight: a factor of that shape.
        eps: added to the mean; the distance of 1 to the next number of the dtype by default.

    Source: B. Zhang, R. Sennrich, "Root mean square layer normalization" (2019).
    """
    x = np.asarray(x)
    axes = _last_axes(x, normalized_shape, "rms_norm")
    least = np.finfo(x.dtype).eps if eps is None else eps
    return _scaled(x / np.sqrt(np.mean(np.square(x), axis=axes, keepdims=True) + least), weight, None)


def _last_axes(x: wg.Tensor, normalized_shape: int | Sequence[int], op: str) -> tuple[int, ...]:
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or x.shape[-len(shape) :] != shape:
        given = ", ".join(map(str, shape))
        raise wrong(
            op,
            f"an input of shape {x.shape} with normalized_shape={shape}",
            f"shape (..., {given})",
            f"write normalized_shape={x.shape[-1:]}",
        )
    return tuple(range(-len(shape), 0))


def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> wg.Tensor:
    """Each group of channels of each example normalised over its channels and space.

    Args:
        x: of shape (N, C, ...).
        num_groups: into how many groups the channels are divided; a divisor of C.
        weight: of shape (C,), a factor.
        bias: of shape (C,), a shift.
        eps: added to the variance.

    Source: Y. Wu, K. He, "Group normalization" (2018).
    """
    x = np.asarray(x)
    if x.shape[1] % num_groups:
        raise wrong(
            "group_norm", f"{x.shape[1]} channels in {num_groups} groups", "a divisor", "write num_groups=1 for one"
        )
    grouped = x.reshape(x.shape[0], num_groups, -1)
    return _scaled(standardized(grouped, (2,), eps).reshape(x.shape), weight, bias, x.ndim - 2)


def local_response_norm(x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> wg.Tensor:
    """Each value divided by (k + alpha * mean of the squares in `size` channels around it)^beta.

    Source: A. Krizhevsky et al., "ImageNet classification with deep convolutional neural networks" (2012).
    """
    x = np.asarray(x)
    squares = np.pad(np.square(x), [(0, 0), (size // 2, (size - 1) // 2), *[(0, 0)] * (x.ndim - 2)])
    channels = x.shape[1]
    total = sum((squares[:, i : i + channels] for i in range(1, size)), squares[:, :channels])
    return x / (k + alpha / size * total) ** beta
