"""Draws by rejection: rounds of proposals until every element has one that is accepted.

Each round takes its numbers at the same counters with a key of its own, so that an element does not depend on its
neighbours, and is the same however many are drawn at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import Tensor

from .keys import key_at, keys_at
from .standard import DOUBLE, open_uniform, standard_normal, standard_uniform

Shape = tuple[int, ...]
INTEGER = numpy.dtype(numpy.int64)
NOTHING = {DOUBLE.kind: math.nan, INTEGER.kind: numpy.iinfo(INTEGER).min}
"""What an element is that no proposal was accepted for, as where a parameter is not allowed."""

ROUNDS = 1000
"""At most: every round accepts a proposal in two."""


def first_accepted(
    key: Tensor, is_open: Tensor, first: Tensor, propose: Callable[..., tuple[Tensor, Tensor]]
) -> Tensor:
    """For each open element the first proposal that is accepted; the others stay as they are.

    Args:
        key: the key.
        is_open: which elements are drawn.
        first: what is there before.
        propose: from a key to proposals, and whether they are accepted.
    """

    def goes_on(carry: Any) -> Tensor:
        number, is_open, _ = carry
        return (number < ROUNDS) & np.any(is_open)

    def turn(carry: Any) -> Any:
        number, is_open, drawn = carry
        proposal, is_accepted = propose(key_at(key, number))
        taken = is_open & is_accepted
        return number + 1, is_open & ~taken, np.where(taken, proposal, drawn)

    return wg.while_loop(goes_on, turn, (np.asarray(0), is_open, first))[2]


def gamma_from_one(key: Tensor, start: Any, a: Tensor, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """Gamma numbers of shapes a >= 1.

    Source: G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM Transactions on
    Mathematical Software 26 (2000).
    """
    d = a - dtype.type(1 / 3)
    c = 1 / np.sqrt(9 * d)

    def propose(key: Tensor) -> tuple[Tensor, Tensor]:
        one, other = keys_at(key, (2,))
        x = standard_normal(one, start, shape, dtype)
        v = (1 + c * x) ** 3
        safe = np.where(v > 0, v, 1)
        bound = 0.5 * x * x + d * (1 - safe + np.log(safe))
        return d * safe, (v > 0) & (np.log(open_uniform(other, start, shape, dtype)) < bound)

    is_open = np.broadcast_to(a >= 1, shape)
    return first_accepted(key, is_open, np.full(shape, math.nan, dtype), propose)


# -- numbers of events -----------------------------------------------------------------------------

BY_SEARCH = 10.0
"""Up to this mean a number of events is found by adding up probabilities from 0 on."""


def log_factorial(k: Tensor) -> Tensor:
    """log k! of k >= 0, by Stirling's series eight numbers further on."""
    x = k + 9
    product = (k + 1) * (k + 2) * (k + 3) * (k + 4) * (k + 5) * (k + 6) * (k + 7) * (k + 8)
    inverse = 1 / (x * x)
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x
    return (x - 0.5) * np.log(x) - x + 0.5 * math.log(2 * math.pi) + series - np.log(product)


def by_search(u: Tensor, first: Tensor, ratio: Callable[[Tensor], Tensor]) -> Tensor:
    """The first k from 0 on up to which the probabilities add up to more than u.

    Args:
        u: uniform numbers.
        first: the probability of 0.
        ratio: of k, how its probability goes over into that of k + 1.
    """

    def goes_on(carry: Any) -> Tensor:
        _, probability, total = carry
        return np.any((u >= total) & (probability > 0))

    def turn(carry: Any) -> Any:
        k, probability, total = carry
        is_further = (u >= total) & (probability > 0)
        following = probability * ratio(k)
        total = np.where(is_further, total + following, total)
        return np.where(is_further, k + 1, k), np.where(is_further, following, probability), total

    return wg.while_loop(goes_on, turn, (np.zeros_like(u), first, first))[0]


def poisson(key: Tensor, start: Any, mean: Tensor, shape: Shape) -> Tensor:
    """Poisson numbers: small ones by search, others by transformed rejection.

    Source: W. Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance:
    Mathematics and Economics 12 (1993), algorithm PTRS.
    """
    one, other = keys_at(key, (2,))
    mean = np.broadcast_to(mean, shape)
    is_small = mean < BY_SEARCH
    low = np.where(is_small, mean, 0.0)
    found = by_search(standard_uniform(one, start, shape, DOUBLE), np.exp(-low), lambda k: low / (k + 1))
    high = np.where(is_small | ~(mean < math.inf), BY_SEARCH, mean)
    log_probability = lambda k: k * np.log(high) - high - log_factorial(k)
    propose = _hat(start, shape, np.sqrt(high), high + 0.43, math.inf, log_probability)
    first = np.where(mean >= 0, found, math.nan)
    return _counted(first_accepted(other, (mean >= BY_SEARCH) & (mean < math.inf), first, propose))


def binomial(key: Tensor, start: Any, n: Tensor, p: Tensor, shape: Shape) -> Tensor:
    """Binomial numbers: of small means by search, others by transformed rejection.

    Source: W. Hörmann, "The generation of binomial random variates", Journal of Statistical Computation and Simulation
    46 (1993), algorithm BTRS.
    """
    one, other = keys_at(key, (2,))
    n, p = np.broadcast_to(n, shape), np.broadcast_to(p, shape)
    is_allowed = (n >= 0) & (p >= 0) & (p <= 1)
    q = np.where(is_allowed, np.minimum(p, 1 - p), 0.0)
    is_small = n * q < BY_SEARCH
    odds = q / (1 - q)
    first = np.where(is_small, np.exp(n * np.log1p(-q)), 1.0)
    found = by_search(standard_uniform(one, start, shape, DOUBLE), first, lambda k: (n - k) / (k + 1) * odds)
    trials, share = np.where(is_small, 4 * BY_SEARCH, n), np.where(is_small, 0.5, q)
    propose = _hat_of_binomial(start, shape, trials, share)
    drawn = first_accepted(other, ~is_small, np.where(is_allowed, np.minimum(found, n), math.nan), propose)
    return _counted(np.where(p > 0.5, n - drawn, drawn))


def _hat_of_binomial(start: Any, shape: Shape, n: Tensor, p: Tensor) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    log_odds = np.log(p / (1 - p))
    of_weights = lambda k: k * log_odds - log_factorial(k) - log_factorial(n - k)
    at_mode = of_weights(np.floor((n + 1) * p))
    return _hat(start, shape, np.sqrt(n * p * (1 - p)), n * p + 0.5, n, lambda k: of_weights(k) - at_mode, p)


def _hat(
    start: Any, shape: Shape, deviation: Tensor, centre: Tensor, most: Any, log_probability: Any, p: Any = None
) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Proposals under a hat that is a ratio, with the constants that W. Hörmann gives for the two distributions."""
    b = (0.931 if p is None else 1.15) + 2.53 * deviation
    a = -0.059 + 0.02483 * b if p is None else -0.0873 + 0.0248 * b + 0.01 * p
    alpha = 1.1239 + 1.1328 / (b - 3.4) if p is None else (2.83 + 5.1 / b) * deviation

    def propose(key: Tensor) -> tuple[Tensor, Tensor]:
        one, other = keys_at(key, (2,))
        u = open_uniform(one, start, shape, DOUBLE) - 0.5
        v = open_uniform(other, start, shape, DOUBLE)
        size = 0.5 - np.abs(u)
        k = np.floor((2 * a / size + b) * u + centre)
        is_possible = (k >= 0) & (k <= most)
        safe = np.where(is_possible, k, 0.0)
        hat = np.log(v * alpha / (a / (size * size) + b))
        return k, is_possible & (hat <= log_probability(safe))

    return propose


def hypergeometric(key: Tensor, start: Any, good: Tensor, bad: Tensor, count: Tensor, shape: Shape) -> Tensor:
    """Numbers of good ones among those taken without putting back: of small means by search, others by rejection.

    What is rare and what is taken are exchanged with the rest so that both are at most half.

    Source: E. Stadlober, "The ratio of uniforms approach for generating discrete random variates", Journal of
    Computational and Applied Mathematics 31 (1990).
    """
    one, other = keys_at(key, (2,))
    good, bad, count = (np.broadcast_to(each, shape) for each in (good, bad, count))
    total = good + bad
    rare, taken = np.minimum(good, bad), np.minimum(count, total - count)
    is_allowed = (rare >= 0) & (taken >= 0)
    is_small = ~(taken * rare >= BY_SEARCH * total)
    few, many = (np.where(is_small & is_allowed, each, 0.0) for each in (taken, rare))
    log_none = _log_ways(total - many, few) - _log_ways(np.where(is_allowed, total, 0.0), few)
    ratio = lambda k: (many - k) * (few - k) / ((k + 1) * (total - many - few + k + 1))
    found = by_search(standard_uniform(one, start, shape, DOUBLE), np.exp(log_none), ratio)
    tried = np.where(is_small, 4 * BY_SEARCH, rare), np.where(is_small, 4 * BY_SEARCH, taken)
    propose = _under_a_ratio_of_uniforms(start, shape, tried, np.where(is_small, 16 * BY_SEARCH, total))
    first = np.where(is_allowed, np.minimum(found, np.minimum(few, many)), math.nan)
    drawn = first_accepted(other, ~is_small, first, propose)
    drawn = np.where(good > bad, taken - drawn, drawn)
    return _counted(np.where(2 * count > total, good - drawn, drawn))


def _log_ways(n: Tensor, k: Tensor) -> Tensor:
    """The logarithm of the number of ways to choose k of n."""
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k)


def _under_a_ratio_of_uniforms(
    start: Any, shape: Shape, both: tuple[Tensor, Tensor], total: Tensor
) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Proposals of how many are both rare and taken, of so many that are rare and so many that are taken."""
    rare, taken = both
    share = rare / total
    centre = taken * share + 0.5
    deviation = np.sqrt((total - taken) * taken * share * (1 - share) / (total - 1) + 0.5)
    width = 2 * math.sqrt(2 / math.e) * deviation + 3 - 2 * math.sqrt(3 / math.e)
    log_weight = lambda k: -sum(log_factorial(n) for n in (k, rare - k, taken - k, total - rare - taken + k))
    at_mode = log_weight(np.floor((taken + 1) * (rare + 1) / (total + 2)))

    def propose(key: Tensor) -> tuple[Tensor, Tensor]:
        one, other = keys_at(key, (2,))
        u = open_uniform(one, start, shape, DOUBLE)
        k = np.floor(centre + width * (open_uniform(other, start, shape, DOUBLE) - 0.5) / u)
        is_possible = (k >= 0) & (k <= np.minimum(rare, taken))
        safe = np.where(is_possible, k, 0.0)
        return k, is_possible & (2 * np.log(u) <= log_weight(safe) - at_mode)

    return propose


def zipf(key: Tensor, start: Any, a: Tensor, shape: Shape) -> Tensor:
    """Numbers k = 1, 2, ... of probabilities in proportion to k^-a; those above 2^62 are drawn anew.

    Source: L. Devroye, "Non-uniform random variate generation" (1986), section X.6.1.
    """
    power = np.broadcast_to(np.where(a > 1, a, 2.0) - 1, shape)
    base = 2**power

    def propose(key: Tensor) -> tuple[Tensor, Tensor]:
        one, other = keys_at(key, (2,))
        k = np.floor(open_uniform(one, start, shape, DOUBLE) ** (-1 / power))
        ratio = (1 + 1 / k) ** power
        bound = open_uniform(other, start, shape, DOUBLE) * k * (ratio - 1) / (base - 1)
        return k, (k <= 2.0**62) & (bound * base <= ratio)

    return _counted(first_accepted(key, np.broadcast_to(a > 1, shape), np.full(shape, math.nan), propose))


def logseries(key: Tensor, start: Any, p: Tensor, shape: Shape) -> Tensor:
    """Numbers k = 1, 2, ... of probabilities in proportion to p^k / k.

    Source: A. W. Kemp, "Efficient generation of logarithmically distributed pseudo-random variables", Applied
    Statistics 30 (1981), algorithm LK.
    """
    one, other = keys_at(key, (2,))
    p = np.broadcast_to(p, shape)
    v = open_uniform(one, start, shape, DOUBLE)
    q = -np.expm1(np.log1p(-p) * open_uniform(other, start, shape, DOUBLE))
    k = np.where(v >= p, 1.0, np.floor(1 + np.log(v) / np.log(np.where(q > 0, q, 0.5))))
    return _counted(np.where((p >= 0) & (p < 1), np.clip(np.where(v >= q, 1.0, k), 1.0, 2.0**62), math.nan))


def _counted(k: Tensor) -> Tensor:
    """As integers; the least one where there is none."""
    return np.where(np.isnan(k), NOTHING[INTEGER.kind], np.where(np.isnan(k), 0, k).astype(INTEGER))


# -- directions ------------------------------------------------------------------------------------


def vonmises(key: Tensor, start: Any, kappa: Tensor, shape: Shape, dtype: numpy.dtype) -> Tensor:
    """Angles around 0 of concentrations kappa.

    Source: D. J. Best and N. I. Fisher, "Efficient simulation of the von Mises distribution", Applied Statistics 28
    (1979).
    """
    safe = np.where(kappa > 0, np.maximum(kappa, 1e-4), 1.0)
    root = np.sqrt(1 + 4 * safe * safe)
    rho = 2 * safe / (1 + root + np.sqrt(2 * (1 + root)))
    gap = (1 - rho) ** 2 / (2 * rho)

    def propose(key: Tensor) -> tuple[Tensor, Tensor]:
        one, other, sign = keys_at(key, (3,))
        z = np.cos(math.pi * standard_uniform(one, start, shape, dtype))
        versine = gap * (1 - z) / (1 + gap + z)
        y = safe * (gap + versine)
        angle = 2 * np.arcsin(np.sqrt(np.clip(0.5 * versine, 0, 1)))
        is_above = standard_uniform(sign, start, shape, dtype) < 0.5
        u = open_uniform(other, start, shape, dtype)
        return np.where(is_above, angle, -angle), np.log(y / u) + 1 - y >= 0

    uniform = math.pi * (2 * open_uniform(key, start, shape, dtype) - 1)
    nothing = np.where(kappa >= 0, uniform, math.nan)
    return first_accepted(key, np.broadcast_to(kappa > 1e-4, shape), nothing, propose)
