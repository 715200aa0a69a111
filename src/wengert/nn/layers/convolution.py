"""Convolutional layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt
from typing import Any, ClassVar, Final

import wengert as wg
import wengert.numpy as np

from .. import functional as F, init
from ..errors import check_features, wrong
from ..functional.convolution import Lengths, convolved, for_each, transposed
from ..module import Module, Parameter
from .of_function import OfFunction

__all__ = [
    "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Fold", "Unfold",
]  # fmt: skip


class _Convolutional(Module):
    """What convolutions and their transposes have in common."""

    rank: ClassVar[int]
    weight: wg.Tensor
    bias: wg.Tensor | None
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]

    def _make(
        self,
        channels: tuple[int, int],
        kernel_size: Lengths,
        stride: Lengths,
        padding: Any,
        dilation: Lengths,
        groups: int,
        bias: bool,
        padding_mode: str,
        dtype: Any,
    ) -> None:
        kind = type(self).__name__
        self.in_channels, self.out_channels = channels
        if groups < 1 or any(count % groups for count in channels):
            raise wrong(
                kind, f"{channels[0]} to {channels[1]} channels in {groups} groups", "a divisor", "write groups=1"
            )
        self.kernel_size, self.stride, self.dilation = (
            for_each(value, self.rank, kind) for value in (kernel_size, stride, dilation)
        )
        self.padding: str | tuple[Any, ...] = (
            padding if isinstance(padding, str) else for_each(padding, self.rank, kind)
        )
        if padding_mode not in PADDING_MODES:
            raise wrong(kind, f"padding_mode={padding_mode!r}", ", ".join(PADDING_MODES), 'write padding_mode="zeros"')
        self.groups = groups
        self.padding_mode = padding_mode
        self.weight = Parameter(np.zeros(self._shape(), dtype))
        self.register_parameter("bias", Parameter(np.zeros(self.out_channels, dtype)) if bias else None)
        self.reset_parameters()

    def _shape(self) -> tuple[int, ...]:
        """The shape of the kernels."""
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    def reset_parameters(self) -> None:
        """Draw the parameters anew: uniform in +-1 / sqrt(numbers that a result is computed from)."""
        fan = prod(self.weight.shape[1:])
        for parameter in self.parameters():
            init.uniform_(parameter, -1 / sqrt(fan or 1), 1 / sqrt(fan or 1))

    def _input(self, x: Any, weight: wg.Tensor) -> wg.Tensor:
        x = F.as_input(x, weight)
        if x.ndim in (self.rank + 1, self.rank + 2):
            check_features(self, x, self.in_channels, "in_channels", axis=-1 - self.rank)
        return x

    def extra_repr(self) -> str:
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        ones, zeros = (1,) * self.rank, (0,) * self.rank
        usual = {"stride": ones, "padding": zeros, "dilation": ones, "groups": 1, "padding_mode": "zeros"}
        parts += [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join([*parts, *(["bias=False"] if self.bias is None else [])])


PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _Conv(_Convolutional):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Lengths,
        stride: Lengths = 1,
        padding: Lengths | str = 0,
        dilation: Lengths = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: Any = "float32",
    ) -> None:
        channels = in_channels, out_channels
        self._make(channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, dtype)

    def forward(self, x: Any) -> wg.Tensor:
        weight, padding = self.weight, self.padding
        x = self._input(x, weight)
        if self.padding_mode != "zeros":
            x, padding = F.pad(x, self._at_ends(), self.padding_mode), 0
        return convolved(x, weight, self.bias, self.stride, padding, self.dilation, self.groups, self.rank)

    def _at_ends(self) -> list[int]:
        """How much is added before and after each axis, the last axis first."""
        if self.padding == "valid":
            return [0] * (2 * self.rank)
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            pairs = [(total // 2, total - total // 2) for total in totals]
        else:
            pairs = [(int(p), int(p)) for p in self.padding]
        return [length for pair in reversed(pairs) for length in pair]


class Conv1d(_Conv):
    """`wengert.nn.functional.conv1d` with kernels and a shift for each that are learned.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the result: how many kernels there are.
        kernel_size: the lengths of a kernel.
        stride: how far a window is from the one before it.
        padding: what is added at both ends; or ``"same"``, ``"valid"``.
        dilation: how far the elements of a window are apart.
        groups: the channels are divided into so many groups that do not meet.
        bias: learn a shift for each channel of the result.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
        dtype: of the parameters; floating inputs are cast to it.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.Conv1d(2, 4, 3, padding="same")(np.ones((5, 2, 10))).shape
    (5, 4, 10)
    """

    rank = 1


class Conv2d(_Conv):
    """`wengert.nn.functional.conv2d` with kernels that are learned; arguments as for `Conv1d`.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.Conv2d(1, 16, 3, stride=2)(np.ones((5, 1, 9, 9))).shape
    (5, 16, 4, 4)
    """

    rank = 2


class Conv3d(_Conv):
    """`wengert.nn.functional.conv3d` with kernels that are learned; arguments as for `Conv1d`."""

    rank = 3


class _ConvTranspose(_Convolutional):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Lengths,
        stride: Lengths = 1,
        padding: Lengths = 0,
        output_padding: Lengths = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Lengths = 1,
        dtype: Any = "float32",
    ) -> None:
        self.output_padding: tuple[Any, ...] = for_each(output_padding, self.rank, type(self).__name__)
        channels = in_channels, out_channels
        self._make(channels, kernel_size, stride, padding, dilation, groups, bias, "zeros", dtype)

    def _shape(self) -> tuple[int, ...]:
        return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)

    def forward(self, x: Any, output_size: Sequence[int] | None = None) -> wg.Tensor:
        """The result; `output_size` says its lengths where the stride leaves a choice."""
        weight = self.weight
        x = self._input(x, weight)
        more = self.output_padding if output_size is None else self._missing(x, output_size)
        moves = self.stride, self.padding, more, self.groups, self.dilation
        return transposed(x, weight, self.bias, *moves, self.rank)

    def _missing(self, x: wg.Tensor, output_size: Sequence[int]) -> tuple[int, ...]:
        """How many elements the lengths wanted are longer than the shortest there are."""
        wanted, moves = (
            tuple(output_size)[-self.rank :],
            zip(x.shape[-self.rank :], self.stride, self.padding, self.dilation, self.kernel_size, strict=True),
        )
        shortest = [(n - 1) * s - 2 * int(p) + d * (k - 1) + 1 for n, s, p, d, k in moves]
        more = tuple(w - n for w, n in zip(wanted, shortest, strict=True))
        if any(not 0 <= m < s for m, s in zip(more, self.stride, strict=True)):
            longest = [n + s - 1 for n, s in zip(shortest, self.stride, strict=True)]
            raise wrong(
                type(self).__name__,
                f"output_size={wanted}",
                f"lengths from {shortest} to {longest}",
                "leave it out for the shortest",
            )
        return more


class ConvTranspose1d(_ConvTranspose):
    """`wengert.nn.functional.conv_transpose1d` with kernels and a shift for each channel that are learned.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the result.
        kernel_size: the lengths of a kernel.
        stride: how far the places are apart to which the kernels are added.
        padding: what is left out at both ends.
        output_padding: elements more at the end.
        groups: the channels are divided into so many groups that do not meet.
        bias: learn a shift for each channel of the result.
        dilation: how far the elements of a kernel are apart.
        dtype: of the parameters; floating inputs are cast to it.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.ConvTranspose1d(4, 2, 3, stride=2)(np.ones((5, 4, 10))).shape
    (5, 2, 21)
    """

    rank = 1


class ConvTranspose2d(_ConvTranspose):
    """`wengert.nn.functional.conv_transpose2d` with kernels that are learned; arguments as for `ConvTranspose1d`."""

    rank = 2


class ConvTranspose3d(_ConvTranspose):
    """`wengert.nn.functional.conv_transpose3d` with kernels that are learned; arguments as for `ConvTranspose1d`."""

    rank = 3


class Unfold(OfFunction):
    """`wengert.nn.functional.unfold`."""

    function: Final = F.unfold


class Fold(OfFunction):
    """`wengert.nn.functional.fold`."""

    function: Final = F.fold
