"""Integers, choices and orders."""

from __future__ import annotations

from math import ceil, log, prod
from typing import Any

import numpy

import wengert.numpy as np

from ..array import Array, as_tensor, of
from ..dtypes import canonical, default_float
from ..lax.operations import top_k
from .inverses import gumbel
from .keys import bits, sizes, split
from .uniforms import uniform

__all__ = ["bernoulli", "categorical", "choice", "permutation", "rademacher", "randint"]


def _whole_dtype(dtype: Any) -> Any:
    return canonical(numpy.int64 if dtype is None or dtype is int else dtype)


def randint(key: Array, shape: Any, minval: Any, maxval: Any, dtype: Any = None, **_: Any) -> Array:
    """Integers from `minval` to before `maxval`, of two words each, so that all are nearly equally likely."""
    wanted = _whole_dtype(dtype)
    word = numpy.dtype(f"uint{8 * wanted.itemsize}")
    high, low = (bits(part, shape, word)._tensor for part in split(key))
    first, last = as_tensor(minval, wanted), as_tensor(maxval, wanted)
    span = np.where(last <= first, 1, last - first).astype(word)
    half = word.type(1 << (4 * wanted.itemsize)) % span
    offset = (high % span * (half * half % span) + low % span) % span
    return of(first + offset.astype(wanted))


def bernoulli(key: Array, p: Any = 0.5, shape: Any = None, **_: Any) -> Array:
    """True with a probability."""
    probability = as_tensor(p, default_float() if isinstance(p, (int, float)) else None)
    drawn = uniform(key, probability.shape if shape is None else shape, probability.dtype)
    return of(drawn._tensor < probability)


def rademacher(key: Array, shape: Any = (), dtype: Any = None, **_: Any) -> Array:
    """1 or -1."""
    drawn = bernoulli(key, 0.5, sizes(shape))._tensor
    return of((2 * drawn.astype("int32") - 1).astype(_whole_dtype(dtype)))


def permutation(key: Array, x: Any, axis: int = 0, independent: bool = False, **_: Any) -> Array:
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


def choice(key: Array, a: Any, shape: Any = (), replace: bool = True, p: Any = None, axis: int = 0, **_: Any) -> Array:
    """Numbers before `a`, or what is along an axis, drawn at random.

    Raises:
        ValueError: more are wanted than there are, each at most once.
    """
    given = None if isinstance(a, int) else as_tensor(a)
    count, wanted = (a if given is None else given.shape[axis]), sizes(shape)
    if not replace and prod(wanted) > count:
        raise ValueError(
            f"[choice] {prod(wanted)} of {count} were asked for with replace=False, wanted at most {count}; write "
            "replace=True"
        )
    where = _chosen(key, count, wanted, replace, None if p is None else as_tensor(p))
    return of(where if given is None else np.take(given, where, axis=axis))


def _chosen(key: Array, count: int, shape: tuple[int, ...], replace: bool, p: Any) -> Any:
    if p is None and replace:
        return randint(key, shape, 0, count)._tensor
    if p is None:
        return permutation(key, count)._tensor[: prod(shape)].reshape(shape)
    weights = p.astype(default_float()) if p.dtype.kind in "biu" else p
    if replace:
        total = np.cumsum(weights)
        return np.searchsorted(total, total[-1] * (1 - uniform(key, shape, weights.dtype)._tensor))
    with numpy.errstate(divide="ignore"):  # what has no weight comes last
        noise = gumbel(key, (count,), weights.dtype)._tensor + np.log(weights)
    return top_k(of(noise), prod(shape))[1]._tensor.reshape(shape)


def categorical(key: Array, logits: Any, axis: int = -1, shape: Any = None, replace: bool = True, **_: Any) -> Array:
    """Numbers of classes, by logarithms of their probabilities.

    Args:
        key: the key.
        logits: the logarithms.
        axis: along which the classes are.
        shape: of what is drawn, which ends with the other axes of `logits`.
        replace: classes may be drawn more than once (W. Kool, H. van Hoof, M. Welling, 2019, for the other way).
    """
    given = as_tensor(logits)
    last = np.moveaxis(given, axis, -1)
    extra = () if shape is None else sizes(shape)[: len(sizes(shape)) - last.ndim + 1]
    if replace:
        noise = gumbel(key, (*extra, *given.shape), given.dtype)._tensor
        return of(np.argmax(noise + given, axis=axis if axis < 0 else axis + len(extra)))
    noisy = np.moveaxis(given + gumbel(key, given.shape, given.dtype)._tensor, axis, -1)
    found = top_k(of(noisy), prod(extra))[1]._tensor
    return of(np.moveaxis(found, -1, 0).reshape((*extra, *last.shape[:-1])))
