"""What distributions share: shapes, draws, and the distribution of the engine that knows the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
from wengert.fronts.face import behind, faced
from wengert.random.parameters import positive

from ..creation import as_tensor
from ..dtypes import get_default_dtype
from ..functions.shapes import broadcast_tensors
from ..size import Size
from ..tensor import Tensor, of

__all__ = ["Distribution", "Family"]


class Distribution:
    """What distributions derive from: those here, and users' own.

    Attributes:
        has_rsample: whether what is drawn by `rsample` has derivatives by the parameters.
    """

    has_rsample = False

    def __init__(self, batch_shape: Any = (), event_shape: Any = (), validate_args: Any = None) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)

    @property
    def batch_shape(self) -> Size:
        """The shape of the distributions that are held side by side."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one draw of one distribution."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        """The shape of draws."""
        return Size((*sample_shape, *self.batch_shape, *self.event_shape))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, without derivatives."""
        with wg.no_grad():
            return self.rsample(sample_shape).detach()

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, with derivatives by the parameters."""
        raise NotImplementedError(
            f"[{type(self).__name__}] there is no rsample, wanted a distribution whose draws differentiate; write "
            "d.sample() and the loss -d.log_prob(x) * reward"
        )

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density, or of the probability."""
        raise NotImplementedError(f"[{type(self).__name__}] there is no log_prob, wanted one; write def log_prob(...)")

    @property
    def stddev(self) -> Tensor:
        """The root of the variance."""
        return self.variance.sqrt()

    def perplexity(self) -> Tensor:
        """The exponential of the entropy."""
        return self.entropy().exp()

    def __getattr__(self, name: str) -> Any:
        if name in ("mean", "variance", "mode", "entropy", "cdf", "icdf", "support", "enumerate_support"):
            raise NotImplementedError(
                f"[{type(self).__name__}] there is no {name}, wanted a distribution of which it is known; write the "
                "mean of many draws, d.sample((10000,)).mean(0)"
            )
        raise AttributeError(f"[{type(self).__name__}] there is no {name}, wanted an attribute of a distribution")


class Family(Distribution):
    """A distribution with parameters, of which the engine has one too, that knows densities, moments and entropy.

    Attributes:
        parameters: what the parameters are called, in their order.
        defaults: those that may be left out.
        below: from the parameters to the distribution of the engine.
    """

    parameters: tuple[str, ...] = ()
    defaults: dict[str, float] = {}  # noqa: RUF012 - nobody writes to it
    below: Callable[..., Any]

    def __init__(self, *args: Any, validate_args: bool | None = None, **kwargs: Any) -> None:
        given = _bound(type(self), args, kwargs)
        for name, value in zip(self.parameters, self._together(list(given.values())), strict=True):
            setattr(self, name, value)
        if validate_args is not False:
            _check(self)

    def _together(self, values: list[Any]) -> list[Tensor]:
        """Parameters as tensors of one shape."""
        return list(broadcast_tensors(*as_tensors(values)))

    @property
    def _engine(self) -> Any:
        """The distribution of the engine with the same parameters."""
        return type(self).below(*(behind(getattr(self, name)) for name in self.parameters))

    @property
    def batch_shape(self) -> Size:
        """The shape of the distributions that are held side by side."""
        return Size(self._engine.batch_shape)

    @property
    def event_shape(self) -> Size:
        """The shape of one draw of one distribution."""
        return Size(self._engine.event_shape)

    def _draw(self, shape: Size) -> Tensor:
        """Draws of a shape, that of the batch included."""
        raise NotImplementedError

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, without derivatives."""
        with wg.no_grad():
            return self._draw(Size((*sample_shape, *self.batch_shape))).detach()

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draws, with derivatives by the parameters.

        Raises:
            NotImplementedError: they have none.
        """
        return self._draw(Size((*sample_shape, *self.batch_shape))) if self.has_rsample else super().rsample()

    def expand(self, batch_shape: Any) -> Any:
        """The same distribution, so many times side by side."""
        own = len(self.batch_shape)
        given = (getattr(self, name) for name in self.parameters)
        return type(self)(*(each.expand(*batch_shape, *each.shape[own:]) for each in given), validate_args=False)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density, or of the probability."""
        return of(self._engine.log_prob(behind(value)))

    def cdf(self, value: Any) -> Tensor:
        """The distribution function."""
        return of(self._engine.cdf(behind(value)))

    def entropy(self) -> Tensor:
        """The entropy."""
        return of(self._engine.entropy())

    @property
    def mean(self) -> Tensor:
        """The expectation."""
        return faced(self._engine.mean, Tensor)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return faced(self._engine.variance, Tensor)

    @property
    def stddev(self) -> Tensor:
        """The root of the variance."""
        return self.variance.sqrt()

    def __repr__(self) -> str:
        given = ((name, getattr(self, name)) for name in self.parameters)
        shown = (f"{name}: {each if each.numel() == 1 else each.size()}" for name, each in given)
        return f"{type(self).__name__}({', '.join(shown)})"


def as_tensors(values: list[Any]) -> list[Tensor]:
    """Parameters as tensors; numbers are of the dtype of those that are tensors."""
    dtypes = [value.dtype for value in values if isinstance(value, Tensor)]
    return [as_tensor(value, dtype=dtypes[0] if dtypes else get_default_dtype()) for value in values]


def _bound(kind: type[Family], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The parameters by name.

    Raises:
        TypeError: one is missing, or there is one too many.
    """
    given = {**kind.defaults, **dict(zip(kind.parameters, args, strict=False)), **kwargs}
    if len(args) > len(kind.parameters) or given.keys() != set(kind.parameters):
        raise TypeError(
            f"[{kind.__name__}] {len(args)} parameters and {', '.join(kwargs) or 'none'} by name were given, wanted "
            f"{', '.join(kind.parameters)}; write {kind.__name__}({', '.join(kind.parameters)})"
        )
    return {name: given[name] for name in kind.parameters}


POSITIVE = frozenset(
    {"scale", "rate", "concentration", "concentration0", "concentration1", "df", "df1", "df2", "alpha"}
)
"""Parameters that are positive."""


def _check(distribution: Family) -> None:
    """Raise if a parameter that is positive is not.

    Raises:
        ValueError: it is not.
    """
    for name in POSITIVE.intersection(distribution.parameters):
        positive(type(distribution).__name__, name, behind(getattr(distribution, name)))
