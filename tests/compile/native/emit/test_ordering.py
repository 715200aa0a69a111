"""Sorting and searching in machine code is NumPy's: for every dtype, axis and length, with NaN, infinities and ties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile.native.emit.ordering import INSERTED, MANY_KEYS
from wengert.compile.native.facts.lowered import NATIVE_DTYPES
from wengert.core.python.trees import flatten

SPECIAL = [0.0, -0.0, numpy.nan, -numpy.nan, numpy.inf, -numpy.inf, 1.0, -1.0, 5e-324, -5e-324]
SHAPES = [
    *(((n,), 0) for n in (1, 2, INSERTED, INSERTED + 1, MANY_KEYS + 3)),
    *(((3, 7), 0), ((3, 7), 1), ((2, INSERTED + 6, 3), 1)),
]


def numbers(dtype: str, shape: tuple[int, ...]) -> Any:
    """Numbers of all sizes, with many ties, and those that are special."""
    kind, size = numpy.dtype(dtype), int(numpy.prod(shape))
    rng = numpy.random.default_rng(size)
    if kind.kind == "f":
        x = rng.standard_normal(size).astype(kind) * rng.choice([1e-30, 1, 1e30], size).astype(kind)
        x[::2] = rng.choice(numpy.array(SPECIAL, kind), len(x[::2]))
    elif kind.kind == "b":
        x = rng.integers(0, 2, size).astype(bool)
    else:
        x = rng.integers(0, 6, size).astype(kind)
        x[::3] = rng.integers(numpy.iinfo(kind).min, numpy.iinfo(kind).max, len(x[::3]), kind, endpoint=True)
    return x.reshape(shape)


def is_native(compiled: Any) -> bool:
    report = compiled.report()
    return "sorts and searches" in report and "NumPy steps" not in report


def assert_equal(found: Any, expected: Any) -> None:
    for ours, theirs in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        numpy.testing.assert_array_equal(ours.detach().numpy(), theirs.detach().numpy())
        assert ours.dtype == theirs.dtype


def assert_native(f: Callable[..., Any], *args: Any) -> None:
    """Compiled is as eager, and without a step in NumPy."""
    compiled = wg.jit(f)
    assert_equal(compiled(*args), f(*map(wg.tensor, args)))
    assert is_native(compiled)


@pytest.mark.part(8)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", sorted(NATIVE_DTYPES))
def test_order_is_that_of_numpy(dtype: str, descending: bool) -> None:
    def every(*arrays: Any) -> Any:
        return [
            (np.sort(x, axis, descending=descending), np.argsort(x, axis, descending=descending))
            for x, (_, axis) in zip(arrays, SHAPES, strict=True)
        ]

    assert_native(every, *(numbers(dtype, shape) for shape, _ in SHAPES))


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", sorted(NATIVE_DTYPES))
def test_values_alone_are_those_of_numpy(dtype: str) -> None:
    arrays = [numbers(dtype, shape) for shape, _ in SHAPES]
    assert_native(lambda *xs: [np.sort(x, axis) for x, (_, axis) in zip(xs, SHAPES, strict=True)], *arrays)


def test_zeros_of_both_signs_stay_in_their_order() -> None:
    x = numpy.tile([0.0, -0.0, 1.0], 50)
    values, places = wg.jit(lambda x: (np.sort(x), np.argsort(x)))(x)
    numpy.testing.assert_array_equal(places, numpy.argsort(x, kind="stable"))
    numpy.testing.assert_array_equal(numpy.signbit(values), numpy.signbit(x[places.numpy()]))


@pytest.mark.part(2)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", sorted(NATIVE_DTYPES))
def test_places_in_a_sorted_array_are_those_of_numpy(dtype: str, side: str) -> None:
    line, sought = numpy.sort(numbers(dtype, (100,))), numbers(dtype, (5, 20))
    assert_native(lambda a, v: (np.searchsorted(a, v, side), np.searchsorted(a, v[0, 0], side)), line, sought)


def test_numbers_of_two_dtypes_are_compared_as_one() -> None:
    assert_native(np.searchsorted, numpy.arange(5), numpy.array([0.5, 4.0, numpy.nan]))
    assert_native(np.searchsorted, numpy.arange(5.0, dtype="float32"), numpy.array([3, 9]))


def test_arrays_that_are_views_are_read_as_they_are() -> None:
    x = numbers("float64", (8, 9))
    assert_native(lambda x: (np.sort(x.T[::-1], axis=0), np.argsort(x[:, ::2], axis=0), np.sort(x[2])), x)


def test_what_selects_sorts() -> None:
    x = numbers("float32", (4, 50))
    assert_native(lambda x: (np.partition(x, 3), np.argpartition(x, 3, axis=0)), x)


PERMUTED = numpy.random.default_rng(0).permuted(numpy.tile(numpy.arange(40.0), (3, 4)), axis=1)
WEIGHTS = numpy.sin(numpy.arange(PERMUTED.size)).reshape(PERMUTED.shape)


def weighted(x: Any) -> Any:
    return np.sum(np.sort(np.exp(x / 20), axis=1) ** 2 * WEIGHTS) + np.quantile(x, 0.3)


DERIVATIVES: dict[str, Callable[[Any], Any]] = {
    "gradient": wg.grad(weighted),
    "forward": lambda x: wg.jvp(weighted, (x,), (x * 2,)),
    "second": lambda x: wg.grad(lambda y: np.sum(np.cos(wg.grad(weighted)(y))))(x),
    "batched": wg.vmap(lambda row: wg.grad(lambda r: np.sum(np.sort(np.sin(r)) * WEIGHTS[0]))(row)),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives_are_those_of_eager_code(name: str) -> None:
    compiled = wg.jit(DERIVATIVES[name])
    for ours, theirs in zip(*(flatten(f(PERMUTED))[0] for f in (compiled, DERIVATIVES[name])), strict=True):
        numpy.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-12, atol=1e-12)
    assert is_native(compiled)


def test_a_loop_that_sorts_is_native() -> None:
    def f(x: Any) -> Any:
        return wg.fori_loop(0, 5, lambda i, c: np.sort(np.sin(c * 3)) + 0.1 * c, x)

    compiled = wg.jit(wg.value_and_grad(lambda x: np.sum(f(x) * WEIGHTS[0])))
    for ours, theirs in zip(compiled(PERMUTED[0]), compiled.f(PERMUTED[0]), strict=True):
        numpy.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-12, atol=1e-12)
    assert "NumPy steps" not in compiled.report()


def test_sorting_once_gives_values_and_places() -> None:
    compiled = wg.jit(wg.grad(weighted))
    compiled(PERMUTED)
    assert "2 sorts and searches" in compiled.report()
