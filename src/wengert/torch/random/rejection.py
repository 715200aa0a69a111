"""Random numbers that are proposed and accepted, one after another from a generator as PyTorch draws them on a CPU.

Sources: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables" (2000); W. Hörmann, "The
transformed rejection method for generating Poisson random variables" (1993, PTRS) and "The generation of binomial
random variates" (1993, BTRS); few successes are counted by their waiting times (L. Devroye, "Non-uniform random
variate generation", 1986, X.4), few events by products of uniform numbers (D. Knuth, "The art of computer
programming", volume 2, 3.4.1).
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, exp, floor, inf, lgamma, log, log1p, sqrt
from typing import Any

import numpy

from .mersenne import Generator

__all__ = ["binomial", "each", "gamma", "poisson"]

MANY = 10
"""From so many expected events or successes on they are proposed and accepted."""


def each(draw: Callable[..., float], generator: Generator, *parameters: Any) -> Any:
    """A number for each place of parameters of one shape."""
    places = zip(*(numpy.asarray(given, numpy.float64).reshape(-1).tolist() for given in parameters), strict=True)
    drawn = [draw(generator, *given) for given in places]
    return numpy.array(drawn, numpy.float64).reshape(numpy.shape(parameters[0]))


def gamma(generator: Generator, shape: float) -> float:
    """A gamma number of scale 1."""
    if shape == 0:
        return 0.0
    if shape < 1:
        share = (1 - generator.one_uniform()) ** (1 / shape)
        return share * gamma(generator, shape + 1)
    d = shape - 1 / 3
    c = 1 / sqrt(9 * d)
    while True:
        x = generator.one_normal()
        while c * x <= -1:
            x = generator.one_normal()
        v = (1 + c * x) ** 3
        u = 1 - generator.one_uniform()
        if u < 1 - 0.0331 * x**4 or log(u) < x * x / 2 + d * (1 - v + log(v)):
            return d * v


def poisson(generator: Generator, mean: float) -> float:
    """How many events there are where `mean` are expected."""
    return _few_events(generator, mean) if mean < MANY else _many_events(generator, mean)


def _few_events(generator: Generator, mean: float) -> float:
    if mean == 0:
        return 0.0
    count, product, least = 0.0, generator.one_uniform(), exp(-mean)
    while product > least:
        count += 1
        product *= generator.one_uniform()
    return count


def _many_events(generator: Generator, mean: float) -> float:
    b = 0.931 + 2.53 * sqrt(mean)
    a = -0.059 + 0.02483 * b
    scale, accepted = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = generator.one_uniform() - 0.5, generator.one_uniform()
        left = 0.5 - abs(u)
        k = floor((2 * a / left + b) * u + mean + 0.43)
        if left >= 0.07 and v <= accepted:
            return k
        if k < 0 or (left < 0.013 and v > left):
            continue
        if _log(v) + log(scale) - log(a / left**2 + b) <= -mean + k * log(mean) - lgamma(k + 1):
            return k


def binomial(generator: Generator, count: float, p: float) -> float:
    """How many of `count` trials of probability `p` succeed."""
    if p > 0.5:
        return count - binomial(generator, count, 1 - p)
    if count <= 0 or p <= 0:
        return 0.0
    return _many_successes(generator, count, p) if count * p >= MANY else _few_successes(generator, count, p)


def _few_successes(generator: Generator, count: float, p: float) -> float:
    trials, successes = 0, -1
    while trials <= count:
        trials += ceil(min(_log(generator.one_uniform()) / log1p(-p), count + 1))
        successes += 1
    return float(successes)


def _many_successes(generator: Generator, count: float, p: float) -> float:
    deviation = sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    alpha, accepted = (2.83 + 5.1 / b) * deviation, 0.92 - 4.2 / b
    mode = floor((count + 1) * p)
    while True:
        u, v = generator.one_uniform() - 0.5, generator.one_uniform()
        left = 0.5 - abs(u)
        k = floor((2 * a / left + b) * u + count * p + 0.5)
        if left >= 0.07 and v <= accepted:
            return k
        if not 0 <= k <= count:
            continue
        bound = _log_ways(count, k) - _log_ways(count, mode) + (k - mode) * (log(p) - log1p(-p))
        if _log(v * alpha / (a / left**2 + b)) <= bound:
            return k


def _log_ways(count: float, k: float) -> float:
    """The logarithm of the number of ways to choose, but for what does not depend on `k`."""
    return -lgamma(k + 1) - lgamma(count - k + 1)


def _log(x: float) -> float:
    return log(x) if x else -inf
