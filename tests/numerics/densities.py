"""Distributions in mpmath: each by the logarithm of its density and its two distribution functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath
from mpmath import mpf

from wengert.scipy import stats

from .rows import Row

Exact = Callable[[Any], Any]


class Family(NamedTuple):
    """A family at fixed shapes, and points in its middle and in its tails."""

    shapes: tuple[float, ...]
    logpdf: Exact
    cdf: Exact
    sf: Exact
    points: Sequence[float]


def _normal(x: Any) -> Any:
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def _normal_density(x: Any) -> Any:
    return -x * x / 2 - mpmath.log(2 * mpmath.pi) / 2


def _student_tail(t: Any, df: Any) -> Any:
    tail = mpmath.betainc(df / 2, mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    return tail if t >= 0 else 1 - tail


def _student_density(t: Any, df: Any) -> Any:
    size = mpmath.loggamma((df + 1) / 2) - mpmath.loggamma(df / 2) - mpmath.log(mpmath.pi * df) / 2
    return size - (df + 1) / 2 * mpmath.log(1 + t * t / df)


def _exponential_tail(x: Any) -> Any:
    return mpmath.exp(-x) / 2 if x >= 0 else 1 - mpmath.exp(x) / 2


def _logistic(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def _gumbel(x: Any) -> Any:
    return mpmath.exp(-mpmath.exp(-x))


def _gumbel_tail(x: Any) -> Any:
    return -mpmath.expm1(-mpmath.exp(-x))


def _gamma(a: float, low: Any, high: Any) -> Any:
    return mpmath.gammainc(a, low, high, regularized=True)


S, C, K = mpf(0.7), mpf(1.5), mpf(2.5)


def _mass() -> Any:
    """Of a normal variable between -1.5 and 2, with the digits that are asked for."""
    return _normal(mpf(2)) - _normal(mpf(-1.5))


FAMILIES: dict[str, Family] = {
    "norm": Family(
        (), _normal_density, _normal, lambda x: _normal(-x), [1e-8, -1.5, 3.0, 8.5, -8.5, 20.0, -30.0, 30.0]
    ),
    "t": Family(
        (3.5,),
        lambda x: _student_density(x, mpf(3.5)),
        lambda x: _student_tail(-x, mpf(3.5)),
        lambda x: _student_tail(x, mpf(3.5)),
        [1e-8, -1.5, 3.0, 100.0, -100.0, 1e5],
    ),
    "laplace": Family(
        (),
        lambda x: -abs(x) - mpmath.log(2),
        lambda x: _exponential_tail(-x),
        _exponential_tail,
        [1e-8, -1e-8, 1.5, -1.5, 40.0, -40.0, 300.0, -300.0],
    ),
    "logistic": Family(
        (),
        lambda x: -x - 2 * mpmath.log(1 + mpmath.exp(-x)),
        _logistic,
        lambda x: _logistic(-x),
        [1e-8, 1.5, -1.5, 40.0, -40.0, 300.0, -300.0],
    ),
    "cauchy": Family(
        (),
        lambda x: -mpmath.log(mpmath.pi * (1 + x * x)),
        lambda x: mpmath.atan2(1, -x) / mpmath.pi,
        lambda x: mpmath.atan2(1, x) / mpmath.pi,
        [1e-8, 1.5, -1.5, 1e5, -1e5, 1e17, -1e17, 1e100, -1e100],
    ),
    "gumbel_r": Family((), lambda x: -x - mpmath.exp(-x), _gumbel, _gumbel_tail, [0.3, 1.5, -1.5, -5.0, 40.0, 300.0]),
    "gumbel_l": Family(
        (),
        lambda x: x - mpmath.exp(x),
        lambda x: _gumbel_tail(-x),
        lambda x: _gumbel(-x),
        [0.3, 1.5, -1.5, 5.0, -40.0, -300.0],
    ),
    "expon": Family((), lambda x: -x, lambda x: -mpmath.expm1(-x), lambda x: mpmath.exp(-x), [0.3, 1.5, 40.0, 300.0]),
    "gamma": Family(
        (2.5,),
        lambda x: C * mpmath.log(x) - x - mpmath.loggamma(K),
        lambda x: _gamma(2.5, 0, x),
        lambda x: _gamma(2.5, x, mpmath.inf),
        [1e-8, 0.3, 2.5, 10.0, 50.0],
    ),
    "chi2": Family(
        (3.0,),
        lambda x: mpmath.log(x) / 2 - x / 2 - mpmath.loggamma(C) - C * mpmath.log(2),
        lambda x: _gamma(1.5, 0, x / 2),
        lambda x: _gamma(1.5, x / 2, mpmath.inf),
        [1e-8, 0.3, 2.5, 10.0, 40.0],
    ),
    "invgamma": Family(
        (2.5,),
        lambda x: -(K + 1) * mpmath.log(x) - 1 / x - mpmath.loggamma(K),
        lambda x: _gamma(2.5, 1 / x, mpmath.inf),
        lambda x: _gamma(2.5, 0, 1 / x),
        [0.02, 0.1, 1.5, 10.0, 1e5, 1e8],
    ),
    "lognorm": Family(
        (0.7,),
        lambda x: _normal_density(mpmath.log(x) / S) - mpmath.log(x * S),
        lambda x: _normal(mpmath.log(x) / S),
        lambda x: _normal(-mpmath.log(x) / S),
        [1e-8, 0.01, 1.5, 3.0, 100.0, 1e5],
    ),
    "halfnorm": Family(
        (),
        lambda x: _normal_density(x) + mpmath.log(2),
        lambda x: mpmath.erf(x / mpmath.sqrt(2)),
        lambda x: mpmath.erfc(x / mpmath.sqrt(2)),
        [1e-20, 1e-8, 0.3, 3.0, 8.5, 30.0],
    ),
    "weibull_min": Family(
        (1.5,),
        lambda x: mpmath.log(C) + mpmath.log(x) / 2 - x**C,
        lambda x: -mpmath.expm1(-(x**C)),
        lambda x: mpmath.exp(-(x**C)),
        [1e-8, 0.3, 1.5, 5.0, 30.0],
    ),
    "pareto": Family(
        (1.5,),
        lambda x: mpmath.log(C) - K * mpmath.log(x),
        lambda x: 1 - x**-C,
        lambda x: x**-C,
        [1 + 1e-8, 1.3, 5.0, 1e5, 1e11, 1e100],
    ),
    "beta": Family(
        (2.5, 1.5),
        lambda x: C * mpmath.log(x) + mpmath.log(1 - x) / 2 - mpmath.log(mpmath.beta(2.5, 1.5)),
        lambda x: mpmath.betainc(2.5, 1.5, 0, x, regularized=True),
        lambda x: mpmath.betainc(1.5, 2.5, 0, 1 - x, regularized=True),
        [1e-8, 0.01, 0.3, 0.7, 0.99],
    ),
    "truncnorm": Family(
        (-1.5, 2.0),
        lambda x: _normal_density(x) - mpmath.log(_mass()),
        lambda x: (_normal(x) - _normal(mpf(-1.5))) / _mass(),
        lambda x: (_normal(mpf(2)) - _normal(x)) / _mass(),
        [-1.499, -1.1, 0.3, 1.1, 1.9, 1.999],
    ),
}


def _rows(name: str, family: Family) -> dict[str, Row]:
    exact: dict[str, Exact] = {
        "logpdf": family.logpdf,
        "pdf": lambda x: mpmath.exp(family.logpdf(x)),
        "cdf": family.cdf,
        "sf": family.sf,
        "logcdf": lambda x: mpmath.log(family.cdf(x)),
        "logsf": lambda x: mpmath.log(family.sf(x)),
    }
    return {f"{name}.{function}": _row(name, function, family, f) for function, f in exact.items()}


def _row(name: str, function: str, family: Family, exact: Exact) -> Row:
    ours = getattr(getattr(stats, name), function)
    return Row(lambda x: ours(x, *family.shapes), exact, family.points, 320, (1e-12, 1e-12, 1e-11), False)


DENSITIES: dict[str, Row] = {key: row for name, family in FAMILIES.items() for key, row in _rows(name, family).items()}
