"""Draws of whole numbers, under the names and in the parametrisation of ``numpy.random.Generator``."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import Tensor

from . import rejection, standard as s
from .continuous import Size
from .implicit import gamma_numbers
from .integers import integers_between
from .keys import random_bits
from .parameters import Asked, asked, check_sum, checked, not_negative, positive, probability
from .pieces import IN_ROUNDS, in_pieces
from .source import Source

INTEGER = numpy.dtype(numpy.int64)

MOST = 1e9
"""Of more things than these the probabilities would not be exact."""


class Discrete(Source):
    """The draws of whole numbers."""

    def integers(
        self, low: Any, high: Any = None, size: Size = None, dtype: Any = INTEGER, endpoint: bool = False
    ) -> Tensor:
        """Whole numbers from `low` to below `high`, or from 0 to below `low`; with `endpoint` up to the last itself.

        Raises:
            ValueError: there is none, or one that the dtype has not.

        >>> import wengert as wg
        >>> wg.random.default_rng(0).integers(10, size=4).shape
        (4,)
        """
        return integers_between(self._next_key(), low, high, size, numpy.dtype(dtype), endpoint)

    def bytes(self, length: int) -> bytes:
        """Random bytes."""
        return in_pieces(random_bits, self._next_key(), (length,), numpy.dtype(numpy.uint8)).numpy().tobytes()

    def bernoulli(self, p: Any = 0.5, size: Size = None, dtype: Any = None) -> Tensor:
        """Truth values, true with probability `p`, made of uniform numbers of a dtype: float64 by default.

        >>> import wengert as wg
        >>> abs(wg.random.default_rng(0).bernoulli(0.25, size=10000).mean() - 0.25) < 0.02
        tensor(True)
        """
        want = asked("bernoulli", {"p": p}, size, dtype)
        return self._standard(s.standard_uniform, want) < probability("bernoulli", "p", *want.parameters)

    def geometric(self, p: Any, size: Size = None) -> Tensor:
        """How many trials of probability `p` there are up to the first success."""
        want = asked("geometric", {"p": p}, size)
        (p,), advice = want.parameters, "write np.clip(p, 1e-300, 1.0)"
        p = checked("geometric", "p", p, lambda v: (v > 0) & (v <= 1), "a probability above 0", advice)
        waiting = self._standard(s.standard_exponential, want) / -np.log1p(-np.minimum(np.asarray(p), 1 - 2.0**-53))
        return _whole(np.floor(np.minimum(waiting, 2.0**62)) + 1)

    def poisson(self, lam: Any = 1.0, size: Size = None) -> Tensor:
        """How many events there are where `lam` are expected.

        >>> import wengert as wg
        >>> abs(wg.random.default_rng(0).poisson(4.0, size=10000).mean() - 4) < 0.1
        tensor(True)
        """
        want = asked("poisson", {"lam": lam}, size, numpy.float64)
        mean = not_negative("poisson", "lam", *want.parameters)
        return _events(rejection.poisson, self._next_key(), want, mean)

    def binomial(self, n: Any, p: Any, size: Size = None) -> Tensor:
        """How many of `n` trials of probability `p` succeed.

        >>> import wengert as wg
        >>> wg.random.default_rng(0).binomial(10, [0.0, 1.0])
        tensor([ 0, 10])
        """
        want = asked("binomial", {"n": n, "p": p}, size, numpy.float64)
        n, p = want.parameters
        n, p = not_negative("binomial", "n", n), probability("binomial", "p", p)
        return _events(rejection.binomial, self._next_key(), want, n, p)

    def negative_binomial(self, n: Any, p: Any, size: Size = None) -> Tensor:
        """How many trials of probability `p` fail before `n` succeed: Poisson numbers of gamma means."""
        want = asked("negative_binomial", {"n": n, "p": p}, size, numpy.float64)
        n, p = want.parameters
        n, p = positive("negative_binomial", "n", n), probability("negative_binomial", "p", p)
        one, other = self._next_keys(2)
        mean = gamma_numbers(one, n, want.shape, want.dtype) * ((1 - p) / p)
        return _events(rejection.poisson, other, want, mean)

    def hypergeometric(self, ngood: Any, nbad: Any, nsample: Any, size: Size = None) -> Tensor:
        """How many good ones are among `nsample`, taken without putting back from `ngood` good and `nbad` bad ones.

        Raises:
            ValueError: a number is negative, or more are taken than there are.

        >>> import wengert as wg
        >>> wg.random.default_rng(0).hypergeometric([3, 0], [0, 3], 2)
        tensor([2, 0])
        """
        given = {"ngood": ngood, "nbad": nbad, "nsample": nsample}
        want = asked("hypergeometric", given, size, numpy.float64)
        good, bad, count = (
            not_negative("hypergeometric", name, each) for name, each in zip(given, want.parameters, strict=True)
        )
        _check_taken("hypergeometric", "ngood + nbad", good + bad, count)
        return _events(rejection.hypergeometric, self._next_key(), want, good, bad, count)

    def multivariate_hypergeometric(self, colors: Any, nsample: int, size: Size = None) -> Tensor:
        """How many of each kind are among `nsample`, taken without putting back from `colors` (k,) of each kind.

        Returns:
            An int64 tensor of shape ``(*size, k)``, whose last axis adds up to `nsample`.
        """
        colors = np.asarray(colors).astype(float)
        want = asked("multivariate_hypergeometric", {"nsample": nsample}, size, numpy.float64)
        left, drawn = np.broadcast_to(np.asarray(nsample, float), want.shape), []
        _check_taken("multivariate_hypergeometric", "sum(colors)", colors.sum(), left)
        for kind, key in enumerate(self._next_keys(len(colors) - 1)):
            rest = colors[kind + 1 :].sum()
            drawn.append(_events(rejection.hypergeometric, key, want, colors[kind], rest, left))
            left = left - drawn[-1]
        return np.stack([*drawn, left.astype(INTEGER)], axis=-1)

    def zipf(self, a: Any, size: Size = None) -> Tensor:
        """Numbers k = 1, 2, ... of probabilities in proportion to k^-a, for a > 1."""
        want = asked("zipf", {"a": a}, size, numpy.float64)
        (a,), advice = want.parameters, "write 1 + np.exp of a number without bounds"
        a = checked("zipf", "a", a, lambda v: v > 1, "a number above 1", advice)
        return _events(rejection.zipf, self._next_key(), want, a)

    def logseries(self, p: Any, size: Size = None) -> Tensor:
        """Numbers k = 1, 2, ... of probabilities in proportion to p^k / k."""
        want = asked("logseries", {"p": p}, size, numpy.float64)
        (p,), advice = want.parameters, "write np.clip(p, 0.0, 1.0 - 1e-15)"
        p = checked("logseries", "p", p, lambda v: (v >= 0) & (v < 1), "a number in [0, 1)", advice)
        return _events(rejection.logseries, self._next_key(), want, p)

    def multinomial(self, n: Any, pvals: Any, size: Size = None) -> Tensor:
        """How often each of several kinds is among `n` draws; `pvals` (..., k) are the probabilities.

        Returns:
            An int64 tensor of shape (..., k), whose last axis adds up to `n`.

        Raises:
            ValueError: the probabilities do not add up to 1.
        """
        pvals = np.asarray(pvals)
        check_sum("multinomial", "pvals", pvals if np.isdtype(pvals.dtype, "real floating") else pvals.astype(float))
        n, pvals = np.asarray(n).astype(float), pvals.astype(float)
        want = asked("multinomial", {"n": n, "pvals": probability("multinomial", "pvals", pvals)[..., 0]}, size)
        count = pvals.shape[-1]
        above = np.cumsum(pvals[..., ::-1], axis=-1)[..., ::-1]
        shares = np.where(above > 0, pvals / np.where(above > 0, above, 1), 0.0).clip(0.0, 1.0)
        columns = np.moveaxis(np.broadcast_to(shares, (*want.shape, count)), -1, 0)
        return np.moveaxis(_one_kind_after_another(self._next_keys(count), want, n, columns), 0, -1)


def _one_kind_after_another(keys: Tensor, want: Asked, n: Tensor, shares: Tensor) -> Tensor:
    """Of what is left of n, as many of each kind as its share in what is left gives."""

    def kind(left: Tensor, given: Any) -> tuple[Tensor, Tensor]:
        key, share = given
        drawn = _events(rejection.binomial, key, want, left, share)
        return left - drawn, drawn

    left, drawn = wg.scan(kind, np.broadcast_to(n, want.shape), (keys[:-1], shares[:-1]))
    return np.concatenate([drawn, left[None].astype(INTEGER)])


def _events(draw: Any, key: Tensor, want: Asked, *parameters: Any) -> Tensor:
    """Numbers of events, of which the parameters have no derivative."""
    given = [wg.stop_gradient(np.asarray(p, numpy.float64)) for p in parameters]
    given = [p if p.ndim == 0 else np.broadcast_to(p, want.shape) for p in given]
    return in_pieces(draw, key, want.shape, given=given, longest=IN_ROUNDS)


def _check_taken(op: str, name: str, total: Any, count: Any) -> None:
    """Raise if more are taken than there are.

    Raises:
        ValueError: they are, or there are too many.
    """
    advice = f"write nsample=np.minimum(nsample, {name})"
    checked(op, f"{name} - nsample", total - count, lambda left: left >= 0, "0 or more", advice)
    advice = "write binomial(nsample, share), which is near for so many"
    checked(op, name, total, lambda n: n <= MOST, f"at most {MOST:.0e}", advice)


def _whole(k: Tensor) -> Tensor:
    return np.where(np.isnan(k), rejection.NOTHING["i"], np.where(np.isnan(k), 0, k).astype(INTEGER))
