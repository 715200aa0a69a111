"""Keys and bits are those of JAX; what is no key or no seed says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.random import reference

import wengert as wg
import wengert.numpy as np

EXPECTED = json.loads(reference.PATH.read_text())


@pytest.mark.parametrize("seed", reference.SEEDS)
def test_keys_are_those_of_jax(seed: int) -> None:
    key = wg.random.key(seed)
    assert key.dtype == numpy.uint32
    assert key.tolist() == EXPECTED[f"key {seed}"]
    assert wg.random.split(key, 3).tolist() == EXPECTED[f"split {seed}"]
    assert wg.random.fold_in(key, 7).tolist() == EXPECTED[f"fold_in {seed}"]
    assert wg.random.key(wg.tensor(seed)).tolist() == key.tolist()
    assert wg.jit(wg.random.key)(wg.tensor(seed)).tolist() == key.tolist()


@pytest.mark.parametrize("dtype", reference.BITS)
@pytest.mark.parametrize("shape", reference.SHAPES)
@pytest.mark.parametrize("seed", reference.SEEDS)
def test_bits_are_those_of_jax(seed: int, shape: tuple[int, ...], dtype: str) -> None:
    bits = wg.random.bits(wg.random.key(seed), shape, dtype)
    assert bits.dtype == dtype
    assert bits.tolist() == EXPECTED[f"bits {dtype} {seed} {shape}"]


@pytest.mark.parametrize("dtype", reference.FLOATS)
@pytest.mark.parametrize("shape", reference.SHAPES)
@pytest.mark.parametrize("seed", reference.SEEDS)
def test_floats_are_those_of_jax(seed: int, shape: tuple[int, ...], dtype: str) -> None:
    key = wg.random.key(seed)
    uniform = wg.random.random(shape, dtype, key=key)
    assert uniform.dtype == dtype
    assert uniform.tolist() == EXPECTED[f"uniform {dtype} {seed} {shape}"]
    normal = wg.random.normal(size=shape, dtype=dtype, key=key)
    close = {"float32": 2e-6, "float64": 2e-13}[dtype]  # the inverse error function of XLA is no better
    assert np.allclose(normal, numpy.array(EXPECTED[f"normal {dtype} {seed} {shape}"]), rtol=close, atol=0)


def test_a_long_seed_and_several_numbers_make_other_keys() -> None:
    seeds = [0, 1, 2**64, 2**70, [1, 2], [2, 1], (1,), numpy.array([1, 2, 3])]
    keys = {tuple(wg.random.key(seed).tolist()) for seed in seeds}
    assert len(keys) == len(seeds) - 1
    assert wg.random.key((1,)).tolist() == wg.random.key(numpy.int8(1)).tolist() == wg.random.key(1).tolist()
    assert wg.random.key().tolist() != wg.random.key(None).tolist()


@pytest.mark.part(2)
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 5000, 300_000])
def test_a_draw_is_the_beginning_of_a_longer_one_and_the_same_compiled(length: int) -> None:
    key = wg.random.key(3)
    draw = lambda key: (wg.random.bits(key, length), wg.random.normal(size=length, dtype="float32", key=key))
    long = wg.random.bits(key, 300_001)
    for eager, compiled in zip(draw(key), wg.jit(draw)(key), strict=True):
        assert np.array_equal(eager, compiled)
    assert np.array_equal(draw(key)[0], long[:length])


def test_batches_of_keys() -> None:
    keys = wg.random.split(wg.random.key(1), 6).reshape(2, 3, 2)
    each = [[wg.random.bits(key, 4) for key in row] for row in keys]
    assert np.array_equal(wg.random.bits(keys, 4), np.stack([np.stack(row) for row in each]))
    assert np.array_equal(wg.vmap(wg.vmap(lambda key: wg.random.bits(key, 4)))(keys), wg.random.bits(keys, 4))
    assert np.array_equal(wg.random.split(keys)[1, 2], wg.random.split(keys[1, 2]))
    assert np.array_equal(wg.random.fold_in(keys, numpy.arange(3))[1, 2], wg.random.fold_in(keys[1, 2], 2))
    folded = wg.vmap(wg.random.fold_in, in_axes=(None, 0))(wg.random.key(0), numpy.arange(3))
    assert np.array_equal(folded[2], wg.random.fold_in(wg.random.key(0), 2))


MISTAKES: dict[str, Callable[[], Any]] = {
    "[key] the seed 0.5 was given, wanted an integer, several of them, or None for any; write wg.random.key(0), or "
    "int(seed) for a number that is whole": lambda: wg.random.key(0.5),
    "[key] the seed 'one' was given, wanted an integer, several of them, or None for any; write wg.random.key(0), or "
    "int(seed) for a number that is whole": lambda: wg.random.key("one"),
    "[key] the seed True was given, wanted an integer, several of them, or None for any; write wg.random.key(0), or "
    "int(seed) for a number that is whole": lambda: wg.random.key(True),
    "[split] the key 0 was given, wanted a uint32 tensor of shape (2,); write wg.random.key(seed) to make "
    "one": lambda: wg.random.split(0),
    "[bits] the key float64 of shape (2,) was given, wanted a uint32 tensor of shape (2,); write wg.random.key(seed) "
    "to make one": lambda: wg.random.bits(np.zeros(2)),
    "[bits] the dtype int64 was asked for, wanted uint8, uint16, uint32 or uint64; write "
    "wg.random.default_rng(seed).integers(low, high, size) for other integers": lambda: wg.random.bits(
        wg.random.key(0), 3, "int64"
    ),
    "[random] the size 2.5 was given, wanted an int or a tuple of ints; write size=(2, 3)": lambda: wg.random.bits(
        wg.random.key(0), 2.5
    ),
    "[random] the size (3, -1) was given, wanted lengths that are not negative; write size=0": lambda: wg.random.bits(
        wg.random.key(0), (3, -1)
    ),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes(message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        MISTAKES[message]()
    assert str(error.value) == message
