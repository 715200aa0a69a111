"""Where the order of samples comes from: a seed and the number of the epoch."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy

import wengert as wg

Seed = int | numpy.random.Generator | wg.random.Generator | None
"""A whole number, a generator of NumPy or of `wengert.random` to draw one from, or ``None`` for one of the system."""


def whole_seed(seed: Seed, name: str) -> int:
    """The number that a seed is."""
    if seed is None:
        return int(numpy.random.SeedSequence().generate_state(1, numpy.uint64)[0] >> numpy.uint64(1))
    if isinstance(seed, (numpy.random.Generator, wg.random.Generator)):
        return int(seed.integers(2**31))
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise TypeError(
            f"[{name}] seed is {seed!r}, wanted a whole number from 0 on, a generator or None; write seed=0"
        )
    return int(seed)


def generator_of(seed: Any, name: str) -> Any:
    """What permutes as NumPy's generators do: that itself, or one of NumPy with this seed."""
    if hasattr(seed, "permutation") and not isinstance(seed, wg.random.Generator):
        return seed
    return numpy.random.default_rng(whole_seed(seed, name))


def generator_at(seed: int, *place: int) -> numpy.random.Generator:
    """The generator of a place, such as an epoch or a batch of one: the same whenever it is asked for."""
    return numpy.random.default_rng((seed, *place))
