"""Estimates of differential operators: exact where nothing is random, right on average, errors."""

from __future__ import annotations

import re
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

RNG = numpy.random.default_rng(0)
WEIGHT = RNG.normal(size=(5, 5))
POINT = RNG.normal(size=5)


def f(x: Any) -> Any:
    return np.sum(np.sin(x @ WEIGHT) ** 2)


def on_average(estimate: Any, expected: float, runs: int = 300) -> None:
    """Within five standard errors."""
    keys = wg.random.split(wg.random.key(1), runs)
    found = numpy.asarray(wg.vmap(lambda key: estimate(key)(POINT))(keys))
    assert found.std() > 0
    assert abs(found.mean() - expected) < 5 * found.std() / runs**0.5


@pytest.mark.parametrize("directions", ["signs", "normal", "axes"])
def test_a_laplacian_on_average(directions: str) -> None:
    on_average(lambda key: wg.random.laplacian_estimate(f, 3, directions, key), float(wg.laplacian(f)(POINT)))


def test_all_axes_are_no_estimate() -> None:
    found = wg.random.laplacian_estimate(f, 5, "axes")(POINT)
    assert float(found) == pytest.approx(float(wg.laplacian(f)(POINT)), rel=1e-12)
    field = lambda x: np.sin(x @ WEIGHT)
    found = wg.random.divergence_estimate(field, 5, "axes")(POINT)
    assert float(found) == pytest.approx(float(wg.divergence(field)(POINT)), rel=1e-12)


@pytest.mark.parametrize("directions", ["signs", "normal", "axes"])
def test_a_divergence_on_average(directions: str) -> None:
    field = lambda x: np.sin(x @ WEIGHT)
    on_average(lambda key: wg.random.divergence_estimate(field, 3, directions, key), float(wg.divergence(field)(POINT)))


def test_a_biharmonic_on_average() -> None:
    on_average(lambda key: wg.random.biharmonic_estimate(f, 20, key), float(wg.biharmonic(f)(POINT)), runs=1000)


def test_draws_are_new_at_each_call_and_those_of_a_key_are_not() -> None:
    estimate = wg.random.laplacian_estimate(f)
    assert float(estimate(POINT)) != float(estimate(POINT))
    keyed = wg.random.laplacian_estimate(f, rng=wg.random.key(0))
    assert float(keyed(POINT)) == float(keyed(POINT))


def test_estimates_are_compiled_and_differentiated() -> None:
    estimate = wg.random.laplacian_estimate(lambda x, scale: f(scale * x), 2, rng=wg.random.key(0))
    assert float(wg.jit(estimate)(POINT, 1.5)) == pytest.approx(float(estimate(POINT, 1.5)), rel=1e-12)
    slope = float(wg.grad(estimate, argnums=1)(POINT, 1.5))
    h = 1e-5
    assert slope == pytest.approx(float(estimate(POINT, 1.5 + h) - estimate(POINT, 1.5 - h)) / (2 * h), rel=1e-6)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: wg.random.laplacian_estimate(f, directions="sphere"),
            "[laplacian_estimate] directions is 'sphere', wanted one of signs, normal, axes; write directions='signs'",
        ),
        (
            lambda: wg.random.biharmonic_estimate(f, samples=0),
            "[biharmonic_estimate] samples is 0, wanted at least one direction; write samples=1",
        ),
        (
            lambda: wg.random.divergence_estimate(np.sin, 6, "axes")(POINT),
            "[divergence_estimate] samples is 6, wanted at most the 5 axes that there are; write directions='signs'",
        ),
    ],
)
def test_errors(call: Any, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text) + "$"):
        call()
