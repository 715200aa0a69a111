"""The gamma function and its relatives."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial as whole_factorial, pi
from typing import Any, Final

import numpy

from .. import elementwise as e
from ..linear_maps import NOT_DIFFERENTIABLE, NOT_WRITTEN, missing
from .by_scipy import floating, scipy_function, special

_X = ("x",)
_AB = ("a", "b")


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)


_FARTHEST = -1e4
"""Left of this the Hurwitz zeta function of a complex argument takes too many steps, and is NaN."""


_REFLECTED = -10.0
"""Left of this the Hurwitz zeta function of a real argument is found by its reflection, not by adding terms."""


def _zeta(x: Any, q: Any) -> Any:
    if numpy.asarray(q).dtype.kind == "c":
        return _complex_zeta(x, q)
    if not numpy.any(numpy.less(q, _REFLECTED)):
        return scipy_function("zeta")(x, q)
    return _reflecting_zeta(*numpy.broadcast_arrays(x, q)).astype(floating(x, q))[()]


def _reflecting_zeta(x: Any, q: Any) -> Any:
    """Left of the origin for whole x = n + 1 by the n-th derivative of pi cot(pi q) (DLMF 5.15.6, 25.11.12)."""
    order = numpy.where((x == numpy.floor(x)) & (x > 1), x - 1, 0).astype(int)
    left = (q < _REFLECTED) & (q != numpy.floor(q)) & (order > 0)
    out = numpy.asarray(scipy_function("zeta")(x, numpy.where(left, 1 - q, numpy.where(q < _REFLECTED, -1, q))))
    for n in numpy.unique(order[left]):
        here = left & (order == n)
        slope = _cotangent_slope(int(n), q[here].astype(numpy.float64)) / whole_factorial(int(n))
        out[here] = (-1.0) ** n * (slope + out[here])
    return out


def _cotangent_slope(n: int, x: Any) -> Any:
    """The n-th derivative of pi cot(pi x), a polynomial in the cotangent."""
    cotangent = 1 / numpy.tan(pi * (x - numpy.rint(x)))
    polynomial = numpy.polynomial.Polynomial([0.0, 1.0])
    for _ in range(n):
        polynomial = polynomial.deriv() * numpy.polynomial.Polynomial([-1.0, 0.0, -1.0])
    return pi ** (n + 1) * polynomial(cotangent)


def _complex_zeta(x: Any, q: Any) -> Any:
    """Of complex q, which SciPy has not, by the Euler-Maclaurin formula from Re q > 12 + x on (DLMF 25.11.5)."""
    precision = q.dtype
    q = numpy.where(q.real > _FARTHEST, q, numpy.nan).astype(numpy.complex128)
    total = numpy.zeros_like(q + x)
    while (near := q.real < 12 + numpy.max(x)).any():
        total = total + numpy.where(near, q**-x, 0)
        q = numpy.where(near, q + 1, q)
    total = total + q ** (1 - x) / (x - 1) + 0.5 * q**-x
    term = x * q ** (-x - 1) / 2
    for j, number in enumerate(_BERNOULLI, start=1):
        total = total + number * term
        term = term * (x + 2 * j - 1) * (x + 2 * j) / ((2 * j + 1) * (2 * j + 2)) / (q * q)
    return total.astype(precision)[()]


zeta: Final = e.elementwise(
    "zeta",
    _zeta,
    ("x", "q"),
    missing(NOT_WRITTEN, "the derivative of the Hurwitz zeta function in its exponent"),
    lambda x, q: -x * zeta(x + 1, q),
)
"""``zeta(x, q)``: the sum over k >= 0 of 1 / (k + q)^x."""

riemann_zeta: Final = e.elementwise(
    "zeta",
    scipy_function("zeta"),
    _X,
    missing(NOT_WRITTEN, "the derivative of the Riemann zeta function"),
)

# -- logarithmic derivatives -----------------------------------------------------------------------


def _polygamma(n: Any, x: Any) -> Any:
    """As SciPy from the Hurwitz zeta function, in the dtype of `x` instead of always in double precision."""
    n, x = numpy.broadcast_arrays(n, x)
    sign = numpy.where(n % 2 == 1, 1.0, -1.0)
    later = sign * scipy_function("gamma")(n + 1.0) * _zeta(n + 1.0, numpy.where(n == 0, 1, x).astype(numpy.float64))
    out = numpy.where(n == 0, scipy_function("psi")(x), later)
    return out.astype(numpy.result_type(x.dtype, numpy.float32))[()]


polygamma: Final = e.elementwise(
    "polygamma",
    _polygamma,
    ("n", "x"),
    missing(NOT_DIFFERENTIABLE, "it counts how often digamma is differentiated"),
    lambda n, x: polygamma(n + 1, x),
)

digamma: Final = special("digamma", _X, lambda x: zeta(2, x))

gamma: Final = special("gamma", _X, lambda x, out: out * digamma(x))
gammaln: Final = special("gammaln", _X, lambda x: digamma(x))
loggamma: Final = special("loggamma", _X, lambda x: digamma(x))
gammasgn: Final = special("gammasgn", _X, None)


def _rgamma_slope(x: Any) -> Any:
    """-digamma(x) / gamma(x), and left of 1/2 its reflection, which is finite at the poles of gamma.

    There 1 / gamma(x) = sin(pi x) gamma(1 - x) / pi (DLMF 5.5.3).
    """
    angle, mirrored = pi * x, 1 - x
    reflected = gamma(mirrored) * (e.cos(angle) - e.sin(angle) / pi * digamma(mirrored))
    return e.where(e.less(e.real_part(x), 0.5), reflected, -rgamma(x) * digamma(x))


rgamma: Final = special("rgamma", _X, _rgamma_slope)

factorial: Final = e.elementwise(
    "factorial", scipy_function("factorial"), ("n",), lambda n, out: e.where(e.less(n, 0), 0, out * digamma(n + 1))
)
"""``factorial(n)`` = gamma(n + 1), and 0 for negative n; in double precision."""

# -- rises from a to a + b ---------------------------------------------------------------------------

_SHIFT = 10
"""So far up Stirling's series is exact to rounding."""

_RISE_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _power_rise(power: int, a: Any, step: Any) -> Any:
    """(a + b)^-power - a^-power, where `step` is log1p(b / a)."""
    return a**-power * numpy.expm1(-power * step)


def _shifted_rise(rise: Any, lost: Callable[[Any], Any], a: Any, b: Any) -> Any:
    """The rise from a + 10, and what was lost on the way there, one by one."""
    with numpy.errstate(all="ignore"):
        total = rise(a + _SHIFT)
        for j in range(_SHIFT):
            total = total + lost(a + j)
    return total


def _from_positive(function: Callable[[Any, Any], Any], otherwise: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """A rise where both ends are positive, and elsewhere the difference."""

    def evaluate(a: Any, b: Any) -> Any:
        dtype = floating(a, b)
        a, b = (v.astype(numpy.float64) for v in numpy.broadcast_arrays(a, b))
        inside = (a > 0) & (a + b > 0)
        out = numpy.asarray(function(numpy.where(inside, a, 1.0), numpy.where(inside, b, 1.0)))
        if not inside.all():
            with numpy.errstate(invalid="ignore"):
                out = numpy.where(inside, out, otherwise(a + b) - otherwise(a))
        return out.astype(dtype)[()]

    return evaluate


def _gammaln_rise(a: Any, b: Any) -> Any:
    def far(x: Any) -> Any:
        step = numpy.log1p(b / x)
        total = (x - 0.5) * step + b * numpy.log(x + b) - b
        for k, number in enumerate(_RISE_BERNOULLI, start=1):
            total = total + number / (2 * k * (2 * k - 1)) * _power_rise(2 * k - 1, x, step)
        return total

    return _shifted_rise(far, lambda x: -numpy.log1p(b / x), a, b)


def _polygamma_rise(n: int, a: Any, b: Any) -> Any:
    """By the derivatives of Stirling's series (DLMF 5.11.2, 5.15.9), term by term."""
    sign = (-1) ** (n + 1)

    def far(x: Any) -> Any:
        step = numpy.log1p(b / x)
        first = step if n == 0 else sign * whole_factorial(n - 1) * _power_rise(n, x, step)
        total = first + sign * whole_factorial(n) / 2 * _power_rise(n + 1, x, step)
        for k, number in enumerate(_RISE_BERNOULLI, start=1):
            weight = sign * number * whole_factorial(2 * k + n - 1) / whole_factorial(2 * k)
            total = total + weight * _power_rise(2 * k + n, x, step)
        return total

    return _shifted_rise(far, lambda x: sign * whole_factorial(n) * _power_rise(n + 1, x, numpy.log1p(b / x)), a, b)


def _rise_of_order(n: Any, a: Any, b: Any) -> Any:
    n = int(n)
    return _from_positive(lambda a, b: _polygamma_rise(n, a, b), lambda x: _polygamma(n, x))(a, b)


polygamma_rise: Final = e.elementwise(
    "polygamma_rise",
    _rise_of_order,
    ("n", "a", "b"),
    missing(NOT_DIFFERENTIABLE, "it counts how often digamma is differentiated"),
    lambda n, a, b: polygamma_rise(n + 1, a, b),
    lambda n, a, b: polygamma(n + 1, a + b),
)
"""``polygamma_rise(n, a, b)``: polygamma(n, a + b) - polygamma(n, a), also where b is small beside a."""

_gammaln_rise_of = _from_positive(_gammaln_rise, scipy_function("gammaln"))

gammaln_rise: Final = e.elementwise(
    "gammaln_rise",
    _gammaln_rise_of,
    _AB,
    lambda a, b: polygamma_rise(0, a, b),
    lambda a, b: digamma(a + b),
)
"""``gammaln_rise(a, b)``: gammaln(a + b) - gammaln(a), also where b is small beside a."""

# -- two arguments ---------------------------------------------------------------------------------

beta: Final = special(
    "beta", _AB, lambda a, b, out: -out * polygamma_rise(0, a, b), lambda a, b, out: -out * polygamma_rise(0, b, a)
)


def _betaln(a: Any, b: Any) -> Any:
    """SciPy's where both are small, or where one is not positive; else by the rise from the larger argument."""
    low, high = numpy.minimum(a, b), numpy.maximum(a, b)
    is_far = numpy.greater(low, 0) & numpy.greater(high, _SHIFT) & numpy.less(high, numpy.inf)
    if not numpy.any(is_far):
        return scipy_function("betaln")(a, b)
    far = scipy_function("gammaln")(low) - _gammaln_rise_of(high, numpy.where(is_far, low, high))
    return far if numpy.all(is_far) else numpy.where(is_far, far, scipy_function("betaln")(a, b))


betaln: Final = e.elementwise(
    "betaln", _betaln, _AB, lambda a, b: -polygamma_rise(0, a, b), lambda a, b: -polygamma_rise(0, b, a)
)


def _binom_by_n(n: Any, k: Any, out: Any) -> Any:
    """Where n - k + 1 is no pole of gamma, by a rise; else the derivative of its reciprocal there."""
    rest = n - k + 1
    inside = e.greater(rest, 0)
    at_poles = _binom_at_poles(n, k, rest) + out * digamma(n + 1)
    return e.where(inside, out * polygamma_rise(0, e.where(inside, rest, 1), k), at_poles)


def _binom_by_k(n: Any, k: Any, out: Any) -> Any:
    rest = n - k + 1
    by_rest = e.where(e.greater(rest, 0), -out * digamma(rest), _binom_at_poles(n, k, rest))
    return -by_rest - out * digamma(k + 1)


def _binom_at_poles(n: Any, k: Any, rest: Any) -> Any:
    """What 1 / gamma(n - k + 1) moves, which is finite at the poles of gamma."""
    return gamma(n + 1) * rgamma(k + 1) * _rgamma_slope(rest)


binom: Final = special("binom", ("n", "k"), _binom_by_n, _binom_by_k)

# -- for the saddle point expansion of densities ---------------------------------------------------

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
"""DLMF 5.11.1."""


def log_gamma_correction(a: Any) -> Any:
    """Raw: what Stirling's formula leaves, log Gamma(a + 1) - (a + 1/2) log(a) + a - log(2 pi) / 2."""
    large = numpy.where(a < 10, 10, a)
    series = 1 / large * numpy.polynomial.polynomial.polyval(1 / large**2, _STIRLING)
    small = numpy.where(a < 10, a, 1)
    direct = scipy_function("gammaln")(small + 1) - (small + 0.5) * numpy.log(small) + small - 0.5 * numpy.log(2 * pi)
    return numpy.where(a < 10, direct, series)
