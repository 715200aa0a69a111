"""Arrays of one and two bytes an element: machine code loads, stores and converts them, and computes with others."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

SHORT = ("int8", "uint8", "int16", "uint16")
OTHERS = ("int32", "uint32", "int64", "uint64", "float32", "float64", "bool")
PAIRS = [(a, b) for a, b in itertools.product((*SHORT, *OTHERS), repeat=2) if a != b and {a, b}.intersection(SHORT)]


def numbers(dtype: str) -> numpy.ndarray:
    """Numbers of a dtype, to its ends; of floats those that the shortest integers have no place for, too."""
    if dtype[0] == "f":
        return numpy.tile(numpy.array([0, 1, -1, 2.5, -2.5, 100.7, 127, -128.9, 200, 1e3], dtype), 14)
    return numpy.arange(-70, 70).astype(dtype) * numpy.array(997).astype(dtype)


@pytest.mark.parametrize(("given", "wanted"), PAIRS)
def test_converted_as_by_numpy(given: str, wanted: str) -> None:
    x = numbers(given)
    found = wg.jit(lambda x: (x.astype(wanted), x[::3].astype(wanted), x.reshape(-1, 4).T.astype(wanted)))(x)
    with numpy.errstate(all="ignore"):
        exact = x.astype(wanted)
    for each, same in zip(found, (exact, exact[::3], exact.reshape(-1, 4).T), strict=True):
        assert each.dtype == wanted
        numpy.testing.assert_array_equal(each, same)


@pytest.mark.parametrize("dtype", SHORT)
def test_what_is_computed_with_them_is_as_eager(dtype: str) -> None:
    x = np.asarray(numpy.arange(-10, 10).reshape(4, 5).astype(dtype))

    def many(x: Any) -> Any:
        total = wg.fori_loop(0, 3, lambda i, carry: carry + x, x)
        chosen = wg.cond(x.sum() > 0, lambda x: x, lambda x: x + 1, x)
        joined = np.concatenate([x, np.where(x > 3, x, x[0])])
        return x * x, x.sum(axis=0), x.max(axis=1), joined, x[np.array([1, 0])], x @ x.T, total, chosen, x << 1

    for eager, compiled in zip(many(x), wg.jit(many)(x), strict=True):
        assert eager.dtype == compiled.dtype
        numpy.testing.assert_array_equal(eager, compiled)


def test_they_are_state_that_is_written() -> None:
    kept = wg.tensor(numpy.zeros(3, "int8"))

    @wg.jit
    def keep(x: Any) -> Any:
        kept.copy_(np.round(x).astype("int8"))
        return kept.astype("float32").sum()

    assert keep(np.array([1.6, -3.4, 100.0])).item() == 99.0
    assert kept.tolist() == [2, -3, 100]


def test_a_conversion_is_a_part_of_the_loop_that_needs_it() -> None:
    """A product of one row and a matrix of bytes is one loop over the bytes."""
    f = wg.jit(lambda x, w: np.sum(x * w.astype("float32"), axis=-1))
    x, w = numpy.ones(64, "float32"), numpy.ones((32, 64), "int8")
    assert f(x, w).tolist() == [64.0] * 32
    assert "1 kernels, 0 matrix products, 1 native calls" in f.report()
    assert "NumPy steps" not in f.report()
