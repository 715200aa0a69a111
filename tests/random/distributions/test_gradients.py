"""Derivatives of draws in the parameters against the derivatives of exact expectations, to second order."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import random as r
from wengert.scipy import special

KEY = r.key(8)
SAMPLES = 10_000


def square(d: r.Distribution) -> Any:
    return d.variance + d.mean**2


Case = tuple[Callable[..., r.Distribution], tuple[float, ...], Callable[[Any], Any], Callable[[r.Distribution], Any]]

CASES: dict[str, Case] = {
    "Normal": (r.Normal, (1.0, 2.0), np.square, square),
    "Laplace": (r.Laplace, (1.0, 2.0), np.square, square),
    "Logistic": (r.Logistic, (1.0, 2.0), np.square, square),
    "Gumbel": (r.Gumbel, (1.0, 2.0), np.square, square),
    "Cauchy": (
        r.Cauchy,
        (1.0, 2.0),
        lambda x: 1 / (1 + x * x),
        lambda d: (1 + d.scale) / ((1 + d.scale) ** 2 + d.loc**2),
    ),
    "StudentT": (r.StudentT, (9.0, 1.0, 2.0), np.square, square),
    "VonMises": (r.VonMises, (0.5, 2.0), np.cos, lambda d: (1 - d.variance) * np.cos(d.mu)),
    "LogNormal": (r.LogNormal, (0.3, 0.3), np.square, square),
    "Exponential": (r.Exponential, (2.0,), np.square, square),
    "Gamma": (r.Gamma, (3.0, 2.0), np.square, square),
    "Gamma below one": (r.Gamma, (0.4, 2.0), np.square, square),
    "Gamma by its logarithm": (r.Gamma, (0.4, 2.0), np.log, lambda d: special.digamma(d.a) + np.log(d.scale)),
    "HalfNormal": (r.HalfNormal, (2.0,), np.square, square),
    "Weibull": (r.Weibull, (1.5, 2.0), np.square, square),
    "Uniform": (r.Uniform, (1.0, 3.0), np.square, square),
    "Beta": (r.Beta, (0.7, 2.0), np.square, square),
    "TruncatedNormal": (r.TruncatedNormal, (-1.0, 3.0, 1.5, 2.0), np.square, square),
    "Chi2": (r.Chi2, (3.0,), np.square, square),
    "InverseGamma": (r.InverseGamma, (5.0, 2.0), lambda x: x, lambda d: d.mean),
    "Pareto": (r.Pareto, (9.0, 2.0), np.square, square),
    "HalfCauchy": (r.HalfCauchy, (2.0,), lambda x: 1 / (1 + x * x), lambda d: 1 / (1 + d.scale)),
    "FisherSnedecor": (r.FisherSnedecor, (3.0, 11.0), lambda x: x, lambda d: d.mean + 0 * d.dfnum),
    "InverseGaussian": (r.InverseGaussian, (1.5, 2.0), np.square, square),
    "Kumaraswamy": (r.Kumaraswamy, (0.7, 2.0), np.square, square),
    "Wishart": (
        lambda df, scale: r.Wishart(df, np.stack([np.stack([scale, 0.0]), np.stack([0.5, 2.0])])),
        (4.5, 1.5),
        lambda x: x[..., 0, 1] ** 2,
        lambda d: d.variance[0, 1] + d.mean[0, 1] ** 2,
    ),
    "LKJCholesky": (
        lambda concentration: r.LKJCholesky(3, concentration),
        (1.5,),
        lambda x: x[..., 1, 0] ** 2,
        lambda d: 1 / (2 * d.concentration + 2),
    ),
    "Mixture": (
        lambda share, loc, scale: r.Mixture(
            r.Categorical(np.stack([share, 1 - share])), r.Normal(np.stack([loc, 2.0]), scale)
        ),
        (0.3, -1.0, 0.7),
        np.square,
        square,
    ),
    "Mixture of gammas": (
        lambda share, a: r.Mixture(r.Categorical(np.stack([share, 1 - share])), r.Gamma(np.stack([a, 4.0]), 1.0)),
        (0.3, 1.5),
        np.square,
        square,
    ),
    "Dirichlet": (
        lambda a, b: r.Dirichlet(np.stack([a, b, 2.0])),
        (1.0, 0.5),
        lambda x: x[..., 0] * x[..., 2],
        lambda d: d.alpha[0] * d.alpha[2] / (d.alpha.sum() * (d.alpha.sum() + 1)),
    ),
    "MultivariateNormal": (
        lambda a, b: r.MultivariateNormal(np.stack([a, 1.0]), np.stack([np.stack([a, 0.0]), np.stack([b, 2.0])])),
        (1.0, 0.5),
        lambda x: x[..., 0] * x[..., 1],
        lambda d: d.covariance[0, 1] + d.mean[0] * d.mean[1],
    ),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", CASES)
def test_gradients_of_draws(name: str) -> None:
    make, parameters, f, exact = CASES[name]
    each = lambda p: f(make(*p).sample(SAMPLES, KEY))
    slopes = wg.jacfwd(each)(np.stack(parameters))
    wanted = wg.grad(lambda p: exact(make(*p)))(np.stack(parameters))
    error = slopes.std(axis=0) / math.sqrt(SAMPLES)
    assert np.all(np.abs(slopes.mean(axis=0) - wanted) < 4 * error + 1e-12)
    assert np.all(error < 0.1 * np.abs(slopes).mean(axis=0) + 1e-12)
    assert np.allclose(wg.grad(lambda p: each(p).mean())(np.stack(parameters)), slopes.mean(axis=0), rtol=1e-8)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ["Normal", "Gamma", "Gamma below one", "Beta", "VonMises", "Mixture", "Weibull"])
def test_second_derivatives_of_draws(name: str) -> None:
    make, parameters, f, exact = CASES[name]
    at = np.stack(parameters)
    each = lambda p: f(make(*p).sample(SAMPLES // 2, KEY))
    curves = wg.jacfwd(wg.jacfwd(each))(at)
    wanted = wg.hessian(lambda p: exact(make(*p)))(at)
    assert np.all(np.abs(curves.mean(axis=0) - wanted) < 4 * curves.std(axis=0) / math.sqrt(SAMPLES // 2) + 1e-12)


@pytest.mark.parametrize("name", ["Gamma", "Mixture"])
def test_gradients_compiled(name: str) -> None:
    make, parameters, f, _ = CASES[name]
    slope = wg.grad(lambda p: f(make(*p).sample(100, KEY)).mean())
    assert np.allclose(wg.jit(slope)(np.stack(parameters)), slope(np.stack(parameters)), rtol=1e-7)


def test_straight_through() -> None:
    for d, hard in ((r.RelaxedBernoulli(0.5, 0.3), {0.0, 1.0}), (r.RelaxedCategorical(0.5, [0.3, 1.0]), {0.0, 1.0})):
        drawn = d.straight_through(50, KEY)
        assert set(drawn.reshape(-1).tolist()) == hard
        by_hard = wg.grad(lambda d: (d.straight_through(50, KEY) ** 2)[..., :1].sum())(d).logits
        soft = d.sample(50, KEY)
        by_soft = wg.grad(lambda d, hard=drawn: (2 * hard * d.sample(50, KEY))[..., :1].sum())(d).logits
        assert np.allclose(by_hard, by_soft)
        assert soft.shape == drawn.shape


def test_relaxed_densities_add_up_to_one() -> None:
    points = (numpy.arange(200_000) + 0.5) / 200_000
    relaxed = r.RelaxedBernoulli(0.7, 0.5)
    assert np.allclose(relaxed.prob(points).mean(), 1, atol=1e-3)
    assert np.allclose(relaxed.cdf(points[::1000]), np.cumsum(relaxed.prob(points))[::1000] / 200_000, atol=1e-3)
    shares = numpy.stack([points, 1 - points], -1)
    assert np.allclose(r.RelaxedCategorical(0.7, [0.0, 0.5]).prob(shares).mean(), 1, atol=1e-3)
