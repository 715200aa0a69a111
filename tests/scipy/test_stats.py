"""Distributions: their ends, their tails, and what is refused."""

from __future__ import annotations

import re

import numpy
import pytest
import scipy.stats

import wengert as wg
import wengert.numpy as np
from wengert.scipy import stats

OUTSIDE = [
    ("expon", (-1.0,), ()),
    ("gamma", (-1.0,), (2.5,)),
    ("chi2", (-1.0,), (3.0,)),
    ("invgamma", (-1.0, 0.0), (2.5,)),
    ("lognorm", (-1.0, 0.0), (0.7,)),
    ("halfnorm", (-1.0,), ()),
    ("weibull_min", (-1.0,), (1.5,)),
    ("pareto", (0.5, -1.0), (1.5,)),
    ("uniform", (-0.5, 1.5), ()),
    ("beta", (-0.5, 1.5), (2.0, 3.0)),
    ("truncnorm", (-0.6, 1.5), (-0.5, 1.0)),
]
CONTINUOUS = [
    *OUTSIDE,
    ("norm", (), ()),
    ("t", (), (3.5,)),
    ("laplace", (), ()),
    ("logistic", (), ()),
    ("cauchy", (), ()),
]
CONTINUOUS += [("gumbel_r", (), ()), ("gumbel_l", (), ())]
FUNCTIONS = ("logpdf", "pdf", "cdf", "sf", "logcdf", "logsf")


def both(family):
    return getattr(stats, family), getattr(scipy.stats, family)


@pytest.mark.parametrize(("family", "points", "shapes"), OUTSIDE)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_outside_the_support_the_value_is_scipys_and_every_derivative_zero(family, points, shapes, function):
    ours, theirs = (getattr(d, function) for d in both(family))
    parameters = numpy.array([*shapes, 0.0, 1.0])
    for point in points:
        numpy.testing.assert_array_equal(ours(point, *parameters), theirs(point, *parameters))
        by_point, by_parameters = wg.grad(lambda x, p: ours(x, *p), (0, 1))(point, parameters)
        numpy.testing.assert_array_equal(by_point, 0)
        numpy.testing.assert_array_equal(by_parameters, 0)


@pytest.mark.parametrize(("family", "points", "shapes"), OUTSIDE)
def test_second_derivatives_outside_the_support_are_finite(family, points, shapes):
    ours, _ = both(family)
    for point in points:
        assert wg.hessian(lambda x, f=ours: f.logpdf(x, *shapes))(point) == 0


@pytest.mark.parametrize(("family", "points", "shapes"), CONTINUOUS)
def test_the_ends_of_the_quantiles(family, points, shapes):
    ours, theirs = both(family)
    q = numpy.array([0.0, 1.0, -0.1, 1.1, numpy.nan])
    numpy.testing.assert_array_equal(ours.ppf(q, *shapes), theirs.ppf(q, *shapes))
    numpy.testing.assert_array_equal(ours.isf(q, *shapes), theirs.isf(q, *shapes))


@pytest.mark.parametrize(("family", "points", "shapes"), CONTINUOUS)
def test_infinite_and_missing_values(family, points, shapes):
    ours, theirs = both(family)
    x = numpy.array([-numpy.inf, numpy.inf, numpy.nan])
    for function in ("cdf", "sf", "logcdf", "logsf"):
        numpy.testing.assert_array_equal(getattr(ours, function)(x, *shapes), getattr(theirs, function)(x, *shapes))


def test_a_parameter_that_is_not_allowed_gives_nan():
    for value in (
        stats.norm.logpdf(0.0, 0.0, -1.0),
        stats.gamma.cdf(1.0, -2.0),
        stats.t.ppf(0.5, 0.0),
        stats.truncnorm.pdf(0.0, 1.0, -1.0),
        stats.poisson.logpmf(1, -1.0),
        stats.binom.pmf(1, 2.5, 0.5),
        stats.binom.cdf(1, 2, 1.5),
        stats.geom.sf(1, 0.0),
    ):
        assert numpy.isnan(value)


@pytest.mark.parametrize(
    ("family", "function", "point", "shapes"),
    [
        ("norm", "logcdf", -40.0, ()),
        ("norm", "isf", 1e-100, ()),
        ("logistic", "logpdf", 800.0, ()),
        ("gumbel_r", "sf", 50.0, ()),
        ("halfnorm", "sf", 20.0, ()),
        ("t", "sf", 100.0, (4.0,)),
        ("truncnorm", "logpdf", 41.0, (40.0, 42.0)),
        ("truncnorm", "logcdf", -41.0, (-42.0, -40.0)),
        ("truncnorm", "ppf", 0.3, (8.0, 9.0)),
        ("truncnorm", "isf", 0.3, (-9.0, -8.0)),
        ("cauchy", "cdf", -1e12, ()),
        ("weibull_min", "logsf", 30.0, (2.0,)),
        ("expon", "cdf", 1e-20, ()),
    ],
)
def test_far_in_the_tails(family, function, point, shapes):
    ours, theirs = (getattr(d, function) for d in both(family))
    numpy.testing.assert_allclose(ours(point, *shapes), theirs(point, *shapes), rtol=1e-12)
    slope = wg.grad(lambda x: ours(x, *shapes))(point)
    assert numpy.isfinite(slope)
    assert slope != 0


def test_the_density_is_the_derivative_of_the_distribution():
    x = numpy.array([0.3, 1.2])
    for family, shapes in [("gamma", (2.5,)), ("t", (3.5,)), ("lognorm", (0.7,)), ("chi2", (3.0,))]:
        ours, _ = both(family)
        numpy.testing.assert_allclose(
            wg.grad(lambda x, f=ours, s=shapes: f.cdf(x, *s).sum())(x), ours.pdf(x, *shapes), rtol=1e-12
        )


# -- counts ----------------------------------------------------------------------------------------


def finite_sum(function, k, loc):
    """The sum of the finite values, as a function of the parameters."""

    def total(*parameters):
        values = function(k, *parameters, loc)
        return np.where(np.isfinite(values), values, 0).sum()

    return total


@pytest.mark.parametrize(
    ("family", "parameters"),
    [("poisson", (2.5,)), ("binom", (5, 0.3)), ("bernoulli", (0.3,)), ("geom", (0.3,)), ("nbinom", (2.5, 0.3))],
)
@pytest.mark.parametrize("loc", [0, 2])
def test_counts_on_and_off_the_support(family, parameters, loc):
    ours, theirs = both(family)
    k = numpy.array([-1, 0, 0.5, 1, 2, 2.5, 4, 5, 6, 7, 8])
    for function in ("logpmf", "pmf", "cdf", "sf", "logcdf", "logsf"):
        mine, reference = getattr(ours, function), getattr(theirs, function)
        numpy.testing.assert_allclose(mine(k, *parameters, loc), reference(k, *parameters, loc), rtol=1e-10, atol=1e-15)
        for position in range(len(parameters)):
            if parameters[position] != 5:
                assert numpy.isfinite(wg.grad(finite_sum(mine, k, loc), position)(*parameters))


def test_a_count_has_no_derivative_and_says_so():
    message = (
        "[count] the derivative with respect to 'k' was asked for, which is not differentiable (a distribution on "
        "whole numbers has no density); wanted one with respect to another argument; write stop_gradient(k), or give "
        "the rule with wengert.custom_derivative"
    )
    with pytest.raises(NotImplementedError, match=f"^{re.escape(message)}$"):
        wg.grad(lambda k: stats.poisson.logpmf(k, 2.0))(3.0)


def test_impossible_counts_of_categories():
    p = numpy.array([0.2, 0.3, 0.5])
    numpy.testing.assert_array_equal(stats.multinomial.pmf([[1, 1, 0], [-1, 2, 2], [0.5, 1.5, 1]], 3, p), 0)
    assert numpy.isfinite(
        wg.grad(lambda p: stats.multinomial.logpmf([2, 0, 1], 3, p))(numpy.array([0.5, 0.0, 0.5]))
    ).all()


# -- several variables -----------------------------------------------------------------------------


def test_the_forms_of_a_normal_distribution_of_several_variables():
    x = numpy.array([[0.1, 0.2], [1.0, -1.0]])
    theirs = scipy.stats.multivariate_normal
    for mean, cov in [(None, [[2.0, 0.5], [0.5, 1.0]]), ([1.0, 2.0], 3.0), ([1.0, 2.0], [1.0, 4.0])]:
        numpy.testing.assert_allclose(stats.multivariate_normal.logpdf(x, mean, cov), theirs.logpdf(x, mean, cov))
        numpy.testing.assert_allclose(stats.multivariate_normal(mean, cov).pdf(x[0]), theirs(mean, cov).pdf(x[0]))
    numpy.testing.assert_allclose(stats.multivariate_normal.logpdf(0.3), theirs.logpdf(0.3))


def test_points_that_are_no_shares():
    alpha = numpy.array([2.0, 3.0, 1.5])
    assert stats.dirichlet.logpdf([0.5, 0.6, -0.1], alpha) == -numpy.inf
    assert stats.dirichlet.logpdf([0.5, 0.4, 0.3], alpha) == -numpy.inf
    numpy.testing.assert_array_equal(
        wg.grad(lambda x: stats.dirichlet.logpdf(x, alpha))(numpy.array([0.5, 0.6, -0.1])), 0
    )


# -- parameters ------------------------------------------------------------------------------------


def test_parameters_by_position_by_name_and_frozen():
    expected = scipy.stats.gamma.logpdf(2.0, 1.5, 0.5, 2.0)
    for value in (
        stats.gamma.logpdf(2.0, 1.5, 0.5, 2.0),
        stats.gamma.logpdf(2.0, 1.5, scale=2.0, loc=0.5),
        stats.gamma.logpdf(2.0, a=1.5, scale=2.0, loc=0.5),
        stats.gamma(1.5, loc=0.5, scale=2.0).logpdf(2.0),
    ):
        numpy.testing.assert_allclose(value, expected)


def test_single_precision_stays():
    x = numpy.array([0.3, 0.7], numpy.float32)
    for family, _, shapes in CONTINUOUS:
        for function in (*FUNCTIONS, "ppf", "isf"):
            ours = getattr(getattr(stats, family), function)
            assert ours(x, *shapes).dtype == numpy.float32
            assert wg.grad(lambda x, f=ours, s=shapes: f(x, *s).sum())(x).dtype == numpy.float32
    assert stats.poisson.logpmf([1, 2], numpy.float32(0.5)).dtype == numpy.float64
    assert stats.multivariate_normal.logpdf(x, numpy.zeros(2, numpy.float32)).dtype == numpy.float32


def test_a_model_is_fitted_for_many_data_sets_at_once():
    data = numpy.random.default_rng(0).gamma(2.0, size=(3, 50)) - 0.5
    score = wg.vmap(wg.grad(lambda a, x: stats.gamma.logpdf(x, a).sum()), in_axes=(None, 0))(2.0, data)
    assert score.shape == (3,)
    assert numpy.isfinite(score).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: stats.norm.logpdf(1.0, mean=0.0),
            TypeError,
            "[norm] ['mean'] were given, wanted the parameters loc, scale; write norm.<function>(x, loc=..., "
            "scale=...)",
        ),
        (
            lambda: stats.gamma.logpdf(1.0, loc=0.0),
            TypeError,
            "[gamma] a was not given, wanted the parameters a, loc, scale; write gamma.<function>(x, a=..., loc=..., "
            "scale=...)",
        ),
        (
            lambda: stats.vonmises.ppf(0.5, 2.0),
            NotImplementedError,
            "[vonmises.ppf] it was called, but is not written yet; wanted vonmises.logpdf or pdf; write those",
        ),
        (
            lambda: stats.multivariate_normal.logpdf([1.0, 2.0, 3.0], [0.0, 0.0]),
            ValueError,
            "[multivariate_normal] points of shape (3,) were given, wanted 2 components along the last axis; write "
            "x.reshape(-1, 2)",
        ),
        (
            lambda: stats.multivariate_t.logpdf([1.0, 2.0], [0.0, 0.0], numpy.eye(3)),
            ValueError,
            "[multivariate_t] a location of shape (2,) and a matrix of shape (3, 3) were given, wanted (n,) and "
            "(n, n); write one variance for each component, or the whole matrix",
        ),
        (
            lambda: stats.dirichlet.logpdf([0.5, 0.5], [1.0, 1.0, 1.0, 1.0]),
            ValueError,
            "[dirichlet] x of shape (2,) was given for 4 parameters, wanted as many components along the first axis, "
            "or one fewer; write x.T",
        ),
    ],
)
def test_bad_input_is_explained(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()


AT_AN_END = [
    ("gamma", (2.0,), (0, 1, -2)),
    ("gamma", (1.0,), (1, -1, 1)),
    ("gamma", (3.0,), (0, 0, 1)),
    ("chi2", (4.0,), (0, 0.25, -0.25)),
    ("chi2", (2.0,), (0.5, -0.25, 0.125)),
    ("weibull_min", (2.0,), (0, 2, 0)),
    ("weibull_min", (1.0,), (1, -1, 1)),
    ("beta", (2.0, 3.0), (0, 12, -48)),
    ("beta", (1.0, 3.0), (3, -6, 6)),
    ("expon", (), (1, -1, 1)),
]


@pytest.mark.part(2)
@pytest.mark.parametrize(("family", "shapes", "right"), AT_AN_END)
def test_a_density_where_its_support_begins(family, shapes, right):
    """The density, its slope and its curvature at 0; the distribution function has them from the first order on."""
    density = lambda x: getattr(stats, family).pdf(x, *shapes)
    below = lambda x: getattr(stats, family).cdf(x, *shapes)
    slope = wg.grad(density)
    for f in (
        (density, slope, wg.grad(slope)),
        (wg.grad(below), wg.grad(wg.grad(below)), wg.grad(wg.grad(wg.grad(below)))),
    ):
        for order, derivative in enumerate(f):
            assert derivative(0.0) == right[order]
            assert wg.jit(derivative)(0.0) == right[order]


SQUARE = numpy.pi**2 / 6


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("logpdf", "point", "hessian"),
    [
        (lambda v: stats.gamma.logpdf(v[0], v[1]), (2.0, 1.0), [[0, 0.5], [0.5, -SQUARE]]),
        (lambda v: stats.chi2.logpdf(v[0], v[1]), (3.0, 2.0), [[0, 0.5 / 3], [0.5 / 3, -SQUARE / 4]]),
        (
            lambda v: stats.weibull_min.logpdf(v[0], v[1]),
            (2.0, 1.0),
            [[0, -0.5 - numpy.log(2)], [-0.5 - numpy.log(2), -1 - 2 * numpy.log(2) ** 2]],
        ),
        (
            lambda v: stats.beta.logpdf(v[0], v[1], v[2]),
            (0.25, 1.0, 1.0),
            [[0, 4, -4 / 3], [4, -1, SQUARE - 1], [-4 / 3, SQUARE - 1, -1]],
        ),
        (
            lambda v: stats.dirichlet.logpdf(v[:2], v[2:]),
            (0.25, 0.75, 1.0, 1.0),
            [[0, 0, 4, 0], [0, 0, 0, 4 / 3], [4, 0, -1, SQUARE - 1], [0, 4 / 3, SQUARE - 1, -1]],
        ),
    ],
)
def test_hessians_at_parameters_where_a_power_vanishes(logpdf, point, hessian):
    """A factor (a - 1) log(x) with a = 1 still has derivatives in both."""
    both = wg.hessian(logpdf), wg.jit(wg.hessian(logpdf)), lambda v: wg.jacobian(wg.grad(logpdf), mode="reverse")(v)
    for second in both:
        numpy.testing.assert_allclose(second(numpy.array(point)), hessian, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("df", [1e-3, 0.5, 3.0, 19.0, 21.0, 1e4, 1e8, 1e15, numpy.inf])
def test_student_densities_of_few_and_of_very_many_degrees_of_freedom(df):
    """Against 50 digits, and with its derivative in the degrees of freedom."""
    import mpmath

    def exact(df, t):
        if mpmath.isinf(df):
            return -t * t / 2 - mpmath.log(2 * mpmath.pi) / 2
        size = mpmath.loggamma((df + 1) / 2) - mpmath.loggamma(df / 2) - mpmath.log(mpmath.pi * df) / 2
        return size - (df + 1) / 2 * mpmath.log(1 + t * t / df)

    for t in (0.0, 1e-3, 0.7, 3.0, 1e3, 1e100):
        with mpmath.workdps(120):
            at = mpmath.mpf(df)
            value = float(exact(at, mpmath.mpf(t)))
            step = at * mpmath.mpf(10) ** -25
            change = 0 if df == numpy.inf else (exact(at + step, t) - exact(at - step, t)) / (2 * step)
        numpy.testing.assert_allclose(stats.t.logpdf(t, df), value, rtol=1e-13)
        if df < numpy.inf:
            numpy.testing.assert_allclose(wg.grad(lambda df: stats.t.logpdf(t, df))(df), float(change), rtol=1e-11)  # noqa: B023 - called here
