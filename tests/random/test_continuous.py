"""Draws from densities against the distribution functions of SciPy, and their derivatives against closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import scipy.stats as st

import wengert as wg
import wengert.numpy as np

KEY = wg.random.key(11)
SAMPLES = 20_000
DRAWS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "uniform": (lambda n: wg.random.uniform(1.0, 3.0, n, key=KEY), st.uniform(1, 2)),
    "triangular": (lambda n: wg.random.triangular(1.0, 2.0, 4.0, n, key=KEY), st.triang(1 / 3, 1, 3)),
    "rayleigh": (lambda n: wg.random.rayleigh(2.0, n, key=KEY), st.rayleigh(scale=2)),
    "pareto": (lambda n: wg.random.pareto(2.0, n, key=KEY), st.lomax(2)),
    "power": (lambda n: wg.random.power(2.0, n, key=KEY), st.powerlaw(2)),
    "power below one": (lambda n: wg.random.power(0.2, n, key=KEY), st.powerlaw(0.2)),
    "chisquare": (lambda n: wg.random.chisquare(3.0, n, key=KEY), st.chi2(3)),
    "wald": (lambda n: wg.random.wald(2.0, 3.0, n, key=KEY), st.invgauss(2 / 3, scale=3)),
    "wald far out": (lambda n: wg.random.wald(50.0, 0.5, n, key=KEY), st.invgauss(100, scale=0.5)),
    "f": (lambda n: wg.random.f(3.0, 5.0, n, key=KEY), st.f(3, 5)),
    "standard_t": (lambda n: wg.random.standard_t(3.0, n, key=KEY), st.t(3)),
    "tiny gamma": (lambda n: wg.random.gamma(0.01, 1.0, n, key=KEY), st.gamma(0.01)),
    "large gamma": (lambda n: wg.random.gamma(1e4, 1.0, n, key=KEY), st.gamma(1e4)),
    "small beta": (lambda n: wg.random.beta(0.3, 0.2, n, key=KEY), st.beta(0.3, 0.2)),
    "vonmises of none": (lambda n: wg.random.vonmises(0.0, 0.0, n, key=KEY), st.uniform(-math.pi, 2 * math.pi)),
    "vonmises of much": (lambda n: wg.random.vonmises(0.0, 300.0, n, key=KEY), st.vonmises(300)),
    "single precision": (lambda n: wg.random.normal(1.0, 2.0, n, "float32", key=KEY), st.norm(1, 2)),
    "half precision": (lambda n: wg.random.exponential(1.0, n, "float16", key=KEY), None),
}


@pytest.mark.parametrize("name", DRAWS)
def test_by_kolmogorov_and_smirnov(name: str) -> None:
    draw, theirs = DRAWS[name]
    drawn = draw(SAMPLES).numpy()
    if theirs is not None:
        assert st.kstest(drawn, theirs.cdf).pvalue > 1e-3
    else:
        assert drawn.dtype == numpy.float16
        assert abs(drawn.astype(float).mean() - 1) < 0.03


def test_the_tails_of_a_million_normal_numbers() -> None:
    drawn = np.sort(wg.random.normal(size=1_000_000, dtype="float32", key=KEY))
    assert 4.4 < -drawn[0] < 5.6
    assert 4.4 < drawn[-1] < 5.6
    assert np.allclose(drawn[1000], st.norm.ppf(1e-3), atol=0.03)


def test_vectors_of_normal_numbers() -> None:
    cov = numpy.array([[2.0, 1.0], [1.0, 3.0]])
    drawn = wg.random.multivariate_normal([1.0, 2.0], cov, 50_000, key=KEY).numpy()
    assert numpy.allclose(drawn.mean(axis=0), [1, 2], atol=0.03)
    assert numpy.allclose(numpy.cov(drawn.T), cov, atol=0.06)
    shares = wg.random.dirichlet([0.01, 0.02, 0.03], 20_000, key=KEY)
    assert np.allclose(shares.sum(axis=-1), 1)
    assert np.allclose(shares.mean(axis=0), [1 / 6, 1 / 3, 1 / 2], atol=0.02)


SLOPES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], float]] = {
    "uniform": (lambda p: wg.random.uniform(-1.0, p, SAMPLES, key=KEY), lambda p: (p - 1) / 2, 2.0),
    "triangular": (lambda p: wg.random.triangular(0.0, p, 4.0, SAMPLES, key=KEY), lambda p: (p + 4) / 3, 1.0),
    "rayleigh": (lambda p: wg.random.rayleigh(p, SAMPLES, key=KEY), lambda p: p * math.sqrt(math.pi / 2), 2.0),
    "pareto": (lambda p: wg.random.pareto(p, SAMPLES, key=KEY), lambda p: 1 / (p - 1), 5.0),
    "power": (lambda p: wg.random.power(p, SAMPLES, key=KEY), lambda p: p / (p + 1), 2.0),
    "chisquare": (lambda p: wg.random.chisquare(p, SAMPLES, key=KEY), lambda p: p, 3.0),
    "f": (lambda p: wg.random.f(3.0, p, SAMPLES, key=KEY), lambda p: p / (p - 2), 12.0),
}


@pytest.mark.parametrize("name", SLOPES)
def test_slopes(name: str) -> None:
    draw, mean, at = SLOPES[name]
    slopes = wg.jacfwd(draw)(at)
    assert abs(slopes.mean() - wg.grad(lambda p: mean(p) * 1.0)(at)) < 4 * slopes.std() / math.sqrt(SAMPLES)


def test_orders_of_parameters() -> None:
    for call, text in {
        lambda: wg.random.triangular(
            0.0, -1.0, 1.0
        ): "[triangular] mode less left -1.0 was given, wanted left <= mode; write rng.triangular(left, mode, right)",
        lambda: wg.random.multivariate_normal([0.0, 1.0], 1.0): "[multivariate_normal] a mean of shape (2,) and a "
        "covariance of shape () were given, wanted (n,) and (n, n); write numpy.diag(variances) for independent "
        "components",
    }.items():
        with pytest.raises(ValueError) as error:  # noqa: PT011
            call()
        assert str(error.value) == text
