"""Elementwise operations in machine code of any sizes: what NumPy and SciPy give, to rounding."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
import wengert.scipy.special as sp
from wengert.core import routines
from wengert.core.primitive import Primitive
from wengert.ops import elementwise as e
from wengert.ops.special import statistical as special

pytest.importorskip("llvmlite")

from wengert.compile.native import elementwise

SCIPY_DIGITS = 128
"""Units in the last place by which SciPy is wrong far out."""
MANY = routines.WORTH_A_ROUTINE + 3
UNARY = (
    *(special.erf, special.erfc, special.ndtr, special.expit, special.log_expit, special.log_two_cosh),
    *(e.sigmoid, e.logistic_slope, e.sech_squared),
)
BINARY = (special.xlogy, special.xlog1py, special.exp_of_square, e.logaddexp, e.logaddexp2, e.hypot)
CROSS_ZERO = (e.logaddexp, e.logaddexp2)
"""Near their zeros they are differences of numbers that are almost equal."""
SPECIAL_VALUES = (0.0, -0.0, 1.0, -1.0, numpy.inf, -numpy.inf, numpy.nan, 1e-30, 80.0, -80.0)


def operands(count: int, dtype: str, seed: int = 0) -> Any:
    rng = numpy.random.default_rng(seed)
    values = [rng.normal(scale=3, size=MANY).astype(dtype) for _ in range(count)]
    for value in values:
        value[: len(SPECIAL_VALUES)] = rng.permutation(SPECIAL_VALUES)
    return values


def by_numpy(operation: Any, *given: Any) -> Any:
    """The same in pieces that are too short for machine code."""
    half = routines.WORTH_A_ROUTINE // 2
    pieces = range(0, MANY, half)
    cut = [[x[i : i + half] if isinstance(x, numpy.ndarray) else x for x in given] for i in pieces]
    with numpy.errstate(all="ignore"):
        return numpy.concatenate([operation.primitive.evaluate(*piece) for piece in cut])


def assert_same(found: Any, expected: Any, crosses_zero: bool) -> None:
    assert found.dtype == expected.dtype
    digits = numpy.finfo(found.dtype)
    least = digits.eps if crosses_zero else 16 * digits.tiny
    numpy.testing.assert_allclose(found, expected, rtol=SCIPY_DIGITS * digits.eps, atol=least)


@pytest.mark.part(4)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("operation", [*UNARY, *BINARY], ids=lambda f: f.primitive.name)
def test_numbers(operation: Any, dtype: str) -> None:
    given = operands(len(operation.primitive.operands), dtype)
    if operation is special.exp_of_square:
        given[1] = -0.5
    assert_same(operation.primitive.evaluate(*given), by_numpy(operation, *given), operation in CROSS_ZERO)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_choices_with_numbers_and_arrays(dtype: str) -> None:
    x, y = operands(2, dtype)
    for sides in ((x, y), (x, 0), (2.5, y), (x, numpy.nan)):
        expected = numpy.where(x > 0, *sides)
        assert expected.dtype == dtype
        numpy.testing.assert_array_equal(e.where.primitive.evaluate(x > 0, *sides), expected)


def test_what_machine_code_does_not_know_is_left_to_numpy() -> None:
    x, y = operands(2, "float64")
    mask = x > 0
    unknown = [
        (mask, x, y.astype("float32")),
        (mask[:, None], x[:, None], y[:3]),
        (mask, numpy.float64(1), numpy.float32(2)),
        (mask[::2], x[::2], y[::2]),
        (mask, mask.astype(int), 0),
        (mask, x.astype(complex), 0),
        (mask, x, 1j),
        (x, x, y),
        (mask, x.astype(">f8"), y.astype(">f8")),
    ]
    for given in unknown:
        found, expected = e.where.primitive.evaluate(*given), numpy.where(*given)
        assert found.dtype == expected.dtype
        numpy.testing.assert_array_equal(found, expected)


def test_an_array_in_another_shape_is_one_in_order() -> None:
    x = operands(1, "float64")[0][: MANY - 3].reshape(4, -1)
    numpy.testing.assert_allclose(
        special.erf.primitive.evaluate(x), special.erf.primitive.evaluate(x.ravel()).reshape(x.shape)
    )


def test_arrays_that_lie_otherwise_in_memory_and_broadcast() -> None:
    x, y = operands(2, "float64")
    x, y = x[: MANY - 3].reshape(8, -1), y[: MANY - 3].reshape(8, -1)
    for given in ((x.T > 0, x.T, y.T), (x > 0, y[:, :1], 0), (x[0] > 0, x, y), (x > 0, y[:1, :1], numpy.array(2.0))):
        numpy.testing.assert_array_equal(e.where.primitive.evaluate(*given), numpy.where(*given))
    with pytest.raises(ValueError, match="wanted shapes that broadcast"):
        np.where(wg.tensor(x > 0), wg.tensor(y[:3]), 0)


def test_derivatives_of_large_arrays_are_those_of_small_ones() -> None:
    x, v = operands(2, "float64")
    x, v = x[10:], v[10:]

    def f(x: Any) -> Any:
        return np.sum(x * sp.ndtr(x) + np.logaddexp(x, 0) ** 2)

    def both(x: Any, v: Any) -> Any:
        return wg.grad(f)(x), *wg.jvp(wg.grad(f), (x,), (v,))

    half = len(x) // 2
    whole = both(x, v)
    parts = [both(x[:half], v[:half]), both(x[half:], v[half:])]
    for found, *pieces in zip(whole, *parts, strict=True):
        numpy.testing.assert_allclose(found, numpy.concatenate(pieces), rtol=1e-11, atol=1e-12)


def test_a_routine_while_something_is_recorded_knows_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routines, "_LOADED", {})
    x = operands(1, "float64")[0][10:]

    def f(y: Any) -> Any:
        return y * sp.erf(wg.tensor(x)).sum()

    assert wg.jit(f)(2.0).item() == pytest.approx(2 * float(by_numpy(special.erf, *operands(1, "float64"))[10:].sum()))


def test_without_a_native_form_there_is_no_routine() -> None:
    primitive = Primitive("gammaln", numpy.abs, ("x",), special.erf.primitive.shape)
    primitive.operation = special.erfcx
    assert elementwise.task_for(primitive, (elementwise.Operand(numpy.dtype("float64"), True),)) is None
