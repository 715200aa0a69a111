"""The incomplete gamma and beta functions, with derivatives in every argument.

The derivatives in the parameters have no closed form. Both functions integrate a density that is the exponential of
something linear in the parameters, less a logarithm that normalises it; so each derivative in a parameter multiplies
the density by a polynomial in the logarithm of the variable (a complete Bell polynomial), and what remains is an
integral over a half line with an integrand that is smooth there and falls off exponentially. It is summed by the
double exponential rule ``u = exp(t - exp(-t))`` (H. Takahasi and M. Mori, Publ. RIMS 9 (1974), 721-741). As the
density always integrates to one, the derivative of one tail is minus that of the other: the tail on which the
polynomial of the first derivative keeps its sign is integrated, so that small values are accurate too.

Relative error in float64, against 40 digits, with parameters from 1e-3 to 1000: 1e-12 (gamma); 1e-12 (beta) in 95 of
100 cases, and 1e-9 where one parameter is 1e5 times the other. A derivative of order two or more is as accurate in
proportion to the largest term of its polynomial.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from math import comb, log, pi
from typing import Any, Final

import numpy

from .. import elementwise as e
from ..factors import elementwise
from .by_scipy import (
    floating,
    near_zero,
    polynomial,
    scipy_function,
    special,
)
from .gamma import (
    digamma,
    gammaln_rise,
    log_gamma_correction,
    polygamma,
)

# -- the quadrature --------------------------------------------------------------------------------

_STEP = 1 / 14
_T = numpy.arange(-3.75, 4.25, _STEP)
NODES = numpy.exp(_T - numpy.exp(-_T))
WEIGHTS = _STEP * NODES * (1 + numpy.exp(-_T))
"""The integral over the half line of f is the sum of ``WEIGHTS * f(NODES)``, for an f that falls off like exp(-u)."""

BLOCK = 1 << 12
"""How many integrals are summed at once."""


def in_blocks(integrals: Callable[..., Any]) -> Callable[..., Any]:
    """Evaluate for operands of any shape and dtype, some at a time, as columns of float64."""

    def evaluate(*operands: Any, **orders: int) -> Any:
        arrays = numpy.broadcast_arrays(*operands)
        dtype = floating(*operands)
        columns = [numpy.ravel(a).astype(numpy.float64)[:, None] for a in arrays]
        with numpy.errstate(all="ignore"):
            parts = [
                integrals(*(c[start : start + BLOCK] for c in columns), **orders)
                for start in range(0, columns[0].size, BLOCK)
            ]
        flat = numpy.concatenate(parts) if parts else columns[0]
        return flat.reshape(arrays[0].shape).astype(dtype)[()]

    return evaluate


def bell(orders: tuple[int, int], slope: Callable[[int, int], Any]) -> Any:
    """The factor by which a derivative multiplies an exponential: that of order (j, k) of exp(g), over exp(g).

    Args:
        slope: ``slope(m, n)`` is the derivative of g of order (m, n).

    By Leibniz's rule for the derivative of exp(g) g' (L. Comtet, Advanced Combinatorics (1974), section 3.3).
    """
    j, k = orders
    if j + k == 0:
        return 1.0
    if j == 0:
        return bell((k, 0), lambda m, n: slope(n, m))
    total: Any = 0.0
    for m in range(j):
        for n in range(k + 1):
            weight = comb(j - 1, m) * comb(k, n)
            total = total + weight * slope(j - m, k - n) * bell((m, n), slope)
    return total


# -- the gamma function ----------------------------------------------------------------------------


def _deviance(a: Any, x: Any) -> Any:
    """x - a - a log(x / a), without cancellation where the two are close."""
    excess = (x - a) / a
    close = numpy.abs(excess) < 0.5
    return a * (excess - numpy.where(close, numpy.log1p(numpy.where(close, excess, 0)), numpy.log(x / a)))


def _gamma_bump(a: Any, x: Any) -> Any:
    """x^a e^-x / Gamma(a), by the saddle point expansion, accurate for large a too.

    Source: C. Loader, Fast and accurate computation of binomial probabilities (2000).
    """
    bump = numpy.sqrt(a / (2 * pi)) * numpy.exp(-log_gamma_correction(a) - _deviance(a, x))
    return numpy.where((x == 0) | (x == numpy.inf), 0.0, bump)


def _at_zero(a: Any, size: Any) -> Any:
    """Raw: size x^(a-1) / Gamma(a) at x = 0."""
    weight = size * scipy_function("rgamma")(a)
    return numpy.where(a == 1, weight, numpy.where((a > 1) | (weight == 0), 0.0, numpy.inf * numpy.sign(weight)))


def _gamma_density(a: Any, x: Any) -> Any:
    """x^(a-1) e^-x / Gamma(a)."""
    dtype = floating(a, x)
    a, x = numpy.asarray(a, numpy.float64), numpy.asarray(x, numpy.float64)
    with numpy.errstate(all="ignore"):
        return numpy.where(x == 0, _at_zero(a, 1.0), _gamma_bump(a, x) / x).astype(dtype)[()]


def _gamma_density_by_x(a: Any, x: Any, out: Any) -> Any:
    """At 0, where the logarithmic derivative has a pole, by the densities of the parameters a - 1 and a."""
    inside = e.scale(out, (a - 1) / x - 1)
    return e.where(e.equal(x, 0), gamma_density(a - 1, x) - out, inside)


gamma_density: Final = elementwise(
    "gamma_density",
    _gamma_density,
    ("a", "x"),
    lambda a, x, out: e.scale(out, e.log_of(x) - digamma(a)),
    _gamma_density_by_x,
)
"""``gamma_density(a, x)``: x^(a-1) e^-x / Gamma(a), the derivative in x of ``gammainc(a, x)``."""


def _gamma_slope(a: Any, log_x: Any, polygamma: Any) -> Callable[[int, int], Any]:
    """The derivatives in a of a log(x) - log Gamma(a)."""
    return lambda m, n: log_x - polygamma(0, a) if m == 1 else -polygamma(m - 1, a)


def _gamma_tail(a: Any, x: Any, order: int) -> Any:
    """The derivative in a, by quadrature over log t from log x to the left or to the right."""
    polygamma = scipy_function("polygamma")
    away = numpy.where(numpy.log(x) > polygamma(0, a), 1.0, -1.0)
    scale = 1 / (numpy.abs(a - x) + numpy.sqrt(x))
    step = away * scale * NODES
    density = numpy.exp(a * step - x * numpy.expm1(step))
    factors = bell((order, 0), _gamma_slope(a, numpy.log(x) + step, polygamma))
    return -away * scale * _gamma_bump(a, x) * numpy.sum(WEIGHTS * density * factors, axis=1, keepdims=True)


@in_blocks
def _gammainc_slope(a: Any, x: Any, order: int) -> Any:
    """Where both are small, by P(a, x) = P(a + 1, x) + x^a e^-x / Gamma(a + 1), whose integrand has one scale."""
    polygamma = scipy_function("polygamma")
    small = (a < 1) & (x < 1)
    total = _gamma_tail(numpy.where(small, a + 1, a), x, order)
    step = _gamma_bump(a + 1, x) / x * bell((order, 0), _gamma_slope(a + 1, numpy.log(x), polygamma))
    total = numpy.where(small, total + step, total)
    return numpy.where((x == 0) | (x == numpy.inf), 0.0, numpy.where((a > 0) & (x > 0), total, numpy.nan))


@cache
def gammainc_slope(order: int) -> Any:
    """The primitive of the derivative of this order in a of ``gammainc(a, x)``."""

    def by_x(a: Any, x: Any) -> Any:
        return e.scale(gamma_density(a, x), bell((order, 0), _gamma_slope(a, e.log_of(x), polygamma)))

    evaluate = partial(_gammainc_slope, order=order)
    return elementwise("gammainc_slope", evaluate, ("a", "x"), lambda a, x: gammainc_slope(order + 1)(a, x), by_x)


def _inner_quantile(out: Any, slope: Callable[[Any], Any], ends: tuple[float, float], at_ends: Any) -> Any:
    """The derivative of a quantile in a parameter, and at the ends, which do not depend on it, another one."""
    is_end = e.logical_or(e.equal(out, ends[0]), e.equal(out, ends[1]))
    inner = e.where(is_end, 0.5, out)
    return e.where(is_end, at_ends, slope(inner))


def _gamma_quantile_by_a(a: Any, out: Any) -> Any:
    """0 where the quantile is 0, and infinite where it is."""
    slope = lambda y: -gammainc_slope(1)(a, y) / gamma_density(a, y)
    return _inner_quantile(out, slope, (0.0, numpy.inf), out)


gammainc: Final = special(
    "gammainc", ("a", "x"), lambda a, x: gammainc_slope(1)(a, x), lambda a, x: gamma_density(a, x)
)
gammaincc: Final = special(
    "gammaincc", ("a", "x"), lambda a, x: -gammainc_slope(1)(a, x), lambda a, x: -gamma_density(a, x)
)
gammaincinv: Final = special("gammaincinv", ("a", "y"), _gamma_quantile_by_a, lambda a, out: 1 / gamma_density(a, out))
gammainccinv: Final = special(
    "gammainccinv", ("a", "y"), _gamma_quantile_by_a, lambda a, out: -1 / gamma_density(a, out)
)


# -- the beta function -----------------------------------------------------------------------------


def _beta_bump(a: Any, b: Any, x: Any, y: Any) -> Any:
    """x^a y^b / B(a, b) where y = 1 - x, as `_gamma_bump`."""
    n = a + b
    correction = log_gamma_correction(n) - log_gamma_correction(a) - log_gamma_correction(b)
    exponent = correction - _deviance(a, n * x) - _deviance(b, n * y)
    bump = numpy.sqrt(a / n * b / (2 * pi)) * numpy.exp(exponent)
    return numpy.where((x == 0) | (y == 0), 0.0, bump)


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    """x^(a-1) (1 - x)^(b-1) / B(a, b)."""
    dtype = floating(a, b, x)
    a, b, x = (numpy.asarray(v, numpy.float64) for v in (a, b, x))
    with numpy.errstate(all="ignore"):
        gamma, rgamma = scipy_function("gamma"), scipy_function("rgamma")
        at_zero = numpy.where(a == 1, b, _at_zero(a, gamma(a + b) * rgamma(b)))
        at_one = numpy.where(b == 1, a, _at_zero(b, gamma(a + b) * rgamma(a)))
        inside = _beta_bump(a, b, x, 1 - x) / (x * (1 - x))
        return numpy.where(x == 0, at_zero, numpy.where(x == 1, at_one, inside)).astype(dtype)[()]


def _beta_density_by_x(a: Any, b: Any, x: Any, out: Any) -> Any:
    """At the ends, where the logarithmic derivative has poles, by densities of lower parameters."""
    inside = e.scale(out, (a - 1) / x - (b - 1) / (1 - x))
    ends = (a + b - 1) * (beta_density(a - 1, b, x) - beta_density(a, b - 1, x))
    return e.where(e.logical_or(e.equal(x, 0), e.equal(x, 1)), ends, inside)


beta_density: Final = elementwise(
    "beta_density",
    _beta_density,
    ("a", "b", "x"),
    lambda a, b, x, out: e.scale(out, e.log_of(x) - digamma(a) + digamma(a + b)),
    lambda a, b, x, out: e.scale(out, e.log1p(-x) - digamma(b) + digamma(a + b)),
    _beta_density_by_x,
)
"""``beta_density(a, b, x)``: x^(a-1) (1 - x)^(b-1) / B(a, b), the derivative in x of ``betainc(a, b, x)``."""


def _beta_slope(log_x: Any, log_y: Any, a: Any, b: Any, n: Any, polygamma: Any) -> Callable[[int, int], Any]:
    """The derivatives in a and b of a log(x) + b log(y) - log Gamma(a) - log Gamma(b) + log Gamma(n)."""

    def slope(j: int, k: int) -> Any:
        total = polygamma(j + k - 1, n)
        if k == 0:
            total = total - polygamma(j - 1, a)
        if j == 0:
            total = total - polygamma(k - 1, b)
        return total + log_x if (j, k) == (1, 0) else total + log_y if (j, k) == (0, 1) else total

    return slope


def _beta_tail(a: Any, b: Any, x: Any, y: Any, orders: tuple[int, int]) -> Any:
    """The derivative of the left tail, by quadrature over log(t / (1 - t)) from log(x / y) to the left."""
    polygamma = scipy_function("polygamma")
    scale = 1 / (numpy.abs(a * y - b * x) + numpy.sqrt((a + b) * x * y))
    step = scale * NODES
    rest = numpy.log1p(x * numpy.expm1(-step))
    density = numpy.exp(-a * step - (a + b) * rest)
    slope = _beta_slope(numpy.log(x) - step - rest, numpy.log(y) - rest, a, b, a + b, polygamma)
    total = numpy.sum(WEIGHTS * density * bell(orders, slope), axis=1, keepdims=True)
    return scale * _beta_bump(a, b, x, y) * total


def _beta_either_tail(a: Any, b: Any, x: Any, y: Any, orders: tuple[int, int]) -> Any:
    psi = scipy_function("psi")
    n = a + b
    to_the_left = numpy.log(x) < psi(a) - psi(n) if orders[0] else numpy.log(y) > psi(b) - psi(n)
    right = _beta_tail(b, a, y, x, (orders[1], orders[0]))
    return numpy.where(to_the_left, _beta_tail(a, b, x, y, orders), -right)


@in_blocks
def _betainc_slope(a: Any, b: Any, x: Any, orders: tuple[int, int]) -> Any:
    """In a corner that belongs to a small parameter, by raising that parameter: the integrand then has one scale.

    I(a, b) = I(a + 1, b) + x^a y^b / (a B(a, b)) = I(a, b + 1) - x^a y^b / (b B(a, b)), where y = 1 - x.
    """
    y = 1 - x
    raise_a = (a < 1) & (x * numpy.maximum(b, 2) < 1)
    raise_b = (b < 1) & (y * numpy.maximum(a, 2) <= 1)
    alpha, beta = numpy.where(raise_a, a + 1, a), numpy.where(raise_b, b + 1, b)
    total = _beta_either_tail(alpha, beta, x, y, orders)
    slope = _beta_slope(numpy.log(x), numpy.log(y), alpha, beta, a + b, scipy_function("polygamma"))
    step = _beta_bump(a, b, x, y) * bell(orders, slope)
    total = total + numpy.where(raise_a, step / a, 0) - numpy.where(raise_b, step / b, 0)
    inside = (a > 0) & (b > 0) & (x > 0) & (x < 1)
    return numpy.where((x == 0) | (x == 1), 0.0, numpy.where(inside, total, numpy.nan))


@cache
def betainc_slope(j: int, k: int) -> Any:
    """The primitive of the derivative of order j in a and k in b of ``betainc(a, b, x)``."""

    def by_x(a: Any, b: Any, x: Any) -> Any:
        slope = _beta_slope(e.log_of(x), e.log1p(-x), a, b, a + b, polygamma)
        return e.scale(beta_density(a, b, x), bell((j, k), slope))

    return elementwise(
        "betainc_slope",
        partial(_betainc_slope, orders=(j, k)),
        ("a", "b", "x"),
        lambda a, b, x: betainc_slope(j + 1, k)(a, b, x),
        lambda a, b, x: betainc_slope(j, k + 1)(a, b, x),
        by_x,
    )


betainc: Final = special(
    "betainc",
    ("a", "b", "x"),
    lambda a, b, x: betainc_slope(1, 0)(a, b, x),
    lambda a, b, x: betainc_slope(0, 1)(a, b, x),
    lambda a, b, x: beta_density(a, b, x),
)
betaincc: Final = special(
    "betaincc",
    ("a", "b", "x"),
    lambda a, b, x: -betainc_slope(1, 0)(a, b, x),
    lambda a, b, x: -betainc_slope(0, 1)(a, b, x),
    lambda a, b, x: -beta_density(a, b, x),
)


def _beta_quantile_by(j: int, k: int) -> Callable[[Any, Any, Any], Any]:
    """0 at the ends."""

    def by_parameter(a: Any, b: Any, out: Any) -> Any:
        slope = lambda y: -betainc_slope(j, k)(a, b, y) / beta_density(a, b, y)
        return _inner_quantile(out, slope, (0.0, 1.0), 0.0)

    return by_parameter


_by_a, _by_b = _beta_quantile_by(1, 0), _beta_quantile_by(0, 1)

betaincinv: Final = special("betaincinv", ("a", "b", "y"), _by_a, _by_b, lambda a, b, out: 1 / beta_density(a, b, out))
betainccinv: Final = special(
    "betainccinv", ("a", "b", "y"), _by_a, _by_b, lambda a, b, out: -1 / beta_density(a, b, out)
)

# -- Student's t -----------------------------------------------------------------------------------


def _half(df: Any) -> Any:
    """1/2, in the precision of `df`."""
    return 0.5 * e.ones_like(df)


_HALF_RISE = [-1 / 8, 1 / 192, -1 / 640, 17 / 14336, -31 / 18432, 691 / 180224, -5461 / 425984, 929569 / 15728640]
"""(2^-n - 2) B_(n+1) / (n (n + 1)) for odd n (DLMF 5.11.8 at h = 0 and h = 1/2)."""

_LOG1P_RATIO = [(-1) ** k / (k + 1) for k in range(18)]


def _half_rise(a: Any) -> Any:
    """log Gamma(a + 1/2) - log Gamma(a) - log(a) / 2, which falls off as 1 / a."""
    far = e.greater(a, 10)
    near, inverse = e.where(far, 1, a), 1 / e.where(far, a, 10)
    series = inverse * polynomial(_HALF_RISE, inverse * inverse)
    return e.where(far, series, gammaln_rise(near, 0.5) - 0.5 * e.log_of(near))


def _student_exponent(df: Any, square: Any, length: int, logarithm: Any) -> Any:
    """(df + length) / 2 times the logarithm of 1 + square / df, near square / 2 where df is large, or infinite."""
    near = e.less(square, df)
    close = e.where(near, square, 0)
    ratio = near_zero(close / df, 0.1, _LOG1P_RATIO, lambda u: e.log1p(u) / u)
    return e.where(near, 0.5 * close * (1 + length / df) * ratio, 0.5 * (df + length) * logarithm)


def log1p_square(x: Any) -> Any:
    """log(1 + x^2), without overflow of the square."""
    large = e.greater(e.absolute(x), 1)
    small = e.where(large, 0, x)
    return e.where(large, 2 * e.log_of(e.hypot(x, 1)), e.log1p(small * small))


def student_log_density(df: Any, t: Any) -> Any:
    """The logarithm of the density of Student's t distribution; of an infinite df that of the normal distribution."""
    exponent = _student_exponent(df, t * t, 1, log1p_square(t / e.sqrt(df)))
    return _half_rise(df / 2) - exponent - 0.5 * log(2 * pi)


def multivariate_student_log_density(df: Any, square: Any, length: int) -> Any:
    """The same of `length` variables, as a function of the squared distance from the centre."""
    steps = [_half_rise(0.5 * (df + j)) + 0.5 * e.log1p(j / df) for j in range(length)]
    size = sum(steps[1:], steps[0])
    return size - _student_exponent(df, square, length, e.log1p(square / df)) - 0.5 * length * log(2 * pi)


def student_density(df: Any, t: Any) -> Any:
    """The density of Student's t distribution."""
    return e.exp(student_log_density(df, t))


def _share(df: Any, t: Any) -> Any:
    return t * t / (df + t * t)


def _student_slope(df: Any, t: Any) -> Any:
    """The derivative in df of ``stdtr(df, t)`` = (1 + sign(t) I(1/2, df/2; t^2 / (df + t^2))) / 2."""
    slope = betainc_slope(0, 1)(_half(df), df / 2, _share(df, t))
    return e.sign(t) / 4 * slope - t / (2 * df) * student_density(df, t)


def _student_density_by_df(df: Any, t: Any) -> Any:
    """The derivative in df of the density, which is that in t of the slope."""
    fall = (df + 1) * t * t / (df * (df + t * t))
    return 0.5 * student_density(df, t) * (_student_bell(df, t) - 1 / df + fall)


def _student_bell(df: Any, t: Any) -> Any:
    return digamma(df / 2 + 0.5) - digamma(df / 2) - e.log1p(t * t / df)


def _student_slope_by_df(df: Any, t: Any) -> Any:
    curve = e.sign(t) / 8 * betainc_slope(0, 2)(_half(df), df / 2, _share(df, t))
    density, change = student_density(df, t), _student_density_by_df(df, t)
    return curve - t / (2 * df) * (density * (0.5 * _student_bell(df, t) - 1 / df) + change)


student_slope: Final = elementwise(
    "student_slope", _student_slope, ("df", "t"), _student_slope_by_df, _student_density_by_df
)
"""A primitive of its own, since the incomplete beta function has no derivatives at t = 0, where it is smooth."""

stdtr: Final = special("stdtr", ("df", "t"), lambda df, t: student_slope(df, t), student_density)
stdtrit: Final = special(
    "stdtrit",
    ("df", "p"),
    lambda df, out: -student_slope(df, out) / student_density(df, out),
    lambda df, out: 1 / student_density(df, out),
)
