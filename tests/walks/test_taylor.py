"""Series of every function of every table, against derivatives one within another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests import laws
from tests.cases.case import Case
from tests.test_laws import CASES

import wengert as wg
import wengert.numpy as np
from wengert.walks import taylor

DIFFERENTIABLE = [(name, case) for name, case in CASES if case.order > 0 and {"float64", "complex128"} & {*case.dtypes}]
every_function = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in DIFFERENTIABLE])


def one_within_another(f: Callable[..., Any], args: tuple[Any, ...], v: Any, order: int) -> list[Any]:
    """The derivatives of a function along a line, up to an order."""
    found = [f(*args)]
    for _ in range(order):
        f = (lambda g: lambda *at: wg.jvp(g, at, v)[1])(f)
        found.append(f(*args))
    return found


def check_series(f: Callable[..., Any], args: tuple[Any, ...], order: int, tolerance: float) -> None:
    v = laws.random_like(args, 1)
    series = wg.taylor(f, order, scaled=True)(*args, v[0] if len(args) == 1 else v)
    for k, derivative in enumerate(one_within_another(f, args, v, order)):
        laws.assert_close([numpy.asarray(part)[k] for part in series], derivative, tolerance)


def order_of(case: Case, most: int) -> int:
    return most if case.order == 2 else 1


@pytest.mark.part(6)
@every_function
def test_series_are_derivatives_one_within_another(case: Case) -> None:
    dtype = "float64" if "float64" in case.dtypes else "complex128"
    check_series(laws.flat(case.function), laws.make_arguments(case, dtype), order_of(case, 2), 1e-8 * case.tolerance)


@every_function
@pytest.mark.wide
def test_series_are_derivatives_one_within_another_to_third_order(case: Case) -> None:
    for dtype in sorted({"float64", "complex128"}.intersection(case.dtypes)):
        args = laws.make_arguments(case, dtype, seed=1)
        check_series(laws.flat(case.function), args, order_of(case, 3), 1e-7 * case.tolerance)


ELEMENTWISE = [pytest.param(case, id=name) for name, case in DIFFERENTIABLE if name.startswith("elementwise")]


@pytest.mark.part(4)
@pytest.mark.parametrize("case", ELEMENTWISE)
def test_series_of_elementwise_functions_to_sixth_order(case: Case) -> None:
    dtype = "float64" if "float64" in case.dtypes else "complex128"
    args = laws.make_arguments(case, dtype)
    check_series(laws.flat(case.function), args, order_of(case, 6), 1e-7 * case.tolerance)


@pytest.mark.parametrize("dtype", ["float32", "complex64"])
def test_series_keep_the_dtype(dtype: str) -> None:
    x = numpy.asarray([0.3, 0.8], dtype)
    for f in (np.exp, np.sqrt, lambda x: x**3, lambda x: x**-1.5, lambda x: 1 / (1 + x), np.tanh):
        assert wg.taylor(f, 3)(x, x).dtype == x.dtype


def test_an_operation_on_the_same_series_is_met_once() -> None:
    """The sine that is the derivative of the cosine is the sine itself: the list closes."""
    counted: list[Any] = []
    original = taylor._Walk.slope
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            taylor._Walk, "slope", lambda self, node, *rest: counted.append(node) or original(self, node, *rest)
        )
        wg.taylor(lambda x: np.sin(x) * np.tanh(x), 12)(0.3, 1.0)
    assert len(counted) == 4


def test_a_branch_that_was_not_taken_does_not_poison_a_series() -> None:
    x = numpy.array([-1.0, 0.0, 2.0])
    for f in (np.sqrt, np.cbrt, lambda y: y**1.5, lambda y: y**0.5, np.arcsin):
        masked = wg.taylor(lambda x, f=f: np.where(x > 0, f(np.where(x > 0, x, 0) / 3), 0), 4)(x, numpy.ones(3))
        alone = wg.taylor(lambda x, f=f: f(x / 3), 4)(2.0, 1.0)
        laws.assert_close(masked[:, 2], alone, 1e-12)
        assert not masked[1:, :2].any()


def test_a_constant_factor_is_no_series_that_stays() -> None:
    """A cotangent that begins with 1 and does not move is a factor, though its coefficients above are zero."""
    f = wg.grad(lambda x: wg.scan(lambda c, _: (np.sin(c) * x, None), x, None, length=2)[0])
    laws.assert_close(wg.jit(wg.taylor(f, 3))(0.7, 1.0), wg.taylor(f, 3)(0.7, 1.0), 1e-12)


def test_kinks_follow_the_order_of_values() -> None:
    x = numpy.array([3.0, -1.0, 2.0])
    v = numpy.array([1.0, 10.0, 100.0])
    assert wg.taylor(np.sort, 1)(x, v)[1].tolist() == [10.0, 100.0, 1.0]
    assert wg.taylor(np.max, 1)(x, v)[1] == 1.0
    assert wg.taylor(np.abs, 1)(x, v)[1].tolist() == [1.0, -10.0, 100.0]


def test_powers_of_zero_are_flat_below_the_exponent() -> None:
    series = wg.taylor(lambda x: x**5, 6)(0.0, 2.0)
    assert series.tolist() == [0, 0, 0, 0, 0, 32, 0]
    flat = numpy.asarray(wg.taylor(lambda x: x**2.5, 4)(0.0, 1.0))
    assert not flat[:3].any()
    assert not numpy.isfinite(flat[3:]).any()


def test_functions_of_equal_eigenvalues_are_not_known() -> None:
    def f(x: Any) -> Any:
        w, v = np.linalg.eigh(x)
        return (v * np.exp(w)) @ v.mT

    series = numpy.asarray(wg.taylor(f, 2)(numpy.eye(2), numpy.array([[0.0, 1.0], [1.0, 0.0]])))
    assert numpy.isnan(series[1:]).all()


def test_numbers_that_operations_have_as_parameters_are_told_apart() -> None:
    def f(x: Any) -> Any:
        return np.sum(x, axis=0) * np.sum(x, axis=1) + np.cumsum(x, axis=0)[1] * np.cumsum(x, axis=1)[:, 1]

    x = numpy.arange(4.0).reshape(2, 2)
    check_series(lambda x: (f(x),), (x,), 3, 1e-12)


def test_the_sum_over_directions_of_a_root_of_zero_is_not_finite() -> None:
    for exponent in (0.5, 1.5):
        assert not numpy.isfinite(float(wg.laplacian(lambda x, p=exponent: np.sum(x**p))(np.array([0.0, 1.0]))))
