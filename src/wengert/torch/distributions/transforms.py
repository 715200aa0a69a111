"""Distributions of functions of random numbers, and the functions."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import wengert as wg

from ..creation import full
from ..nn.functional import softplus  # type: ignore[attr-defined]
from ..tensor import Tensor
from .continuous import Normal
from .distribution import Distribution

__all__ = [
    "AffineTransform", "ComposeTransform", "ExpTransform", "LogisticNormal", "PowerTransform", "SigmoidTransform",
    "SoftplusTransform", "StickBreakingTransform", "TanhTransform", "Transform", "TransformedDistribution",
]  # fmt: skip


class Transform:
    """A function with an inverse, of which the derivative is known.

    Attributes:
        event_dim: how many last axes it takes together.
    """

    event_dim = 0

    def __init__(self, cache_size: int = 0) -> None:
        self._cache_size = cache_size

    def __call__(self, x: Tensor) -> Tensor:
        return self._call(x)

    def _call(self, x: Tensor) -> Tensor:
        raise NotImplementedError(f"[{type(self).__name__}] there is no _call, wanted one; write def _call(self, x)")

    def _inverse(self, y: Tensor) -> Tensor:
        raise NotImplementedError(f"[{type(self).__name__}] there is no _inverse, wanted one; write def _inverse(...)")

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of by how much it stretches at `x`, where its value is `y`."""
        raise NotImplementedError(
            f"[{type(self).__name__}] there is no log_abs_det_jacobian, wanted one; write def log_abs_det_jacobian(...)"
        )

    @property
    def inv(self) -> Transform:
        """The inverse."""
        return _Inverse(self)


class _Inverse(Transform):
    def __init__(self, of: Transform) -> None:
        super().__init__()
        self._of, self.event_dim = of, of.event_dim

    def _call(self, x: Tensor) -> Tensor:
        return self._of._inverse(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self._of(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -self._of.log_abs_det_jacobian(y, x)

    @property
    def inv(self) -> Transform:
        return self._of


class ExpTransform(Transform):
    """exp(x)."""

    def _call(self, x: Tensor) -> Tensor:
        return x.exp()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """x."""
        return x


class PowerTransform(Transform):
    """x^exponent of positive numbers."""

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.exponent = exponent

    def _call(self, x: Tensor) -> Tensor:
        return x**self.exponent

    def _inverse(self, y: Tensor) -> Tensor:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log |exponent y / x|."""
        return (self.exponent * y / x).abs().log()


class SigmoidTransform(Transform):
    """1 / (1 + exp(-x))."""

    def _call(self, x: Tensor) -> Tensor:
        return x.sigmoid()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """-softplus(x) - softplus(-x)."""
        return -softplus(-x) - softplus(x)


class TanhTransform(Transform):
    """tanh(x)."""

    def _call(self, x: Tensor) -> Tensor:
        return x.tanh()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log(1 - tanh(x)^2), without what cancels."""
        return 2 * (log(2) - x - softplus(-2 * x))


class SoftplusTransform(Transform):
    """log(1 + exp(x))."""

    def _call(self, x: Tensor) -> Tensor:
        return softplus(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return (-(-y).expm1()).log() + y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """-softplus(-x)."""
        return -softplus(-x)


class AffineTransform(Transform):
    """loc + scale x."""

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc = loc
        self.scale = scale
        self.event_dim = event_dim

    def _call(self, x: Tensor) -> Tensor:
        return self.loc + self.scale * x

    def _inverse(self, y: Tensor) -> Tensor:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log |scale|."""
        return _summed((x * 0 + self.scale).abs().log(), self.event_dim)


class StickBreakingTransform(Transform):
    """Numbers as shares that add up to 1, one more: each takes its part of what is left of a stick."""

    event_dim = 1

    def _call(self, x: Tensor) -> Tensor:
        part = (x - self._offset(x)).sigmoid()
        left = (1 - part).cumprod(-1)
        return _longer(part, 1) * _longer(left, 1, at_the_start=True)

    def _inverse(self, y: Tensor) -> Tensor:
        shares = y[..., :-1]
        left = 1 - shares.cumsum(-1)
        return shares.log() - left.log() + self._offset(shares)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The sum over the parts."""
        x = x - self._offset(x)
        return (-x + (x - softplus(x)) + y[..., :-1].log()).sum(-1)

    def _offset(self, x: Tensor) -> Tensor:
        """The logarithm of how many parts are to come, so that zeros are the same shares."""
        return x.new_tensor([float(x.shape[-1] - place) for place in range(x.shape[-1])]).log()


def _longer(x: Tensor, value: float, at_the_start: bool = False) -> Tensor:
    from ..functions.shapes import cat

    end = x.new_full((*x.shape[:-1], 1), value)
    return cat([end, x] if at_the_start else [x, end], -1)


class ComposeTransform(Transform):
    """One after another."""

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts: list[Transform] = list(parts)
        self.event_dim: int = max((part.event_dim for part in self.parts), default=0)

    def _call(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        for part in reversed(self.parts):
            y = part._inverse(y)
        return y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The sum over the parts."""
        total: Any = 0
        for part in self.parts:
            after = part(x)
            total = total + _summed(part.log_abs_det_jacobian(x, after), self.event_dim - part.event_dim)
            x = after
        return total


def _summed(of_each: Tensor, axes: int) -> Tensor:
    """The sum over so many last axes."""
    return of_each.sum(tuple(range(-axes, 0))) if axes else of_each


class TransformedDistribution(Distribution):
    """The distribution of a function of random numbers.

    >>> from wengert import torch
    >>> from wengert.torch.distributions import Normal, TransformedDistribution, transforms
    >>> TransformedDistribution(Normal(0.0, 1.0), transforms.ExpTransform()).log_prob(torch.tensor(1.0))
    tensor(-0.9189)
    """

    def __init__(self, base_distribution: Any, transforms: Any, validate_args: Any = None) -> None:
        self.base_dist = base_distribution
        self.transforms: list[Transform] | list[Any] = (
            [transforms] if isinstance(transforms, Transform) else list(transforms)
        )
        self._together = ComposeTransform(self.transforms)
        whole = (*base_distribution.batch_shape, *base_distribution.event_shape)
        own = len(whole) - max(self._together.event_dim, len(base_distribution.event_shape))
        with wg.no_grad():
            super().__init__(whole[:own], self._together(full(whole, 0.5)).shape[own:])

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether draws of the base differentiate."""
        return self.base_dist.has_rsample

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, without derivatives."""
        with wg.no_grad():
            return self._together(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, with derivatives by the parameters."""
        return self._together(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        x = self._together._inverse(value)
        more = len(self.event_shape) - len(self.base_dist.event_shape)
        stretch = self._together.log_abs_det_jacobian(x, value)
        stretch = _summed(stretch, len(self.event_shape) - self._together.event_dim)
        return _summed(self.base_dist.log_prob(x), max(more, 0)) - stretch

    def cdf(self, value: Tensor) -> Tensor:
        """The distribution function, for a function that increases."""
        return self.base_dist.cdf(self._together._inverse(value))

    def icdf(self, value: Tensor) -> Tensor:
        """Below which number a share of the draws is, for a function that increases."""
        return self._together(self.base_dist.icdf(value))

    def expand(self, batch_shape: Any) -> TransformedDistribution:
        """The same distribution, so many times side by side."""
        together = self.base_dist.batch_shape[len(self.batch_shape) :]
        return TransformedDistribution(self.base_dist.expand((*batch_shape, *together)), self.transforms)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class LogisticNormal(TransformedDistribution):
    """The distribution of shares that are made of normal numbers by `StickBreakingTransform`."""

    def __init__(self, loc: Any, scale: Any, validate_args: Any = None) -> None:
        super().__init__(Normal(loc, scale), StickBreakingTransform())

    @property
    def loc(self) -> Tensor:
        """The means of the normal numbers."""
        return self.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """Their standard deviations."""
        return self.base_dist.scale
