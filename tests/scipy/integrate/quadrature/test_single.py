"""Integrals over an interval: closed forms, derivatives in parameters and limits in every mode, bad input."""

from __future__ import annotations

import math
import re
import warnings

import numpy
import pytest
import scipy.integrate

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import IntegrationWarning, fixed_quad, quad, quad_vec

INF = np.inf

VALUES = {
    "sine": (np.sin, 0.0, math.pi, 2.0),
    "backwards": (np.sin, math.pi, 0.0, -2.0),
    "empty": (np.sin, 1.0, 1.0, 0.0),
    "gauss": (lambda x: np.exp(-x * x), -INF, INF, math.sqrt(math.pi)),
    "gauss backwards": (lambda x: np.exp(-x * x), INF, -INF, -math.sqrt(math.pi)),
    "lorentz": (lambda x: 1 / (1 + x * x), -INF, INF, math.pi),
    "decay": (lambda x: np.exp(-x), 0.0, INF, 1.0),
    "decay from 2": (lambda x: np.exp(-x), 2.0, INF, math.exp(-2)),
    "growth": (np.exp, -INF, 1.0, math.e),
    "growth backwards": (np.exp, 1.0, -INF, -math.e),
    "slow decay": (lambda x: x**-2.0, 1.0, INF, 1.0),
    "root": (lambda x: 1 / np.sqrt(x), 0.0, 1.0, 2.0),
    "root at the end": (lambda x: 1 / np.sqrt(-x), -1.0, 0.0, 2.0),
    "gamma(1/2)": (lambda x: np.exp(-x) / np.sqrt(x), 0.0, INF, math.sqrt(math.pi)),
    "logarithm": (np.log, 0.0, 1.0, -1.0),
    "logistic": (lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2, 0.0, INF, 0.5),
    "oscillating": (lambda x: np.cos(50 * x), 0.0, 1.0, math.sin(50) / 50),
    "peak": (lambda x: 1 / ((x - 0.3) ** 2 + 1e-6), 0.0, 1.0, 1e3 * (math.atan(700) + math.atan(300))),
    "step": (lambda x: np.where(x > 0.3, 1.0, 0.0), 0.0, 1.0, 0.7),
    "constant": (lambda x: 3.0, 0.0, 2.0, 6.0),
}


@pytest.mark.parametrize("name", VALUES)
def test_the_error_is_within_what_was_asked_and_what_is_said(name: str) -> None:
    f, a, b, exact = VALUES[name]
    value, error = quad(f, a, b)
    assert abs(value.item() - exact) <= error.item() + 1e-15 * abs(exact)
    assert error.item() <= max(1.49e-8, 1.49e-8 * abs(exact))


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ["gauss backwards", "decay from 2", "growth", "root at the end"])
def test_compiled_it_is_the_same_wherever_the_limits_are_known(name: str) -> None:
    f, a, b, exact = VALUES[name]
    for compiled in (wg.jit(lambda: quad(f, a, b)), wg.jit(lambda: quad(f, wg.tensor(a), wg.tensor(b)))):
        value, error = compiled()
        assert abs(value.item() - exact) <= error.item() + 1e-15


def test_smaller_errors_are_had_by_asking() -> None:
    value, error = quad(VALUES["peak"][0], 0.0, 1.0, epsabs=0.0, epsrel=1e-13)
    assert abs(value.item() / VALUES["peak"][3] - 1) < 1e-14
    assert error.item() < 1e-13 * value.item()


def test_points_end_the_search_for_a_jump() -> None:
    value, error, information = quad(VALUES["step"][0], 0.0, 1.0, points=[0.3], full_output=True)
    assert abs(value.item() - 0.7) < 1e-15
    assert (information["neval"], information["last"]) == (42, 2)
    step = lambda x: np.where(x < 0.3, 0.0, 1.0)
    compiled = wg.jit(lambda: quad(step, 0.0, 1.0, points=[0.3], full_output=True)[2])()
    assert (compiled["neval"].item(), compiled["last"].item()) == (84, 4)
    assert error.item() < 1e-13
    assert abs(quad(VALUES["step"][0], 1.0, 0.0, points=[0.3, 0.3, 7.0])[0].item() + 0.7) < 1e-15


@pytest.mark.parametrize(("change", "orders"), [(lambda f: f, 4), (wg.jit, 2)], ids=["eager", "jit"])
def test_it_differentiates_in_parameters_to_any_order(change, orders: int) -> None:
    def f(p):
        return quad(lambda x: np.exp(-p * x * x), -INF, INF, epsrel=1e-11)[0]

    exact = [math.sqrt(math.pi) * c * 2.0 ** (-0.5 - n) for n, c in enumerate((1, -1 / 2, 3 / 4, -15 / 8))]
    for wanted in exact[:orders]:
        assert change(f)(2.0).item() == pytest.approx(wanted, rel=1e-10)
        f = wg.grad(f)


def moments(p, b):
    return quad(lambda x: np.sin(p[0] * x) * np.exp(p[1] * x), p[1], b)[0]


def test_both_modes_agree_with_differences_to_second_order() -> None:
    assert wg.check(moments, np.array([1.5, -0.4]), 1.2, tolerance=10).worst < 1


def test_every_mode_of_a_gradient_is_the_same() -> None:
    p, b = np.array([1.5, -0.4]), np.array(1.2)
    wanted = wg.grad(moments, argnums=(0, 1))(p, b)
    forward = wg.jacfwd(moments, argnums=(0, 1))(p, b)
    compiled = wg.jit(wg.grad(moments, argnums=(0, 1)))(p, b)
    batched = wg.vmap(wg.grad(moments, argnums=(0, 1)))(np.stack([p, 2 * p]), np.stack([b, b]))
    for one, other, third, batch in zip(wanted, forward, compiled, batched, strict=True):
        numpy.testing.assert_allclose(one, other, rtol=1e-8)
        numpy.testing.assert_allclose(one, third, rtol=1e-8)
        numpy.testing.assert_allclose(one, batch[0], rtol=1e-8)


def test_hessians_in_all_orders_of_the_modes() -> None:
    p = np.array([1.5, -0.4])

    def f(p):
        return moments(p, 1.2)

    wanted = wg.hessian(f)(p)
    for hessian in (wg.jacrev(wg.jacrev(f)), wg.jacrev(wg.jacfwd(f)), wg.jacfwd(wg.jacfwd(f))):
        numpy.testing.assert_allclose(hessian(p), wanted, rtol=1e-7)
    numpy.testing.assert_allclose(wanted, wanted.T, rtol=1e-7)


def test_limits_are_differentiated_by_leibniz() -> None:
    def f(a, b):
        return quad(np.cos, a, b)[0]

    assert wg.grad(f, argnums=(0, 1))(0.5, 1.0) == pytest.approx((-math.cos(0.5), math.cos(1.0)), rel=1e-15)
    (aa, ab), (_, bb) = wg.hessian(f, argnums=(0, 1))(0.5, 1.0)
    assert (aa.item(), ab.item(), bb.item()) == pytest.approx((math.sin(0.5), 0.0, -math.sin(1.0)), rel=1e-14)


def test_a_jump_is_seen_by_limits_alone() -> None:
    def f(b):
        return quad(lambda x: np.where(x > 0.3, 2.0, 1.0), 0.0, b, points=[0.3])[0]

    assert wg.grad(f)(1.0).item() == 2.0
    assert wg.grad(f)(0.2).item() == 1.0


def test_infinite_limits_that_are_tensors_have_no_derivative() -> None:
    def f(a, b):
        return quad(lambda x: np.exp(-x * x), a, b)[0]

    assert wg.grad(f, argnums=(0, 1))(0.0, INF) == (-1.0, 0.0)
    batch = wg.vmap(f)(np.array([-INF, 0.0, -1.0, -INF]), np.array([INF, INF, 1.0, 0.0])).numpy()
    numpy.testing.assert_allclose(batch / math.sqrt(math.pi), [1.0, 0.5, math.erf(1.0), 0.5], rtol=1e-9)


def test_a_singular_limit_that_is_not_moved_harms_nobody() -> None:
    def f(c):
        return quad(lambda x: c * np.log(x), wg.tensor(0.0), 1.0)[0]

    assert wg.grad(f)(2.0).item() == pytest.approx(-1.0)
    assert wg.jvp(f, (2.0,), (1.0,))[1].item() == pytest.approx(-1.0)


def test_a_derivative_is_sought_where_the_integrand_is_zero() -> None:
    """On the nodes of the value the derivative would be nothing, since the integrand is zero there."""

    def f(c):
        return quad(lambda x: c / ((x - 0.312) ** 2 + 1e-8), 0.0, 1.0)[0]

    exact = 1e4 * (math.atan(0.312e4) + math.atan(0.688e4))
    assert wg.grad(f)(0.0).item() == pytest.approx(exact, rel=1e-8)
    assert wg.jvp(f, (0.0,), (1.0,))[1].item() == pytest.approx(exact, rel=1e-8)


def test_small_cotangents_and_tangents_are_as_exact_as_large_ones() -> None:
    def f(c):
        return 1e-12 * quad(lambda x: c**2 / ((x - 0.312) ** 2 + 1e-6), 0.0, 1.0)[0]

    exact = 2e-9 * (math.atan(312.0) + math.atan(688.0))
    assert wg.grad(f)(1.0).item() == pytest.approx(exact, rel=1e-8)
    assert wg.jvp(f, (1.0,), (1e-12,))[1].item() == pytest.approx(1e-12 * exact, rel=1e-8)


def test_what_backward_follows_and_what_is_in_args() -> None:
    w = wg.tensor([2.0, 3.0], requires_grad=True)
    (quad(lambda x, v: np.sum(np.exp(-v * x)), 0.0, INF, args=w)[0] + quad(lambda x: w[0] * x, 0.0, 1.0)[0]).backward()
    numpy.testing.assert_allclose(w.grad, [-0.25 + 0.5, -1 / 9], rtol=1e-9)


def test_integers_and_single_precision_among_what_is_read() -> None:
    def f(w, n):
        return quad(lambda x: w * x**n, 0.0, 1.0)[0]

    gradient = wg.grad(f)(np.array(2.0, "float32"), np.array(3))
    assert (gradient.dtype, gradient.item()) == ("float32", 0.25)


def test_complex_integrands() -> None:
    value, _ = quad(lambda x: np.exp(1j * x), 0.0, math.pi / 2, complex_func=True)
    assert value.item() == pytest.approx(1 + 1j)
    slope = wg.grad(lambda w: np.real(quad(lambda x: np.exp(1j * w * x), 0.0, 1.0, complex_func=True)[0]))(2.0)
    assert slope.item() == pytest.approx((2 * math.cos(2) - math.sin(2)) / 4)


def test_integrals_of_integrals_stand_in_one_another() -> None:
    def f(c):
        return quad(lambda y: quad(lambda x: np.exp(-c * x * y), 0.0, y)[0], 0.0, 1.0)[0]

    exact = scipy.integrate.dblquad(lambda x, y: -x * y * math.exp(-x * y), 0.0, 1.0, 0.0, lambda y: y)[0]
    assert wg.grad(f)(1.0).item() == pytest.approx(exact, rel=1e-8)


def test_conditions_are_recorded_as_such() -> None:
    def f(c):
        return quad(lambda x: wg.cond(x > 0.5, lambda: c * x, lambda: c * 0.0), 0.0, 1.0, points=[0.5])[0]

    assert wg.value_and_grad(f)(2.0) == pytest.approx((0.75, 0.375))


def sides(x):
    return math.sin(x) if x > 0.3 else 0.0


ASKS = (
    "[quad] the integrand asks for the value of its argument, as if, float and math.sin do, wanted array operations "
    "where derivatives are asked for or code is compiled; write np.where or wg.cond for if, np.sin for math.sin, or "
    "wg.jit(f, structured=True) for a function f with if"
)


def test_a_function_that_asks_for_values_has_an_integral_and_no_derivative() -> None:
    exact = math.cos(0.3) - math.cos(1.0)
    for points in (None, [0.3]):
        value, error = quad(sides, 0.0, 1.0, points=points)
        assert abs(value.item() - exact) <= error.item() < 2e-8
    assert quad(sides, wg.tensor(0.0), 1.0)[0].item() == pytest.approx(exact, abs=1e-8)
    w = wg.tensor(2.0, requires_grad=True)
    for call in (
        lambda: quad(lambda x: w * sides(x), 0.0, 1.0),
        lambda: wg.grad(lambda b: quad(sides, 0.0, b)[0])(1.0),
        lambda: wg.grad(lambda v: quad(lambda x: v * sides(x), 0.0, 1.0)[0])(1.0),
        lambda: wg.jit(lambda b: quad(sides, 0.0, b)[0])(1.0),
        lambda: wg.vmap(lambda b: quad(sides, 0.0, b)[0])(np.ones(2)),
    ):
        with pytest.raises(TypeError, match=f"^{re.escape(ASKS)}$"):
            call()


def test_where_such_a_function_has_no_value_is_said_too() -> None:
    with pytest.warns(IntegrationWarning, match=r"^\[quad\] the integrand is inf at x = "):
        quad(lambda x: math.inf if x > 0.3 else 0.0, 0.0, 1.0)


def test_arrays_of_integrals() -> None:
    value, error, information = quad_vec(
        lambda x, w: w * x ** np.arange(4.0).reshape(2, 2), 0.0, 1.0, args=2.0, full_output=True
    )
    numpy.testing.assert_allclose(value, [[2.0, 1.0], [2 / 3, 0.5]], rtol=1e-14)
    assert error.item() < 1e-12
    assert information["neval"].item() == 42


def test_arrays_of_integrals_differentiate() -> None:
    def f(w):
        return quad_vec(lambda x: np.exp(-w * x), 0.0, 2.0, norm="max")[0]

    w = np.array([1.0, 2.0, 3.0])
    exact = numpy.diag([(-1 + math.exp(-2 * v) * (1 + 2 * v)) / v**2 for v in (1.0, 2.0, 3.0)])
    for jacobian in (wg.jacrev(f), wg.jacfwd(f)):
        numpy.testing.assert_allclose(jacobian(w), exact, rtol=1e-9, atol=1e-12)


def test_a_fixed_rule_is_scipys() -> None:
    def f(x, w):
        return np.exp(w * x)

    for n in (1, 4, 7):
        ours, theirs = (
            fixed_quad(f, 0.5, 2.0, (0.3,), n),
            scipy.integrate.fixed_quad(lambda x: numpy.exp(0.3 * x), 0.5, 2.0, n=n),
        )
        assert ours[0].item() == pytest.approx(theirs[0], rel=1e-15)
    assert wg.check(lambda w, a, b: fixed_quad(f, a, b, (w,))[0], 0.3, 0.5, 2.0).worst < 1


def test_divergence_is_said() -> None:
    with pytest.warns(IntegrationWarning) as said:
        _, error = quad(lambda x: 1 / x, 0.0, 1.0)
    assert error.item() > 1
    assert str(said[0].message) == (
        "[quad] 50 intervals give an estimated error of 19, wanted 1.2e-06: the integral may diverge, or the integrand "
        "be difficult near x = 2.36658e-30; write points=[...] where it is, a larger limit=, or a larger epsabs= "
        "or epsrel="
    )
    assert said[0].filename == __file__


def test_a_point_without_a_value_is_named() -> None:
    with pytest.warns(IntegrationWarning) as said:
        value, _ = quad(lambda x: np.where(x < 0.5, 1.0, np.nan), 0.0, 1.0)
    assert numpy.isnan(value.item())
    assert str(said[0].message) == (
        "[quad] the integrand is nan at x = 0.50162856130573075, wanted finite numbers; write np.where around it, a "
        "limit of the integrand there, or points=[...] with the places where it has none"
    )


def test_compiled_code_tells_by_the_error() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert wg.jit(lambda c: quad(lambda x: c / x, 0.0, 1.0)[1])(1.0).item() > 1


REFUSED = {
    "[quad] b is float64 of shape (2,), wanted a real number; write wg.vmap(lambda b: quad(...))(b) for an array of "
    "limits": (
        TypeError, lambda: quad(np.sin, 0.0, [1.0, 2.0])
    ),
    "[quad] a is nan, wanted a real number; write np.inf for an infinite interval": (
        ValueError, lambda: quad(np.sin, np.nan, 1.0)
    ),
    "[quad] a and b are both inf, wanted an interval; write a finite limit for one of them": (
        ValueError, lambda: quad(np.sin, INF, INF)
    ),
    "[quad] points were given for limits from 0.0 to inf, wanted finite ones; write the sum of two integrals, of which "
    "one has a finite interval with the points": (ValueError, lambda: quad(np.sin, 0.0, INF, points=[1.0])),
    "[quad] weight='cos', wanted none; write the weight as a factor of func, and points=[...] where it is singular": (
        ValueError, lambda: quad(np.sin, 0.0, 1.0, weight="cos", wvar=2.0)
    ),
    "[quad] func returned an array of shape (2,), wanted a number; write quad_vec(func, a, b) for several integrals "
    "at once": (
        TypeError, lambda: quad(lambda x: x * np.ones(2), 0.0, 1.0)
    ),
    "[quad] func returned a complex number, wanted a real one; write complex_func=True": (
        TypeError, lambda: quad(lambda x: x * 1j, 0.0, 1.0)
    ),
    "[quad] limit=0, wanted an integer of at least 1; write limit=50": (
        ValueError, lambda: quad(np.sin, 0.0, 1.0, limit=0)
    ),
    "[quad_vec] norm='1', wanted '2' or 'max'; write norm='max' for the largest error": (
        ValueError, lambda: quad_vec(np.sin, 0.0, 1.0, norm="1")
    ),
    "[fixed_quad] the limits are 0.0 and inf, wanted finite ones; write quad(func, a, b)": (
        ValueError, lambda: fixed_quad(np.sin, 0.0, INF)
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    kind, call = REFUSED[text]
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text
