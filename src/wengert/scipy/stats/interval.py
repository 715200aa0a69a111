"""Densities on an interval."""

from __future__ import annotations

from typing import Any

from ...ops import elementwise as e, gamma as g, incomplete as i, special as s
from .distribution import Continuous
from .line import HALF_LOG_TWO_PI


class Uniform(Continuous):
    """The uniform distribution from `loc` to ``loc + scale``."""

    support = (0, 1)

    def _logpdf(self, y: Any) -> Any:
        return 0 * y

    def _cdf(self, y: Any) -> Any:
        return y

    def _ppf(self, q: Any) -> Any:
        return q


class Beta(Continuous):
    """The beta distribution."""

    shapes = ("a", "b")
    support = (0, 1)

    def _logpdf(self, y: Any, a: Any, b: Any) -> Any:
        return s.xlogy(a - 1, y) + s.xlog1py(b - 1, -y) - g.betaln(a, b)

    def _cdf(self, y: Any, a: Any, b: Any) -> Any:
        return i.betainc(a, b, y)

    def _sf(self, y: Any, a: Any, b: Any) -> Any:
        return i.betaincc(a, b, y)

    def _ppf(self, q: Any, a: Any, b: Any) -> Any:
        return i.betaincinv(a, b, q)

    def _isf(self, q: Any, a: Any, b: Any) -> Any:
        return i.betainccinv(a, b, q)


def _log_mass(low: Any, high: Any) -> Any:
    """The logarithm of the probability that a standard normal variable lies between these, also far out in a tail."""
    upper = e.greater(low, 0)
    low, high = e.where(upper, -high, low), e.where(upper, -low, high)
    far, near = s.log_ndtr(low), s.log_ndtr(high)
    in_tail = near + e.log1p(-e.exp(far - near))
    across = e.log1p(-s.ndtr(low) - s.ndtr(-high))
    return e.where(e.greater(high, 0), across, in_tail)


class Truncnorm(Continuous):
    """The normal distribution between `a` and `b`, which are in units of `scale` from `loc`."""

    shapes = ("a", "b")

    def _support(self, *shapes: Any) -> tuple[Any, Any]:
        return shapes[0], shapes[1]

    def _valid(self, *shapes: Any) -> list[Any]:
        return [e.less(shapes[0], shapes[1])]

    def _logpdf(self, y: Any, a: Any, b: Any) -> Any:
        return -0.5 * e.square(y) - HALF_LOG_TWO_PI - _log_mass(a, b)

    def _cdf(self, y: Any, a: Any, b: Any) -> Any:
        return e.exp(self._logcdf(y, a, b))

    def _sf(self, y: Any, a: Any, b: Any) -> Any:
        return e.exp(self._logsf(y, a, b))

    def _logcdf(self, y: Any, a: Any, b: Any) -> Any:
        return _log_mass(a, y) - _log_mass(a, b)

    def _logsf(self, y: Any, a: Any, b: Any) -> Any:
        return _log_mass(y, b) - _log_mass(a, b)

    def _ppf(self, q: Any, a: Any, b: Any) -> Any:
        """By adding up probabilities from the end that is farther out."""
        mass = _log_mass(a, b)
        from_below = s.ndtri_exp(e.logaddexp(s.log_ndtr(a), e.log_of(q) + mass))
        from_above = -s.ndtri_exp(e.logaddexp(s.log_ndtr(-b), e.log1p(-q) + mass))
        return e.where(e.greater(a, 0), from_above, from_below)

    def _isf(self, q: Any, a: Any, b: Any) -> Any:
        return -self._ppf(q, -b, -a)


uniform = Uniform()
beta = Beta()
truncnorm = Truncnorm()
