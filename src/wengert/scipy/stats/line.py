"""Densities on the whole line."""

from __future__ import annotations

from math import log, pi
from typing import Any

from ...ops import bessel as b, elementwise as e, gamma as g, incomplete as i, special as s
from .distribution import Continuous

HALF_LOG_TWO_PI = 0.5 * log(2 * pi)


class Norm(Continuous):
    """The normal distribution."""

    def _logpdf(self, y: Any) -> Any:
        return -0.5 * e.square(y) - HALF_LOG_TWO_PI

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

    shapes = ("df",)

    def _logpdf(self, y: Any, df: Any) -> Any:
        half = df / 2
        size = g.gammaln(half + 0.5) - g.gammaln(half) - 0.5 * e.log_of(pi * df)
        return size - (half + 0.5) * e.log1p(e.square(y) / df)

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
        tail = 0.5 * e.exp(-e.absolute(y))
        return e.where(e.less(y, 0), tail, 1 - tail)

    def _sf(self, y: Any) -> Any:
        return self._cdf(-y)

    def _logcdf(self, y: Any) -> Any:
        return e.where(e.less(y, 0), y - log(2), e.log1p(-0.5 * e.exp(-e.absolute(y))))

    def _logsf(self, y: Any) -> Any:
        return self._logcdf(-y)

    def _ppf(self, q: Any) -> Any:
        return e.where(e.less(q, 0.5), e.log_of(2 * q), -e.log_of(2 * (1 - q)))

    def _isf(self, q: Any) -> Any:
        return -self._ppf(q)


class Logistic(Continuous):
    """The logistic distribution."""

    def _logpdf(self, y: Any) -> Any:
        return s.log_expit(y) + s.log_expit(-y)

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
        return -log(pi) - e.log1p(e.square(y))

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

    def _logsf(self, y: Any) -> Any:
        return gumbel_r._logcdf(-y)

    def _ppf(self, q: Any) -> Any:
        return -gumbel_r._isf(q)

    def _isf(self, q: Any) -> Any:
        return -gumbel_r._ppf(q)


class Vonmises(Continuous):
    """The von Mises distribution on the circle, periodic as in SciPy; of it only the density."""

    shapes = ("kappa",)

    def _logpdf(self, y: Any, kappa: Any) -> Any:
        return kappa * s.cosm1(y) - e.log_of(2 * pi * b.i0e(kappa))

    def _valid(self, *shapes: Any) -> list[Any]:
        return [e.greater_equal(shapes[0], 0)]


norm = Norm()
t = T()
laplace = Laplace()
logistic = Logistic()
cauchy = Cauchy()
gumbel_r = Gumbel_r()
gumbel_l = Gumbel_l()
vonmises = Vonmises()
