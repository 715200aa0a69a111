"""Draws without parameters: each a function of a key and a counter, of any shape and floating dtype.

Uniform, normal, exponential, Gumbel, Laplace, logistic and Cauchy numbers are a function of one uniform number each:
the inverse of the distribution function. Those on [0, 1) and the normal ones are the numbers of `jax.random`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor
from wengert.scipy import special

from ..ops.threefry import random_words
from .keys import TWO_WORDS, WORD

SINGLE, DOUBLE = numpy.dtype(numpy.float32), numpy.dtype(numpy.float64)

Shape = tuple[int, ...]


def standard_uniform(key: Tensor, start: Any, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """Multiples of 2^-23 (of 2^-52 in float64) in [0, 1): as many bits as a mantissa has."""
    if dtype == DOUBLE:
        words = random_words(key, start, shape=shape, dtype=TWO_WORDS)
        return (words >> 12).astype(numpy.int64).astype(DOUBLE) * 2.0**-52
    words = random_words(key, start, shape=shape, dtype=WORD)
    return ((words >> 9).astype(numpy.int32).astype(SINGLE) * SINGLE.type(2.0**-23)).astype(dtype)


def open_uniform(key: Tensor, start: Any, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """In (0, 1): the middles of as many intervals as there are numbers."""
    half = dtype.type(2.0**-53 if dtype == DOUBLE else 2.0**-24)
    return standard_uniform(key, start, shape, dtype) + half


def symmetric_uniform(key: Tensor, start: Any, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """In (-1, 1)."""
    low = numpy.nextafter(dtype.type(-1), dtype.type(0))
    return np.maximum(standard_uniform(key, start, shape, dtype) * (dtype.type(1) - low) + low, low)


def standard_normal(key: Tensor, start: Any, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """By the inverse of the error function."""
    return dtype.type(math.sqrt(2)) * special.erfinv(symmetric_uniform(key, start, shape, dtype))


def standard_exponential(key: Tensor, start: Any, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """-log(1 - u)."""
    return -np.log1p(-standard_uniform(key, start, shape, dtype))


def standard_gumbel(key: Tensor, start: Any, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """-log(-log u)."""
    return -np.log(-np.log(open_uniform(key, start, shape, dtype)))


def standard_laplace(key: Tensor, start: Any, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """sign(v) log(1 - |v|) of v in (-1, 1)."""
    v = symmetric_uniform(key, start, shape, dtype)
    return -np.sign(v) * np.log1p(-np.abs(v))


def standard_logistic(key: Tensor, start: Any, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """log u - log(1 - u)."""
    u = open_uniform(key, start, shape, dtype)
    return np.log(u) - np.log1p(-u)


def standard_cauchy(key: Tensor, start: Any, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """tan(pi (u - 1/2))."""
    return np.tan(dtype.type(math.pi) * (open_uniform(key, start, shape, dtype) - dtype.type(0.5)))
