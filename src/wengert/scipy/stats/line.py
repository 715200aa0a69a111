"""Densities on the whole line."""

from __future__ import annotations

from math import log, pi, sqrt
from typing import Any, Final

import numpy

from ...ops import elementwise as e
from ...ops.special import bessel as b, incomplete as i, statistical as s
from .distribution import Continuous

HALF_LOG_TWO_PI = 0.5 * log(2 * pi)

NODES, WEIGHTS = numpy.polynomial.legendre.leggauss(64)
"""Of a quadrature over [-1, 1]: exact to rounding for a normal density up to `FAR`."""
FAR, LEAST_KAPPA = 9.0, 1e-3
"""In standard deviations of a normal distribution of variance 1 / kappa."""


class Norm(Continuous):
    """The normal distribution."""

    def _logpdf(self, y: Any) -> Any:
        return -0.5 * e.square(y) - HALF_LOG_TWO_PI

    def _pdf(self, y: Any) -> Any:
        return s.exp_of_square(y, -0.5) / sqrt(2 * pi)

    def _cdf(self, y: Any) -> Any:
        return s.ndtr(y)

    def _sf(self, y: Any) -> Any:
        return s.ndtr(-y)

    def _logcdf(self, y: Any) -> Any:
        return s.log_ndtr(y)

    def _logsf(self, y: Any) -> Any:
        return s.log_ndtr(-y)

    def _ppf(self, q: Any) -> Any:
        return s.ndtri(q)

    def _isf(self, q: Any) -> Any:
        return -s.ndtri(q)


class T(Continuous):
    """Student's t distribution with `df` degrees of freedom."""

    shapes: tuple[str, ...] = ("df",)

    def _logpdf(self, y: Any, df: Any) -> Any:
        return i.student_log_density(df, y)

    def _cdf(self, y: Any, df: Any) -> Any:
        return i.stdtr(df, y)

    def _sf(self, y: Any, df: Any) -> Any:
        return i.stdtr(df, -y)

    def _ppf(self, q: Any, df: Any) -> Any:
        return i.stdtrit(df, q)

    def _isf(self, q: Any, df: Any) -> Any:
        return -i.stdtrit(df, q)


class Laplace(Continuous):
    """The Laplace (double exponential) distribution."""

    def _logpdf(self, y: Any) -> Any:
        return -e.absolute(y) - log(2)

    def _cdf(self, y: Any) -> Any:
        return self._sf(-y)

    def _sf(self, y: Any) -> Any:
        above, below = self._halves(y)
        return e.where(e.less(y, 0), 1 - 0.5 * e.exp(below), 0.5 * e.exp(-above))

    def _logcdf(self, y: Any) -> Any:
        return self._logsf(-y)

    def _logsf(self, y: Any) -> Any:
        above, below = self._halves(y)
        return e.where(e.less(y, 0), e.log1p(-0.5 * e.exp(below)), -above - log(2))

    def _halves(self, y: Any) -> tuple[Any, Any]:
        """y on its own side of 0, and 0 on the other: smooth where the two sides meet, as ``|y|`` is not."""
        is_below = e.less(y, 0)
        return e.where(is_below, 0, y), e.where(is_below, y, 0)

    def _ppf(self, q: Any) -> Any:
        return e.where(e.less(q, 0.5), e.log_of(2 * q), -e.log_of(2 * (1 - q)))

    def _isf(self, q: Any) -> Any:
        return -self._ppf(q)


class Logistic(Continuous):
    """The logistic distribution."""

    def _logpdf(self, y: Any) -> Any:
        return -2 * s.log_two_cosh(0.5 * y)

    def _cdf(self, y: Any) -> Any:
        return s.expit(y)

    def _sf(self, y: Any) -> Any:
        return s.expit(-y)

    def _logcdf(self, y: Any) -> Any:
        return s.log_expit(y)

    def _logsf(self, y: Any) -> Any:
        return s.log_expit(-y)

    def _ppf(self, q: Any) -> Any:
        return s.logit(q)

    def _isf(self, q: Any) -> Any:
        return -s.logit(q)


class Cauchy(Continuous):
    """The Cauchy distribution."""

    def _logpdf(self, y: Any) -> Any:
        return -log(pi) - i.log1p_square(y)

    def _cdf(self, y: Any) -> Any:
        return e.arctan2(e.ones_like(y), -y) / pi

    def _sf(self, y: Any) -> Any:
        return self._cdf(-y)

    def _ppf(self, q: Any) -> Any:
        return -1 / e.tan(pi * q)

    def _isf(self, q: Any) -> Any:
        return -self._ppf(q)


class Gumbel_r(Continuous):  # noqa: N801 - the name in SciPy
    """The distribution of the greatest of many (Gumbel)."""

    def _logpdf(self, y: Any) -> Any:
        return -y - e.exp(-y)

    def _cdf(self, y: Any) -> Any:
        return e.exp(-e.exp(-y))

    def _sf(self, y: Any) -> Any:
        return -e.expm1(-e.exp(-y))

    def _logcdf(self, y: Any) -> Any:
        return -e.exp(-y)

    def _logsf(self, y: Any) -> Any:
        """Above 0 as -y and the little that is added there, so that its derivatives are not lost beside those of y."""
        is_above = e.greater(y, 0)
        above, below = e.where(is_above, y, 0), e.where(is_above, 0, y)
        return e.where(is_above, e.log_of(s.exprel(-e.exp(-above))) - above, e.log1p(-e.exp(-e.exp(-below))))

    def _ppf(self, q: Any) -> Any:
        return -e.log_of(-e.log_of(q))

    def _isf(self, q: Any) -> Any:
        return -e.log_of(-e.log1p(-q))


class Gumbel_l(Continuous):  # noqa: N801
    """The distribution of the least of many: the mirror image of `gumbel_r`."""

    def _logpdf(self, y: Any) -> Any:
        return gumbel_r._logpdf(-y)

    def _cdf(self, y: Any) -> Any:
        return gumbel_r._sf(-y)

    def _sf(self, y: Any) -> Any:
        return gumbel_r._cdf(-y)

    def _logcdf(self, y: Any) -> Any:
        return gumbel_r._logsf(-y)

    def _logsf(self, y: Any) -> Any:
        return gumbel_r._logcdf(-y)

    def _ppf(self, q: Any) -> Any:
        return -gumbel_r._isf(q)

    def _isf(self, q: Any) -> Any:
        return -gumbel_r._ppf(q)


class Vonmises(Continuous):
    """The von Mises distribution on the circle, periodic as in SciPy: each turn adds 1 to the distribution function."""

    shapes: tuple[str, ...] = ("kappa",)
    may_be_zero = True

    def _logpdf(self, y: Any, kappa: Any) -> Any:
        return kappa * s.cosm1(y) - e.log_of(2 * pi * b.i0e(kappa))

    def _cdf(self, y: Any, kappa: Any) -> Any:
        """A half, and the integral of the density from 0, by Gauss and Legendre, as far as there is any density."""
        turns = e.rint(y / (2 * pi))
        angle = y - 2 * pi * turns
        end = e.minimum(e.absolute(angle), FAR / e.sqrt(e.maximum(kappa, LEAST_KAPPA)))
        at = 0.5 * end[..., None] * (NODES.astype(y.dtype) + 1)
        values = (e.exp(kappa[..., None] * s.cosm1(at)) * WEIGHTS.astype(y.dtype)).sum(axis=-1)
        return turns + 0.5 + 0.5 * e.sign(angle) * end * values / (2 * pi * b.i0e(kappa))


norm: Final = Norm()
t: Final = T()
laplace: Final = Laplace()
logistic: Final = Logistic()
cauchy: Final = Cauchy()
gumbel_r: Final = Gumbel_r()
gumbel_l: Final = Gumbel_l()
vonmises: Final = Vonmises()
