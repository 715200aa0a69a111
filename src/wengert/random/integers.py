"""Whole numbers between bounds: the high words of products of random words with how many there are.

D. Lemire, "Fast random integer generation in an interval", ACM Transactions on Modeling and Computer Simulation 29
(2019), section 4, with 128 bits in place of rejection: no number is more probable than another by more than one part in
2^64. Of few numbers, as many as fit in 32 bits, so is none with 64 bits by more than one part in 2^32.
"""

from __future__ import annotations

from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor

from ..ops.threefry import random_words
from .keys import TWO_WORDS, keys_at, shape_of
from .pieces import has_values, in_pieces

LOW_HALF = numpy.uint64(0xFFFFFFFF)


def integers_between(key: Tensor, low: Any, high: Any, size: Any, dtype: numpy.dtype, endpoint: bool) -> Tensor:
    """Whole numbers from `low` to below `high` (see `Discrete.integers`)."""
    _check_dtype(dtype)
    first, last = (b if type(b) is int else np.asarray(b) for b in ((0, low) if high is None else (low, high)))
    last = last if endpoint else last - 1
    _check_bounds(first, last, dtype)
    shape = numpy.broadcast_shapes(numpy.shape(first), numpy.shape(last)) if size is None else shape_of(size)
    count = _wrapped(last) - _wrapped(first) + numpy.uint64(1)
    given = [p if p.ndim == 0 else np.broadcast_to(p, shape) for p in (_wrapped(first), count)]
    are_few = type(first) is int and type(last) is int and last - first < 1 << 32
    return in_pieces(_few_integers if are_few else _integers, key, shape, dtype, given=given)


def _check_dtype(dtype: numpy.dtype) -> None:
    if dtype.kind not in "iub":
        raise TypeError(
            f"[integers] the dtype {dtype} was asked for, wanted one of integers; write rng.uniform(low, high, size) "
            "for other numbers"
        )


def _check_bounds(first: Any, last: Any, dtype: numpy.dtype) -> None:
    """Raise if there is no number between the bounds, or one that the dtype has not."""
    if not has_values(first, last):
        return
    first, last = numpy.asarray(first), numpy.asarray(last)
    for bound in (first, last):
        if bound.dtype.kind not in "iub":
            raise TypeError(
                f"[integers] the bound {bound} was given, wanted whole numbers; write int(...) for one that is whole"
            )
    if numpy.any(first > last):
        raise ValueError(
            f"[integers] low {first} and last {last} were given, between which there is no number, wanted low < high; "
            "write integers(low, high), or endpoint=True for high itself"
        )
    least, most = numpy.min(first), numpy.max(last)
    low, high = (0, 1) if dtype.kind == "b" else (numpy.iinfo(dtype).min, numpy.iinfo(dtype).max)
    if int(least) < low or int(most) > high:
        raise ValueError(
            f"[integers] numbers from {least} to {most} were asked for, wanted those of {dtype}, from {low} to {high}; "
            "write dtype=numpy.int64 for larger ones"
        )


def _wrapped(number: Any) -> Tensor:
    """A whole number as 64 bits without sign."""
    return np.asarray(numpy.uint64(number % (1 << 64)) if type(number) is int else number).astype(TWO_WORDS)


def _few_integers(key: Tensor, start: Any, low: Tensor, count: Tensor, shape: tuple[int, ...], dtype: Any) -> Tensor:
    word = random_words(key, start, shape=shape, dtype=TWO_WORDS)
    return (low + (((word >> 32) * count + (((word & LOW_HALF) * count) >> 32)) >> 32)).astype(dtype)


def _integers(key: Tensor, start: Any, low: Tensor, count: Tensor, shape: tuple[int, ...], dtype: Any) -> Tensor:
    one, other = keys_at(key, (2,))
    high_word = random_words(one, start, shape=shape, dtype=TWO_WORDS)
    low_word = random_words(other, start, shape=shape, dtype=TWO_WORDS)
    below = high_word * count
    carry = (below + _high_of_product(low_word, count) < below).astype(TWO_WORDS)
    number = np.where(count == numpy.uint64(0), high_word, _high_of_product(high_word, count) + carry)
    return (low + number).astype(dtype)


def _high_of_product(x: Tensor, y: Tensor) -> Tensor:
    """The high 64 bits of a product of 64 bits each, by halves."""
    x_low, x_high, y_low, y_high = x & LOW_HALF, x >> 32, y & LOW_HALF, y >> 32
    middle = x_high * y_low + ((x_low * y_low) >> 32)
    other = x_low * y_high + (middle & LOW_HALF)
    return x_high * y_high + (middle >> 32) + (other >> 32)
