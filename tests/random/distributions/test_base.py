"""Every distribution: draws, densities and moments against SciPy; shapes, dtypes, trees; eager and compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest
import scipy.stats as st
from tests.random.distributions.families import COUNTS, DENSITIES, EVERY, KEY, SAMPLES

import wengert as wg
import wengert.numpy as np
from wengert import random as r


def has_closed(d: r.Distribution, name: str) -> bool:
    try:
        value = getattr(d, name)
        value() if callable(value) else value
    except NotImplementedError:
        return False
    return True


@pytest.mark.part(4)
@pytest.mark.parametrize("name", DENSITIES)
def test_draws_from_densities(name: str) -> None:
    """By Kolmogorov and Smirnov."""
    ours, theirs = DENSITIES[name]
    drawn = ours.sample(SAMPLES, KEY).numpy()
    if name == "VonMises":  # from -pi to pi, and not from mu - pi
        theirs = st.vonmises(2)
        drawn = (drawn - 0.5 + math.pi) % (2 * math.pi) - math.pi
    assert st.kstest(drawn, theirs.cdf).pvalue > 1e-3


@pytest.mark.part(4)
@pytest.mark.parametrize("name", COUNTS)
def test_draws_of_whole_numbers(name: str) -> None:
    """By chi-square, of the values that are expected five times at least."""
    ours, theirs = COUNTS[name]
    drawn = ours.sample(SAMPLES, KEY)
    assert drawn.dtype == numpy.int64
    seen = numpy.bincount(drawn.numpy())
    expected = SAMPLES * theirs.pmf(numpy.arange(len(seen)))
    usual = expected >= 5
    rest = max(SAMPLES - expected[usual].sum(), 1e-9)
    statistic = ((seen - expected)[usual] ** 2 / expected[usual]).sum() + (seen[~usual].sum() - rest) ** 2 / rest
    assert st.chi2.sf(statistic, usual.sum()) > 1e-3
    assert seen[expected == 0].sum() == 0


@pytest.mark.parametrize("name", DENSITIES)
def test_densities(name: str) -> None:
    ours, theirs = DENSITIES[name]
    points = numpy.concatenate([theirs.ppf([0.01, 0.3, 0.5, 0.9, 0.999]), [-0.7, 0.2]])
    if name != "VonMises":
        assert np.allclose(ours.log_prob(points), theirs.logpdf(points), rtol=1e-10)
        assert np.allclose(ours.prob(points), theirs.pdf(points), rtol=1e-10)
    inside = points[theirs.pdf(points) > 0] if name.startswith("Transformed") else points
    assert np.allclose(ours.cdf(inside), theirs.cdf(inside), rtol=1e-10, atol=1e-13)
    if has_closed(ours, "entropy"):
        assert np.allclose(ours.entropy(), theirs.entropy(), rtol=1e-6)


@pytest.mark.parametrize("name", COUNTS)
def test_probabilities(name: str) -> None:
    ours, theirs = COUNTS[name]
    points = numpy.array([0, 1, 2, 5, 10, 60, 140])
    assert np.allclose(ours.log_prob(points), theirs.logpmf(points), rtol=1e-10)
    assert np.allclose(ours.cdf(points), theirs.cdf(points), rtol=1e-10)
    assert np.all(ours.prob([0.5, -1.0]) == 0)
    if has_closed(ours, "entropy"):
        assert np.allclose(ours.entropy(), theirs.entropy(), rtol=1e-8)
    values = ours.support()
    if values is not None:
        assert np.allclose(ours.prob(values).sum(axis=0), 1)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", [*DENSITIES, *COUNTS])
def test_moments(name: str) -> None:
    ours, theirs = (DENSITIES | COUNTS)[name]
    if name == "VonMises":
        drawn = ours.sample(SAMPLES, KEY) - 0.5
        assert np.allclose(ours.variance, 1 - np.cos(drawn).mean(), atol=0.01)
        return
    if not has_closed(ours, "mean"):
        return
    assert np.allclose(ours.mean, theirs.mean(), rtol=1e-8, equal_nan=True)
    assert np.allclose(ours.variance, theirs.var(), rtol=1e-8, equal_nan=True)
    assert np.allclose(ours.stddev, theirs.std(), rtol=1e-8, equal_nan=True)


COMPILED = ("Normal", "Bernoulli", "Categorical", "MultivariateNormal")
"""Tried compiled as well; the others are when asked for, since their draws are (see `test_generator`)."""


# -- laws ------------------------------------------------------------------------------------------


@pytest.mark.part(6)
@pytest.mark.parametrize("name", EVERY)
def test_shapes(name: str) -> None:
    d = EVERY[name]
    drawn = d.sample((4, 3), KEY)
    assert drawn.shape == (4, 3, *d.batch_shape, *d.event_shape)
    assert d.sample(rng=KEY).shape == (*d.batch_shape, *d.event_shape)
    assert d.log_prob(drawn).shape == (4, 3, *d.batch_shape)
    for moment in ("mean", "variance"):
        if has_closed(d, moment):
            assert getattr(d, moment).shape == (*d.batch_shape, *d.event_shape)


@pytest.mark.part(6, 1)
@pytest.mark.parametrize("name", EVERY)
def test_a_batch_is_distributions_side_by_side(name: str) -> None:
    d = EVERY[name]
    leaves, structure = wg.trees.flatten(d)
    both = wg.trees.unflatten(structure, [np.stack([np.asarray(leaf), np.asarray(leaf)]) for leaf in leaves])
    assert both.batch_shape == (2,)
    x = both.sample(50, KEY)
    assert x.shape == (50, 2, *d.event_shape)
    assert not np.array_equal(x[:, 0], x[:, 1])
    assert np.allclose(both.log_prob(x)[:, 1], d.log_prob(x[:, 1]))
    for known in ("mean", "variance", "entropy"):
        if has_closed(d, known) and has_closed(both, known):
            one, several = (getattr(each, known) for each in (d, both))
            one, several = (one(), several()) if callable(one) else (one, several)
            assert np.allclose(several, np.stack([one, one]), equal_nan=True)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", EVERY)
def test_the_mean_of_log_prob_is_the_entropy(name: str) -> None:
    d = EVERY[name]
    if has_closed(d, "entropy"):
        spread = -d.log_prob(d.sample(SAMPLES, KEY))
        assert np.abs(spread.mean() - d.entropy()) < 5 * spread.std() / math.sqrt(SAMPLES) + 1e-12


@pytest.mark.part(4)
@pytest.mark.parametrize("name", EVERY)
def test_moments_are_those_of_draws(name: str) -> None:
    d = EVERY[name]
    if name in ("Cauchy", "HalfCauchy", "VonMises") or not has_closed(d, "mean"):
        return
    x = d.sample(SAMPLES, KEY)
    assert np.all(np.abs(x.mean(axis=0) - d.mean) < 5 * d.stddev / math.sqrt(SAMPLES))
    fourth = ((x - d.mean) ** 2).std(axis=0)
    assert np.all(np.abs(((x - d.mean) ** 2).mean(axis=0) - d.variance) < 5 * fourth / math.sqrt(SAMPLES))


@pytest.mark.parametrize("name", [n if n in COMPILED else pytest.param(n, marks=pytest.mark.wide) for n in EVERY])
def test_compiled_and_batched(name: str) -> None:
    """Distributions and keys are arguments; numbers are those of eager code."""
    d = EVERY[name]
    draw = lambda d, key: (d.sample(3, key), d.log_prob(d.sample(rng=key)))
    for eager, compiled in zip(draw(d, KEY), wg.jit(lambda key: draw(d, key))(KEY), strict=True):
        assert np.allclose(eager, compiled, rtol=1e-10)
    keys = r.split(KEY, 2)
    batched = wg.vmap(lambda key: d.sample(3, key))(keys)
    assert np.allclose(batched, np.stack([d.sample(3, key) for key in keys]), rtol=1e-12)


@pytest.mark.part(8, 1)
@pytest.mark.parametrize("name", EVERY)
def test_single_precision_stays(name: str) -> None:
    leaves, structure = wg.trees.flatten(EVERY[name])
    single = [np.asarray(leaf, None if isinstance(leaf, int) else "float32") for leaf in leaves]
    if all(isinstance(leaf, int) for leaf in leaves):
        return
    d = wg.trees.unflatten(structure, single)
    assert d.log_prob(d.sample(3, KEY)).dtype == "float32"
    assert d.sample(3, KEY).dtype == ("int64" if d.is_discrete else "float32")


def test_dtypes_of_plain_numbers() -> None:
    assert r.Normal().sample().dtype == numpy.float64
    assert r.Normal(numpy.zeros(2, "float32")).sample().dtype == numpy.float32


def test_what_draws() -> None:
    d = r.Normal()
    r.seed(1)
    first = d.sample(3)
    assert np.array_equal(r.default_rng(1).normal(size=3), first)
    assert np.array_equal(d.sample(3, r.default_rng(1)), first)
    assert np.array_equal(d.sample(3, KEY), d.sample(3, KEY))


MISTAKES: dict[str, Any] = {
    "[Poisson.entropy] it has no closed form, wanted one that has; write -wg.random.expectation(d.log_prob, "
    "d)": lambda: r.Poisson(2.0).entropy(),
    "[Bernoulli] p=None and logits=None were given, wanted one of them; write Bernoulli(p) or "
    "Bernoulli(logits=logits)": lambda: r.Bernoulli(),
    "[normal] scale -1.0 was given, wanted a number that is not negative; write np.abs(scale), or np.exp of a number "
    "without bounds": lambda: r.Normal(0.0, -1.0).sample(),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes(message: str) -> None:
    with pytest.raises((TypeError, ValueError, NotImplementedError)) as error:
        MISTAKES[message]()
    assert str(error.value) == message


@pytest.mark.parametrize("name", EVERY)
def test_moments_have_the_dtype_of_the_parameters(name: str) -> None:
    leaves, tree = wg.trees.flatten(EVERY[name])
    single = [numpy.float32(each) if numpy.asarray(each).dtype.kind == "f" else each for each in leaves]
    if not any(numpy.ndim(each) or isinstance(each, numpy.float32) for each in single):
        pytest.skip("all parameters are whole numbers")
    d = wg.trees.unflatten(tree, [each if type(each) is int else np.asarray(each) for each in single])
    for moment in ("mean", "variance", "stddev", "entropy"):
        if has_closed(d, moment):
            value = getattr(d, moment)
            assert (value() if callable(value) else value).dtype == numpy.float32, moment
