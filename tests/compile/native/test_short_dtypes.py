"""Arrays of one and two bytes an element: elementwise operations on them are machine code, others are eager calls'."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

SHORT = ("int8", "uint8", "int16", "uint16", "float16")
OTHERS = ("int32", "uint32", "int64", "uint64", "float32", "float64", "bool")
PAIRS = [(a, b) for a, b in itertools.product((*SHORT, *OTHERS), repeat=2) if a != b and {a, b}.intersection(SHORT)]


def numbers(dtype: str) -> numpy.ndarray:
    """Numbers of a dtype, to its ends; of floats those that the shortest integers have no place for, too."""
    if dtype[0] == "f":
        return numpy.tile(numpy.array([0, 1, -1, 2.5, -2.5, 100.7, 127, -128.9, 200, 1e3], dtype), 14)
    return numpy.arange(-70, 70).astype(dtype) * numpy.array(997).astype(dtype)


@pytest.mark.part(8)
@pytest.mark.parametrize(("given", "wanted"), PAIRS)
def test_converted_as_by_numpy(given: str, wanted: str) -> None:
    x = numbers(given)
    found = wg.jit(lambda x: (x.astype(wanted), x[::3].astype(wanted), x.reshape(-1, 4).T.astype(wanted)))(x)
    with numpy.errstate(all="ignore"):
        exact = x.astype(wanted)
    for each, same in zip(found, (exact, exact[::3], exact.reshape(-1, 4).T), strict=True):
        assert each.dtype == wanted
        numpy.testing.assert_array_equal(each, same)


def test_every_number_of_half_precision_is_converted_to_the_bit() -> None:
    x = numpy.arange(65536, dtype=numpy.uint16).view(numpy.float16)
    found = wg.jit(lambda x: x.astype("float32"))(x).numpy()
    numpy.testing.assert_array_equal(found.view(numpy.uint32), x.astype("float32").view(numpy.uint32))


def test_numbers_are_rounded_to_half_precision_to_even() -> None:
    halves = numpy.arange(0x7C00, dtype=numpy.uint16).view(numpy.float16).astype("float32")
    middles = halves[:-1] + numpy.diff(halves) / 2
    near = [numpy.nextafter(middles, side, dtype="float32") for side in (numpy.float32(0), numpy.float32(1e9))]
    rest = numpy.random.default_rng(0).integers(0, 2**32, 100_000, dtype=numpy.uint32).view(numpy.float32)
    x = numpy.concatenate([halves, middles, *near, rest])
    x = numpy.concatenate([x, -x])
    with numpy.errstate(all="ignore"):
        exact = x.astype("float16")
    found = wg.jit(lambda x: x.astype("float16"))(x).numpy()
    numpy.testing.assert_array_equal(found, exact)
    known = ~numpy.isnan(exact)
    numpy.testing.assert_array_equal(numpy.signbit(found[known]), numpy.signbit(exact[known]))


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", SHORT)
def test_what_is_computed_with_them_is_as_eager(dtype: str) -> None:
    x = np.asarray(numpy.arange(-10, 10).reshape(4, 5).astype(dtype))

    def many(x: Any) -> Any:
        total = wg.fori_loop(0, 3, lambda i, carry: carry + x, x)
        chosen = wg.cond(x.sum() > 0, lambda x: x, lambda x: x + 1, x)
        joined = np.concatenate([x, np.where(x > 3, x, x[0])])
        made = np.ones_like(x), np.zeros_like(x), x.T.copy(), np.pad(x, 1)
        return x * x, x.sum(axis=0), x.max(axis=1), joined, x[np.array([1, 0])], x @ x.T, total, chosen, *made

    for eager, compiled in zip(many(x), wg.jit(many)(x), strict=True):
        assert eager.dtype == compiled.dtype
        numpy.testing.assert_array_equal(eager, compiled)


SHORT_INTEGERS = ("int8", "uint8", "int16", "uint16")
OF_TWO = (
    *(np.add, np.subtract, np.multiply, np.floor_divide, np.remainder, np.fmod, np.maximum, np.minimum),
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift),
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
)
OF_ONE = (np.negative, np.square, np.absolute, np.sign, np.invert, np.rint, np.logical_not)


@pytest.mark.parametrize("dtype", SHORT_INTEGERS)
def test_short_integers_wrap_around_as_numpys(dtype: str) -> None:
    limits = numpy.iinfo(dtype)
    ends = numpy.array([limits.min, limits.min + 1, 0, 1, 2, 3, 7, 8, 15, 16, limits.max - 1, limits.max], dtype)
    x, y = (side.ravel() for side in numpy.meshgrid(ends, numpy.concatenate([ends, -ends])))

    def every(x: Any, y: Any) -> Any:
        found = [f(x, y) for f in OF_TWO] + [f(x) for f in OF_ONE]
        return *found, np.where(x > y, x, y), (x + y) * x - 3 * y, x + y.astype("int32")

    compiled = wg.jit(every)
    with numpy.errstate(all="ignore"):
        found, expected = compiled(x, y), every(np.array(x), np.array(y))
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        numpy.testing.assert_array_equal(one, other)
    assert "NumPy steps" not in compiled.report()


def test_half_precision_is_computed_in_single_and_rounded_each_time() -> None:
    """A chain of operations is one loop, and gives NumPy's bits."""
    f = wg.jit(lambda x, y: np.where(x > y, (x * y + x) / (y * y + 3) * 2, np.maximum(x, y)) - np.sqrt(np.abs(x)))
    for shape in ((3,), (40, 70)):
        x, y = (np.asarray(r.normal(size=shape).astype("float16")) for r in map(numpy.random.default_rng, (0, 1)))
        x[0] = 60000.0  # which overflows on the way
        with numpy.errstate(over="ignore"):
            exact = f.f(x, y)
        numpy.testing.assert_array_equal(f(x, y), exact)
        assert f(x, y).dtype == exact.dtype == numpy.float16
    assert "NumPy steps" not in f.report()


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
