"""Keys: random numbers without state, as functions of a key and a counter.

A key is a uint32 tensor of shape (2,), or a batch of keys of shape (..., 2). The same key gives the same numbers, in
eager and compiled code and on every machine, and those of `jax.random` with its default generator. So a key is drawn
from once: `split` makes as many others as are needed.

Source: K. Claessen and M. H. Pałka, "Splittable pseudorandom number generators using cryptographic hashing" (Haskell
Symposium 2013), over Threefry-2x32 (see `wengert.ops.threefry`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy

import wengert.numpy as np
from wengert import Tensor

from ..ops.threefry import random_words
from .pieces import compiled_for, in_pieces

WORD, TWO_WORDS = numpy.dtype(numpy.uint32), numpy.dtype(numpy.uint64)

UNSIGNED = {numpy.dtype(name): 8 * numpy.dtype(name).itemsize for name in ("uint8", "uint16", "uint32", "uint64")}
"""The dtypes of random bits."""


def key(seed: Any = None) -> Tensor:
    """A key of a seed.

    Args:
        seed: an integer, also a negative one, of 64 bits as in JAX, or a longer one; several integers; an integer
            tensor without axes; ``None`` for one that the operating system draws.

    Returns:
        A uint32 tensor of shape (2,).

    Raises:
        TypeError: it is no integer.

    >>> import wengert as wg
    >>> wg.random.key(0), wg.random.key(-1)
    (tensor([0, 0], dtype=uint32), tensor([4294967295, 4294967295], dtype=uint32))
    """
    if isinstance(seed, Tensor | numpy.ndarray) and seed.ndim == 0 and seed.dtype.kind in "iu":
        word = np.asarray(seed).astype(TWO_WORDS)
        return np.stack([word >> 32, word]).astype(WORD)
    numbers = _whole_numbers(secrets.randbits(64) if seed is None else seed)
    made = _key_of_words(numbers[0])
    for number in numbers[1:]:
        made = fold_in(fold_in(made, number >> 32), number)
    return made


def _whole_numbers(seed: Any) -> list[int]:
    """A seed as numbers of 64 bits, of which the first may be negative.

    Raises:
        TypeError: it is no integer.
    """
    try:
        if isinstance(seed, bool | numpy.bool):
            raise TypeError
        given = [index(number) for number in (seed if isinstance(seed, Sequence | numpy.ndarray) else [seed])]
    except TypeError:
        raise TypeError(
            f"[key] the seed {seed!r} was given, wanted an integer, several of them, or None for any; write "
            "wg.random.key(0), or int(seed) for a number that is whole"
        ) from None
    return [part for number in given or [0] for part in _of_64_bits(number)]


def _of_64_bits(number: int) -> list[int]:
    count = max(1, -(-number.bit_length() // 64))
    return [(number >> 64 * i) % (1 << 64) for i in range(count)]


def _key_of_words(number: int) -> Tensor:
    return np.asarray(numpy.array([number >> 32, number % (1 << 32)], WORD))


def as_key(given: Any, op: str) -> Tensor:
    """A key, or a batch of keys.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(given, Tensor | numpy.ndarray) and given.dtype == WORD and given.ndim and given.shape[-1] == 2:
        return np.asarray(given)
    what = f"{given.dtype} of shape {given.shape}" if hasattr(given, "dtype") else repr(given)
    raise TypeError(
        f"[{op}] the key {what} was given, wanted a uint32 tensor of shape (2,); write wg.random.key(seed) to make one"
    )


def split(key: Any, num: int | tuple[int, ...] = 2) -> Tensor:
    """Independent keys: as many as asked for; that which is split is not to be used again.

    Args:
        key: a key, of shape (2,); of a batch of keys (..., 2) each is split.
        num: how many, or the shape of an array of them.

    Returns:
        A uint32 tensor of shape (..., num, 2).

    >>> import wengert as wg
    >>> first, second = wg.random.split(wg.random.key(0))
    >>> first
    tensor([1797259609, 2579123966], dtype=uint32)
    """
    return compiled_for(keys_at, shape_of(num))(as_key(key, "split"))


def keys_at(key: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The keys that a key is split into."""
    return _as_keys(random_words(key, 0, shape=shape, dtype=TWO_WORDS))


def _as_keys(words: Tensor) -> Tensor:
    return np.stack([words >> 32, words], axis=-1).astype(WORD)


def fold_in(key: Any, data: Any) -> Tensor:
    """A key that depends on a number as well: of a step, a layer, an example.

    Args:
        key: a key, of shape (2,), or a batch of them, (..., 2).
        data: an integer, of which 32 bits count, or an integer tensor that broadcasts to the batch.

    >>> import wengert as wg
    >>> wg.random.fold_in(wg.random.key(0), 3)
    tensor([2467461003, 3840466878], dtype=uint32)
    """
    return compiled_for(key_at)(as_key(key, "fold_in"), data % (1 << 32) if isinstance(data, int) else data)


def key_at(key: Tensor, number: Any) -> Tensor:
    """The key with a number folded in."""
    return _as_keys(random_words(key, np.asarray(number).astype(WORD), shape=(), dtype=TWO_WORDS))


def bits(key: Any, shape: Any = (), dtype: Any = WORD) -> Tensor:
    """Random bits.

    Args:
        key: a key, of shape (2,), or a batch of them, (..., 2).
        shape: the shape of the result for each key: an int or a tuple.
        dtype: uint8, uint16, uint32 or uint64.

    Raises:
        TypeError: it is another dtype.

    >>> import wengert as wg
    >>> wg.random.bits(wg.random.key(0), (2,), "uint8")
    tensor([167, 146], dtype=uint8)
    """
    dtype = numpy.dtype(dtype)
    if dtype not in UNSIGNED:
        raise TypeError(
            f"[bits] the dtype {dtype} was asked for, wanted uint8, uint16, uint32 or uint64; write "
            "wg.random.default_rng(seed).integers(low, high, size) for other integers"
        )
    return in_pieces(random_bits, as_key(key, "bits"), shape_of(shape), dtype)


def random_bits(key: Tensor, start: Any, shape: tuple[int, ...], dtype: numpy.dtype) -> Tensor:
    """Random bits at the counters from a start on."""
    words = random_words(key, start, shape=shape, dtype=TWO_WORDS if dtype == TWO_WORDS else WORD)
    return words.astype(dtype)


def shape_of(size: Any) -> tuple[int, ...]:
    """A shape that was given as an int, a tuple or nothing.

    Raises:
        TypeError: it is something else.
        ValueError: a length is negative.
    """
    try:
        shape = () if size is None else tuple(map(index, size)) if hasattr(size, "__iter__") else (index(size),)
    except TypeError:
        raise TypeError(
            f"[random] the size {size!r} was given, wanted an int or a tuple of ints; write size=(2, 3)"
        ) from None
    if any(length < 0 for length in shape):
        raise ValueError(f"[random] the size {size!r} was given, wanted lengths that are not negative; write size=0")
    return shape
