"""Normalisation layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import wengert as wg
import wengert.numpy as np

from .. import functional as F
from ..errors import LayerError, check_features, wrong
from ..module import Module, Parameter
from .of_function import OfFunction

__all__ = [
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
    "LayerNorm", "LocalResponseNorm", "RMSNorm",
]  # fmt: skip


def _scale_and_shift(module: Module, shape: tuple[int, ...], weight: bool, bias: bool, dtype: Any) -> None:
    """Give a module a factor 1 and a shift 0 to learn, or neither."""
    module.register_parameter("weight", Parameter(np.ones(shape, dtype)) if weight else None)
    module.register_parameter("bias", Parameter(np.zeros(shape, dtype)) if bias else None)


class _OfChannels(Module):
    """Normalisation of the channels of (N, C, ...), perhaps with running means and variances."""

    axes: ClassVar[tuple[int, ...]]
    weight: wg.Tensor | None
    bias: wg.Tensor | None
    running_mean: wg.Tensor | None
    running_var: wg.Tensor | None
    num_batches_tracked: wg.Tensor

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: Any = "float32",
    ) -> None:
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.dtype: Any = np.dtype(dtype)
        _scale_and_shift(self, (num_features,), affine, affine, dtype)
        self.register_buffer("running_mean", np.zeros(num_features, dtype) if track_running_stats else None)
        self.register_buffer("running_var", np.ones(num_features, dtype) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", np.zeros((), int) if track_running_stats else None)

    def reset_running_stats(self) -> None:
        """Forget the means and variances met so far."""
        if self.running_mean is not None and self.running_var is not None:
            with wg.no_grad():
                self.running_mean.fill_(0)
                self.running_var.fill_(1)
                self.num_batches_tracked.fill_(0)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _input(self, x: Any) -> wg.Tensor:
        x = np.asarray(x)
        like = self.weight if self.weight is not None else self.running_mean
        x = x if like is None else F.as_input(x, like)
        if x.ndim not in self.axes:
            wanted = " or ".join(f"{n} axes" for n in self.axes)
            raise LayerError(
                self,
                f"got {x.ndim} axes, wanted {wanted} (of {type(self).__name__}), in an input of shape {x.shape}; write "
                f"x of shape (N, {self.num_features}, ...)",
            )
        return x

    def _counted(self) -> Any:
        """How far the running values move, with the batch counted."""
        if not self.track_running_stats:
            return 0.0
        with wg.no_grad():
            self.num_batches_tracked += 1
        if self.momentum is None:
            return 1 / self.num_batches_tracked.astype(self.dtype)
        return self.momentum


class _BatchNorm(_OfChannels):
    def forward(self, x: Any) -> wg.Tensor:
        x = self._input(x)
        check_features(self, x, self.num_features, "num_features", axis=1 - x.ndim)
        by_batch = self.training or self.running_mean is None
        moved = self._counted() if self.training else 0.0
        running = (self.running_mean, self.running_var)
        return F.batch_norm(x, *running, self.weight, self.bias, by_batch, moved, self.eps)


class BatchNorm1d(_BatchNorm):
    """`wengert.nn.functional.batch_norm` of (N, C) or (N, C, L).

    Args:
        num_features: C, the number of channels.
        eps: added to the variance.
        momentum: how far running means and variances move in training; ``None``: so that they are plain averages.
        affine: learn a factor and a shift for each channel.
        track_running_stats: keep running means and variances, and normalise by them in use.
        dtype: of the parameters; floating inputs are cast to it.

    >>> import wengert as wg, wengert.numpy as np
    >>> norm = wg.nn.BatchNorm1d(2)
    >>> _ = norm(np.array([[0.0, 1.0], [2.0, 1.0]]))
    >>> norm.running_mean
    tensor([0.1, 0.1], dtype=float32)
    """

    axes: ClassVar[tuple[int, ...]] = (2, 3)


class BatchNorm2d(_BatchNorm):
    """`wengert.nn.functional.batch_norm` of (N, C, H, W); arguments as for `BatchNorm1d`."""

    axes: ClassVar[tuple[int, ...]] = (4,)


class BatchNorm3d(_BatchNorm):
    """`wengert.nn.functional.batch_norm` of (N, C, D, H, W); arguments as for `BatchNorm1d`."""

    axes: ClassVar[tuple[int, ...]] = (5,)


class _InstanceNorm(_OfChannels):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        dtype: Any = "float32",
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype)

    def forward(self, x: Any) -> wg.Tensor:
        x = self._input(x)
        if x.ndim == self.axes[0]:
            return self.forward(x[None])[0]
        if self.training or self.running_mean is None or self.running_var is None:
            self._follow(x)
            return F.instance_norm(x, self.weight, self.bias, self.eps)
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)

    def _follow(self, x: wg.Tensor) -> None:
        """Move the running values towards the averages over the examples."""
        if self.running_mean is None or self.running_var is None:
            return
        moved, space = self._counted(), tuple(range(2, x.ndim))
        found = wg.stop_gradient(x)
        for running, new in (
            (self.running_mean, np.mean(found, axis=(0, *space))),
            (self.running_var, np.mean(np.var(found, axis=space, ddof=1), axis=0)),
        ):
            running.copy_(running + moved * (new - running))


class InstanceNorm1d(_InstanceNorm):
    """`wengert.nn.functional.instance_norm` of (C, L) or (N, C, L); arguments as for `BatchNorm1d`."""

    axes: ClassVar[tuple[int, ...]] = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """`wengert.nn.functional.instance_norm` of (C, H, W) or (N, C, H, W); arguments as for `BatchNorm1d`."""

    axes: ClassVar[tuple[int, ...]] = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """`wengert.nn.functional.instance_norm` of (C, D, H, W) or (N, C, D, H, W); arguments as for `BatchNorm1d`."""

    axes: ClassVar[tuple[int, ...]] = (4, 5)


class LayerNorm(Module):
    """`wengert.nn.functional.layer_norm`, with a factor and a shift to learn.

    Args:
        normalized_shape: the lengths of the last axes, or that of the last one.
        eps: added to the variance.
        elementwise_affine: learn a factor.
        bias: learn a shift as well.
        dtype: of the parameters; floating inputs are cast to it.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.LayerNorm(3)(np.ones((5, 3))).shape
    (5, 3)
    """

    weight: wg.Tensor | None
    bias: wg.Tensor | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: Any = "float32",
    ) -> None:
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape: tuple[int] | tuple[int, ...] = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        _scale_and_shift(self, shape, elementwise_affine, elementwise_affine and bias, dtype)

    def forward(self, x: Any) -> wg.Tensor:
        x = np.asarray(x) if self.weight is None else F.as_input(x, self.weight)
        check_features(self, x, self.normalized_shape[-1], "normalized_shape")
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class RMSNorm(Module):
    """`wengert.nn.functional.rms_norm`, with a factor to learn.

    Args:
        normalized_shape: the lengths of the last axes, or that of the last one.
        eps: added to the mean of squares; the distance of 1 to the next number of the dtype by default.
        elementwise_affine: learn a factor.
        dtype: of the parameter; floating inputs are cast to it.
    """

    weight: wg.Tensor | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        dtype: Any = "float32",
    ) -> None:
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape: tuple[int] | tuple[int, ...] = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter("weight", Parameter(np.ones(shape, dtype)) if elementwise_affine else None)

    def forward(self, x: Any) -> wg.Tensor:
        x = np.asarray(x) if self.weight is None else F.as_input(x, self.weight)
        check_features(self, x, self.normalized_shape[-1], "normalized_shape")
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """`wengert.nn.functional.group_norm`, with a factor and a shift for each channel to learn.

    Args:
        num_groups: into how many groups the channels are divided.
        num_channels: the number of channels.
        eps: added to the variance.
        affine: learn a factor and a shift.
        dtype: of the parameters; floating inputs are cast to it.
    """

    weight: wg.Tensor | None
    bias: wg.Tensor | None

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, dtype: Any = "float32"
    ) -> None:
        if num_groups < 1 or num_channels % num_groups:
            raise wrong(
                "GroupNorm", f"{num_channels} channels in {num_groups} groups", "a divisor", "write num_groups=1"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        _scale_and_shift(self, (num_channels,), affine, affine, dtype)

    def forward(self, x: Any) -> wg.Tensor:
        x = np.asarray(x) if self.weight is None else F.as_input(x, self.weight)
        check_features(self, x, self.num_channels, "num_channels", axis=1 - x.ndim)
        return F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


class LocalResponseNorm(OfFunction):
    """`wengert.nn.functional.local_response_norm`."""

    function: Final = F.local_response_norm
