"""Initial values of parameters: each function writes to a tensor in place, and gives it back.

Random ones draw from the generator of `wengert.random`; write ``wg.random.seed(0)`` before for the same values again.
The names are those of ``torch.nn.init``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

from ..names import missing_name as _missing_name
from .errors import wrong

if not TYPE_CHECKING:

    def __getattr__(name):
        raise _missing_name(__name__, name, {}, "wg.nn.init")


__all__ = [
    "calculate_gain", "constant_", "dirac_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_",
    "orthogonal_", "sparse_", "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip


def _writes(value: Callable[..., Any]) -> Callable[..., wg.Tensor]:
    """A function that writes to its first argument what another computes for it."""

    @wraps(value)
    def initialise(tensor: wg.Tensor, *args: Any, **kwargs: Any) -> wg.Tensor:
        with wg.no_grad():
            tensor.copy_(np.asarray(value(tensor, *args, **kwargs)).astype(tensor.dtype))
        return tensor

    return initialise


def _uniform(like: wg.Tensor, low: float, high: float) -> wg.Tensor:
    """Draws of the shape of a tensor, in its precision."""
    return wg.random.uniform(low, high, size=like.shape, dtype=_precision(like))


def _normal(like: wg.Tensor, mean: float, std: float) -> wg.Tensor:
    return wg.random.normal(mean, std, size=like.shape, dtype=_precision(like))


def _precision(like: wg.Tensor) -> Any:
    return numpy.float32 if like.dtype == numpy.float32 else numpy.float64


@_writes
def constant_(tensor: wg.Tensor, val: float) -> Any:
    """One value everywhere."""
    return np.full(tensor.shape, val)


@_writes
def zeros_(tensor: wg.Tensor) -> Any:
    """0 everywhere."""
    return np.zeros(tensor.shape)


@_writes
def ones_(tensor: wg.Tensor) -> Any:
    """1 everywhere."""
    return np.ones(tensor.shape)


@_writes
def uniform_(tensor: wg.Tensor, a: float = 0.0, b: float = 1.0) -> Any:
    """Uniform from `a` to `b`.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.random.seed(0)
    >>> bool(np.all(np.abs(wg.nn.init.uniform_(np.zeros(100), -0.1, 0.1)) <= 0.1))
    True
    """
    return _uniform(tensor, a, b)


@_writes
def normal_(tensor: wg.Tensor, mean: float = 0.0, std: float = 1.0) -> Any:
    """Normal."""
    return _normal(tensor, mean, std)


@_writes
def trunc_normal_(tensor: wg.Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0) -> Any:
    """Normal, but for what is below `a` or above `b` (by inversion of the distribution function)."""
    low, high = (special.ndtr((bound - mean) / std) for bound in (a, b))
    drawn = wg.random.uniform(0.0, 1.0, size=tensor.shape)
    return np.clip(mean + std * special.ndtri(low + (high - low) * drawn), a, b)


@_writes
def eye_(tensor: wg.Tensor) -> Any:
    """The identity, of a matrix."""
    _check_axes(tensor, "eye_", 2, 2)
    return np.eye(tensor.shape[0], tensor.shape[1])


@_writes
def dirac_(tensor: wg.Tensor, groups: int = 1) -> Any:
    """The identity of a convolution, of a kernel of shape ``(out, in, *space)``, in each group."""
    _check_axes(tensor, "dirac_", 3, 5)
    kernel = numpy.zeros(tensor.shape)
    middle = tuple(length // 2 for length in tensor.shape[2:])
    per_group = tensor.shape[0] // groups
    for channel in range(tensor.shape[0]):
        if channel % per_group < tensor.shape[1]:
            kernel[(channel, channel % per_group, *middle)] = 1
    return kernel


@_writes
def xavier_uniform_(tensor: wg.Tensor, gain: float = 1.0) -> Any:
    """Uniform with standard deviation ``gain * sqrt(2 / (fan_in + fan_out))``.

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).
    """
    bound = gain * sqrt(6 / sum(fans(tensor, "xavier_uniform_")))
    return _uniform(tensor, -bound, bound)


@_writes
def xavier_normal_(tensor: wg.Tensor, gain: float = 1.0) -> Any:
    """Normal with standard deviation ``gain * sqrt(2 / (fan_in + fan_out))`` (Glorot and Bengio, 2010)."""
    return _normal(tensor, 0.0, gain * sqrt(2 / sum(fans(tensor, "xavier_normal_"))))


@_writes
def kaiming_uniform_(tensor: wg.Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Any:
    """Uniform with standard deviation gain / sqrt(fan).

    Args:
        tensor: the parameter.
        a: the negative slope, for ``"leaky_relu"``.
        mode: ``"fan_in"`` keeps the variance of the forward pass, ``"fan_out"`` that of the backward pass.
        nonlinearity: what follows, as `calculate_gain` knows it.

    Source: K. He et al., "Delving deep into rectifiers" (2015), eq. 10.
    """
    bound = sqrt(3) * _kaiming_deviation(tensor, a, mode, nonlinearity, "kaiming_uniform_")
    return _uniform(tensor, -bound, bound)


@_writes
def kaiming_normal_(tensor: wg.Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Any:
    """Normal with standard deviation gain / sqrt(fan); arguments as for `kaiming_uniform_`."""
    deviation = _kaiming_deviation(tensor, a, mode, nonlinearity, "kaiming_normal_")
    return _normal(tensor, 0.0, deviation)


def _kaiming_deviation(tensor: wg.Tensor, a: float, mode: str, nonlinearity: str, op: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise wrong(op, f"mode={mode!r}", '"fan_in" or "fan_out"', 'write mode="fan_in"')
    fan = fans(tensor, op)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / sqrt(fan)


@_writes
def orthogonal_(tensor: wg.Tensor, gain: float = 1.0) -> Any:
    """Orthonormal rows or columns times `gain`, of the matrix of shape (first axis, all others).

    Source: A. Saxe et al., "Exact solutions to the nonlinear dynamics of learning" (2014).
    """
    _check_axes(tensor, "orthogonal_", 2, None)
    rows, columns = tensor.shape[0], prod(tensor.shape[1:])
    drawn = wg.random.normal(0.0, 1.0, size=(rows, columns), dtype=_precision(tensor))
    q, r = np.linalg.qr(drawn if rows >= columns else drawn.T)
    q = q * np.sign(np.diagonal(r))  # so that all orthogonal matrices are equally likely
    return gain * (q if rows >= columns else q.T).reshape(tensor.shape)


@_writes
def sparse_(tensor: wg.Tensor, sparsity: float, std: float = 0.01) -> Any:
    """Normal, but for a part `sparsity` of each column of a matrix, which is 0 (J. Martens, 2010)."""
    _check_axes(tensor, "sparse_", 2, 2)
    rows, columns = tensor.shape
    zeros = int(numpy.ceil(sparsity * rows))
    rank = np.argsort(np.argsort(wg.random.uniform(0.0, 1.0, size=(rows, columns)), axis=0), axis=0)
    return np.where(rank < zeros, 0, wg.random.normal(0.0, std, size=(rows, columns)))


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights should be larger for the variance to stay, where a function follows.

    Args:
        nonlinearity: the name of the function in `wengert.nn.functional`, or of a linear layer (``"conv2d"``).
        param: the negative slope of ``"leaky_relu"``, 0.01 by default.

    >>> import wengert as wg
    >>> wg.nn.init.calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity == "leaky_relu":
        return sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise wrong(
            "calculate_gain", repr(nonlinearity), f"one of leaky_relu, {', '.join(GAINS)}", 'write "relu" or another'
        )
    return GAINS[nonlinearity]


GAINS = {
    "linear": 1.0, "conv1d": 1.0, "conv2d": 1.0, "conv3d": 1.0, "conv_transpose1d": 1.0, "conv_transpose2d": 1.0,
    "conv_transpose3d": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": sqrt(2), "selu": 3 / 4,
}  # fmt: skip


def fans(tensor: wg.Tensor, op: str) -> tuple[int, int]:
    """How many numbers a result is computed from, and how many results a number goes to.

    Raises:
        ValueError: it is no matrix or kernel.
    """
    _check_axes(tensor, op, 2, None)
    window = prod(tensor.shape[2:])
    return tensor.shape[1] * window, tensor.shape[0] * window


def _check_axes(tensor: wg.Tensor, op: str, least: int, most: int | None) -> None:
    if not least <= tensor.ndim <= (most or tensor.ndim):
        wanted = f"at least {least} axes" if most is None else f"{least} to {most} axes"
        raise wrong(op, f"a tensor of shape {tensor.shape}", wanted, "write init.uniform_(tensor) for any shape")
