"""Uniform numbers, which all others are made of."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..array import Array, as_tensor, of
from ..dtypes import canonical, default_float
from .keys import bits, sizes

__all__ = ["real_dtype", "uniform"]


def real_dtype(dtype: Any) -> Any:
    """A dtype that is asked for; that of Python's floats, if none is."""
    return default_float() if dtype is None or dtype is float else canonical(dtype)


def uniform(key: Array, shape: Any = (), dtype: Any = None, minval: Any = 0.0, maxval: Any = 1.0, **_: Any) -> Array:
    """Uniform numbers from `minval` to before `maxval`: as many random bits as a mantissa has.

    >>> from wengert import jax
    >>> jax.random.uniform(jax.random.key(0), (2,))
    Array([0.947667 , 0.9785799], dtype=float32)
    """
    wanted = real_dtype(dtype)
    drawn = _fractions(key, sizes(shape), wanted)
    if type(minval) is type(maxval) is float and (minval, maxval) == (0.0, 1.0):
        return of(drawn)
    low, high = as_tensor(minval, wanted), as_tensor(maxval, wanted)
    return of(np.maximum(low, drawn * (high - low) + low))


def _fractions(key: Array, shape: tuple[int, ...], dtype: Any) -> Any:
    """Numbers in [0, 1)."""
    if dtype.itemsize > 2:
        return wg.random.random(shape, dtype, key=as_tensor(key))
    mantissa = np.finfo(dtype).nmant
    word = numpy.dtype("uint8" if mantissa < 8 else "uint16")
    drawn = bits(key, shape, word)._tensor >> (8 * word.itemsize - mantissa)
    return drawn.astype(dtype) * dtype.type(2.0**-mantissa)
