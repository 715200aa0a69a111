"""Methods that fill a tensor with random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
from wengert.fronts.face import Face

from ..registry import method
from ..tensor import Tensor
from .drawing import bernoulli, engine_draws
from .mersenne import Generator, source

__all__: list[str] = []

DOUBLE = numpy.dtype(numpy.float64)


@method
def uniform_(self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Uniform numbers everywhere; the tensor itself."""
    with engine_draws(generator):
        self._tensor[...] = wg.random.uniform(from_, to, size=self._tensor.shape, dtype=self._tensor.dtype)
    return self


@method
def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Normal numbers everywhere; the tensor itself."""
    with engine_draws(generator):
        self._tensor[...] = wg.random.normal(mean, std, size=self._tensor.shape, dtype=self._tensor.dtype)
    return self


@method
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """1 with a probability, else 0, everywhere; the tensor itself."""
    if isinstance(p, Face):
        return self.copy_(bernoulli(p.expand_as(self), generator=generator))  # type: ignore[attr-defined]
    return self.copy_(bernoulli(self, p, generator=generator))


@method
def random_(self: Tensor, from_: int = 0, to: int | None = None, *, generator: Generator | None = None) -> Tensor:
    """Integers everywhere, from `from_` to before `to`; the tensor itself."""
    low, high = (0, from_) if to is None and from_ else (from_, to)
    draws, count = source(generator), self._tensor.size
    drawn = _any(draws, count, self._tensor.dtype) if high is None else draws.integers(low, high, count)
    self._tensor[...] = drawn.reshape(self._tensor.shape).astype(self._tensor.dtype)
    return self


def _any(generator: Generator, count: int, dtype: Any) -> Any:
    """Whole numbers from 0 on that a dtype has, of floating ones those up to which it has all."""
    words = generator.double_words(count) if dtype.itemsize == 8 else generator.words(count)
    if dtype.kind == "f":
        return words % ((1 << (numpy.finfo(dtype).nmant + 1)) + 1)
    return words % 2 if dtype.kind == "b" else words & int(numpy.iinfo(dtype).max)


def _filling(draw: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    def fill(self: Tensor, *parameters: float, generator: Generator | None = None, **named: float) -> Tensor:
        drawn = draw(source(generator), self._tensor.size, *parameters, **named)
        self._tensor[...] = drawn.reshape(self._tensor.shape).astype(self._tensor.dtype)
        return self

    fill.__name__ = fill.__qualname__ = name
    fill.__doc__ = f"{draw.__doc__}: everywhere; the tensor itself."
    return method(fill)


def _exponential(generator: Generator, count: int, lambd: float = 1.0) -> Any:
    """Exponential numbers of a rate"""
    return generator.exponential(count) / lambd


def _geometric(generator: Generator, count: int, p: float) -> Any:
    """How many trials there are up to the first success"""
    return numpy.ceil(numpy.log(generator.uniform(count, DOUBLE)) / numpy.log1p(-p))


def _cauchy(generator: Generator, count: int, median: float = 0.0, sigma: float = 1.0) -> Any:
    """Cauchy numbers"""
    return median + sigma * numpy.tan(numpy.pi * (generator.uniform(count, DOUBLE) - 0.5))


def _log_normal(generator: Generator, count: int, mean: float = 1.0, std: float = 2.0) -> Any:
    """Exponentials of normal numbers"""
    return numpy.exp(mean + std * generator.normal_one_by_one(count))


exponential_, geometric_, cauchy_, log_normal_ = (
    _filling(draw, name)
    for draw, name in (
        (_exponential, "exponential_"), (_geometric, "geometric_"), (_cauchy, "cauchy_"), (_log_normal, "log_normal_"),
    )
)  # fmt: skip
