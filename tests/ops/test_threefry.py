"""Threefry-2x32 against the vectors of its authors; random words at counters, for batches of keys, compiled."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.ops.threefry import random_words, threefry

FULL = 0xFFFFFFFF
VECTORS = [
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((FULL, FULL), (FULL, FULL), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]
"""Key, counter, words: threefry2x32 with 20 rounds in ``kat_vectors`` of Random123."""

DTYPES = [numpy.dtype(numpy.uint32), numpy.dtype(numpy.uint64)]
KEY = np.asarray(numpy.array([13, 42], numpy.uint32))
KEYS = np.asarray(numpy.arange(12, dtype=numpy.uint32).reshape(2, 3, 2))


def words(values: tuple[int, int]) -> tuple[Any, Any]:
    return numpy.array([values[0]], numpy.uint32), numpy.array([values[1]], numpy.uint32)


@pytest.mark.parametrize(("key", "counter", "expected"), VECTORS)
def test_vectors_of_random123(key: tuple[int, int], counter: tuple[int, int], expected: tuple[int, int]) -> None:
    assert [int(x[0]) for x in threefry(words(key), words(counter))] == list(expected)


@pytest.mark.parametrize(("key", "counter", "expected"), VECTORS)
def test_words_at_a_counter(key: tuple[int, int], counter: tuple[int, int], expected: tuple[int, int]) -> None:
    start = numpy.uint64((counter[0] << 32) | counter[1])
    given = np.asarray(numpy.array(key, numpy.uint32))
    together, mixed = (random_words(given, start, shape=(), dtype=dtype) for dtype in reversed(DTYPES))
    assert int(together) == (expected[0] << 32) | expected[1]
    assert int(mixed) == expected[0] ^ expected[1]


@pytest.mark.part(4)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 100), (2, 0), (40, 2, 30)])
@pytest.mark.parametrize("key", [KEY, KEYS], ids=["key", "keys"])
def test_compiled_as_eager(key: Any, shape: tuple[int, ...], dtype: numpy.dtype) -> None:
    draw = lambda key: random_words(key, 7, shape=shape, dtype=dtype)
    assert np.array_equal(wg.jit(draw)(key), draw(key))


@pytest.mark.parametrize("start", [0, 2**32 - 3, 2**40, numpy.uint64(2**64 - 2)])
def test_counters_have_64_bits(start: Any) -> None:
    draw = lambda key, start: random_words(key, start, shape=(6,), dtype=DTYPES[1])
    each = [random_words(KEY, numpy.uint64(int(start) + i & 2**64 - 1), shape=(), dtype=DTYPES[1]) for i in range(6)]
    assert np.array_equal(draw(KEY, start), np.stack(each))
    assert np.array_equal(wg.jit(draw)(KEY, start), np.stack(each))


@pytest.mark.part(2)
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0)])
@pytest.mark.parametrize("key", [KEY, KEYS[0]], ids=["key", "keys"])
@pytest.mark.parametrize("start", [numpy.uint64(3), numpy.arange(3, dtype=numpy.int64)], ids=["start", "starts"])
def test_batched_as_looped(key: Any, start: Any, axes: tuple[Any, Any], compiled: bool) -> None:
    draw = lambda key, start: random_words(key, start, shape=(4,), dtype=DTYPES[0])
    keys = key if axes[0] is None else np.stack([key, key + 1, key + 2])
    starts = np.asarray(start) if axes[1] is None else np.stack([np.asarray(start) + i for i in range(3)])
    batched = wg.vmap(draw, in_axes=axes)
    looped = [draw(key if axes[0] is None else keys[i], starts if axes[1] is None else starts[i]) for i in range(3)]
    assert np.array_equal((wg.jit(batched) if compiled else batched)(keys, starts), np.stack(looped))


def test_in_registers_of_a_loop() -> None:
    """A small loop, whose arrays are kept in registers."""
    turn = lambda total, key: (total + random_words(key, 1, shape=(2,), dtype=DTYPES[0]), total)
    run = lambda keys: wg.scan(turn, np.zeros(2, "uint32"), keys)[0]
    keys = KEYS.reshape(6, 2)
    compiled = wg.jit(run)
    assert np.array_equal(compiled(keys), run(keys))
    assert "NumPy steps" not in str(compiled.report())


def test_it_is_fused_with_what_follows() -> None:
    draw = wg.jit(lambda key: np.sum((random_words(key, 0, shape=(1000,), dtype=DTYPES[0]) >> 9).astype("float64")))
    assert np.allclose(draw(KEY) / 1000 / 2**22, 1, atol=0.1)
    assert "1 kernels" in str(draw.report())


def test_it_has_no_derivative() -> None:
    scale = lambda x: np.sum(x * random_words(KEY, 0, shape=(3,), dtype=DTYPES[0]).astype("float64"))
    assert np.array_equal(wg.grad(scale)(2.0), scale(1.0))
