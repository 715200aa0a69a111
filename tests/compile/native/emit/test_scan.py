"""Scans in machine code: cumulative sums and products, either way, along any axis; and what is made of them."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array, assert_compiled_is_eager, steps_of

CUMULATIVE = {"cumsum": np.cumsum, "cumprod": np.cumprod}
SHAPES = [(1,), (7,), (1, 1), (6, 1), (1, 6), (5, 6), (2, 3, 4), (3, 1, 4)]


@pytest.mark.part(8)
@pytest.mark.parametrize("name", CUMULATIVE)
@pytest.mark.parametrize("shape", SHAPES)
def test_values_and_derivatives(name: str, shape: tuple[int, ...]) -> None:
    for axis in (*range(len(shape)), None):

        def f(x: Any, axis: Any = axis) -> Any:
            return CUMULATIVE[name](x, axis=axis)

        assert_compiled_is_eager(f, array(shape))
        assert_compiled_is_eager(lambda x, f=f: f(np.transpose(x)[::-1]), array(shape))
        assert_compiled_is_eager(lambda x, f=f: wg.grad(lambda x: np.sum(np.sin(f(x))))(x), array(shape), rtol=1e-12)
        assert steps_of(lambda x, f=f: wg.grad(lambda x: np.sum(f(x)))(x), array(shape)) == ""


def test_both_directions() -> None:
    """The transpose of a cumulative sum begins at the end."""
    x, v = array((4, 5)), array((4, 5))
    for axis in (0, 1):
        assert_compiled_is_eager(lambda x, v, axis=axis: wg.vjp(lambda x: np.cumsum(x, axis), x)[1](v)[0], x, v)


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "int64", "uint32", "float16", "float32", "complex128"])
def test_dtypes(dtype: str) -> None:
    x = array((3, 40), dtype)
    assert_compiled_is_eager(lambda x: (np.cumsum(x, axis=1), np.cumsum(x, axis=0)), x)
    assert_compiled_is_eager(lambda x: np.cumprod(x[:, :4], axis=1), x)


@pytest.mark.parametrize("shape", [(300_000,), (700, 300), (3, 100, 900), (100, 3, 900)])
def test_sizes_that_threads_share(shape: tuple[int, ...]) -> None:
    """In the order of NumPy: to the last bit."""
    for axis in range(len(shape)):
        assert_compiled_is_eager(lambda x, axis=axis: np.cumsum(x, axis=axis), array(shape))


def test_special_numbers() -> None:
    x = numpy.array([-0.0, 1.0, numpy.inf, 2.0, -numpy.inf, 1.0, numpy.nan, 1.0])
    with numpy.errstate(all="ignore"):
        assert_compiled_is_eager(lambda x: (np.cumsum(x), np.cumprod(x), np.cumsum(x[:1]), np.prod(x)), x)


@pytest.mark.parametrize("axis", [0, 1, (0, 2), None])
def test_products_and_counts(axis: Any) -> None:
    x = array((3, 4, 5))
    x[1, 2] = 0
    f = [np.prod, np.any, np.all, np.count_nonzero]
    assert_compiled_is_eager(lambda x: tuple(g(x, axis=axis) for g in f), x, rtol=1e-13)
    compared = lambda x: (np.any(x > 2, axis=axis, keepdims=True), np.all(x < 7, axis=axis, keepdims=True))
    assert_compiled_is_eager(compared, x)
    assert steps_of(lambda x: tuple(g(x, axis=axis) for g in f), x) == ""


SEARCHED = {
    "numbers": array((6, 7)),
    "ties": array((6, 7), "int32") // 2,
    "single": array((6, 7), "float32"),
    "nan": numpy.where(array((6, 7)) > 1, numpy.nan, array((6, 7))),
    "infinite": numpy.where(array((6, 7)) > 1, numpy.inf, -numpy.inf),
    "bools": array((6, 7)) > 0,
}


@pytest.mark.parametrize("name", SEARCHED)
def test_searches(name: str) -> None:
    def f(x: Any) -> Any:
        return (
            *(search(x, axis=axis) for search in (np.argmax, np.argmin) for axis in (0, 1, None)),
            np.argmax(x, axis=1, keepdims=True),
        )

    assert_compiled_is_eager(f, SEARCHED[name])
    assert steps_of(f, SEARCHED[name]) == ""


@pytest.mark.parametrize("by", [-9, -6, -2, 2, 6, 9])
def test_shifts(by: int) -> None:
    from wengert.ops.axes.scan import shift

    x = array((6, 3))
    assert_compiled_is_eager(lambda x: (shift(x, axis=0, by=by, fill=1), shift(x, axis=1, by=by, fill=0)), x)
    assert_compiled_is_eager(lambda x: wg.grad(lambda x: np.sum(shift(x, axis=0, by=by, fill=1) ** 2))(x), x)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_what_follows_a_sort_is_a_gather(axis: int) -> None:
    def f(x: Any) -> Any:
        return wg.grad(lambda x: np.sum(np.sort(x, axis=axis) * np.cumsum(np.ones(x.shape), axis=axis)))(x)

    assert_compiled_is_eager(f, array((6, 3, 4)))
    assert "permute" not in steps_of(f, array((6, 3, 4)))
