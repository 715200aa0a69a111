"""``jax.random``: the engine draws JAX's numbers; here they have JAX's names."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log, prod
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..names import missing_name as _missing_name
from .array import Array, as_tensor, of
from .dtypes import canonical, default_float

__all__ = [
    "PRNGKey", "bernoulli", "bits", "categorical", "choice", "exponential", "fold_in", "gumbel", "key", "key_data",
    "laplace", "logistic", "normal", "permutation", "rademacher", "randint", "split", "truncated_normal", "uniform",
]  # fmt: skip


def _shape(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _real(dtype: Any) -> Any:
    return default_float() if dtype is None or dtype is float else canonical(dtype)


def PRNGKey(seed: Any) -> Array:  # noqa: N802 - as in JAX
    """A key.

    >>> from wengert import jax
    >>> jax.random.split(jax.random.PRNGKey(0))
    Array([[1797259609, 2579123966],
           [ 928981903, 3453687069]], dtype=uint32)
    """
    return of(wg.random.key(seed.item() if isinstance(seed, Array) else seed))


key = PRNGKey


def key_data(keys: Array) -> Array:
    """The words of a key."""
    return keys


def split(key: Array, num: Any = 2) -> Array:
    """New keys from one."""
    return of(wg.random.split(as_tensor(key), num))


def fold_in(key: Array, data: Any) -> Array:
    """A new key from one and a number."""
    return of(wg.random.fold_in(as_tensor(key), data._tensor if isinstance(data, Array) else data))


def bits(key: Array, shape: Any = (), dtype: Any = numpy.uint32) -> Array:
    """Random bits."""
    return of(wg.random.bits(as_tensor(key), _shape(shape), dtype))


def uniform(key: Array, shape: Any = (), dtype: Any = None, minval: Any = 0.0, maxval: Any = 1.0) -> Array:
    """Uniform numbers from `minval` to before `maxval`."""
    drawn = wg.random.random(_shape(shape), _real(dtype), key=as_tensor(key))
    if minval == 0.0 and maxval == 1.0:
        return of(drawn)
    low, high = as_tensor(minval, drawn.dtype), as_tensor(maxval, drawn.dtype)
    return of(np.maximum(low, drawn * (high - low) + low))


def normal(key: Array, shape: Any = (), dtype: Any = None) -> Array:
    """Standard normal numbers."""
    return of(wg.random.standard_normal(_shape(shape), _real(dtype), key=as_tensor(key)))


def randint(key: Array, shape: Any, minval: Any, maxval: Any, dtype: Any = int) -> Array:
    """Integers from `minval` to before `maxval`, of two words each, so that all are equally likely."""
    wanted = canonical(numpy.int64 if dtype is int else dtype)
    word = numpy.dtype(f"uint{8 * wanted.itemsize}")
    high, low = (bits(part, shape, word)._tensor for part in split(key))
    first, last = as_tensor(minval, wanted), as_tensor(maxval, wanted)
    span = (np.maximum(last, first + 1) - first).astype(word)
    half = word.type(1 << (4 * wanted.itemsize)) % span
    offset = (high % span * (half * half % span) + low % span) % span
    return of(first + offset.astype(wanted))


def bernoulli(key: Array, p: Any = 0.5, shape: Any = None) -> Array:
    """True with a probability."""
    probability = as_tensor(p, default_float() if isinstance(p, (int, float)) else None)
    drawn = uniform(key, probability.shape if shape is None else shape, probability.dtype)
    return of(drawn._tensor < probability)


def permutation(key: Array, x: Any, axis: int = 0, independent: bool = False) -> Array:
    """The numbers before `x`, or what is along an axis, in any order: sorted by random words, again and again."""
    if isinstance(x, int):
        return of(_shuffled(key, np.arange(x), 0))
    given = as_tensor(x)
    if independent or given.ndim == 1:
        return of(_shuffled(key, given, axis))
    return of(np.take(given, _shuffled(key, np.arange(given.shape[axis]), 0), axis=axis))


def _shuffled(key: Array, x: Any, axis: int) -> Any:
    rounds = ceil(3 * log(max(1, x.size)) / log(2**32 - 1))
    for _ in range(rounds):
        key, part = split(key)
        order = np.argsort(bits(part, x.shape)._tensor, axis=axis, stable=True)
        x = np.take_along_axis(x, order, axis)
    return x


def choice(key: Array, a: Any, shape: Any = (), replace: bool = True, p: Any = None, axis: int = 0) -> Array:
    """Numbers before `a`, or what is along an axis, drawn at random."""
    given = None if isinstance(a, int) else as_tensor(a)
    count, wanted = (a if given is None else given.shape[axis]), _shape(shape)
    where = _chosen(key, count, wanted, replace, None if p is None else as_tensor(p))
    return of(where if given is None else np.take(given, where, axis=axis))


def _chosen(key: Array, count: int, shape: tuple[int, ...], replace: bool, p: Any) -> Any:
    if p is None and replace:
        return randint(key, shape, 0, count)._tensor
    if p is None:
        return permutation(key, count)._tensor[: prod(shape)].reshape(shape)
    if replace:
        total = np.cumsum(p)
        return np.searchsorted(total, total[-1] * (1 - uniform(key, shape, p.dtype)._tensor))
    noise = gumbel(key, (count,), p.dtype)._tensor + np.log(p)
    return np.argsort(-noise, stable=True)[: prod(shape)].reshape(shape)


def exponential(key: Array, shape: Any = (), dtype: Any = None) -> Array:
    """Exponential numbers."""
    return of(-np.log1p(-uniform(key, shape, dtype)._tensor))


def gumbel(key: Array, shape: Any = (), dtype: Any = None) -> Array:
    """Gumbel's numbers."""
    wanted = _real(dtype)
    drawn = uniform(key, shape, dtype, minval=float(numpy.finfo(wanted).tiny))
    return of(-np.log(-np.log(drawn._tensor)))


def logistic(key: Array, shape: Any = (), dtype: Any = None) -> Array:
    """Logistic numbers."""
    wanted = _real(dtype)
    drawn = uniform(key, shape, dtype, minval=float(numpy.finfo(wanted).eps))._tensor
    return of(np.log(drawn / (1 - drawn)))


def laplace(key: Array, shape: Any = (), dtype: Any = None) -> Array:
    """Laplace's numbers."""
    wanted = _real(dtype)
    drawn = uniform(key, shape, dtype, minval=-1.0 + float(numpy.finfo(wanted).epsneg))._tensor
    return of(np.sign(drawn) * np.log1p(-np.abs(drawn)))


def categorical(key: Array, logits: Any, axis: int = -1, shape: Any = None) -> Array:
    """Numbers of classes, by logarithms of their probabilities."""
    given = as_tensor(logits)
    axis = axis % given.ndim
    classes = given.shape[axis]
    batch = tuple(length for place, length in enumerate(given.shape) if place != axis)
    extra = () if shape is None else tuple(shape)[: len(shape) - len(batch)]
    noise = gumbel(key, (*extra, *batch[:axis], classes, *batch[axis:]), given.dtype)._tensor
    return of(np.argmax(noise + given, axis=axis + len(extra)))


def truncated_normal(key: Array, lower: Any, upper: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Normal numbers within bounds."""
    from wengert.scipy import special

    wanted = _real(dtype)
    root = numpy.asarray(numpy.sqrt(2), wanted)
    low, high = (special.erf(as_tensor(bound, wanted) / root) for bound in (lower, upper))
    drawn = as_tensor(uniform(key, shape, wanted, float(low), float(high)))
    ends = ((lower, numpy.inf), (upper, -numpy.inf))
    inner = [numpy.nextafter(wanted.type(bound), wanted.type(towards)) for bound, towards in ends]
    return of(np.clip(root * special.erfinv(drawn), *inner))


def rademacher(key: Array, shape: Any = (), dtype: Any = int) -> Array:
    """1 or -1."""
    drawn = bernoulli(key, 0.5, shape)._tensor
    return of((2 * drawn.astype("int32") - 1).astype(canonical(numpy.int64 if dtype is int else dtype)))


def _keyed(name: str, order: Sequence[str]) -> Any:
    def draw(key: Array, *args: Any, shape: Any = (), dtype: Any = None) -> Array:
        given = dict(zip(order, (as_tensor(each) for each in args), strict=False))
        return of(getattr(wg.random, name)(**given, size=_shape(shape), key=as_tensor(key)).astype(_real(dtype)))

    draw.__name__, draw.__doc__ = name, f"`wengert.random.{name}` of a key."
    return draw


gamma = _keyed("standard_gamma", ("shape",))
beta = _keyed("beta", ("a", "b"))
poisson = _keyed("poisson", ("lam",))


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.random")
