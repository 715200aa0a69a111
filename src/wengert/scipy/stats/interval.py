"""Densities on an interval."""

from __future__ import annotations

from math import log
from typing import Any, Final

import numpy

from ...ops import elementwise as e
from ...ops.special import gamma as g, incomplete as i, statistical as s
from .distribution import Continuous
from .line import HALF_LOG_TWO_PI


class Uniform(Continuous):
    """The uniform distribution from `loc` to ``loc + scale``."""

    support: tuple[float, float] | None = (0, 1)

    def _logpdf(self, y: Any) -> Any:
        return 0 * y

    def _cdf(self, y: Any) -> Any:
        return y

    def _ppf(self, q: Any) -> Any:
        return q


class Beta(Continuous):
    """The beta distribution."""

    shapes: tuple[str, ...] = ("a", "b")
    support: tuple[float, float] | None = (0, 1)

    def _logpdf(self, y: Any, a: Any, b: Any) -> Any:
        return s.xlogy(a - 1, y) + s.xlog1py(b - 1, -y) - g.betaln(a, b)

    def _pdf(self, y: Any, a: Any, b: Any) -> Any:
        return i.beta_density(a, b, y)

    def _cdf(self, y: Any, a: Any, b: Any) -> Any:
        return i.betainc(a, b, y)

    def _sf(self, y: Any, a: Any, b: Any) -> Any:
        return i.betaincc(a, b, y)

    def _ppf(self, q: Any, a: Any, b: Any) -> Any:
        return i.betaincinv(a, b, q)

    def _isf(self, q: Any, a: Any, b: Any) -> Any:
        return i.betainccinv(a, b, q)


_NODES, _WEIGHTS = numpy.polynomial.legendre.leggauss(10)


def _log_mass(low: Any, high: Any) -> Any:
    """The logarithm of the probability that a standard normal variable lies between these, also far out in a tail."""
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    narrow = e.less(half * (1 + e.absolute(middle)), 0.5)
    inside = _log_narrow_mass(middle, e.where(narrow, half, 0.25))
    return e.where(narrow, inside, _log_wide_mass(low, e.where(narrow, low + 1, high)))


def _log_narrow_mass(middle: Any, half: Any) -> Any:
    """By Gauss's rule, since the distribution function is nearly the same at both ends."""
    total: Any = 0.0
    for node, weight in zip(_NODES.tolist(), _WEIGHTS.tolist(), strict=True):
        step = half * node
        total = total + weight * e.exp(-step * (middle + 0.5 * step))
    return e.log_of(half * total) - 0.5 * e.square(middle) - HALF_LOG_TWO_PI


def _log_wide_mass(low: Any, high: Any) -> Any:
    """From the tails on either side, or from two in the same one."""
    upper = e.greater(low, 0)
    low, high = e.where(upper, -high, low), e.where(upper, -low, high)
    far, near = s.log_ndtr(low), s.log_ndtr(high)
    in_tail = near + e.log1p(-e.exp(far - near))
    across = e.log1p(-s.ndtr(low) - s.ndtr(-high))
    return e.where(e.greater(high, 0), across, in_tail)


def _or_by_rest(logarithm: Any, of_rest: Any) -> Any:
    """The logarithm of a probability, near 0 from that of the rest."""
    large = e.less(of_rest, -log(2))
    return e.where(large, e.log1p(-e.exp(e.where(large, of_rest, -1))), logarithm)


class Truncnorm(Continuous):
    """The normal distribution between `a` and `b`, which are in units of `scale` from `loc`."""

    shapes: tuple[str, ...] = ("a", "b")

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
        return _or_by_rest(*self._parts(y, a, b))

    def _logsf(self, y: Any, a: Any, b: Any) -> Any:
        below, above = self._parts(y, a, b)
        return _or_by_rest(above, below)

    def _parts(self, y: Any, a: Any, b: Any) -> tuple[Any, Any]:
        """The logarithms of the probabilities below and above y."""
        mass = _log_mass(a, b)
        return _log_mass(a, y) - mass, _log_mass(y, b) - mass

    def _ppf(self, q: Any, a: Any, b: Any) -> Any:
        """By adding up probabilities from the end that is farther out."""
        mass = _log_mass(a, b)
        from_below = s.ndtri_exp(e.logaddexp(s.log_ndtr(a), e.log_of(q) + mass))
        from_above = -s.ndtri_exp(e.logaddexp(s.log_ndtr(-b), e.log1p(-q) + mass))
        return e.where(e.greater(a, 0), from_above, from_below)

    def _isf(self, q: Any, a: Any, b: Any) -> Any:
        return -self._ppf(q, -b, -a)


uniform: Final = Uniform()
beta: Final = Beta()
truncnorm: Final = Truncnorm()
