"""Keys, and random bits."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg

from ..array import Array, as_tensor, of
from ..dtypes import canonical

__all__ = ["PRNGKey", "bits", "clone", "fold_in", "key", "key_data", "sizes", "split", "wrap_key_data"]


def sizes(shape: Any) -> tuple[int, ...]:
    """The lengths of axes; one of a number."""
    return (shape,) if isinstance(shape, int) else tuple(shape)


def PRNGKey(seed: Any, *, impl: Any = None) -> Array:  # noqa: N802 - as in JAX
    """A key.

    Raises:
        NotImplementedError: another generator is asked for.

    >>> from wengert import jax
    >>> jax.random.split(jax.random.PRNGKey(0))
    Array([[1797259609, 2579123966],
           [ 928981903, 3453687069]], dtype=uint32)
    """
    if impl not in (None, "threefry2x32"):
        raise NotImplementedError(
            f'[random.key] impl={impl!r} was given, wanted "threefry2x32", the only one; write jax.random.key(seed)'
        )
    return of(wg.random.key(seed.item() if isinstance(seed, Array) else seed))


key = PRNGKey


def key_data(keys: Array) -> Array:
    """The words of a key."""
    return keys


def wrap_key_data(key_bits_array: Any, *, impl: Any = None) -> Array:
    """The key of words."""
    return of(as_tensor(key_bits_array))


def clone(key: Array) -> Array:
    """The key itself."""
    return key


def split(key: Array, num: Any = 2) -> Array:
    """New keys from one."""
    return of(wg.random.split(as_tensor(key), num))


def fold_in(key: Array, data: Any) -> Array:
    """A new key from one and a number."""
    return of(wg.random.fold_in(as_tensor(key), data._tensor if isinstance(data, Array) else data))


def bits(key: Array, shape: Any = (), dtype: Any = numpy.uint32) -> Array:
    """Random bits."""
    return of(wg.random.bits(as_tensor(key), sizes(shape), canonical(dtype)))
