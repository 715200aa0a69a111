"""Activation functions, elementwise and along an axis, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

from ..errors import wrong
from .mixed import shortly

__all__ = [
    "celu", "elu", "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu",
    "log_softmax", "logsigmoid", "mish", "normalize", "prelu", "relu", "relu6", "rrelu", "selu", "sigmoid", "silu",
    "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold",
]  # fmt: skip

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717
"""The fixed point of mean 0 and variance 1: G. Klambauer et al., "Self-normalizing neural networks" (2017), eq. 14."""


def relu(x: Any) -> wg.Tensor:
    """max(x, 0), with derivative 0 at 0.

    >>> import wengert as wg
    >>> wg.nn.functional.relu([-1.0, 0.0, 2.0])
    tensor([0., 0., 2.])
    """
    x = np.asarray(x)
    return np.where(x <= 0, 0, x)


def relu6(x: Any) -> wg.Tensor:
    """min(max(x, 0), 6)."""
    return np.clip(np.asarray(x), 0, 6)


def leaky_relu(x: Any, negative_slope: float = 0.01) -> wg.Tensor:
    """x where it is positive, ``negative_slope * x`` elsewhere."""
    x = np.asarray(x)
    return np.where(x > 0, x, negative_slope * x)


@shortly
def prelu(x: Any, weight: Any) -> wg.Tensor:
    """`leaky_relu` with a slope that is learned: one, or one for each channel (axis 1).

    Source: K. He et al., "Delving deep into rectifiers" (2015).
    """
    x, weight = np.asarray(x), np.asarray(weight)
    if weight.size > 1:
        weight = weight.reshape(-1, *(1,) * (x.ndim - 2))
    return np.where(x > 0, x, weight * x)


def rrelu(x: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> wg.Tensor:
    """`leaky_relu` with a slope for each element, uniform from `lower` to `upper`; their mean if not `training`."""
    x = np.asarray(x)
    if not training:
        return leaky_relu(x, (lower + upper) / 2)
    slopes = wg.random.uniform(lower, upper, size=x.shape).astype(x.dtype)
    return np.where(x > 0, x, slopes * x)


def threshold(x: Any, threshold: float, value: float) -> wg.Tensor:
    """x where it is above the threshold, `value` elsewhere."""
    x = np.asarray(x)
    return np.where(x > threshold, x, value)


def elu(x: Any, alpha: float = 1.0) -> wg.Tensor:
    """x where it is positive, ``alpha * (exp(x) - 1)`` elsewhere.

    Source: D.-A. Clevert et al., "Fast and accurate deep network learning by exponential linear units" (2016).
    """
    x = np.asarray(x)
    return np.where(x > 0, x, alpha * np.expm1(x))


def celu(x: Any, alpha: float = 1.0) -> wg.Tensor:
    """x where it is positive, ``alpha * (exp(x / alpha) - 1)`` elsewhere: `elu` with a continuous derivative.

    Source: J. T. Barron, "Continuously differentiable exponential linear units" (2017).
    """
    x = np.asarray(x)
    return np.where(x > 0, x, alpha * np.expm1(x / alpha))


def selu(x: Any) -> wg.Tensor:
    """A scaled `elu` that keeps mean 0 and variance 1 (Klambauer et al., 2017)."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def gelu(x: Any, approximate: str = "none") -> wg.Tensor:
    """x times the probability that a standard normal variable is below it.

    Args:
        x: an array.
        approximate: ``"tanh"`` for the approximation by a hyperbolic tangent.

    Source: D. Hendrycks, K. Gimpel, "Gaussian error linear units" (2016).
    """
    x = np.asarray(x)
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))
    if approximate != "none":
        raise wrong("gelu", f"approximate={approximate!r}", '"none" or "tanh"', 'write approximate="tanh"')
    return x * _in_its_precision(special.ndtr, x)


def sigmoid(x: Any) -> wg.Tensor:
    """1 / (1 + exp(-x))."""
    return _in_its_precision(special.expit, np.asarray(x))


def _in_its_precision(f: Callable[[Any], wg.Tensor], x: wg.Tensor) -> wg.Tensor:
    """A special function in the dtype of x: of half precision in single precision, where SciPy's is in double."""
    return f(x.astype(numpy.float32)).astype(x.dtype) if x.dtype == HALF else f(x)


HALF = numpy.dtype(numpy.float16)


def silu(x: Any) -> wg.Tensor:
    """``x * sigmoid(x)``, also called swish."""
    x = np.asarray(x)
    return x * _in_its_precision(special.expit, x)


def mish(x: Any) -> wg.Tensor:
    """``x * tanh(softplus(x))`` (D. Misra, "Mish", 2019)."""
    x = np.asarray(x)
    return x * np.tanh(special.softplus(x))


def logsigmoid(x: Any) -> wg.Tensor:
    """log(sigmoid(x)), without overflow."""
    return _in_its_precision(special.log_expit, np.asarray(x))


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> wg.Tensor:
    """``log(1 + exp(beta * x)) / beta``, and x where ``beta * x`` is above the threshold."""
    x = np.asarray(x)
    return np.where(beta * x > threshold, x, special.softplus(beta * x) / beta)


def softsign(x: Any) -> wg.Tensor:
    """x / (1 + abs(x))."""
    x = np.asarray(x)
    return x / (1 + np.abs(x))


def tanh(x: Any) -> wg.Tensor:
    """The hyperbolic tangent."""
    return np.tanh(x)


def tanhshrink(x: Any) -> wg.Tensor:
    """x - tanh(x)."""
    x = np.asarray(x)
    return x - np.tanh(x)


def softshrink(x: Any, lambd: float = 0.5) -> wg.Tensor:
    """x moved towards 0 by `lambd`, and 0 where it is no further away."""
    x = np.asarray(x)
    return np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, 0))


def hardshrink(x: Any, lambd: float = 0.5) -> wg.Tensor:
    """x, and 0 where it is no further from 0 than `lambd`."""
    x = np.asarray(x)
    return np.where(np.abs(x) > lambd, x, 0)


def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> wg.Tensor:
    """x, not below `min_val` nor above `max_val`."""
    return np.clip(np.asarray(x), min_val, max_val)


def hardsigmoid(x: Any) -> wg.Tensor:
    """x / 6 + 1 / 2, not below 0 nor above 1."""
    return np.clip(np.asarray(x) / 6 + 0.5, 0, 1)


def hardswish(x: Any) -> wg.Tensor:
    """``x * hardsigmoid(x)`` (A. Howard et al., "Searching for MobileNetV3", 2019)."""
    x = np.asarray(x)
    return x * hardsigmoid(x)


# -- along an axis ---------------------------------------------------------------------------------


def softmax(x: Any, dim: int = -1) -> wg.Tensor:
    """exp(x) / sum(exp(x)) along an axis.

    >>> import wengert as wg
    >>> wg.nn.functional.softmax([[0.0, 0.0]])
    tensor([[0.5, 0.5]])
    """
    return special.softmax(x, axis=dim)


def softmin(x: Any, dim: int = -1) -> wg.Tensor:
    """The `softmax` of -x."""
    return special.softmax(-np.asarray(x), axis=dim)


def log_softmax(x: Any, dim: int = -1) -> wg.Tensor:
    """The logarithm of `softmax`, without its underflow."""
    return special.log_softmax(x, axis=dim)


def glu(x: Any, dim: int = -1) -> wg.Tensor:
    """The first half of x along an axis, times the sigmoid of the second (Y. Dauphin et al., 2017).

    Raises:
        ValueError: the axis has an odd length.
    """
    x = np.asarray(x)
    if x.shape[dim] % 2:
        raise wrong("glu", f"an axis of length {x.shape[dim]}", "an even one, to halve", "write dim= for another axis")
    values, gates = np.split(x, 2, axis=dim)
    return values * _in_its_precision(special.expit, gates)


def gumbel_softmax(logits: Any, tau: float = 1.0, hard: bool = False, dim: int = -1) -> wg.Tensor:
    """A sample that is near to one-hot, and differentiable in the logits.

    Args:
        logits: unnormalised log probabilities.
        tau: the temperature; the sample is the nearer to one-hot the lower.
        hard: give it one-hot, with the derivative of the soft sample.
        dim: the axis of the classes.

    Source: E. Jang et al., "Categorical reparameterization with Gumbel-softmax" (2017).
    """
    logits = np.asarray(logits)
    soft = softmax((logits + wg.random.gumbel(size=logits.shape, dtype=logits.dtype)) / tau, dim)
    if not hard:
        return soft
    classes = numpy.arange(soft.shape[dim]).reshape(-1, *(1,) * (soft.ndim - 1 - dim % soft.ndim))
    chosen = np.equal(np.argmax(soft, axis=dim, keepdims=True), classes).astype(soft.dtype)
    return wg.stop_gradient(chosen - soft) + soft


def normalize(x: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> wg.Tensor:
    """x divided by its norm along an axis, or by `eps` where that is more."""
    x = np.asarray(x)
    return x / np.maximum(np.linalg.norm(x, ord=p, axis=dim, keepdims=True), eps)
