"""Activations as layers: each is the function of the same meaning in `wengert.nn.functional`."""

from __future__ import annotations

from inspect import Parameter
from typing import Any, ClassVar, Final

import wengert as wg
import wengert.numpy as np

from .. import functional as F
from ..module import Module, Parameter as Learned
from .of_function import OfFunction

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid",
    "LogSoftmax", "Mish", "PReLU", "ReLU", "ReLU6", "RReLU", "SELU", "Sigmoid", "SiLU", "Softmax", "Softmax2d",
    "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold",
]  # fmt: skip


class _Activation(OfFunction):
    """A layer that takes PyTorch's ``inplace``, which changes nothing: a value is never written over."""

    taken_too: ClassVar[tuple[Parameter, ...]] = (
        Parameter("inplace", Parameter.POSITIONAL_OR_KEYWORD, default=False, annotation=bool),
    )


class CELU(_Activation):
    """`wengert.nn.functional.celu`."""

    function: Final = F.celu


class ELU(_Activation):
    """`wengert.nn.functional.elu`."""

    function: Final = F.elu


class GELU(_Activation):
    """`wengert.nn.functional.gelu`."""

    function: Final = F.gelu


class GLU(_Activation):
    """`wengert.nn.functional.glu`."""

    function: Final = F.glu


class Hardshrink(_Activation):
    """`wengert.nn.functional.hardshrink`."""

    function: Final = F.hardshrink


class Hardsigmoid(_Activation):
    """`wengert.nn.functional.hardsigmoid`."""

    function: Final = F.hardsigmoid


class Hardswish(_Activation):
    """`wengert.nn.functional.hardswish`."""

    function: Final = F.hardswish


class Hardtanh(_Activation):
    """`wengert.nn.functional.hardtanh`."""

    function: Final = F.hardtanh


class LeakyReLU(_Activation):
    """`wengert.nn.functional.leaky_relu`.

    >>> import wengert as wg
    >>> wg.nn.LeakyReLU(0.1)([-1.0, 2.0])
    tensor([-0.1,  2. ])
    """

    function: Final = F.leaky_relu


class LogSigmoid(_Activation):
    """`wengert.nn.functional.logsigmoid`."""

    function: Final = F.logsigmoid


class LogSoftmax(_Activation):
    """`wengert.nn.functional.log_softmax`."""

    function: Final = F.log_softmax


class Mish(_Activation):
    """`wengert.nn.functional.mish`."""

    function: Final = F.mish


class ReLU(_Activation):
    """`wengert.nn.functional.relu`."""

    function: Final = F.relu


class ReLU6(_Activation):
    """`wengert.nn.functional.relu6`."""

    function: Final = F.relu6


class SELU(_Activation):
    """`wengert.nn.functional.selu`."""

    function: Final = F.selu


class Sigmoid(_Activation):
    """`wengert.nn.functional.sigmoid`."""

    function: Final = F.sigmoid


class SiLU(_Activation):
    """`wengert.nn.functional.silu`."""

    function: Final = F.silu


class Softmax(_Activation):
    """`wengert.nn.functional.softmax`."""

    function: Final = F.softmax


class Softmin(_Activation):
    """`wengert.nn.functional.softmin`."""

    function: Final = F.softmin


class Softplus(_Activation):
    """`wengert.nn.functional.softplus`."""

    function: Final = F.softplus


class Softshrink(_Activation):
    """`wengert.nn.functional.softshrink`."""

    function: Final = F.softshrink


class Softsign(_Activation):
    """`wengert.nn.functional.softsign`."""

    function: Final = F.softsign


class Tanh(_Activation):
    """`wengert.nn.functional.tanh`."""

    function: Final = F.tanh


class Tanhshrink(_Activation):
    """`wengert.nn.functional.tanhshrink`."""

    function: Final = F.tanhshrink


class Threshold(_Activation):
    """`wengert.nn.functional.threshold`."""

    function: Final = F.threshold


class Softmax2d(Module):
    """`wengert.nn.functional.softmax` over the channels, axis -3 of (N, C, H, W) or (C, H, W)."""

    def forward(self, x: Any) -> wg.Tensor:
        return F.softmax(x, -3)


class RReLU(Module):
    """`wengert.nn.functional.rrelu`: random slopes in training, their mean in use."""

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        self.lower = lower
        self.upper = upper

    def forward(self, x: Any) -> wg.Tensor:
        return F.rrelu(x, self.lower, self.upper, self.training)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}"


class PReLU(Module):
    """`wengert.nn.functional.prelu`, with one slope or one for each channel (axis 1).

    Args:
        num_parameters: 1, or the number of channels.
        init: the slope to begin with.
        dtype: of the slopes.
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: Any = "float32") -> None:
        self.num_parameters = num_parameters
        self.weight: wg.Tensor = Learned(np.full(num_parameters, init, dtype))

    def forward(self, x: Any) -> wg.Tensor:
        return F.prelu(x, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"
