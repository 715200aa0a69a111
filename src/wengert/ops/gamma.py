"""The gamma function and its relatives."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy

from . import elementwise as e
from .linear_maps import NOT_DIFFERENTIABLE, NOT_WRITTEN, missing
from .scipy_functions import scipy_function, special

_X = ("x",)
_AB = ("a", "b")


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)


_FARTHEST = -1e4
"""Left of this the Hurwitz zeta function of a complex argument takes too many steps, and is NaN."""


def _zeta(x: Any, q: Any) -> Any:
    return _complex_zeta(x, q) if numpy.asarray(q).dtype.kind == "c" else scipy_function("zeta")(x, q)


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


zeta = e.elementwise(
    "zeta",
    _zeta,
    ("x", "q"),
    missing(NOT_WRITTEN, "the derivative of the Hurwitz zeta function in its exponent"),
    lambda x, q: -x * zeta(x + 1, q),
)
"""``zeta(x, q)``: the sum over k >= 0 of 1 / (k + q)^x."""

riemann_zeta = e.elementwise(
    "zeta",
    scipy_function("zeta"),
    _X,
    missing(NOT_WRITTEN, "the derivative of the Riemann zeta function"),
)

# -- logarithmic derivatives -----------------------------------------------------------------------


digamma = special("digamma", _X, lambda x: zeta(2, x))


def _polygamma(n: Any, x: Any) -> Any:
    """SciPy's, in the dtype of `x` instead of always in double precision."""
    return scipy_function("polygamma")(n, x).astype(numpy.result_type(numpy.asarray(x).dtype, numpy.float32))


polygamma = e.elementwise(
    "polygamma",
    _polygamma,
    ("n", "x"),
    missing(NOT_DIFFERENTIABLE, "it counts how often digamma is differentiated"),
    lambda n, x: polygamma(n + 1, x),
)

gamma = special("gamma", _X, lambda x, out: out * digamma(x))
gammaln = special("gammaln", _X, lambda x: digamma(x))
loggamma = special("loggamma", _X, lambda x: digamma(x))
gammasgn = special("gammasgn", _X, None)


def _rgamma_slope(x: Any) -> Any:
    """-digamma(x) / gamma(x), and left of 1/2 its reflection, which is finite at the poles of gamma.

    There 1 / gamma(x) = sin(pi x) gamma(1 - x) / pi (DLMF 5.5.3).
    """
    angle, mirrored = pi * x, 1 - x
    reflected = gamma(mirrored) * (e.cos(angle) - e.sin(angle) / pi * digamma(mirrored))
    return e.where(e.less(e.real_part(x), 0.5), reflected, -rgamma(x) * digamma(x))


rgamma = special("rgamma", _X, _rgamma_slope)

factorial = e.elementwise(
    "factorial", scipy_function("factorial"), ("n",), lambda n, out: e.where(e.less(n, 0), 0, out * digamma(n + 1))
)
"""``factorial(n)`` = gamma(n + 1), and 0 for negative n; in double precision."""

# -- two arguments ---------------------------------------------------------------------------------

beta = special(
    "beta",
    _AB,
    lambda a, b, out: out * (digamma(a) - digamma(a + b)),
    lambda a, b, out: out * (digamma(b) - digamma(a + b)),
)
betaln = special("betaln", _AB, lambda a, b: digamma(a) - digamma(a + b), lambda a, b: digamma(b) - digamma(a + b))


def _binom_by_rest(n: Any, k: Any, out: Any) -> Any:
    """The part of the derivatives that comes from 1 / gamma(n - k + 1), which is finite at the poles of gamma."""
    rest = n - k + 1
    at_poles = gamma(n + 1) * rgamma(k + 1) * _rgamma_slope(rest)
    return e.where(e.greater(rest, 0), -out * digamma(rest), at_poles)


binom = special(
    "binom",
    ("n", "k"),
    lambda n, k, out: _binom_by_rest(n, k, out) + out * digamma(n + 1),
    lambda n, k, out: -_binom_by_rest(n, k, out) - out * digamma(k + 1),
)

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
