"""Long rows in blocks: values, special values and derivatives as eager, in two passes over memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array, assert_as_eager, assert_compiled_is_eager

from wengert.compile.native.legalize.softmax import LONG_ROW, ROW_BLOCK, with_running_maxima
from wengert.compile.native.machine import addresses as runtime, pool

LENGTHS = [LONG_ROW, LONG_ROW + 1, LONG_ROW + ROW_BLOCK - 1, 9 * ROW_BLOCK, 11 * ROW_BLOCK + 5]
TOLERANCE = {"float64": 1e-12, "float32": 2e-5}  # the sum of so many terms, in another order

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "logsumexp": lambda x: special.logsumexp(x, axis=-1),
    "softmax": lambda x: special.softmax(x, axis=-1),
    "log_softmax": lambda x: special.log_softmax(x, axis=-1),
}


def gradient(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return wg.value_and_grad(lambda x: np.sum(np.sin(f(x))))


def moved(f: Callable[..., Any], *args: Any) -> tuple[int, int]:
    """The bytes that a compiled function moves, and those of its arena."""
    compiled = wg.jit(f)
    compiled(*args)
    ((arena, count),) = re.findall(r"(\d+) bytes of arena, (\d+) bytes moved", compiled.report())
    return int(count), int(arena)


@pytest.mark.part(6)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_compiled_is_eager(name: str, length: int, dtype: str) -> None:
    x = array((length,), dtype)
    assert_compiled_is_eager(FUNCTIONS[name], x, rtol=TOLERANCE[dtype])
    # a slope has the sum of all cotangents in it, of which each rounding is one part in 10^7 of thousands
    assert_compiled_is_eager(gradient(FUNCTIONS[name]), x, rtol=10 * TOLERANCE[dtype])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_several_rows(name: str) -> None:
    x = array((3, 2, LONG_ROW + 77))
    assert_compiled_is_eager(FUNCTIONS[name], x, rtol=1e-12)
    assert_compiled_is_eager(gradient(FUNCTIONS[name]), x, rtol=1e-12)


@pytest.mark.parametrize("name", ["logsumexp", "softmax"])
def test_second_derivatives(name: str) -> None:
    def f(x: Any, dx: Any) -> Any:
        return wg.jvp(wg.grad(lambda x: np.sum(FUNCTIONS[name](x) ** 2)), (x,), (dx,))[1]

    x = array((LONG_ROW + 9,))
    assert_compiled_is_eager(f, x, numpy.cos(x), rtol=1e-12)


SPECIAL: dict[str, Callable[[Any], Any]] = {
    "all -inf": lambda x: numpy.full_like(x, -numpy.inf),
    "a block of -inf": lambda x: numpy.where(numpy.arange(x.size) < ROW_BLOCK, -numpy.inf, x - 1000),
    "one +inf": lambda x: numpy.where(numpy.arange(x.size) == ROW_BLOCK + 3, numpy.inf, x),
    "several +inf": lambda x: numpy.where(numpy.arange(x.size) % (3 * ROW_BLOCK) == 5, numpy.inf, x),
    "+inf and -inf": lambda x: numpy.where(x > 0, numpy.inf, -numpy.inf),
    "one NaN": lambda x: numpy.where(numpy.arange(x.size) == 2 * ROW_BLOCK + 1, numpy.nan, x),
    "NaN at the end": lambda x: numpy.where(numpy.arange(x.size) == x.size - 1, numpy.nan, x),
    "NaN and inf": lambda x: numpy.where(x > 3, numpy.nan, numpy.where(x < -3, numpy.inf, x)),
    "all equal": numpy.ones_like,
    "huge": lambda x: x * (numpy.finfo(x.dtype).max / 100),
    "huge and negative": lambda x: -numpy.abs(x) * (numpy.finfo(x.dtype).max / 100),
    "growing": lambda x: numpy.sort(x) * 50,
    "falling": lambda x: numpy.sort(x)[::-1] * 50,
    "near zero": lambda x: numpy.where(numpy.arange(x.size) == 7, 0, x - 60).astype(x.dtype),
}


@cache
def compiled(name: str, is_derivative: bool = False) -> Any:
    """A function, or its value and gradient, compiled once for all special values."""
    f = FUNCTIONS[name]
    return wg.jit(wg.value_and_grad(lambda x: np.sum(f(x))) if is_derivative else f)


@pytest.mark.part(6)
@pytest.mark.parametrize("values", SPECIAL)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_special_values(values: str, name: str, dtype: str) -> None:
    x = SPECIAL[values](array((LONG_ROW + ROW_BLOCK + 100,), dtype)).astype(dtype)
    assert_as_eager(compiled(name), x, rtol=TOLERANCE[dtype])
    assert_as_eager(compiled(name, is_derivative=True), x, rtol=TOLERANCE[dtype])


@pytest.mark.parametrize("large", [100.0, 700.0, 800.0, 1e30])
@pytest.mark.parametrize("infinite", [numpy.inf, -numpy.inf, numpy.nan])
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_infinity_and_a_large_number_in_other_blocks(large: float, infinite: float, name: str, dtype: str) -> None:
    x = array((LONG_ROW + ROW_BLOCK + 100,), dtype)
    x[5], x[ROW_BLOCK + 5] = infinite, large
    assert_as_eager(compiled(name), x, rtol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_two_passes_over_memory(dtype: str) -> None:
    x = array((100 * ROW_BLOCK,), dtype)
    few = x.nbytes // 100
    count, arena = moved(special.logsumexp, x)
    assert count < x.nbytes + few
    assert arena < few
    count, arena = moved(wg.value_and_grad(lambda x: special.logsumexp(x)), x)
    assert count < 4 * x.nbytes + few  # reads x and writes terms, reads these and writes the gradient
    assert arena < few  # the terms are where the gradient will be


def test_the_result_does_not_depend_on_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    x = array((150 * ROW_BLOCK + 11,))
    f = wg.value_and_grad(lambda x: special.logsumexp(x))
    shared = [value.numpy() for value in wg.jit(f)(x)]
    alone = pool.Pool(1)
    monkeypatch.setattr(runtime, "pool", lambda: alone)
    runtime.runtime_table.cache_clear()
    single = [value.numpy() for value in wg.jit(f)(x)]
    runtime.runtime_table.cache_clear()
    for a, b in zip(shared, single, strict=True):
        numpy.testing.assert_array_equal(a, b)


def test_as_accurate_as_the_terms() -> None:
    x = array((2 * LONG_ROW + 3,))
    with mpmath.workprec(200):
        total = mpmath.fsum(mpmath.exp(mpmath.mpf(float(v))) for v in x)
        exact = float(mpmath.log(total))
        shares = [float(mpmath.exp(mpmath.mpf(float(v))) / total) for v in x[:: LONG_ROW // 64]]
    value, slope = wg.jit(wg.value_and_grad(lambda x: special.logsumexp(x)))(x)
    assert abs(value.item() - exact) <= 2 * numpy.spacing(exact)
    numpy.testing.assert_allclose(slope.numpy()[:: LONG_ROW // 64], shares, rtol=8e-15)


def test_short_rows_and_other_sums_are_left_alone() -> None:
    for f, x in [
        (FUNCTIONS["softmax"], array((LONG_ROW - 1,))),
        (lambda x: np.max(x) + np.sum(np.exp(x)), array((LONG_ROW,))),
        (lambda x: np.sum(np.exp(x - np.max(x, axis=0)), axis=0), array((LONG_ROW, 2))),
    ]:
        graph = wg.jit(f).lower(x).graph
        assert with_running_maxima(graph) is graph
