"""Random words of raw keys in machine code: the same as NumPy's, for any numbers of keys and words."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from wengert.core import routines
from wengert.ops import threefry

pytest.importorskip("llvmlite")

from wengert.compile.native import words

KEYS = numpy.arange(24, dtype=numpy.uint32).reshape(3, 4, 2)


@pytest.mark.parametrize("dtype", ["uint32", "uint64"])
@pytest.mark.parametrize("shape", [(512,), (513,), (7, 100), (1 << 14,), ((1 << 14) + 1,), (40_000,)])
@pytest.mark.parametrize(
    ("key", "start"),
    [
        (KEYS[0, 0], numpy.uint64(5)),
        (KEYS, numpy.uint64(2**32 - 7)),
        (KEYS[:, ::2], numpy.arange(6, dtype=numpy.int64).reshape(3, 2)),
        (KEYS[1, 1], numpy.array([0, 2**40, 2**64 - 3], numpy.uint64)),
    ],
    ids=["key", "keys", "starts", "starts of a key"],
)
def test_any_number(key: Any, start: Any, shape: tuple[int, ...], dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threefry, "WORTH_A_ROUTINE", float("inf"))
    expected = threefry.random_words(key, start, shape=shape, dtype=numpy.dtype(dtype))
    made = words.words(key, start, shape, numpy.dtype(dtype))
    assert made.dtype == expected.dtype
    assert numpy.array_equal(made, expected)


def test_an_eager_call_takes_it() -> None:
    assert routines.routine_of(threefry.random_words.primitive) is words.words
