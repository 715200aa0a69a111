"""Random tensors, and the engine's layers made and run with PyTorch's random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import Face

from . import dtypes
from .creation import made, sizes
from .dtypes import numpy_dtype
from .mersenne import Generator, source
from .registry import function, method
from .tensor import Tensor, of, tensor_of

__all__ = ["engine_draws"]


class _Draws:
    """What the engine asks of a generator, answered with numbers of one of PyTorch's."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    def random(self, size: Any = None, dtype: Any = None) -> Any:
        """Uniform numbers from 0 to before 1."""
        return self.uniform(0.0, 1.0, size, dtype)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None, dtype: Any = None) -> Any:
        """Uniform numbers from `low` to before `high`."""
        dtype, shape = numpy.dtype(dtype or numpy.float64), _shape(size)
        drawn = self._generator.uniform(prod(shape), dtype).reshape(shape)
        return wg.tensor(drawn * dtype.type(high - low) + dtype.type(low))

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = None) -> Any:
        """Normal numbers."""
        dtype, shape = numpy.dtype(dtype or numpy.float64), _shape(size)
        drawn = self._generator.normal(prod(shape), dtype).reshape(shape)
        return wg.tensor(drawn * dtype.type(scale) + dtype.type(loc))


def _shape(size: Any) -> tuple[int, ...]:
    return (size,) if isinstance(size, int) else tuple(size or ())


@contextmanager
def engine_draws(generator: Generator | None = None) -> Iterator[None]:
    """Let what the engine draws within a ``with`` block be PyTorch's numbers."""
    with wg.random.drawing_from(_Draws(source(generator))):
        yield


def _drawn(kind: str, shape: tuple[int, ...], dtype: Any, generator: Generator | None) -> Any:
    with engine_draws(generator):
        draw = wg.random.random if kind == "uniform" else wg.random.normal
        return draw(size=shape, dtype=dtype)


def _random(kind: str, name: str) -> Any:
    def draw(
        *size: Any, generator: Generator | None = None, out: Any = None, dtype: Any = None, layout: Any = None,
        device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
    ) -> Tensor:  # fmt: skip
        chosen = numpy_dtype(dtype) or dtypes.get_default_dtype().numpy
        found = made(_drawn(kind, sizes(size), chosen, generator), requires_grad, device, name)
        return found if out is None else out.copy_(found)

    draw.__name__, draw.__doc__ = name, f"{kind.capitalize()} random numbers of a shape."
    return draw


def _random_like(kind: str, name: str) -> Any:
    def draw(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
        like = tensor_of(input, name)
        return made(_drawn(kind, like.shape, numpy_dtype(dtype) or like.dtype, None), requires_grad, device, name)

    draw.__name__, draw.__doc__ = name, f"{kind.capitalize()} random numbers of the shape and dtype of a tensor."
    return draw


rand, randn = (function(_random(kind, name)) for kind, name in (("uniform", "rand"), ("normal", "randn")))
rand_like, randn_like = (
    function(_random_like(kind, name)) for kind, name in (("uniform", "rand_like"), ("normal", "randn_like"))
)


@function
def randint(
    low: int, high: Any = None, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Integers from `low` (0 if one bound is given) to before `high`."""
    if size is None:
        low, high, size = 0, low, high
    shape = sizes([size])
    drawn = source(generator).integers(low, high, prod(shape)).reshape(shape)
    return made(wg.tensor(drawn.astype(numpy_dtype(dtype) or numpy.int64)), requires_grad, device, "randint")


@function
def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None, device: Any = None) -> Tensor:
    """The numbers from 0 to before `n` in any order."""
    drawn = source(generator).permutation(n)
    return made(wg.tensor(drawn.astype(numpy_dtype(dtype) or numpy.int64)), device=device, op="randperm")


@function
def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None) -> Tensor:
    """Normal numbers of a mean and standard deviation, which may be tensors."""
    if size is not None:
        shape, dtype = sizes([size]), dtypes.get_default_dtype().numpy
        return of(_drawn("normal", shape, dtype, generator) * std + mean)
    like = mean if isinstance(mean, Face) else std
    drawn = of(_drawn("normal", like._tensor.shape, like._tensor.dtype, generator))
    return drawn * std + mean


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


@function
def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Numbers of columns, drawn for each row by its weights.

    Without replacement they are the largest of the weights divided by exponential numbers (P. Efraimidis, P. Spirakis,
    "Weighted random sampling with a reservoir", 2006); the draws are not PyTorch's, which come from a library of Intel.
    """
    weights = tensor_of(input, "multinomial").detach().numpy().astype(numpy.float64)
    draws = source(generator)
    if replacement:
        total = numpy.cumsum(weights, axis=-1)
        drawn = draws.uniform((weights.size // weights.shape[-1]) * num_samples, numpy.dtype(numpy.float64))
        targets = drawn.reshape(*weights.shape[:-1], num_samples) * total[..., -1:]
        found = (targets[..., None] >= total[..., None, :]).sum(axis=-1)
    else:
        _check_positive(weights, num_samples)
        waits = -numpy.log1p(-draws.uniform(weights.size, numpy.dtype(numpy.float64))).reshape(weights.shape)
        with numpy.errstate(divide="ignore"):
            found = numpy.argsort(waits / weights, axis=-1, kind="stable")[..., :num_samples]
    return of(wg.tensor(found.astype(numpy.int64)))


def _check_positive(weights: Any, count: int) -> None:
    least = int((weights > 0).sum(axis=-1).min())
    if count > least:
        raise RuntimeError(
            f"[multinomial] {count} samples without replacement were asked for where {least} weights are positive, "
            "wanted no more than these; write replacement=True"
        )


@function
def bernoulli(input: Tensor, *, generator: Any = None) -> Tensor:
    """1 with the probability that each element is, else 0."""
    p = tensor_of(input, "bernoulli")
    return of((_drawn("uniform", p.shape, p.dtype, generator) < p.detach()).astype(p.dtype))


@method
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """1 with a probability, else 0, everywhere; the tensor itself."""
    probability = p._tensor if isinstance(p, Face) else p
    drawn = _drawn("uniform", self._tensor.shape, numpy.dtype(numpy.float64), generator)
    self._tensor[...] = drawn < probability
    return self


@method
def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Any = None) -> Tensor:
    """Exponential numbers everywhere; the tensor itself."""
    drawn = _drawn("uniform", self._tensor.shape, numpy.dtype(numpy.float64), generator)
    self._tensor[...] = -np.log1p(-drawn) / lambd
    return self


@method
def random_(self: Tensor, from_: int = 0, to: int | None = None, *, generator: Any = None) -> Tensor:
    """Integers everywhere, from `from_` to before `to`; the tensor itself."""
    low, high = (0, from_) if to is None and from_ else (from_, to)
    high = high or {"f": 1 << (24 if self._tensor.dtype.itemsize == 4 else 53)}.get(self._tensor.dtype.kind, 1 << 62)
    draws = source(generator)
    drawn = draws.integers(low, high, self._tensor.size).reshape(self._tensor.shape)
    self._tensor[...] = drawn.astype(self._tensor.dtype)
    return self
