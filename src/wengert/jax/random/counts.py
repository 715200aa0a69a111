"""Counts: Poisson's, binomial, geometric and multinomial numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

from ..array import Array, as_tensor, of
from ..dtypes import canonical, default_float
from ..lax.operations import cumsum
from .inverses import spread
from .keys import sizes, split
from .uniforms import real_dtype, uniform

__all__ = ["binomial", "geometric", "multinomial", "poisson"]


def _floating(value: Any) -> Any:
    """A parameter in floating point."""
    given = as_tensor(value)
    return given.astype(default_float()) if given.dtype.kind in "biu" else given


def geometric(key: Array, p: Any, shape: Any = None, dtype: Any = int, **_: Any) -> Array:
    """How many trials it takes to the first success."""
    probability = _floating(p)
    drawn = uniform(key, spread(shape, p), probability.dtype)._tensor
    trials = np.floor(np.log(np.where(drawn == 0, 1, drawn)) / np.log1p(-probability)) + 1
    return of(trials.astype(canonical(numpy.int64 if dtype is int else dtype)))


def _accepted(key: Array, shape: tuple[int, ...], dtype: Any, trial: Callable[[Any, Any], tuple[Any, Any]]) -> Any:
    """The first accepted one of trials, for each number.

    Args:
        key: the key.
        shape: of what is drawn.
        dtype: of what is drawn.
        trial: from two arrays of uniform numbers to numbers, and which of them are accepted.
    """

    def again(state: Any) -> Any:
        words, found, done = state
        new_key, *parts = (part._tensor for part in split(of(words), 3))
        drawn, is_accepted = trial(*(uniform(of(part), shape, dtype)._tensor for part in parts))
        return new_key, np.where(is_accepted, drawn, found), done | is_accepted

    start = key._tensor, -np.ones(shape, dtype), np.zeros(shape, bool)
    return wg.while_loop(lambda state: np.any(~state[2]), again, start)[1]


# -- Poisson's numbers -----------------------------------------------------------------------------


def poisson(key: Array, lam: Any, shape: Any = None, dtype: Any = int, **_: Any) -> Array:
    """Poisson's numbers: by products of uniform numbers below 10 (D. Knuth), else by rejection (W. Hörmann, 1993)."""
    whole, rate = spread(shape, lam), np.broadcast_to(_floating(lam).astype("float32"), spread(shape, lam))
    is_small = (rate < 10) | np.isnan(rate)
    small = _by_products(key, np.where(is_small, rate, 0), whole)
    large = _by_rejection(key, np.where(is_small, 1e5, rate), whole)
    found = np.where(rate == 0, 0, np.where(is_small, small, large))
    return of(found.astype(canonical(numpy.int64 if dtype is int else dtype)))


def _by_products(key: Array, rate: Any, shape: tuple[int, ...]) -> Any:
    """How many uniform numbers can be multiplied until the product is below exp(-rate), less one."""

    def again(state: Any) -> Any:
        words, count, logarithm = state
        new_key, part = (each._tensor for each in split(of(words)))
        more = np.log(uniform(of(part), shape, "float32")._tensor)
        return new_key, np.where(logarithm > -rate, count + 1, count), logarithm + more

    start = key._tensor, np.zeros(shape, "float32"), np.zeros(shape, "float32")
    return wg.while_loop(lambda state: np.any(state[2] > -rate), again, start)[1] - 1


def _by_rejection(key: Array, rate: Any, shape: tuple[int, ...]) -> Any:
    b = 0.931 + 2.53 * np.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    most = 0.9277 - 3.6224 / (b - 2)

    def trial(u: Any, v: Any) -> tuple[Any, Any]:
        centred = u - 0.5
        edge = 0.5 - np.abs(centred)
        k = np.floor((2 * a / edge + b) * centred + rate + 0.43)
        left = np.log(v * inverse_alpha / (a / (edge * edge) + b))
        right = -rate + k * np.log(rate) - special.gammaln(k + 1)
        is_refused = (k < 0) | ((edge < 0.013) & (v > edge))
        return k, ((edge >= 0.07) & (v <= most)) | (~is_refused & (left <= right))

    return _accepted(key, shape, rate.dtype, trial)


# -- binomial numbers ------------------------------------------------------------------------------


def binomial(key: Array, n: Any, p: Any, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """Binomial numbers: by geometric ones where few are expected, else by rejection (W. Hörmann, 1993)."""
    whole = spread(shape, n, p)
    probability = np.broadcast_to(_floating(p), whole)
    given = np.broadcast_to(as_tensor(n, probability.dtype), whole)
    is_below = probability < 0.5
    rarer = np.where(is_below, probability, 1 - probability)
    is_wrong = np.isnan(given) | (given < 0) | np.isnan(rarer) | (rarer < 0)
    rarer = np.where(np.isnan(rarer) | (rarer < 0), 0.01, rarer)
    is_few = np.isnan(given) | (given < 0) | (given * rarer <= 10)
    count = np.floor(given)
    few = _by_gaps(key, np.where(is_few, count, 0), rarer, whole)
    many = _by_ratios(key, np.where(is_few, 1e4, count), np.where(is_few, 0.5, rarer), whole)
    found = np.where(is_wrong, numpy.nan, np.where(is_few, few, many))
    found = np.where(np.isinf(given) & ~is_wrong, numpy.inf, found)
    found = np.where(is_below | is_wrong | np.isinf(given), found, count - found)
    return of(found.astype(real_dtype(dtype)))


def _by_gaps(key: Array, count: Any, p: Any, shape: tuple[int, ...]) -> Any:
    """How many gaps between successes fit into so many trials."""
    logarithm = np.log1p(-p)

    def again(state: Any) -> Any:
        words, found, trials = state
        part, new_key = (each._tensor for each in split(of(words)))
        with numpy.errstate(divide="ignore"):  # without successes a gap has no end
            gap = np.ceil(np.log(uniform(of(part), shape, p.dtype)._tensor) / logarithm)
        return new_key, np.where(trials <= count, found + 1, found), trials + gap

    start = key._tensor, np.zeros(shape, p.dtype), np.zeros(shape, p.dtype)
    return wg.while_loop(lambda state: np.any(state[2] <= count), again, start)[1] - 1


def _by_ratios(key: Array, count: Any, p: Any, shape: tuple[int, ...]) -> Any:
    deviation = np.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    most = 0.92 - 4.2 / b
    odds = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * deviation
    mode = np.floor((count + 1) * p)

    def trial(u: Any, v: Any) -> tuple[Any, Any]:
        centred = u - 0.5
        edge = 0.5 - np.abs(centred)
        k = np.floor((2 * a / edge + b) * centred + (count * p + 0.5))
        left = np.log(v * alpha / (a / (edge * edge) + b))
        is_inside = (k >= 0) & (k <= count)
        right = _log_ratio(np.where(is_inside, k, mode))
        return k, ((edge >= 0.07) & (v <= most)) | (is_inside & (left <= right))

    def _log_ratio(k: Any) -> Any:
        """The logarithm of the probability of k over that of the mode."""
        return (
            (mode + 0.5) * np.log((mode + 1) / (odds * (count - mode + 1)))
            + (count + 1) * np.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * np.log(odds * (count - k + 1) / (k + 1))
            + _stirling_rest(mode)
            + _stirling_rest(count - mode)
            - _stirling_rest(k)
            - _stirling_rest(count - k)
        )

    return _accepted(key, shape, p.dtype, trial)


RESTS = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
    0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
)  # fmt: skip
"""What Stirling's formula leaves of log(k!), for k from 0 to 9."""


def _stirling_rest(k: Any) -> Any:
    """What Stirling's formula leaves of log(k!)."""
    square = (k + 1) * (k + 1)
    series = (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)
    known = np.asarray(RESTS).astype(k.dtype)[np.clip(k, 0, 9).astype("int32")]
    return np.where(k <= 9, known, series)


# -- multinomial numbers ---------------------------------------------------------------------------


def multinomial(key: Array, n: Any, p: Any, *, shape: Any = None, dtype: Any = None, **_: Any) -> Array:
    """How often each of several outcomes is there among so many: binomial numbers of what is left, in turn."""
    probability = _floating(p)
    whole = probability.shape if shape is None else sizes(shape)
    spread_out = np.moveaxis(np.broadcast_to(probability, whole), -1, 0)
    left = np.broadcast_to(as_tensor(n, probability.dtype), whole[:-1])
    rest = cumsum(of(spread_out), 0, reverse=True)._tensor
    ratios = np.clip(spread_out / np.where(rest == 0, 1, rest), 0, 1)
    counts = []
    for part, ratio in zip(split(key, len(ratios)), ratios, strict=True):
        counts.append(binomial(part, of(left), of(ratio), dtype=left.dtype)._tensor)
        left = left - counts[-1]
    return of(np.stack(counts, axis=-1).astype(real_dtype(dtype)))
