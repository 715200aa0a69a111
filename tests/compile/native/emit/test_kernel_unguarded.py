"""Large kernels without guards first: what a guard keeps out is kept out all the same, and in its chunk only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.emit import kernel_unguarded as unguarded
from wengert.compile.native.emit.kernel import Kernel
from wengert.ops.factors import clear, scale

SHAPE = (300, 1000)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[type]:
    """The classes of the kernels that are made; none is on disk."""
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path))
    classes: list[type] = []

    def kernel_of(*args: Any) -> Kernel:
        classes.append(type(kernel := original(*args)))
        return kernel

    original = unguarded.kernel_of
    monkeypatch.setattr("wengert.compile.native.emit.emission.kernel_of", kernel_of)
    return classes


def numbers(seed: int) -> Any:
    return numpy.random.default_rng(seed).standard_normal(SHAPE).astype("float32")


def assert_same(f: Callable[..., Any], *args: Any) -> None:
    with numpy.errstate(all="ignore"):
        expected = f(*args)
    found = wg.jit(f)(*args)
    for a, b in zip(found, expected, strict=True):
        numpy.testing.assert_allclose(a.numpy(), numpy.asarray(b), rtol=1e-4, atol=1e-5)


def products(x: Any, y: Any) -> tuple[Any, ...]:
    product = scale(x, y)
    return product, np.sum(product + x, axis=1), clear(x, y) * 2 - scale(product, y)


@pytest.mark.parametrize(
    "bad",
    [[], [(7, 9, 0.0, numpy.inf)], [(7, 9, 0.0, numpy.nan), (299, 999, -numpy.inf, 0.0)], [(0, 0, numpy.inf, 1.0)]],
    ids=["all finite", "zero times infinity", "zero times NaN", "an infinity of its own"],
)
def test_products(bad: list[Any], made: list[type]) -> None:
    x, y = numbers(0), numbers(1)
    for row, column, left, right in bad:
        x[row, column], y[row, column] = left, right
    assert_same(products, x, y)
    assert unguarded.UnguardedKernel in made


@pytest.mark.parametrize("infinite", [0.0, numpy.inf])
def test_a_total_in_chunks(infinite: float, made: list[type]) -> None:
    x, y = numpy.zeros(2_000_000), numpy.ones(2_000_000)
    x[:500], y[-3] = 2.0, infinite
    assert_same(lambda x, y: (np.sum(scale(x, y)), np.sum(x)), x, y)
    assert made == [unguarded.UnguardedKernel]


def test_a_branch_not_taken(made: list[type]) -> None:
    gradient = wg.grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x) * np.log(x), 0)))
    assert_same(lambda x: (gradient(x),), numbers(2))


def test_what_is_written_where_it_is_read_is_done_once(made: list[type]) -> None:
    x, factor = wg.tensor(numbers(0)), wg.tensor(numbers(1))
    factor[7, 7] = numpy.inf
    x[7, 7] = 0.0
    with numpy.errstate(all="ignore"):
        expected = (scale(x, factor) + x).numpy()

    @wg.jit
    def step(factor: wg.Tensor) -> None:
        nonlocal x
        x += scale(x, factor)

    step(factor)
    numpy.testing.assert_allclose(x.numpy(), expected, rtol=1e-5, atol=1e-6)
    assert made == [Kernel]


def test_what_hides_an_infinity_keeps_the_guards(made: list[type]) -> None:
    x, y = numbers(0), numbers(1)
    x[3, 3], y[3, 3] = 0.0, numpy.inf
    assert_same(lambda x, y: (1 / (scale(x, y) + 1),), x, y)
    assert_same(lambda x, y: (np.max(scale(x, y), axis=1),), x, y)
    assert unguarded.UnguardedKernel not in made


def test_small_kernels_have_one_function(made: list[type]) -> None:
    assert_same(products, numbers(0)[:3], numbers(1)[:3])
    assert set(made) == {Kernel}
