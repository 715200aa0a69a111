"""Densities on a half line."""

from __future__ import annotations

from math import inf, log, pi, sqrt
from typing import Any, Final

from ...ops import elementwise as e
from ...ops.special import gamma as g, incomplete as i, statistical as s
from .distribution import Continuous
from .line import HALF_LOG_TWO_PI


class Expon(Continuous):
    """The exponential distribution."""

    support: tuple[float, float] | None = (0, inf)

    def _logpdf(self, y: Any) -> Any:
        return -y

    def _cdf(self, y: Any) -> Any:
        return -e.expm1(-y)

    def _sf(self, y: Any) -> Any:
        return e.exp(-y)

    def _logsf(self, y: Any) -> Any:
        return -y

    def _ppf(self, q: Any) -> Any:
        return -e.log1p(-q)

    def _isf(self, q: Any) -> Any:
        return -e.log_of(q)


class Gamma(Continuous):
    """The gamma distribution with shape `a`."""

    shapes: tuple[str, ...] = ("a",)
    support: tuple[float, float] | None = (0, inf)

    def _logpdf(self, y: Any, a: Any) -> Any:
        return s.xlogy(a - 1, y) - y - g.gammaln(a)

    def _pdf(self, y: Any, a: Any) -> Any:
        return i.gamma_density(a, y)

    def _cdf(self, y: Any, a: Any) -> Any:
        return i.gammainc(a, y)

    def _sf(self, y: Any, a: Any) -> Any:
        return i.gammaincc(a, y)

    def _ppf(self, q: Any, a: Any) -> Any:
        return i.gammaincinv(a, q)

    def _isf(self, q: Any, a: Any) -> Any:
        return i.gammainccinv(a, q)


class Chi2(Continuous):
    """The chi-squared distribution with `df` degrees of freedom: twice a gamma variable of shape df / 2."""

    shapes: tuple[str, ...] = ("df",)
    support: tuple[float, float] | None = (0, inf)

    def _logpdf(self, y: Any, df: Any) -> Any:
        return gamma._logpdf(y / 2, df / 2) - log(2)

    def _pdf(self, y: Any, df: Any) -> Any:
        return 0.5 * i.gamma_density(df / 2, y / 2)

    def _cdf(self, y: Any, df: Any) -> Any:
        return i.gammainc(df / 2, y / 2)

    def _sf(self, y: Any, df: Any) -> Any:
        return i.gammaincc(df / 2, y / 2)

    def _ppf(self, q: Any, df: Any) -> Any:
        return 2 * i.gammaincinv(df / 2, q)

    def _isf(self, q: Any, df: Any) -> Any:
        return 2 * i.gammainccinv(df / 2, q)


class Invgamma(Continuous):
    """The distribution of the reciprocal of a gamma variable of shape `a`."""

    shapes: tuple[str, ...] = ("a",)
    support: tuple[float, float] | None = (0, inf)
    open_below = True

    def _logpdf(self, y: Any, a: Any) -> Any:
        return -(a + 1) * e.log_of(y) - g.gammaln(a) - 1 / y

    def _cdf(self, y: Any, a: Any) -> Any:
        return i.gammaincc(a, 1 / y)

    def _sf(self, y: Any, a: Any) -> Any:
        return i.gammainc(a, 1 / y)

    def _ppf(self, q: Any, a: Any) -> Any:
        return 1 / i.gammainccinv(a, q)

    def _isf(self, q: Any, a: Any) -> Any:
        return 1 / i.gammaincinv(a, q)


class Lognorm(Continuous):
    """The distribution of exp(s z), z standard normal."""

    shapes: tuple[str, ...] = ("s",)
    support: tuple[float, float] | None = (0, inf)
    open_below = True

    def _logpdf(self, y: Any, sigma: Any) -> Any:
        logarithm = e.log_of(y)
        return -0.5 * e.square(logarithm / sigma) - logarithm - e.log_of(sigma) - HALF_LOG_TWO_PI

    def _cdf(self, y: Any, sigma: Any) -> Any:
        return s.ndtr(e.log_of(y) / sigma)

    def _sf(self, y: Any, sigma: Any) -> Any:
        return s.ndtr(-e.log_of(y) / sigma)

    def _logcdf(self, y: Any, sigma: Any) -> Any:
        return s.log_ndtr(e.log_of(y) / sigma)

    def _logsf(self, y: Any, sigma: Any) -> Any:
        return s.log_ndtr(-e.log_of(y) / sigma)

    def _ppf(self, q: Any, sigma: Any) -> Any:
        return e.exp(sigma * s.ndtri(q))

    def _isf(self, q: Any, sigma: Any) -> Any:
        return e.exp(-sigma * s.ndtri(q))


class Halfnorm(Continuous):
    """The distribution of the absolute value of a standard normal variable."""

    support: tuple[float, float] | None = (0, inf)

    def _logpdf(self, y: Any) -> Any:
        return 0.5 * log(2 / pi) - 0.5 * e.square(y)

    def _cdf(self, y: Any) -> Any:
        return s.erf(y / sqrt(2))

    def _sf(self, y: Any) -> Any:
        return s.erfc(y / sqrt(2))

    def _logsf(self, y: Any) -> Any:
        near = e.less(y, 1)
        return e.where(near, e.log1p(-self._cdf(e.where(near, y, 0))), log(2) + s.log_ndtr(-y))

    def _ppf(self, q: Any) -> Any:
        return sqrt(2) * s.erfinv(q)

    def _isf(self, q: Any) -> Any:
        return sqrt(2) * s.erfcinv(q)


class Weibull_min(Continuous):  # noqa: N801 - the name in SciPy
    """The Weibull distribution with shape `c`."""

    shapes: tuple[str, ...] = ("c",)
    support: tuple[float, float] | None = (0, inf)

    def _logpdf(self, y: Any, c: Any) -> Any:
        return e.log_of(c) + s.xlogy(c - 1, y) - e.power(y, c)

    def _pdf(self, y: Any, c: Any) -> Any:
        return c * e.power(y, c - 1) * e.exp(-e.power(y, c))

    def _cdf(self, y: Any, c: Any) -> Any:
        return -e.expm1(-e.power(y, c))

    def _sf(self, y: Any, c: Any) -> Any:
        return e.exp(-e.power(y, c))

    def _logsf(self, y: Any, c: Any) -> Any:
        return -e.power(y, c)

    def _ppf(self, q: Any, c: Any) -> Any:
        return e.power(-e.log1p(-q), 1 / c)

    def _isf(self, q: Any, c: Any) -> Any:
        return e.power(-e.log_of(q), 1 / c)


class Pareto(Continuous):
    """The Pareto distribution with exponent `b`, from 1 upwards."""

    shapes: tuple[str, ...] = ("b",)
    support: tuple[float, float] | None = (1, inf)
    inner: Final = 2.0

    def _logpdf(self, y: Any, b: Any) -> Any:
        return e.log_of(b) - (b + 1) * e.log_of(y)

    def _cdf(self, y: Any, b: Any) -> Any:
        return -e.expm1(-b * e.log_of(y))

    def _sf(self, y: Any, b: Any) -> Any:
        return e.power(y, -b)

    def _logsf(self, y: Any, b: Any) -> Any:
        return -b * e.log_of(y)

    def _ppf(self, q: Any, b: Any) -> Any:
        return e.exp(-e.log1p(-q) / b)

    def _isf(self, q: Any, b: Any) -> Any:
        return e.power(q, -1 / b)


expon: Final = Expon()
gamma: Final = Gamma()
chi2: Final = Chi2()
invgamma: Final = Invgamma()
lognorm: Final = Lognorm()
halfnorm: Final = Halfnorm()
weibull_min: Final = Weibull_min()
pareto: Final = Pareto()
