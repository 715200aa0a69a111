"""`taylor`, `derivative` and `taylor_solution`: structures, transformations of them, and errors."""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy
import pytest
from tests import laws

import wengert as wg
import wengert.numpy as np
from wengert.scipy import integrate, optimize


def test_a_series_adds_up_to_the_function() -> None:
    x, v = numpy.array([0.3, -0.2]), numpy.array([1.0, 2.0])
    series = wg.taylor(lambda x: np.exp(np.sin(x)) / (2 + x), 12)(x, v)
    h = 0.05
    summed = sum(c * h**k for k, c in enumerate(series))
    y = x + h * v
    numpy.testing.assert_allclose(numpy.asarray(summed), numpy.exp(numpy.sin(y)) / (2 + y), rtol=1e-13)


def test_coefficients_and_derivatives() -> None:
    plain, scaled = (wg.taylor(np.exp, 5, scaled=s)(0.0, 2.0) for s in (False, True))
    assert scaled.tolist() == [2.0**k for k in range(6)]
    assert plain.tolist() == pytest.approx([2.0**k / factorial(k) for k in range(6)])


def test_order_zero_is_the_value() -> None:
    assert wg.taylor(np.exp, 0)(1.0, 1.0).tolist() == [numpy.e]


def test_nestings_and_several_arguments() -> None:
    def f(p: dict[str, Any], y: Any, shift: float = 0.0) -> dict[str, Any]:
        return {"product": p["a"] * y + shift, "rest": (p["b"], 7)}

    point = {"a": numpy.array([1.0, 2.0]), "b": 3.0}
    direction = {"a": numpy.array([1.0, 0.0]), "b": 5.0}
    found = wg.taylor(f, 2)(point, 4.0, (direction, 1.0), shift=1.0)
    assert found["product"].tolist() == [[5.0, 9.0], [5.0, 2.0], [1.0, 0.0]]
    assert found["rest"][0].tolist() == [3.0, 5.0, 0.0]
    assert found["rest"][1].tolist() == [7, 0, 0]


def test_a_complex_point_moves_along_a_complex_direction() -> None:
    series = wg.taylor(lambda z: np.exp(z) * np.conj(z), 3)(0.5 + 0.2j, 1j)
    t = 0.01
    z = 0.5 + 0.2j + 1j * t
    assert complex(sum(c * t**k for k, c in enumerate(series))) == pytest.approx(numpy.exp(z) * z.conjugate(), rel=1e-8)


def summed(x: Any) -> Any:
    return np.sum(wg.taylor(lambda x: np.tanh(x) ** 3 / (1 + x * x), 5)(x, 1.0))


def test_series_are_differentiated_in_both_modes() -> None:
    laws.check_modes(lambda x: (summed(x),), (numpy.float64(0.3),), 1e-10)
    laws.check_difference(lambda x: (summed(x),), (numpy.float64(0.3),), 1e-6)
    laws.check_modes(lambda x: (wg.grad(summed)(x),), (numpy.float64(0.3),), 1e-10)


def test_series_are_batched_and_compiled() -> None:
    points = numpy.array([0.1, 0.3, 0.5])
    looped = [float(summed(x)) for x in points]
    numpy.testing.assert_allclose(numpy.asarray(wg.vmap(summed)(points)), looped, rtol=1e-13)
    numpy.testing.assert_allclose([float(wg.jit(summed)(x)) for x in points], looped, rtol=1e-13)
    laws.assert_close(wg.jit(wg.grad(summed))(0.3), wg.grad(summed)(0.3), 1e-12)


def test_series_within_series() -> None:
    """The series in one direction of the series in another: mixed derivatives."""
    inner = wg.taylor(lambda x, y: np.exp(x * y), 2)
    mixed = wg.taylor(lambda y: inner(0.5, y, (1.0, 0.0)), 2)(0.3, 1.0)
    x, y, e = 0.5, 0.3, numpy.exp(0.15)
    expected = [[e, y * e, y * y * e / 2], [x * e, (1 + x * y) * e, (2 * y + x * y * y) * e / 2]]
    numpy.testing.assert_allclose(numpy.asarray(mixed)[:2], expected, rtol=1e-13)


def test_python_decides_by_values() -> None:
    assert wg.taylor(lambda x: x * x if x > 0 else -x, 2)(2.0, 1.0).tolist() == [4.0, 4.0, 1.0]


# -- derivative ------------------------------------------------------------------------------------


def test_derivatives_of_a_function_of_one_number() -> None:
    assert wg.derivative(lambda x: x**5)(2.0) == 80.0
    assert wg.derivative(lambda x: x**5, 3)(2.0) == 240.0
    assert wg.derivative(np.exp, 0)(0.0) == 1.0
    assert wg.derivative(wg.derivative(np.sin, 2), 3)(0.4) == pytest.approx(numpy.cos(0.4), rel=1e-12)


def test_derivatives_at_each_number_of_an_array() -> None:
    x = numpy.linspace(0.1, 1.0, 6).reshape(2, 3)
    numpy.testing.assert_allclose(numpy.asarray(wg.derivative(np.sin, 2)(x)), -numpy.sin(x), rtol=1e-13)
    pairs = wg.derivative(lambda x, k: {"both": np.stack([x, k * x * x])}, 1)(x, 3.0)["both"]
    assert pairs.shape == (2, 3, 2)
    numpy.testing.assert_allclose(numpy.asarray(pairs)[..., 1], 6 * x, rtol=1e-13)


# -- solutions -------------------------------------------------------------------------------------


def test_the_series_of_a_solution() -> None:
    series = wg.taylor_solution(lambda t, y: {"x": y["v"], "v": -y["x"]}, 7)(0, {"x": 0.0, "v": 1.0})
    sine = [0, 1, 0, -1 / 6, 0, 1 / 120, 0, -1 / 5040]
    numpy.testing.assert_allclose(numpy.asarray(series["x"]), sine, rtol=1e-14, atol=1e-17)


def test_the_series_of_a_solution_in_time_and_parameters() -> None:
    """y' = a t y, y = exp(a t^2 / 2)."""

    def f(t: Any, y: Any, a: Any) -> Any:
        return a * t * y

    series = wg.taylor_solution(f, 4)
    numpy.testing.assert_allclose(numpy.asarray(series(0.0, 1.0, 2.0)), [1, 0, 1, 0, 0.5], rtol=1e-14)
    numpy.testing.assert_allclose(numpy.asarray(wg.jit(series)(0.0, 1.0, 2.0)), [1, 0, 1, 0, 0.5], rtol=1e-14)
    by_parameter = wg.jacobian(lambda a: series(0.0, 1.0, a))(2.0)
    numpy.testing.assert_allclose(numpy.asarray(by_parameter), [0, 0, 0.5, 0, 0.5], rtol=1e-14)


def test_the_series_of_a_solution_of_matrices_and_through_a_loop() -> None:
    a = numpy.array([[0.0, 1.0], [-2.0, -0.3]])

    def powers(t: Any, y: Any) -> Any:
        return wg.fori_loop(0, 2, lambda i, c: c, a) @ y

    series = numpy.asarray(wg.taylor_solution(powers, 5)(0.0, numpy.eye(2)))
    expected = [numpy.linalg.matrix_power(a, k) / factorial(k) for k in range(6)]
    numpy.testing.assert_allclose(series, expected, rtol=1e-13, atol=1e-15)


def test_a_derivative_that_does_not_move() -> None:
    assert wg.taylor_solution(lambda t, y: 3.0, 3)(0.0, 1.0).tolist() == [1.0, 3.0, 0.0, 0.0]


# -- errors ----------------------------------------------------------------------------------------

ERRORS: list[tuple[Any, type[Exception], str]] = [
    (
        lambda: wg.taylor(np.exp, 2.5),
        TypeError,
        "[taylor] the order is 2.5, wanted an integer from 0 to 100; it is a part of the program and not a value: "
        "write taylor(f, 4)",
    ),
    (
        lambda: wg.taylor(np.exp, True),
        TypeError,
        "[taylor] the order is True, wanted an integer from 0 to 100; it is a part of the program and not a value: "
        "write taylor(f, 4)",
    ),
    (
        lambda: wg.taylor(np.exp, -1),
        ValueError,
        "[taylor] the order is -1, wanted 0 to 100: beyond that factorials and powers of a step leave double "
        "precision; write a lower order, and expand again at a nearer point",
    ),
    (
        lambda: wg.taylor_solution(np.exp, 0),
        ValueError,
        "[taylor_solution] the order is 0, wanted 1 to 100: beyond that factorials and powers of a step leave double "
        "precision; write a lower order, and expand again at a nearer point",
    ),
    (
        lambda: wg.derivative(np.exp, 101),
        ValueError,
        "[derivative] the order is 101, wanted 0 to 100: beyond that factorials and powers of a step leave double "
        "precision; write a lower order, and expand again at a nearer point",
    ),
    (
        lambda: wg.taylor(3.0, 2),
        TypeError,
        "[taylor] f is of type float, wanted a function; write taylor(f, order)(x, direction)",
    ),
    (
        lambda: wg.taylor(np.exp, 2)(1.0),
        TypeError,
        "[taylor] 1 argument(s) were given, wanted those of the function and then a direction; write "
        "taylor(f, order)(x, 1.0), or taylor(f, order)(x, y, (dx, dy))",
    ),
    (
        lambda: wg.taylor(np.exp, 2)(1, 1.0),
        TypeError,
        "[taylor] argument[0] has dtype int64, wanted real or complex floating point, since an integer has no "
        "derivative; write it with a decimal point (3.0 for 3) or as x.astype(float)",
    ),
    (
        lambda: wg.taylor(np.exp, 2)(numpy.ones(2), 1.0),
        TypeError,
        "[taylor] the direction[0] has shape (), wanted (2,); write a direction of the shape of what it belongs to",
    ),
    (
        lambda: wg.taylor(np.exp, 2)(1.0, 1j),
        TypeError,
        "[taylor] the direction[0] has dtype complex128, wanted float64; write it as v.astype('float64')",
    ),
    (
        lambda: wg.taylor_solution(lambda t, y: np.ones(3), 2)(0.0, 1.0),
        TypeError,
        "[taylor_solution] the derivative f(t, y) has shape (3,), wanted (); write a derivative f(t, y) of the shape "
        "of what it belongs to",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), ERRORS)
def test_errors(call: Any, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as found:
        call()
    assert str(found.value) == text


INTEGRALS_AND_ROOTS = {
    "quad": lambda a: integrate.quad(lambda x: np.exp(-a * x * x), 0.0, 1.0)[0],
    "brentq": lambda a: optimize.brentq(lambda x: x**3 - a, 0.0, 2.0),
    "implicit": lambda a: wg.implicit(lambda a: numpy.sqrt(float(a)), lambda y, a: y * y - a)(a),
}


@pytest.mark.parametrize("name", INTEGRALS_AND_ROOTS)
def test_series_of_integrals_and_roots(name: str) -> None:
    f = INTEGRALS_AND_ROOTS[name]
    second = wg.jvp(lambda a: wg.jvp(f, (a,), (1.0,))[1], (0.7,), (1.0,))[1]
    laws.assert_close(wg.taylor(f, 2, scaled=True)(0.7, 1.0)[2], second, 1e-10)
