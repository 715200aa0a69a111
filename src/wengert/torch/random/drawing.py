"""Random tensors, and the engine's layers made and run with PyTorch's random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any, Final

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import Face

from .. import dtypes
from ..creation import made, sizes
from ..dtypes import numpy_dtype
from ..promotion import floating
from ..registry import function
from ..tensor import Tensor, of, tensor_of
from . import rejection
from .mersenne import Generator, source

__all__ = ["engine_draws", "multinomial"]


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
        return _tensor(self._generator.uniform(prod(shape), dtype) * (high - low) + low, shape, dtype)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = None) -> Any:
        """Normal numbers."""
        dtype, shape = numpy.dtype(dtype or numpy.float64), _shape(size)
        return _tensor(self._generator.normal(prod(shape), dtype) * scale + loc, shape, dtype)

    def standard_normal(self, size: Any = None, dtype: Any = None) -> Any:
        """Normal numbers of mean 0 and standard deviation 1."""
        return self.normal(size=size, dtype=dtype)

    def bernoulli(self, p: float = 0.5, size: Any = None, dtype: Any = None) -> Any:
        """Truth values, true with probability `p`."""
        shape = _shape(size)
        return wg.tensor((self._generator.uniform(prod(shape), numpy.float64) < p).reshape(shape))

    def gumbel(self, size: Any = None, dtype: Any = None) -> Any:
        """Gumbel numbers."""
        dtype, shape = numpy.dtype(dtype or numpy.float64), _shape(size)
        return -np.log(_tensor(self._generator.exponential(prod(shape)), shape, dtype))


def _tensor(drawn: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    return wg.tensor(drawn.reshape(shape).astype(dtype))


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
        *lengths: Any, size: Any = None, generator: Generator | None = None, out: Any = None, dtype: Any = None,
        layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
    ) -> Tensor:  # fmt: skip
        chosen = numpy_dtype(dtype) or dtypes.get_default_dtype().numpy
        found = made(_drawn(kind, sizes(lengths or (size,)), chosen, generator), requires_grad, device, name)
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
def randint_like(
    input: Tensor, low: int = 0, high: Any = None, *, dtype: Any = None, memory_format: Any = None, **others: Any
) -> Tensor:
    """Integers from `low` (0 if one bound is given) to before `high`, of the shape and dtype of a tensor."""
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, input.shape, dtype=dtype or input.dtype, **others)


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


@function
def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Numbers of columns, drawn for each row by its weights.

    One of each row, and several without replacement, are the largest of the weights divided by exponential numbers
    (P. Efraimidis, P. Spirakis, "Weighted random sampling with a reservoir", 2006).

    Raises:
        RuntimeError: there are negative weights, or too few positive ones.
    """
    weights = tensor_of(input, "multinomial").detach().numpy()
    _check_weights(weights, 1 if replacement else num_samples)
    several = replacement and num_samples > 1
    found = (_in_ranges if several else _largest)(weights, num_samples, source(generator))
    return of(wg.tensor(found.astype(numpy.int64)))


def _in_ranges(weights: Any, count: int, generator: Generator) -> Any:
    """In whose range of the sum of weights uniform numbers are."""
    ends = numpy.cumsum(weights, axis=-1)
    ends /= ends[..., -1:]
    drawn = generator.uniform(prod(weights.shape[:-1]) * count, numpy.dtype(numpy.float64))
    return (drawn.reshape(*weights.shape[:-1], count, 1) >= ends[..., None, :]).sum(axis=-1)


def _largest(weights: Any, count: int, generator: Generator) -> Any:
    """Where the weights divided by exponential numbers are largest."""
    waits = generator.exponential(weights.size).reshape(weights.shape).astype(weights.dtype)
    return numpy.argsort(-(weights / waits), axis=-1, kind="stable")[..., :count]


def _check_weights(weights: Any, count: int) -> None:
    if not (weights >= 0).all():
        raise RuntimeError(
            "[multinomial] there is a weight that is negative or NaN, wanted none; write torch.softmax(logits, -1)"
        )
    least = int((weights > 0).sum(axis=-1).min())
    if count > least:
        raise RuntimeError(
            f"[multinomial] {count} samples without replacement were asked for where {least} weights are positive, "
            "wanted no more than these; write replacement=True"
        )


@function
def bernoulli(input: Tensor, p: float | None = None, *, generator: Any = None) -> Tensor:
    """1 with the probability that each element is (or with `p`), else 0."""
    x = tensor_of(input, "bernoulli").detach()
    if p is not None:
        return of(_draws(generator).bernoulli(p, x.shape).astype(x.dtype))
    return of((_draws(generator).random(x.shape, x.dtype) < x).astype(x.dtype))


def _draws(generator: Generator | None) -> _Draws:
    return _Draws(source(generator))


def _one_by_one(draw: Any, name: str) -> Any:
    def call(*parameters: Tensor, generator: Generator | None = None) -> Tensor:
        given = [floating(tensor_of(each, name).detach()) for each in parameters]
        dtype = np.result_type(*(each.dtype for each in given))
        drawn = rejection.each(draw, source(generator), *np.broadcast_arrays(*given))
        return of(wg.tensor(drawn.astype(dtype)))

    call.__name__, call.__doc__ = name, draw.__doc__
    return call


poisson: Final = function(_one_by_one(rejection.poisson, "poisson"))
binomial: Final = function(_one_by_one(rejection.binomial, "binomial"))
_standard_gamma = function(_one_by_one(rejection.gamma, "_standard_gamma"))
