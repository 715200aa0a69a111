"""Divergences in closed form against averages over draws."""

from __future__ import annotations

import math

import numpy
import pytest

import wengert as wg
from wengert import random as r
from wengert.random.distributions.divergences import _RULES

PAIRS: list[tuple[r.Distribution, r.Distribution]] = [
    (r.Bernoulli(0.3), r.Bernoulli(0.6)),
    (r.Bernoulli(logits=2.0), r.Bernoulli(0.6)),
    (r.Beta(1.5, 2.0), r.Beta(3.0, 1.0)),
    (r.Binomial(5, 0.3), r.Binomial(5, 0.4)),
    (r.Categorical([0.3, 0.0, 0.7]), r.Categorical(logits=[0.0, 1.0, 0.5])),
    (r.Cauchy(1.0, 2.0), r.Cauchy(0.0, 1.0)),
    (r.Dirichlet([1.0, 2.0, 3.0]), r.Dirichlet([2.0, 2.0, 1.0])),
    (r.Exponential(1.0), r.Exponential(2.0)),
    (r.Gamma(1.5, 2.0), r.Gamma(3.0, 1.0)),
    (r.Geometric(0.3), r.Geometric(0.5)),
    (r.Gumbel(1.0, 2.0), r.Gumbel(0.0, 3.0)),
    (r.HalfNormal(1.0), r.HalfNormal(2.0)),
    (r.Laplace(1.0, 2.0), r.Laplace(0.0, 1.0)),
    (r.LogNormal(1.0, 0.5), r.LogNormal(0.0, 1.0)),
    (
        r.MultivariateNormal([0.0, 0.0], [[1.0, 0.0], [0.5, 2.0]]),
        r.MultivariateNormal([1.0, 0.0], [[2.0, 0.0], [0.3, 1.0]]),
    ),
    (r.Normal(1.0, 2.0), r.Normal(0.0, 1.0)),
    (r.Poisson(3.0), r.Poisson(2.0)),
    (r.Chi2(3.0), r.Chi2(2.0)),
    (r.HalfCauchy(1.0), r.HalfCauchy(2.0)),
    (r.Independent(r.Normal([0.0, 1.0], 1.0)), r.Independent(r.Normal([0.0, 0.0], 2.0))),
    (r.InverseGamma(1.5, 2.0), r.InverseGamma(3.0, 1.0)),
    (r.Multinomial(4, [0.3, 0.7]), r.Multinomial(4, [0.5, 0.5])),
    (r.OneHotCategorical([0.3, 0.0, 0.7]), r.OneHotCategorical(logits=[0.0, 1.0, 0.5])),
    (r.Pareto(3.0, 2.0), r.Pareto(2.0, 1.5)),
    (r.Wishart(4.5, [[1.0, 0.0], [0.5, 2.0]]), r.Wishart(3.0, [[2.0, 0.0], [0.3, 1.0]])),
    (r.Uniform(1.0, 2.0), r.Uniform(0.0, 3.0)),
    (r.VonMises(1.0, 2.0), r.VonMises(0.0, 1.0)),
    (r.Weibull(1.5, 2.0), r.Weibull(2.0, 3.0)),
]


@pytest.mark.part(6)
@pytest.mark.parametrize(("p", "q"), PAIRS, ids=lambda d: type(d).__name__)
def test_divergence_is_the_mean_difference_of_log_prob(p: r.Distribution, q: r.Distribution) -> None:
    x = p.sample(100_000, r.key(1))
    difference = p.log_prob(x) - q.log_prob(x)
    error = difference.std() / math.sqrt(100_000)
    assert abs(r.kl(p, q) - difference.mean()) < 4 * error + 1e-9
    assert abs(r.kl(p, p)) < 1e-12


def test_every_rule_is_tried() -> None:
    assert {type(p) for p, _ in PAIRS} == set(_RULES)


@pytest.mark.parametrize(
    ("p", "q"),
    [(r.Exponential(2.0), r.Gamma(2.0, 1.0)), (r.Chi2(3.0), r.Exponential(2.0)), (r.Gamma(1.5), r.Chi2(4.0))],
)
def test_families_of_gamma_numbers_meet(p: r.Distribution, q: r.Distribution) -> None:
    x = p.sample(100_000, r.key(1))
    difference = p.log_prob(x) - q.log_prob(x)
    assert abs(r.kl(p, q) - difference.mean()) < 4 * difference.std() / math.sqrt(100_000)


def test_what_is_not_covered() -> None:
    assert r.kl(r.Uniform(0.0, 3.0), r.Uniform(1.0, 2.0)) == math.inf
    assert r.kl(r.Binomial(4, 0.3), r.Binomial(5, 0.3)) == math.inf
    assert r.kl(r.Bernoulli(0.3), r.Bernoulli(0.0)) == math.inf
    assert r.kl(r.Bernoulli(0.0), r.Bernoulli(0.3)) > 0


def test_divergences_of_batches_differentiate() -> None:
    locations = numpy.array([0.0, 1.0])
    loss = lambda loc: r.kl(r.Normal(loc, 1.0), r.Normal(0.0, 1.0)).sum()
    assert wg.grad(loss)(locations).tolist() == locations.tolist()


def test_other_pairs() -> None:
    with pytest.raises(TypeError) as error:
        r.kl(r.Normal(), r.Cauchy())
    assert str(error.value) == (
        "[kl] Normal and Cauchy were given, wanted two of one family that has a closed form; write "
        "wg.random.expectation(lambda x: p.log_prob(x) - q.log_prob(x), p)"
    )
