"""Distributions of whole numbers. Each draws what PyTorch draws, from the same random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
from wengert.random.parameters import probability

from ..creation import arange, eye
from ..dtypes import finfo
from ..functions.shapes import broadcast_tensors
from ..random.drawing import bernoulli, binomial, multinomial, poisson
from ..size import Size
from ..tensor import Tensor, of
from .distribution import Family, as_tensors
from .draws import clamped, gamma, uniform

__all__ = [
    "Bernoulli", "Binomial", "Categorical", "Geometric", "Multinomial", "NegativeBinomial", "OneHotCategorical",
    "Poisson", "WithLogits",
]  # fmt: skip


class WithLogits(Family):
    """One whose parameter is a probability, `probs`, or its `logits`; the other one follows.

    Attributes:
        logits: the logarithms of odds.
    """

    _of_each: tuple[str, ...] = ("logits", "_probs")

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None:
        if (probs is None) == (logits is None):
            name = type(self).__name__
            raise ValueError(
                f"[{name}] {'neither' if probs is None else 'both'} of probs and logits was given, wanted one of them; "
                f"write {name}(logits=x)"
            )
        (given,) = as_tensors([logits if probs is None else probs])
        self._probs = None if probs is None else self._normalized(given)
        if self._probs is not None and validate_args is not False:
            probability(type(self).__name__, "probs", self._probs._tensor)
        self.logits: Tensor = self._normalized_logits(given) if self._probs is None else self._to_logits(self._probs)

    def _normalized(self, probs: Tensor) -> Tensor:
        return probs

    def _normalized_logits(self, logits: Tensor) -> Tensor:
        return logits

    def _to_logits(self, probs: Tensor) -> Tensor:
        inner = clamped(probs)
        return inner.log() - (-inner).log1p()

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self.logits.sigmoid() if self._probs is None else self._probs

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return self.logits.shape

    @property
    def batch_shape(self) -> Size:
        """The shape of the distributions that are held side by side."""
        return self.logits.shape

    @property
    def event_shape(self) -> Size:
        """The shape of one draw of one distribution."""
        return Size()

    def expand(self, batch_shape: Any) -> Any:
        """The same distribution, so many times side by side."""
        made, own = object.__new__(type(self)), len(self.batch_shape)
        made.__dict__.update(self.__dict__)
        for name in self._of_each:
            value = getattr(self, name)
            made.__dict__[name] = None if value is None else value.expand(*batch_shape, *value.shape[own:])
        return made

    def __repr__(self) -> str:
        name = "logits" if self._probs is None else "probs"
        given = getattr(self, name)
        return f"{type(self).__name__}({name}: {given if given.numel() == 1 else given.size()})"


class Bernoulli(WithLogits):
    """1 with a probability, else 0.

    >>> from wengert import torch
    >>> torch.distributions.Bernoulli(torch.tensor(0.25)).log_prob(torch.tensor(1.0))
    tensor(-1.3863)
    """

    @property
    def _engine(self) -> Any:
        return wg.random.Bernoulli(logits=self.logits._tensor)

    def _draw(self, shape: Size) -> Tensor:
        return bernoulli(self.probs.expand(shape))

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values, along a first axis."""
        return _each(arange(2, dtype=self.logits.dtype), self.batch_shape, expand)

    @property
    def mode(self) -> Tensor:
        """The value that is most probable; NaN if both are."""
        return (self.probs >= 0.5).to(self.probs.dtype).masked_fill(self.probs == 0.5, float("nan"))


class Geometric(WithLogits):
    """How many trials fail before the first success."""

    @property
    def _engine(self) -> Any:
        return wg.random.Geometric(self.probs._tensor)

    def _draw(self, shape: Size) -> Tensor:
        u = uniform(shape, self.probs).clamp(min=finfo(self.probs.dtype).tiny)
        return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        return value * (-self.probs).log1p() + self.probs.log()

    @property
    def mean(self) -> Tensor:
        """The expectation."""
        return 1 / self.probs - 1

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (1 / self.probs - 1) / self.probs

    def entropy(self) -> Tensor:
        """The entropy."""
        q = 1 - self.probs
        return -(self.probs * self.probs.log() + q * q.log()) / self.probs


class OfKinds(WithLogits):
    """One whose probabilities are those of several kinds."""

    def _normalized(self, probs: Tensor) -> Tensor:
        return probs / probs.sum(-1, keepdim=True)

    def _normalized_logits(self, logits: Tensor) -> Tensor:
        return logits - logits.logsumexp(-1, keepdim=True)

    def _to_logits(self, probs: Tensor) -> Tensor:
        return clamped(probs).log()

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self.logits.softmax(-1) if self._probs is None else self._probs

    @property
    def batch_shape(self) -> Size:
        """The shape of the distributions that are held side by side."""
        return self.logits.shape[:-1]

    def _kinds(self, shape: Size) -> Tensor:
        rows = self.probs.reshape(-1, self.logits.shape[-1])
        count = shape.numel() // max(rows.shape[0], 1)
        return multinomial(rows, count, True).T.reshape(shape)


class Categorical(OfKinds):
    """One of several kinds, numbered from 0.

    >>> from wengert import torch
    >>> torch.distributions.Categorical(logits=torch.zeros(4)).entropy()
    tensor(1.3863)
    """

    @property
    def _engine(self) -> Any:
        return wg.random.Categorical(logits=self.logits._tensor)

    def _draw(self, shape: Size) -> Tensor:
        return self._kinds(shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        kinds, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, kinds[..., :1]).squeeze(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values, along a first axis."""
        return _each(arange(self.logits.shape[-1]), self.batch_shape, expand)

    @property
    def mean(self) -> Tensor:
        """NaN: kinds have no mean."""
        return self.logits.detach().sum(-1) * float("nan")

    variance = mean

    @property
    def mode(self) -> Tensor:
        """The kind that is most probable."""
        return self.probs.argmax(-1)


class OneHotCategorical(Categorical):
    """One of several kinds, as a row that is 1 there and else 0."""

    @property
    def event_shape(self) -> Size:
        """As many numbers as there are kinds."""
        return self.logits.shape[-1:]

    def _draw(self, shape: Size) -> Tensor:
        return self._one_hot(self._kinds(shape))

    def _one_hot(self, kinds: Tensor) -> Tensor:
        return eye(self.logits.shape[-1], dtype=self.logits.dtype)[kinds]

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        return super().log_prob(value.argmax(-1))

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values, along a first axis."""
        return self._one_hot(super().enumerate_support(expand))

    @property
    def mean(self) -> Tensor:
        """The probabilities."""
        return self.probs

    @property
    def variance(self) -> Tensor:
        """Of each number by itself."""
        return self.probs * (1 - self.probs)

    @property
    def mode(self) -> Tensor:
        """The row that is most probable."""
        return self._one_hot(self.probs.argmax(-1))


class Multinomial(OfKinds):
    """How often each of several kinds is among `total_count` draws."""

    def __init__(self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None:
        super().__init__(probs, logits, validate_args)
        self.total_count = total_count

    @property
    def _engine(self) -> Any:
        return wg.random.Multinomial(self.total_count, self.probs._tensor)

    @property
    def event_shape(self) -> Size:
        """As many numbers as there are kinds."""
        return self.logits.shape[-1:]

    def _draw(self, shape: Size) -> Tensor:
        kinds = self._kinds(Size((self.total_count, *shape)))
        return eye(self.logits.shape[-1], dtype=self.logits.dtype)[kinds].sum(0)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        return of(self._engine.log_prob(value._tensor))

    @property
    def mean(self) -> Tensor:
        """The expectation."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        """Of each number by itself."""
        return self.total_count * self.probs * (1 - self.probs)


class Counted(WithLogits):
    """One with a number of trials beside the probability.

    Attributes:
        total_count: the number.
    """

    _of_each = ("logits", "_probs", "total_count")
    total_count: Tensor
    logits: Tensor

    def __init__(self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None:
        super().__init__(probs, logits, validate_args)
        (count,) = as_tensors([total_count])
        self.total_count, self.logits = broadcast_tensors(count.to(self.logits.dtype), self.logits)
        self._probs = None if self._probs is None else self._probs.expand(self.logits.shape)


class Binomial(Counted):
    """How many of `total_count` trials succeed."""

    @property
    def _engine(self) -> Any:
        return wg.random.Binomial(self.total_count._tensor, self.probs._tensor)

    def _draw(self, shape: Size) -> Tensor:
        return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values, along a first axis."""
        return _each(arange(1 + int(self.total_count.max()), dtype=self.logits.dtype), self.batch_shape, expand)

    @property
    def mode(self) -> Tensor:
        """The count that is most probable."""
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)


class NegativeBinomial(Counted):
    """How many trials succeed before `total_count` fail."""

    @property
    def _engine(self) -> Any:
        return wg.random.NegativeBinomial(self.total_count._tensor, (1 - self.probs)._tensor)

    def _draw(self, shape: Size) -> Tensor:
        return poisson(gamma(shape, self.total_count, (-self.logits).exp()))


class Poisson(Family):
    """How many events there are where `rate` are expected."""

    parameters: tuple[str, ...] = ("rate",)
    below: Callable[..., Any] = wg.random.Poisson

    def _draw(self, shape: Size) -> Tensor:
        return poisson(self.rate.expand(shape))

    @property
    def mode(self) -> Tensor:
        """The count that is most probable."""
        return self.rate.detach().floor()


def _each(values: Tensor, batch_shape: Size, expand: bool) -> Tensor:
    """Values along a first axis, the same for a whole batch."""
    column = values.reshape(-1, *(1,) * len(batch_shape))
    return column.expand(-1, *batch_shape) if expand else column
