"""Random bits that are a function of a key and a counter: no state, the same on every machine.

Threefry-2x32 with 20 rounds: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as easy
as 1, 2, 3" (SC 2011), section 4.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.number import Number, among_arrays
from ..core.primitive import Primitive
from ..core.recording import general, named
from ..core.routines import routine_of
from .elementwise import astype
from .facts import HARMLESS, state_facts
from .shape import reshape

PARITY = 0x1BD11BDA
"""Its exclusive or with the words of a key is the third word of the key schedule."""

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
"""By how many bits, in rounds of four, which take turns."""

GROUPS_OF_ROUNDS = 5


def threefry(key: tuple[Any, Any], counter: tuple[Any, Any]) -> tuple[Any, Any]:
    """Two random words of a counter of two words: of whatever has the operators of 32 bits without sign."""
    schedule = (*key, key[0] ^ key[1] ^ PARITY)
    x, y = counter[0] + key[0], counter[1] + key[1]
    for group in range(GROUPS_OF_ROUNDS):
        for count in ROTATIONS[group % 2]:
            x = x + y
            y = x ^ ((y << count) | (y >> (32 - count)))
        x = x + schedule[(group + 1) % 3]
        y = y + schedule[(group + 2) % 3] + (group + 1)
    return x, y


def _halves(counts: Any) -> tuple[Any, Any]:
    """The high and the low word of 64 bits."""
    return (counts >> numpy.uint64(32)).astype(numpy.uint32), counts.astype(numpy.uint32)


COUNTER = numpy.dtype(numpy.uint64)

BLOCK = 1 << 15
"""So many counters are worked on at a time, near the processor."""


WORTH_A_ROUTINE = 1 << 9
"""From so many words on, of at least as many a key, machine code is asked for."""


def _evaluate(key: Any, start: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    each = math.prod(shape)
    if WORTH_A_ROUTINE <= each < 1 << 32 and (routine := routine_of(_WORDS)):
        return routine(key, start, shape, dtype)
    lead, keys, starts = of_each_key(key, start)
    out = numpy.empty(len(keys) * each, dtype)
    for first in range(0, out.size, BLOCK):
        of_key, number = numpy.divmod(numpy.arange(first, min(first + BLOCK, out.size)), each)
        with numpy.errstate(over="ignore"):
            counts = starts[of_key] + number.astype(numpy.uint64)
            high, low = threefry((keys[of_key, 0], keys[of_key, 1]), _halves(counts))
        out[first : first + BLOCK] = high ^ low if dtype.itemsize == 4 else _joined(high, low)
    return out.reshape((*lead, *shape))


def of_each_key(key: Any, start: Any) -> tuple[tuple[int, ...], Any, Any]:
    """The shape that keys and starts broadcast to, and in rows both as they are then."""
    lead = numpy.broadcast_shapes(key.shape[:-1], numpy.shape(start))
    starts = numpy.broadcast_to(numpy.asarray(start).astype(COUNTER), lead)
    keys = numpy.broadcast_to(key, (*lead, 2))
    return lead, numpy.ascontiguousarray(keys).reshape(-1, 2), numpy.ascontiguousarray(starts).reshape(-1)


def _joined(high: Any, low: Any) -> Any:
    """64 bits of their high and their low word."""
    return (high.astype(numpy.uint64) << numpy.uint64(32)) | low.astype(numpy.uint64)


def _form(key: Any, start: Any, shape: tuple[int, ...], dtype: Any) -> Abstract:
    return Abstract((*numpy.broadcast_shapes(key.shape[:-1], numpy.shape(start)), *shape), dtype)


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    """Both operands with as many axes between the batch axis and what they broadcast to."""
    key, start = operands
    rank = max(len(key.shape) - batched[0] - 1, numpy.ndim(start) - batched[1])
    return random_words(
        _aligned(key, rank + 1) if batched[0] else key, _aligned(start, rank) if batched[1] else start, **node.params
    )


def _aligned(x: Any, rank: int) -> Any:
    """With axes of length 1 behind the first, so that there are so many behind it."""
    missing = rank + 1 - len(x.shape)
    return reshape(x, shape=(x.shape[0], *(1,) * missing, *x.shape[1:])) if missing else x


_WORDS = Primitive("random_words", _evaluate, ("key", "start"), _form, (None, None), batch=_batch)
_call = general(_WORDS)


def random_words(key: Any, start: Any, shape: tuple[int, ...], dtype: numpy.dtype) -> Any:
    """The random words of a key at the counters from `start` on, as many as fill a shape.

    `key` is uint32 of shape (..., 2), `start` a whole number of shape (...); the result, of shape (..., *shape), has
    for each counter its two words as one uint64, or their exclusive or as one uint32.
    """
    if type(start) is int:
        start = numpy.uint64(start % (1 << 64))
    elif type(start) is Number or start.dtype != numpy.uint64:  # a compiled function's number has the dtype of others
        start = astype(among_arrays(start), dtype=COUNTER)
    return _call(key, start, shape=shape, dtype=dtype)


_WORDS.operation = named(random_words, _WORDS)

state_facts(HARMLESS, random_words)
