"""Distributions on whole numbers, differentiable in their parameters."""

from __future__ import annotations

from math import inf
from typing import Any, Final

from ...ops import elementwise as e
from ...ops.special import gamma as g, incomplete as i, statistical as s
from .distribution import Discrete


def _is_share(p: Any) -> list[Any]:
    return [e.greater_equal(p, 0), e.less_equal(p, 1)]


class Poisson(Discrete):
    """The Poisson distribution with mean `mu`."""

    shapes: tuple[str, ...] = ("mu",)
    may_be_zero = True
    support: tuple[float, float] | None = (0, inf)

    def _logpmf(self, k: Any, mu: Any) -> Any:
        return s.xlogy(k, mu) - g.gammaln(k + 1) - mu

    def _cdf(self, k: Any, mu: Any) -> Any:
        return i.gammaincc(k + 1, mu)

    def _sf(self, k: Any, mu: Any) -> Any:
        return i.gammainc(k + 1, mu)


class Binom(Discrete):
    """The number of successes among `n`, each of probability `p`."""

    shapes: tuple[str, ...] = ("n", "p")
    inner: Final = 0.0

    def _support(self, *shapes: Any) -> tuple[Any, Any]:
        return 0, shapes[0]

    def _valid(self, *shapes: Any) -> list[Any]:
        n, p = shapes
        return [e.greater_equal(n, 0), e.equal(n, e.floor(n)), *_is_share(p)]

    def _logpmf(self, k: Any, n: Any, p: Any) -> Any:
        ways = g.gammaln_rise(n - k + 1, k) - g.gammaln(k + 1)
        return ways + s.xlogy(k, p) + s.xlog1py(n - k, -p)

    def _cdf(self, k: Any, n: Any, p: Any) -> Any:
        return i.betaincc(k + 1, n - k, p)

    def _sf(self, k: Any, n: Any, p: Any) -> Any:
        return i.betainc(k + 1, n - k, p)


class Bernoulli(Discrete):
    """One success or none, with probability `p`."""

    shapes: tuple[str, ...] = ("p",)
    support: tuple[float, float] | None = (0, 1)
    inner: Final = 0.0

    def _valid(self, *shapes: Any) -> list[Any]:
        return _is_share(shapes[0])

    def _logpmf(self, k: Any, p: Any) -> Any:
        return s.xlogy(k, p) + s.xlog1py(1 - k, -p)

    def _cdf(self, k: Any, p: Any) -> Any:
        return 1 - p + 0 * k

    def _sf(self, k: Any, p: Any) -> Any:
        return p + 0 * k


class Geom(Discrete):
    """The number of trials up to the first success, each of probability `p`."""

    shapes: tuple[str, ...] = ("p",)
    support: tuple[float, float] | None = (1, inf)
    inner: Final = 1.0

    def _valid(self, *shapes: Any) -> list[Any]:
        return [e.greater(shapes[0], 0), e.less_equal(shapes[0], 1)]

    def _logpmf(self, k: Any, p: Any) -> Any:
        return s.xlog1py(k - 1, -p) + e.log_of(p)

    def _cdf(self, k: Any, p: Any) -> Any:
        return -e.expm1(k * e.log1p(-p))

    def _sf(self, k: Any, p: Any) -> Any:
        return e.exp(k * e.log1p(-p))


class Nbinom(Discrete):
    """The number of failures before success number `n`, each trial of probability `p`."""

    shapes: tuple[str, ...] = ("n", "p")
    support: tuple[float, float] | None = (0, inf)

    def _valid(self, *shapes: Any) -> list[Any]:
        n, p = shapes
        return [e.greater(n, 0), e.greater(p, 0), e.less_equal(p, 1)]

    def _logpmf(self, k: Any, n: Any, p: Any) -> Any:
        ways = g.gammaln_rise(n, k) - g.gammaln(k + 1)
        return ways + n * e.log_of(p) + s.xlog1py(k, -p)

    def _cdf(self, k: Any, n: Any, p: Any) -> Any:
        return i.betainc(n, k + 1, p)

    def _sf(self, k: Any, n: Any, p: Any) -> Any:
        return i.betaincc(n, k + 1, p)


poisson: Final = Poisson()
binom: Final = Binom()
bernoulli: Final = Bernoulli()
geom: Final = Geom()
nbinom: Final = Nbinom()
