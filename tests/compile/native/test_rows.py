"""Formulas of rows in machine code of any sizes: what NumPy gives, to rounding."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from wengert.core import routines
from wengert.ops.axes.softmax import SOFTMAX_PULL, softmax
from wengert.ops.axes.standardize import STANDARDIZED_PULL, standardized

pytest.importorskip("llvmlite")

from wengert.compile.native import rows

LAYOUTS = [
    ((300, 70), (1,)),
    ((70, 300), (0, 1)),
    ((5, 6, 700), (1, 2)),
    ((30, 4, 7, 25), (0, 2, 3)),
    ((4, 5000), (1,)),
    ((20000, 1), (1,)),
]
OPERATIONS = [
    (standardized, {"number": 1e-5}),
    (STANDARDIZED_PULL, {"number": 1e-5}),
    (softmax, {}),
    (SOFTMAX_PULL, {}),
]


def primitive_of(operation: Any) -> Any:
    return getattr(operation, "primitive", operation)


def by_numpy(operation: Any, monkeypatch: pytest.MonkeyPatch, *given: Any, **params: Any) -> Any:
    with monkeypatch.context() as patched:
        patched.setattr(routines, "WORTH_A_ROUTINE", float("inf"))
        return primitive_of(operation).evaluate(*given, **params)


def operands(operation: Any, shape: tuple[int, ...], dtype: str) -> list[Any]:
    rng = numpy.random.default_rng(0)
    count = len(primitive_of(operation).operands)
    return [rng.normal(scale=3, size=shape).astype(dtype) for _ in range(count)]


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("shape", "axis"), LAYOUTS)
@pytest.mark.parametrize(("operation", "params"), OPERATIONS)
def test_numbers(
    operation: Any, params: Any, shape: tuple[int, ...], axis: tuple[int, ...], dtype: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(routines, "WORTH_A_ROUTINE", 1)
    given = operands(operation, shape, dtype)
    found = primitive_of(operation).evaluate(*given, axis=axis, **params)
    expected = by_numpy(operation, monkeypatch, *given, axis=axis, **params)
    assert found.dtype == dtype
    scale = numpy.abs(expected).max()
    numpy.testing.assert_allclose(found, expected, rtol=0, atol=300 * numpy.finfo(dtype).eps * max(scale, 1e-3))


@pytest.mark.parametrize("special", [numpy.nan, numpy.inf, -numpy.inf, 1e30])
def test_shares_of_special_values(special: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routines, "WORTH_A_ROUTINE", 1)
    x = numpy.random.default_rng(0).normal(size=(3, 40))
    x[0, 5] = x[1, 3] = x[1, 4] = special
    x[2] = special
    with numpy.errstate(invalid="ignore"):
        expected = by_numpy(softmax, monkeypatch, x, axis=(1,))
    numpy.testing.assert_allclose(softmax.primitive.evaluate(x, axis=(1,)), expected, rtol=1e-12)


def test_a_share_of_zero_masks_an_infinite_cotangent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routines, "WORTH_A_ROUTINE", 1)
    v, shares = numpy.array([[numpy.inf, 1.0, 3.0]]), numpy.array([[0.0, 0.5, 0.5]])
    numpy.testing.assert_allclose(SOFTMAX_PULL.evaluate(v, shares, axis=(1,)), [[0.0, -0.5, 0.5]])


def test_layouts() -> None:
    assert rows.layout_of((3, 4, 5), (2,)) == (12, 5, 1, 0, 5)
    assert rows.layout_of((3, 4, 5), (0, 2)) == (4, 5, 3, 20, 5)
    assert rows.layout_of((3, 4), (0,)) is None
    assert rows.layout_of((3, 4, 5), (1,)) is None


def test_what_lies_otherwise_is_left_to_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routines, "WORTH_A_ROUTINE", 1)
    x = numpy.random.default_rng(0).normal(size=(30, 40))
    for given, axis in ((x, (0,)), (x.T, (1,)), (x[:, ::2], (1,)), (x.astype(complex), (1,)), (x.astype(">f8"), (1,))):
        total = numpy.exp(given).sum(axis[0], keepdims=True)
        numpy.testing.assert_allclose(softmax.primitive.evaluate(given, axis=axis), numpy.exp(given) / total)
