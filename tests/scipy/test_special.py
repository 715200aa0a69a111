"""Special functions: accuracy of what is written by hand, special points, and what has no derivative."""

from __future__ import annotations

import re
import subprocess
import sys

import mpmath
import numpy
import pytest
import scipy.special

import wengert as wg
import wengert.scipy.special as sp


def slope(f, *args, argument=0):
    """The derivative of an elementwise function in one argument."""
    args = [numpy.asarray(a, float) for a in args]
    return numpy.asarray(wg.grad(lambda *a: f(*a).sum(), argument)(*args))


def errors(actual, expected):
    return numpy.abs(numpy.asarray(actual) / numpy.asarray(expected) - 1)


# -- accuracy, relative, in float64 ----------------------------------------------------------------


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("function", "exact", "points", "tolerance"),
    [
        (sp.erfcx, lambda x: mpmath.exp(x * x) * mpmath.erfc(x), [-3, 0.1, 5, 11.9, 12.1, 30, 1000], 1e-13),
        (
            sp.dawsn,
            lambda x: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x),
            [-20, 0.1, 5, 11.9, 12.1, 30],
            1e-13,
        ),
        (sp.exprel, lambda x: mpmath.expm1(x) / x, [-30, -1.01, -0.99, -1e-9, 1e-300, 0.5, 0.99, 1.01, 20], 1e-14),
        (sp.log_ndtr, lambda x: mpmath.log(mpmath.erfc(-x / mpmath.sqrt(2)) / 2), [-1000, -30, -1, 0, 3, 8], 1e-14),
        (sp.spence, lambda z: mpmath.polylog(2, 1 - z), [0.01, 0.89, 0.91, 0.999999, 1.0001, 1.09, 1.11, 30], 1e-14),
        (sp.ellipk, mpmath.ellipk, [-10, -0.11, -0.09, -1e-9, 1e-9, 0.09, 0.11, 0.99], 2e-14),
        (sp.ellipe, mpmath.ellipe, [-10, -0.11, -0.09, -1e-9, 1e-9, 0.09, 0.11, 0.99], 2e-14),
        (sp.ellipkm1, lambda p: mpmath.ellipk(1 - mpmath.mpf(p)), [1e-10, 0.1, 0.89, 0.91, 0.999999, 1.05], 2e-14),
        (sp.rgamma, mpmath.rgamma, [-3.5, -2, -1, 0, 0.49, 0.51, 3.3], 2e-14),
        (
            lambda y: sp.inv_boxcox(2.0, y),
            lambda p: (1 + 2 * p) ** (1 / p),
            [-0.2, -0.051, -0.049, 1e-9, 0.06, 2],
            1e-13,
        ),
        (lambda y: sp.boxcox(3.0, y), lambda p: (mpmath.mpf(3) ** p - 1) / p, [-2, -1e-9, 1e-5, 0.9, 3], 1e-13),
        (lambda d: sp.pseudo_huber(d, 1e-4), lambda d: d**2 * (mpmath.sqrt(1 + (1e-4 / d) ** 2) - 1), [0.1, 1], 1e-13),
    ],
)
def test_derivatives_do_not_cancel(function, exact, points, tolerance):
    with mpmath.workdps(250):
        expected = [float(mpmath.diff(exact, mpmath.mpf(p), h=mpmath.mpf(10) ** -20)) for p in points]
    assert errors(slope(function, points), expected).max() < tolerance


def test_derivatives_of_the_complex_gamma_function():
    z = numpy.array([0.3 + 2j, -2.5 + 0.1j, 15 - 40j, 1e-3 + 1e-3j])
    _, slopes = wg.jvp(sp.digamma, (z,), (numpy.ones_like(z),))
    numpy.testing.assert_allclose(slopes, [complex(mpmath.psi(1, complex(v))) for v in z], rtol=1e-14)
    far = numpy.array([-1e9 + 1j, complex(numpy.nan, 0)])
    assert numpy.isnan(wg.jvp(sp.digamma, (far,), (numpy.ones_like(far),))[1]).all()
    _, slopes = wg.jvp(lambda z: wg.jvp(sp.digamma, (z,), (numpy.ones_like(z),))[1], (z,), (numpy.ones_like(z),))
    numpy.testing.assert_allclose(slopes, [complex(mpmath.psi(2, complex(v))) for v in z], rtol=1e-13)


# -- special points --------------------------------------------------------------------------------


def test_binom_of_whole_numbers_is_differentiated_as_the_polynomial_it_is():
    n = numpy.array([0.0, 1.0, 2.0, 5.0])
    numpy.testing.assert_allclose(slope(lambda n: sp.binom(n, 2.0), n), n - 0.5, rtol=1e-12)


def test_derivatives_where_a_series_begins():
    assert slope(sp.exprel, 0.0) == 0.5
    assert slope(sp.spence, 1.0) == -1
    assert slope(lambda z: sp.lambertw(z).real, 0.0) == 1
    numpy.testing.assert_allclose(slope(sp.ellipk, 0.0), numpy.pi / 8)
    numpy.testing.assert_allclose(slope(sp.ellipe, 0.0), -numpy.pi / 8)
    numpy.testing.assert_allclose(slope(lambda p: sp.boxcox(3.0, p), 0.0), numpy.log(3) ** 2 / 2)
    numpy.testing.assert_allclose(slope(lambda p: sp.inv_boxcox(3.0, p), 0.0), -4.5 * numpy.exp(3))


def test_bessel_functions_at_zero():
    assert slope(sp.j0, 0.0) == 0
    assert slope(sp.j1, 0.0) == 0.5
    assert slope(sp.i1, 0.0) == 0.5
    assert slope(sp.i0e, 0.0) == 0
    assert slope(lambda x: sp.jv(0, x), 0.0) == 0
    numpy.testing.assert_allclose(slope(lambda z: sp.spherical_jn([0, 1, 2], z), 0.0), 1 / 3)


def test_integrals_at_zero():
    assert slope(lambda x: sp.sici(x)[0], 0.0) == 1
    assert slope(lambda x: sp.shichi(x)[0], 0.0) == 1
    assert slope(lambda x: sp.fresnel(x)[1], 0.0) == 1
    assert slope(lambda x: sp.powm1(x, 2.0), 0.0) == 0
    assert slope(lambda x: sp.powm1(1.0, x), 0.0) == 0


def test_exponential_integrals_of_the_lowest_orders():
    x = numpy.array([0.5, 2.0])
    numpy.testing.assert_allclose(slope(lambda x: sp.expn(0, x), x), -numpy.exp(-x) * (1 + 1 / x) / x)
    numpy.testing.assert_allclose(slope(lambda x: sp.expn(1, x), x), -numpy.exp(-x) / x)


def test_scipys_own_functions_of_tensors_differentiate():
    numpy.testing.assert_allclose(wg.grad(lambda x: scipy.special.gammaln(x))(2.5), scipy.special.digamma(2.5))


def test_a_branch_that_is_not_taken_does_not_poison():
    assert slope(lambda x: sp.xlogy(x, 0.0) * 0, 0.0) == 0
    assert slope(lambda y: sp.xlogy(0.0, y), 0.0) == 0
    assert slope(sp.entr, -1.0) == 0
    assert slope(lambda y: sp.rel_entr(0.0, y), 0.5) == 0
    assert slope(lambda y: sp.kl_div(0.0, y), 0.5) == 1
    assert slope(sp.factorial, -2.5) == 0
    numpy.testing.assert_array_equal(slope(lambda x: sp.gammainc(2.0, x), [0.0, numpy.inf]), 0)
    numpy.testing.assert_array_equal(slope(lambda a: sp.gammainc(a, 0.0), [1.0, 2.0]), 0)
    numpy.testing.assert_array_equal(slope(lambda a: sp.betainc(a, 3.0, 1.0), [0.5, 2.0]), 0)


def test_slopes_of_fresnel_after_many_turns():
    """Where the whole turns are taken out exactly, the slopes are too; x^2 alone is rounded to 1e-13 at 30."""
    points = numpy.array([30.0, 31.0, 29.125, -44.75, 1001.0, 4096.5, 0.3])
    with mpmath.workdps(40):
        turns = [mpmath.mpf(x) ** 2 / 2 for x in points]
        sines = numpy.array([float(mpmath.sinpi(t)) for t in turns])
        cosines = numpy.array([float(mpmath.cospi(t)) for t in turns])
    for i, (wanted, other) in enumerate(((sines, cosines), (cosines, -sines))):
        for mode in (lambda f: f, wg.jit):
            first = wg.grad(lambda x, i=i: wg.numpy.sum(sp.fresnel(x)[i]))
            numpy.testing.assert_allclose(mode(first)(points), wanted, rtol=0, atol=1e-15)
            second = mode(wg.grad(lambda x, first=first: wg.numpy.sum(first(x))))(points)
            numpy.testing.assert_allclose(second / (numpy.pi * points), other, rtol=0, atol=2e-15)


def test_softmax_and_logsumexp_of_extremes():
    x = numpy.array([1000.0, 0.0, -numpy.inf])
    numpy.testing.assert_array_equal(slope(sp.logsumexp, x), [1, 0, 0])
    numpy.testing.assert_array_equal(sp.softmax(x), [1, 0, 0])
    numpy.testing.assert_array_equal(sp.logsumexp([-numpy.inf, -numpy.inf]), -numpy.inf)
    numpy.testing.assert_allclose(sp.logsumexp([0.0, -50.0]), scipy.special.logsumexp([0.0, -50.0]))
    assert sp.logsumexp([1.0, 2.0], b=[1.0, -1.0], return_sign=True)[1] == -1


@pytest.mark.part(2)
@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("x", "shares"),
    [
        ([numpy.inf, 0.0], [1, 0]),
        ([0.0, numpy.inf, -numpy.inf], [0, 1, 0]),
        ([numpy.inf, 5.0, numpy.inf], [0.5, 0, 0.5]),
        ([-numpy.inf, 0.0], [0, 1]),
        ([-numpy.inf, -numpy.inf], [numpy.nan, numpy.nan]),
        ([numpy.nan, 0.0], [numpy.nan, numpy.nan]),
        ([], []),
    ],
)
def test_shares_of_infinities_and_of_nothing(x, shares, dtype):
    x = numpy.array(x, dtype)
    with numpy.errstate(all="ignore"):
        logarithms = numpy.log(numpy.array(shares, dtype))
    for softmax, log_softmax in ((sp.softmax, sp.log_softmax), (wg.jit(sp.softmax), wg.jit(sp.log_softmax))):
        numpy.testing.assert_array_equal(softmax(x), numpy.array(shares, dtype), strict=True)
        numpy.testing.assert_allclose(log_softmax(x), logarithms, rtol=1e-6)
        numpy.testing.assert_array_equal(wg.jit(sp.logsumexp)(x), sp.logsumexp(x))


def test_a_sum_of_exponentials_moves_with_its_weights_also_where_they_are_zero():
    x, b = numpy.array([1.0, 700.0, 2.0, -numpy.inf]), numpy.array([1.0, 0.0, 0.0, 2.0])
    right = numpy.exp(x - 1)
    for by_weights in (wg.grad(lambda b: sp.logsumexp(x, b=b)), wg.jit(wg.grad(lambda b: sp.logsumexp(x, b=b)))):
        numpy.testing.assert_allclose(by_weights(b), right, rtol=1e-14)
    curve = wg.hessian(lambda b: sp.logsumexp(x[[0, 2]], b=b))(b[[0, 2]])
    numpy.testing.assert_allclose(curve, -numpy.outer(right[[0, 2]], right[[0, 2]]), rtol=1e-14)
    assert slope(lambda x: sp.logsumexp(x, b=b), x).tolist() == [1, 0, 0, 0]
    for left_out in (numpy.inf, numpy.nan, 1e300):
        assert sp.logsumexp(numpy.array([1.0, left_out]), b=numpy.array([1.0, 0.0])) == 1


def test_the_huber_loss_has_no_jump_in_its_slope():
    r = numpy.array([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0])
    numpy.testing.assert_array_equal(slope(lambda r: sp.huber(1.0, r), r), numpy.clip(r, -1, 1))
    numpy.testing.assert_array_equal(slope(lambda d: sp.huber(d, 3.0), 1.0), 2)


def test_polynomials_of_degree_zero_are_constant_to_every_order():
    x = numpy.array([-1.0, 0.3, 1.0])
    for name, extra in [("legendre", ()), ("hermite", ()), ("genlaguerre", (0.5,)), ("jacobi", (0.5, 1.5))]:
        polynomial = getattr(sp, f"eval_{name}")
        numpy.testing.assert_array_equal(slope(lambda x, p=polynomial, e=extra: p(0, *e, x), x), 0)
        numpy.testing.assert_array_equal(wg.hessian(lambda x, p=polynomial, e=extra: p(0, *e, x).sum())(x), 0)


def test_legendre_polynomials_at_the_ends():
    numpy.testing.assert_allclose(slope(lambda x: sp.eval_legendre(4, x), [-1.0, 1.0]), [-10, 10])


# -- dtypes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gammainc", "jv", "zeta", "xlogy", "beta", "huber", "boxcox", "stdtr"])
def test_a_python_number_takes_the_precision_of_the_array(name):
    x = numpy.array([0.5, 0.7], numpy.float32)
    ours = getattr(sp, name)
    assert ours(2.0, x).dtype == numpy.float32
    assert wg.grad(lambda x: ours(2.0, x).sum())(x).dtype == numpy.float32
    assert wg.hessian(lambda x: ours(2.0, x).sum())(x).dtype == numpy.float32


def test_integers_become_floats():
    assert sp.gamma([1, 2, 3]).dtype == numpy.float64
    assert sp.jv(1, 2).dtype == numpy.float64
    assert sp.eval_legendre(2, numpy.float32(0.5)).dtype == scipy.special.eval_legendre(2, numpy.float32(0.5)).dtype
    assert sp.betainc(0.5, 2, numpy.float32([0.5])).dtype == numpy.float32
    assert sp.lambertw(1).dtype == numpy.complex128


# -- kinds of nothing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: wg.grad(lambda v: sp.jv(v, 2.0))(1.5),
            "[jv] the derivative with respect to 'v' was asked for, which is not written yet (the derivative of a "
            "Bessel function in its order); wanted one with respect to another argument; write stop_gradient(v), or "
            "give the rule with wengert.custom_derivative",
        ),
        (
            lambda: wg.jvp(lambda n: sp.polygamma(n, 2.0), (1.0,), (1.0,)),
            "[polygamma] the derivative with respect to 'n' was asked for, which is not differentiable (it counts how "
            "often digamma is differentiated); wanted one with respect to another argument; write stop_gradient(n), or "
            "give the rule with wengert.custom_derivative",
        ),
        (
            lambda: wg.grad(lambda s: sp.zeta(s))(2.0),
            "[zeta] the derivative with respect to 'x' was asked for, which is not written yet (the derivative of the "
            "Riemann zeta function); wanted one with respect to another argument; write stop_gradient(x), or give the "
            "rule with wengert.custom_derivative",
        ),
    ],
)
def test_a_missing_derivative_says_which_kind_of_nothing_it_is(call, message):
    with pytest.raises(NotImplementedError, match=f"^{re.escape(message)}$"):
        call()


def test_a_missing_derivative_is_no_matter_where_it_is_not_asked_for():
    assert wg.grad(lambda v, z: sp.jv(v, z), 1)(1.5, 2.0).dtype == numpy.float64


# -- the namespace ---------------------------------------------------------------------------------


def test_scipy_is_not_imported_before_it_is_needed():
    code = (
        "import sys, wengert, wengert.scipy.special as s\n"
        "loaded = lambda: any(name.split('.')[0] == 'scipy' for name in sys.modules)\n"
        "before = loaded(); s.gamma(2.0); print(before, loaded())"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "False True\n"


def test_every_function_that_autograd_differentiates_is_here():
    names = (
        "beta betainc betaln polygamma psi digamma gamma gammaln gammainc gammaincc gammasgn rgamma multigammaln j0 y0 "
        "j1 y1 jn yn i0 i1 iv ive erf erfc erfinv erfcinv logit expit logsumexp"
    )
    assert set(names.split()) <= set(sp.__all__)


def test_every_public_function_says_what_it_does():
    assert [name for name in sp.__all__ if not getattr(sp, name).__doc__] == []
