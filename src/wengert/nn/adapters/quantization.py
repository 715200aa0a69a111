"""Quantisation to integers of 8 bits: as if, for training, and in earnest, for linear layers in use.

A number x stands for round(x / scale) in [-127, 127], symmetric about 0.
Source: B. Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference"
(2018); the straight-through estimator is Y. Bengio's (2013).
"""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..errors import check_features, wrong
from ..layers.convolution import _Conv
from ..layers.linear import Linear
from ..module import Module
from ..utils.parametrize import is_parametrized, register_parametrization

__all__ = ["FakeQuantize", "Int8Linear", "fake_quantize", "quantize_aware", "to_int8"]

LARGEST = 127


def _scale(x: wg.Tensor, axis: int | None) -> wg.Tensor:
    """What the largest magnitude is 127 times of: one number, or one for each place along an axis."""
    axes = None if axis is None else tuple(i for i in range(x.ndim) if i != axis % x.ndim)
    largest = np.max(np.abs(x), axis=axes, keepdims=axis is not None)
    return np.where(largest > 0, largest, 1) / LARGEST


def fake_quantize(x: Any, scale: Any = None, axis: int | None = None) -> wg.Tensor:
    """x as it would come back from 8 bits; the derivative is 1, and 0 for what lies beyond their range.

    Args:
        x: an array.
        scale: what an integer stands for; the largest magnitude of `x` / 127 by default.
        axis: an axis along which each place has a scale of its own.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.fake_quantize([0.1, 0.26, -1.27])
    tensor([ 0.1 ,  0.26, -1.27])
    >>> wg.nn.fake_quantize([0.104, 3.0], scale=0.01)
    tensor([0.1 , 1.27])
    """
    x = np.asarray(x)
    scale = wg.stop_gradient(_scale(x, axis) if scale is None else np.asarray(scale, x.dtype))
    inside = np.clip(x, -LARGEST * scale, LARGEST * scale)
    return inside + wg.stop_gradient(np.round(inside / scale) * scale - inside)


class FakeQuantize(Module):
    """`fake_quantize` as a layer or parametrization.

    Args:
        axis: an axis along which each place has a scale of its own.
        momentum: if not 1, the scale follows the largest magnitudes in training so fast, and stays in use; for
            activations.
    """

    def __init__(self, axis: int | None = None, momentum: float = 1.0) -> None:
        self.axis = axis
        self.momentum = momentum
        self.register_buffer("scale", None if momentum == 1 else np.zeros((), "float32"))

    def forward(self, x: Any) -> wg.Tensor:
        x = np.asarray(x)
        if self.scale is None:
            return fake_quantize(x, None, self.axis)
        if self.training:
            with wg.no_grad():
                found = wg.stop_gradient(_scale(x, None)).astype(self.scale.dtype)
                self.scale.copy_(np.where(self.scale == 0, found, self.scale + self.momentum * (found - self.scale)))
        return fake_quantize(x, self.scale.copy())

    def extra_repr(self) -> str:
        return f"axis={self.axis}, momentum={self.momentum}"


def quantize_aware(module: Module) -> Module:
    """Let the weights of linear and convolutional layers be fake-quantised, a scale a row; the network itself."""
    for part in list(module.modules()):
        if isinstance(part, (Linear, _Conv)) and not is_parametrized(part, "weight"):
            register_parametrization(part, "weight", FakeQuantize(axis=0))
    return module


class Int8Linear(Module):
    """A linear layer with a weight of 8 bits, a scale a row, for use: a quarter of the memory.

    One example at a time takes about half the time of float32 where the weight is larger than the caches, since what is
    read of it is shorter; batches take as long as in float32.

    Args:
        linear: the layer that it stands for.

    >>> import wengert as wg, wengert.numpy as np
    >>> linear = wg.nn.Linear(64, 10)
    >>> layer, x = wg.nn.Int8Linear(linear), np.ones((2, 64))
    >>> layer.weight.dtype, bool(np.max(np.abs(layer(x) - linear(x))) < 0.05)
    (dtype('int8'), True)
    """

    weight: wg.Tensor
    scale: wg.Tensor
    bias: wg.Tensor | None

    def __init__(self, linear: Linear) -> None:
        self.in_features: int = linear.in_features
        self.out_features: int = linear.out_features
        weight = linear.weight.detach()
        scale = _scale(weight, 0)
        self.register_buffer("weight", np.round(weight / scale).astype(numpy.int8))
        self.register_buffer("scale", scale[:, 0])
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach().copy())

    def forward(self, x: Any) -> wg.Tensor:
        x = np.asarray(x, self.scale.dtype)
        check_features(self, x, self.in_features, "in_features")
        return _of_bytes(x, self.weight, self.scale, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


@wg.jit
def _of_bytes(x: Any, weight: Any, scale: Any, bias: Any) -> Any:
    """x @ (weight * scale).T + bias: of one row in one pass over the weight, of several by a product of matrices."""
    numbers = weight.astype(x.dtype)
    is_one = x.size == x.shape[-1]
    out = np.sum(np.expand_dims(x, -2) * numbers, axis=-1) if is_one else x @ numbers.T
    return out * scale if bias is None else out * scale + bias


def to_int8(module: Module) -> Module:
    """Replace the linear layers in a network by `Int8Linear`; the network itself.

    Raises:
        ValueError: there is none in it.
    """
    replaced = 0
    for part in list(module.modules()):
        for name, child in list(part.named_children()):
            if type(child).__name__ == "Linear" and isinstance(child, Linear):
                _replace(part, name, Int8Linear(child))
                replaced += 1
    if not replaced:
        raise wrong("to_int8", f"a {type(module).__name__} without linear layers", "some", "write nn.Int8Linear(layer)")
    return module


def _replace(module: Any, name: str, child: Module) -> None:
    """Put another module at a place."""
    held = module.__dict__.get("_members")
    if held is not None and name in held:
        held[name] = child
        return
    first, *rest = name.split(".")
    if not rest:
        setattr(module, first, child)
        return
    holder = module.__dict__[first]
    for key in rest[:-1]:
        holder = holder[int(key) if isinstance(holder, list) else key]
    holder[int(rest[-1]) if isinstance(holder, list) else rest[-1]] = child
