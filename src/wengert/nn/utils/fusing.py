"""Normalisation by running means as a part of the layer before it, for use after training."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..errors import wrong
from ..module import Module, Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_linear_bn_eval"]


def fuse_conv_bn_eval(conv: Module, bn: Module, transpose: bool = False) -> Module:
    """A convolution that gives what another gives with a batch normalisation after it, in use.

    Args:
        conv: the convolution, in `eval` as its normalisation.
        bn: the normalisation of its channels.
        transpose: the convolution is a transposed one.

    Raises:
        ValueError: one of them is training, or the normalisation keeps no running values.

    >>> import wengert as wg, wengert.numpy as np
    >>> conv, bn = wg.nn.Conv2d(2, 3, 3).eval(), wg.nn.BatchNorm2d(3).eval()
    >>> x = np.ones((1, 2, 5, 5))
    >>> bool(np.allclose(wg.nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-5))
    True
    """
    return _fused(conv, bn, 1 if transpose else 0, "fuse_conv_bn_eval")


def fuse_linear_bn_eval(linear: Module, bn: Module) -> Module:
    """A linear layer that gives what another gives with a batch normalisation after it, in use."""
    return _fused(linear, bn, 0, "fuse_linear_bn_eval")


def _fused(layer: Any, bn: Any, axis: int, op: str) -> Module:
    _check(layer, bn, op)
    with wg.no_grad():
        scale = 1 / np.sqrt(bn.running_var + bn.eps)
        scale = scale if bn.weight is None else scale * bn.weight
        shift = -bn.running_mean if layer.bias is None else layer.bias - bn.running_mean
        bias = shift * scale if bn.bias is None else shift * scale + bn.bias
        along = [-1 if place == axis else 1 for place in range(layer.weight.ndim)]
        weight = layer.weight * _of_groups(scale, layer, axis).reshape(along)
    fused = deepcopy(layer)
    fused.weight, fused.bias = (Parameter(each.astype(layer.weight.dtype)) for each in (weight, bias))
    return fused


def _of_groups(scale: Any, layer: Any, axis: int) -> Any:
    """The factors along an axis of the kernels: of a transposed convolution, whose groups lie along the other."""
    if axis == 0 or layer.groups == 1:
        return scale
    raise wrong("fuse_conv_bn_eval", f"{layer.groups} groups, transposed", "groups=1", "leave the two layers apart")


def _check(layer: Any, bn: Any, op: str) -> None:
    if layer.training or bn.training or bn.running_mean is None:
        raise wrong(op, "a layer in training, or without running means", "two in use", "write net.eval() before")
