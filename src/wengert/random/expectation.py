"""Expectations of functions of random numbers, with unbiased derivatives whatever the distribution.

Where a draw differentiates and the function is smooth, its derivative is that of the draw; elsewhere the function is
summed over all values, or weighted by likelihood ratios. J. Schulman, N. Heess, T. Weber and P. Abbeel, "Gradient
estimation using stochastic computation graphs" (NeurIPS 2015); S. Mohamed, M. Rosca, M. Figurnov and A. Mnih, "Monte
Carlo gradient estimation in machine learning", JMLR 21 (2020).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import Tensor

from .distributions import Distribution, Normal, Poisson
from .distributions.base import source_of
from .generator import Keyed
from .keys import split

MOST_VALUES = 4096
"""Of a joint support: with more of them it is not summed over."""

METHODS = ("pathwise", "enumerated", "measure", "score")


@dataclass(frozen=True, eq=False)
class Report:
    """How an expectation was estimated.

    Attributes:
        methods: for each distribution "pathwise", "enumerated", "measure" (valued) or "score" (function).
        samples: how many draws were made; 0 if the expectation is exact.
        variance: of the estimate.
        gradient_variance: of the estimate of the derivative in each parameter, nested like the distributions; ``None``
            for functions that are no scalars, and where a distribution depends on others.
    """

    methods: tuple[str, ...]
    samples: int
    variance: Tensor
    gradient_variance: Any


def expectation(
    f: Callable[..., Any],
    distribution: Any,
    samples: int = 1000,
    rng: Any = None,
    *,
    method: str | None = None,
    smooth: bool = True,
    return_report: bool = False,
) -> Any:
    """An unbiased estimate of the expectation of ``f(x)``, whose derivatives, of any order, are unbiased too.

    Args:
        f: a function of one draw (of each distribution, if there are several), of array operations: it is mapped over
            all draws at once. It may depend on parameters of its own.
        distribution: a distribution, or a tuple of them, each of which may be a function of the draws of those before
            it that returns a distribution.
        samples: how many draws to make.
        rng: a generator or a key; that of the module by default.
        method: how to differentiate: "pathwise" through the draws; "enumerated", exactly, over a finite support;
            "measure", by draws from the positive and the negative part of the derivative (`Poisson`, and `Normal`,
            without axes); "score", by likelihood ratios with a leave-one-out baseline. By default the first of those in
            this order that is possible.
        smooth: whether `f` is continuous and differentiates in `x`, as "pathwise" asks for.
        return_report: return a `Report` as well.

    Raises:
        ValueError: the method does not suit a distribution.

    >>> import wengert as wg
    >>> def steps(lam):
    ...     return wg.random.expectation(lambda x: x**2, wg.random.Poisson(lam), 20000, wg.random.key(0))
    >>> abs(wg.grad(steps)(3.0) - 7) < 0.2              # of lam + lam^2
    tensor(True)
    >>> chance = lambda p: wg.random.expectation(lambda x: (x - 0.4) ** 2, wg.random.Bernoulli(p))
    >>> wg.grad(chance)(0.3).round(6)                   # exact: 0.36 - 0.16
    tensor(0.2)
    """
    nodes = tuple(distribution) if isinstance(distribution, tuple | list) else (distribution,)
    plan = _Plan(f, nodes, samples, split(source_of(rng)._next_key(), len(nodes)), method, smooth)
    values = plan.estimates(nodes)
    estimate = values.mean(axis=0)
    return (estimate, plan.report(values, distribution)) if return_report else estimate


class _Plan:
    """One estimate: a method for each distribution, and the draws that it is made of.

    Attributes:
        f: the function, mapped over draws and summed over finite supports.
        methods: the method for each distribution.
    """

    def __init__(
        self, f: Any, nodes: Sequence[Any], samples: int, keys: Tensor, method: str | None, smooth: bool
    ) -> None:
        self.samples = samples
        self.keys = keys
        self.given = f
        methods: list[str] = []
        draws: list[Tensor] = []
        for place, node in enumerate(nodes):
            first = node(*(x[0] for x in draws)) if _is_conditional(node) else node
            is_last = not any(map(_is_conditional, nodes[place + 1 :]))
            methods.append(_method_for(first, method, smooth, is_last and not _is_conditional(node)))
            if not is_last:
                draws.append(self._draws(place, node, draws))
        self.methods = tuple(methods)

    # -- draws -------------------------------------------------------------------------------------

    def _draws(self, place: int, node: Any, before: Sequence[Tensor]) -> Tensor:
        """Draws of a distribution; of one that depends on others, one for each draw of those."""
        key = self.keys[place]
        if _is_conditional(node):
            return wg.vmap(node)(*before).sample((), key)
        return node.sample(self.samples, key)

    def _log_probs(self, node: Any, x: Tensor, before: Sequence[Tensor]) -> Tensor:
        """For each draw the logarithm of its probability, of a batch the sum."""
        distribution = wg.vmap(node)(*before) if _is_conditional(node) else node
        return distribution.log_prob(x).reshape(len(x), -1).sum(axis=1)

    # -- the function ------------------------------------------------------------------------------

    def _values(self, nodes: Sequence[Any], draws: Sequence[Any]) -> Tensor:
        """The function at each draw, summed over the supports that are enumerated."""
        f = self.given
        for place, (node, method) in enumerate(zip(nodes, self.methods, strict=True)):
            f = _summed(f, place, node) if method == "enumerated" else f
        sampled = [x for x, method in zip(draws, self.methods, strict=True) if method != "enumerated"]
        if not sampled:
            return np.asarray(f(*[None] * len(nodes)))[None]
        axes = tuple(None if method == "enumerated" else 0 for method in self.methods)
        given = [numpy.zeros(()) if axis is None else x for x, axis in zip(draws, axes, strict=True)]
        return wg.vmap(f, in_axes=axes)(*given)

    def estimates(self, nodes: Sequence[Any]) -> Tensor:
        """For each draw a number whose mean, and the mean of whose derivatives, is unbiased.

        A likelihood ratio that is 1, but has the derivatives of the probability, gives those of any order: J. Foerster
        et al., "DiCE: the infinitely differentiable Monte Carlo estimator" (ICML 2018). The baseline of each draw is
        the mean of the others: W. Kool, H. van Hoof and M. Welling, "Buy 4 REINFORCE samples, get a baseline for
        free!" (2019).
        """
        draws: list[Tensor] = []
        logarithm: Any = 0.0
        for place, (node, method) in enumerate(zip(nodes, self.methods, strict=True)):
            if method == "enumerated":
                draws.append(np.zeros(()))
                continue
            x = self._draws(place, node, draws)
            draws.append(x if method == "pathwise" else wg.stop_gradient(x))
            if method in ("score", "measure"):
                logarithm = logarithm + self._log_probs(node, draws[-1], draws[:-1])
        values = self._values(nodes, draws)
        if not isinstance(logarithm, Tensor):
            return values
        ratio = np.exp(logarithm - wg.stop_gradient(logarithm))
        ratio = ratio.reshape(len(values), *(1,) * (values.ndim - 1))
        baseline = _mean_of_others(wg.stop_gradient(values))
        found = (values - baseline) * ratio + baseline
        for place, method in enumerate(self.methods):
            if method == "measure":
                found = found + self._measured(place, nodes, draws, values - baseline)
        return found

    def _measured(self, place: int, nodes: Sequence[Any], draws: Sequence[Tensor], values: Tensor) -> Tensor:
        """What turns the first derivative by likelihood ratios into that by a difference of two measures."""
        values, draws = wg.stop_gradient(values), list(draws)
        at = lambda x: wg.stop_gradient(self._values(nodes, [*draws[:place], x, *draws[place + 1 :]]))
        total = 0.0
        for parameter, slope, score in _MEASURES[type(nodes[place])](nodes[place], draws[place], at, self.keys[place]):
            score = wg.stop_gradient(score).reshape(len(values), *(1,) * (values.ndim - 1))
            total = total + (parameter - wg.stop_gradient(parameter)) * (slope - values * score)
        return np.asarray(total)

    # -- report ------------------------------------------------------------------------------------

    def report(self, values: Tensor, distribution: Any) -> Report:
        is_exact = all(method == "enumerated" for method in self.methods)
        nodes = distribution if isinstance(distribution, tuple | list) else (distribution,)
        variance = np.zeros(values.shape[1:]) if is_exact else values.var(axis=0, ddof=1) / self.samples
        has_gradient = values.ndim == 1 and not any(map(_is_conditional, nodes))
        slopes = (
            wg.jacfwd(lambda d: self.estimates(d if len(nodes) > 1 else (d,)))(distribution) if has_gradient else None
        )
        spread = lambda slope: slope.var(axis=0, ddof=0 if is_exact else 1) / max(len(values), 1)
        gradient = wg.trees.map(spread, slopes) if has_gradient else None
        return Report(self.methods, 0 if is_exact else self.samples, variance, gradient)


def _is_conditional(node: Any) -> bool:
    return not isinstance(node, Distribution)


def _mean_of_others(values: Tensor) -> Tensor:
    count = len(values)
    return (values.sum(axis=0) - values) / (count - 1) if count > 1 else np.zeros_like(values)


# -- which method ----------------------------------------------------------------------------------


def _method_for(distribution: Distribution, method: str | None, smooth: bool, may_be_summed: bool) -> str:
    """The method for a distribution.

    Raises:
        ValueError: that which was asked for does not suit it.
    """
    is_possible = {
        "pathwise": distribution.is_pathwise and (smooth or method is not None),
        "enumerated": may_be_summed and _is_enumerable(distribution),
        "measure": may_be_summed and type(distribution) in _MEASURES and distribution.batch_shape == (),
        "score": True,
    }
    if method is None:
        (best, *_) = (name for name in METHODS if is_possible[name])
        return best
    if not is_possible.get(method, False):
        others = ", ".join(repr(name) for name in METHODS if is_possible[name])
        raise ValueError(
            f"[expectation] the method {method!r} was given for {type(distribution).__name__}, wanted one of {others}; "
            "leave it out for the first of them"
        )
    return method


def _is_enumerable(distribution: Distribution) -> bool:
    support = distribution.support()
    return support is not None and len(support) ** math.prod(distribution.batch_shape) <= MOST_VALUES


def _summed(f: Callable[..., Any], place: int, distribution: Distribution) -> Callable[..., Any]:
    """A function that takes no notice of one argument, but sums over all of its values."""
    support = distribution.support()
    assert support is not None
    shape, event, count = distribution.batch_shape, distribution.event_shape, len(support)
    combined = numpy.array(list(itertools.product(range(count), repeat=math.prod(shape))), int)
    values = np.asarray(support.numpy().reshape(count, -1, *event)[combined, numpy.arange(math.prod(shape))])
    values = values.reshape(len(combined), *shape, *event)
    weights = np.exp(distribution.log_prob(values).reshape(len(combined), -1).sum(axis=1))

    def total(*xs: Any) -> Tensor:
        each = wg.vmap(lambda value: np.asarray(f(*xs[:place], value, *xs[place + 1 :])))(values)
        return np.tensordot(weights, each, 1)

    return total


# -- derivatives as differences of measures --------------------------------------------------------


def _poisson(d: Poisson, x: Tensor, at: Callable[[Tensor], Tensor], key: Tensor) -> list[tuple[Any, Tensor, Tensor]]:
    """d E[f(x)] / d lam = E[f(x + 1) - f(x)]."""
    return [(d.lam, at(x + 1) - at(x), x / d.lam - 1)]


def _normal(d: Normal, x: Tensor, at: Callable[[Tensor], Tensor], key: Tensor) -> list[tuple[Any, Tensor, Tensor]]:
    """In the mean, with Rayleigh numbers on both sides; in the scale, with Maxwell numbers: Mohamed et al., table 1."""
    loc, scale = wg.stop_gradient(np.asarray(d.loc)), wg.stop_gradient(np.asarray(d.scale))
    one, other, sign = split(key, 3)
    rayleigh = scale * Keyed(one).rayleigh(1.0, len(x))
    maxwell = np.sqrt(Keyed(other).chisquare(3.0, len(x))) * (2 * Keyed(sign).integers(0, 2, len(x)) - 1)
    by_loc = (at(loc + rayleigh) - at(loc - rayleigh)) / (math.sqrt(2 * math.pi) * scale)
    by_scale = (at(loc + scale * maxwell) - at(x)) / scale
    standard = (x - loc) / scale
    return [(d.loc, by_loc, standard / scale), (d.scale, by_scale, (standard**2 - 1) / scale)]


_MEASURES: dict[type, Callable[..., list[tuple[Any, Tensor, Tensor]]]] = {Poisson: _poisson, Normal: _normal}
"""For a distribution: each parameter, for each draw the difference of `f` along the measures, and the score."""
