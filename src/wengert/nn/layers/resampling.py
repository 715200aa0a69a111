"""Layers that pad, resample, and turn channels into space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import wengert as wg

from .. import functional as F
from ..functional.convolution import for_each
from ..module import Module
from .of_function import OfFunction

__all__ = [
    "ChannelShuffle", "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d",
    "ConstantPad3d", "PixelShuffle", "PixelUnshuffle", "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d",
    "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d", "Upsample", "UpsamplingBilinear2d",
    "UpsamplingNearest2d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip


class Upsample(Module):
    """`wengert.nn.functional.interpolate`.

    Args:
        size: the lengths of the axes of space.
        scale_factor: instead, by how much they are multiplied.
        mode: ``"nearest"``, ``"linear"``, ``"bilinear"``, ``"bicubic"``, ``"trilinear"``, ...
        align_corners: the first and last places stay where they are.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.Upsample(scale_factor=2, mode="bilinear")(np.ones((1, 3, 4, 5))).shape
    (1, 3, 8, 10)
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
    ) -> None:
        self.size = size
        self.scale_factor = scale_factor
        self.mode = mode
        self.align_corners = align_corners

    def forward(self, x: Any) -> wg.Tensor:
        return F.interpolate(x, self.size, self.scale_factor, self.mode, self.align_corners)

    def extra_repr(self) -> str:
        lengths = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{lengths}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` with the nearest place."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """Bilinear `Upsample` with the corners aligned."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "bilinear", align_corners=True)


class PixelShuffle(OfFunction):
    """`wengert.nn.functional.pixel_shuffle`."""

    function: Final = F.pixel_shuffle


class PixelUnshuffle(OfFunction):
    """`wengert.nn.functional.pixel_unshuffle`."""

    function: Final = F.pixel_unshuffle


class ChannelShuffle(OfFunction):
    """`wengert.nn.functional.channel_shuffle`."""

    function: Final = F.channel_shuffle


class _Pad(Module):
    rank: ClassVar[int]
    mode: ClassVar[str] = "constant"

    def __init__(self, padding: int | Sequence[int]) -> None:
        self.padding: tuple[int, ...] = for_each(padding, 2 * self.rank, type(self).__name__)

    def forward(self, x: Any) -> wg.Tensor:
        return F.pad(x, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, x: Any) -> wg.Tensor:
        return F.pad(x, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """More of one value at the ends of the last axis; see `wengert.nn.functional.pad`."""

    rank = 1


class ConstantPad2d(_ConstantPad):
    """More of one value at the ends of the two last axes; see `wengert.nn.functional.pad`."""

    rank = 2


class ConstantPad3d(_ConstantPad):
    """More of one value at the ends of the three last axes; see `wengert.nn.functional.pad`."""

    rank = 3


class ZeroPad1d(_Pad):
    """More zeros at the ends of the last axis; see `wengert.nn.functional.pad`."""

    rank = 1


class ZeroPad2d(_Pad):
    """More zeros at the ends of the two last axes; see `wengert.nn.functional.pad`."""

    rank = 2


class ZeroPad3d(_Pad):
    """More zeros at the ends of the three last axes; see `wengert.nn.functional.pad`."""

    rank = 3


class ReflectionPad1d(_Pad):
    """What is inside, mirrored, at the ends of the last axis; see `wengert.nn.functional.pad`."""

    rank = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """What is inside, mirrored, at the ends of the two last axes; see `wengert.nn.functional.pad`."""

    rank = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """What is inside, mirrored, at the ends of the three last axes; see `wengert.nn.functional.pad`."""

    rank = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """The last number, again and again, at the ends of the last axis; see `wengert.nn.functional.pad`."""

    rank = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """The last number, again and again, at the ends of the two last axes; see `wengert.nn.functional.pad`."""

    rank = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """The last number, again and again, at the ends of the three last axes; see `wengert.nn.functional.pad`."""

    rank = 3
    mode = "replicate"


class CircularPad1d(_Pad):
    """What is at the other end at the ends of the last axis; see `wengert.nn.functional.pad`."""

    rank = 1
    mode = "circular"


class CircularPad2d(_Pad):
    """What is at the other end at the ends of the two last axes; see `wengert.nn.functional.pad`."""

    rank = 2
    mode = "circular"


class CircularPad3d(_Pad):
    """What is at the other end at the ends of the three last axes; see `wengert.nn.functional.pad`."""

    rank = 3
    mode = "circular"
