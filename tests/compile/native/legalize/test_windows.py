"""Windows in machine code: short and long filters, every mode, and no more of a derivative than is used."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array, assert_compiled_is_eager, steps_of

MODES = ["full", "same", "valid"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lengths", [(30, 5), (5, 30), (7, 7), (1, 6), (100, 40), (3, 1), (5000, 33)])
def test_values_and_derivatives(mode: str, lengths: tuple[int, int]) -> None:
    def f(x: Any, y: Any) -> Any:
        return np.convolve(x, y, mode), np.correlate(x, y, mode)

    def derivative(x: Any, y: Any) -> Any:
        return wg.grad(lambda xy: sum(np.sum(np.sin(t)) for t in f(*xy)))((x, y))

    x, y = array((lengths[0],)), array((lengths[1], 1))[:, 0]
    assert_compiled_is_eager(f, x, y, rtol=1e-11)
    assert_compiled_is_eager(derivative, x, y, rtol=1e-9)
    assert steps_of(derivative, x, y) == ""


@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "uint8", "float16", "float32", "complex64"])
def test_dtypes(dtype: str) -> None:
    x = array((40,), dtype)
    assert_compiled_is_eager(lambda x, y: np.convolve(x, y), x, x[:6], rtol=1e-5)
    assert_compiled_is_eager(lambda x, y: np.convolve(x, y), x, array((4,)), rtol=1e-5)


def test_sizes_that_threads_share() -> None:
    x, y = array((200_000,)), array((9, 1))[:, 0]
    assert_compiled_is_eager(lambda x, y: np.convolve(x, y, "same"), x, y, rtol=1e-12)


def test_a_batch_of_lines() -> None:
    x, y = array((6, 50)), array((4, 1))[:, 0]
    assert_compiled_is_eager(wg.vmap(np.convolve, in_axes=(0, None)), x, y, rtol=1e-12)


def test_the_derivative_in_a_filter_takes_time_of_its_size() -> None:
    """Of the correlation of two long lines only as many places are computed as the filter has."""
    compiled = wg.jit(lambda x, y: wg.grad(lambda y: np.sum(np.convolve(x, y) ** 2))(y))
    x, y = array((400_000,)), array((5, 1))[:, 0]
    found = compiled(x, y)
    expected = [2 * numpy.convolve(x, y)[i : i + len(x)] @ x for i in range(5)]
    numpy.testing.assert_allclose(found.numpy(), expected, rtol=1e-10)
