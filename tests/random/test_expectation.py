"""Expectations and their derivatives, by every method, against exact ones; several distributions; reports."""

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

KEYS = r.split(r.key(5), 20)
SAMPLES = 10_000

Case = tuple[Callable[..., Any], Callable[[Any], Any], Callable[[Any], Any], float, str | None, tuple[str, ...]]

CASES: dict[str, Case] = {
    "pathwise": (lambda x: x**3, lambda m: r.Normal(m, 1.0), lambda m: m**3 + 3 * m, 1.3, None, ("pathwise",)),
    "score": (lambda x: x**3, lambda m: r.Normal(m, 1.0), lambda m: m**3 + 3 * m, 1.3, "score", ("score",)),
    "measure": (lambda x: x**3, lambda m: r.Normal(m, 1.0), lambda m: m**3 + 3 * m, 1.3, "measure", ("measure",)),
    "measure of the scale": (
        lambda x: x**2,
        lambda m: r.Normal(0.5, m),
        lambda m: m**2 + 0.25,
        1.3,
        "measure",
        ("measure",),
    ),
    "poisson": (lambda x: x**2, r.Poisson, lambda m: m**2 + m, 3.0, None, ("measure",)),
    "poisson by score": (lambda x: x**2, r.Poisson, lambda m: m**2 + m, 3.0, "score", ("score",)),
    "geometric": (lambda x: x * 1.0, r.Geometric, lambda m: 1 / m, 0.6, None, ("score",)),
    "implicit": (lambda x: x**2, lambda m: r.Gamma(m, 1.0), lambda m: m * (m + 1), 2.0, None, ("pathwise",)),
    "batch": (
        lambda x: x[0] * x[1] ** 2,
        lambda m: r.Poisson(np.stack([m, 2 * m])),
        lambda m: m * (2 * m + 4 * m**2),
        1.0,
        None,
        ("score",),
    ),
    "several": (
        lambda x, y, z: x * y * (z + 1),
        lambda m: (r.Normal(m, 1.0), r.Poisson(m), r.Bernoulli(m / 4)),
        lambda m: m**2 * (1 + m / 4),
        2.0,
        None,
        ("pathwise", "measure", "enumerated"),
    ),
    "one after another": (
        lambda z, x: x * (1.0 + z),
        lambda m: (r.Bernoulli(m / 4), lambda z: r.Normal(m * z, 1.0)),
        lambda m: m**2 / 2,
        2.0,
        None,
        ("score", "pathwise"),
    ),
    "discrete after another": (
        lambda x, k: k * x,
        lambda m: (r.Gamma(m, 1.0), lambda x: r.Poisson(x * m)),
        lambda m: m**2 * (m + 1),
        2.0,
        None,
        ("pathwise", "score"),
    ),
}


def estimates(h: Callable[[Any, Any], Any], at: float) -> tuple[float, float]:
    """The mean over keys, and its standard error."""
    found = numpy.array([float(h(at, key)) for key in KEYS])
    return found.mean(), found.std(ddof=1) / math.sqrt(len(found))


@pytest.mark.part(4)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_unbiased(name: str, order: int) -> None:
    f, make, exact, at, method, methods = CASES[name]
    derivative = exact
    estimate = lambda m, key: r.expectation(f, make(m), SAMPLES // (1 + 4 * order), key, method=method)
    for _ in range(order):
        derivative, estimate = wg.grad(derivative), wg.grad(estimate)
    mean, error = estimates(estimate, at)
    assert abs(mean - derivative(at)) < 4 * error + 1e-9
    assert error < (0.1, 0.1, 0.3)[order] * max(abs(float(derivative(at))), 1)
    assert r.expectation(f, make(at), 10, KEYS[0], method=method, return_report=True)[1].methods == methods


@pytest.mark.parametrize(
    ("make", "exact"),
    [
        (lambda p: r.Bernoulli(p), lambda p, f: p * f(1) + (1 - p) * f(0)),
        (lambda p: r.Categorical(np.stack([p, 1 - p])), lambda p, f: p * f(0) + (1 - p) * f(1)),
        (lambda p: r.Binomial(2, p), lambda p, f: p**2 * f(2) + 2 * p * (1 - p) * f(1) + (1 - p) ** 2 * f(0)),
    ],
)
def test_a_finite_support_is_summed_over(make: Any, exact: Any) -> None:
    f = lambda x: np.sin(x + 0.3)
    estimate, wanted = (lambda p: r.expectation(f, make(p))), (lambda p: exact(p, f))
    for _ in range(3):
        assert np.allclose(estimate(0.3), wanted(0.3))
        estimate, wanted = wg.grad(estimate), wg.grad(wanted)


def test_vectors_with_a_one_are_summed_over() -> None:
    worth = numpy.array([1.0, 2.0, 5.0])
    found = lambda logits: r.expectation(lambda x: (x @ worth) ** 2, r.OneHotCategorical(logits=logits))
    exact = lambda logits: special.softmax(logits) @ worth**2
    logits = np.array([0.0, 1.0, -0.5])
    assert np.allclose(found(logits), exact(logits))
    assert np.allclose(wg.hessian(found)(logits), wg.hessian(exact)(logits))


def test_a_batch_of_finite_supports() -> None:
    p = numpy.array([0.2, 0.7, 0.4])
    estimate = lambda p: r.expectation(lambda x: np.prod(1 + x * numpy.arange(3.0)), r.Bernoulli(p))
    exact = lambda p: np.prod(1 + p * numpy.arange(3.0))
    assert np.allclose(estimate(p), exact(p))
    assert np.allclose(wg.hessian(estimate)(p), wg.hessian(exact)(p))


def test_parameters_of_the_function() -> None:
    """Of the function itself, beside those of the distribution, and together."""
    loss = lambda p: r.expectation(lambda x: p[0] * (x - p[1]) ** 2, r.Poisson(p[2]), 50_000, KEYS[0])
    exact = lambda p: p[0] * (p[2] + (p[2] - p[1]) ** 2)
    at = numpy.array([0.5, 1.0, 2.0])
    assert np.allclose(wg.grad(loss)(at), wg.grad(exact)(at), atol=0.05)
    assert np.allclose(wg.hessian(loss)(at), wg.hessian(exact)(at), atol=0.15)


def test_a_function_that_jumps() -> None:
    """The chance that a normal number is positive: its derivative is the density at 0."""
    chance = lambda m: r.expectation(lambda x: (x > 0) * 1.0, r.Normal(m, 1.0), 50_000, KEYS[0], smooth=False)
    assert np.allclose(wg.grad(chance)(0.5), r.Normal(0.5, 1.0).prob(0.0), atol=0.01)
    _, report = r.expectation(lambda x: x * 1.0, r.Gamma(2.0), 10, KEYS[0], smooth=False, return_report=True)
    assert report.methods == ("score",)


def test_nested() -> None:
    inner = lambda m, z, key: r.expectation(lambda x: x**2 * (1.0 + z), r.Normal(m * z, 1.0), 20, key)
    outer = lambda m, key: r.expectation(lambda z: inner(m, z, r.fold_in(key, z)), r.Geometric(m), 4000, key)
    exact = lambda m: r.expectation(lambda z: (1.0 + z) * (1 + (m * z) ** 2), r.Geometric(m), 100_000, KEYS[3])
    for h, wanted in ((outer, exact), (wg.grad(outer), wg.grad(exact))):
        mean, error = estimates(h, 0.7)
        assert abs(mean - wanted(0.7)) < 4 * error + 0.1


def test_functions_of_arrays() -> None:
    estimate, report = r.expectation(
        lambda x: np.stack([x, x**2]), r.Poisson(3.0), SAMPLES, KEYS[0], return_report=True
    )
    assert np.allclose(estimate, [3.0, 12.0], atol=0.4)
    assert report.variance.shape == (2,)
    assert report.gradient_variance is None


@pytest.mark.parametrize("method", ["pathwise", "measure", "score"])
def test_reports_tell_the_variance(method: str) -> None:
    """Those of many estimates, of the value and of both derivatives."""
    at = numpy.array([1.0, 2.0])
    loss = lambda p, key: r.expectation(lambda x: x**2, r.Normal(p[0], p[1]), 200, key, method=method)
    keys = r.split(KEYS[1], 400)
    values, slopes = wg.vmap(wg.value_and_grad(loss), in_axes=(None, 0))(at, keys)
    d = r.Normal(at[0], at[1])
    _, report = r.expectation(lambda x: x**2, d, 20_000, KEYS[2], method=method, return_report=True)
    assert np.allclose(report.variance * 100, values.var(), rtol=0.25)
    assert np.allclose(report.gradient_variance.loc * 100, slopes[:, 0].var(), rtol=0.25)
    assert np.allclose(report.gradient_variance.scale * 100, slopes[:, 1].var(), rtol=0.25)
    assert report.samples == 20_000


def test_the_baseline_takes_out_what_is_the_same_everywhere() -> None:
    variance = lambda f: r.expectation(f, r.Geometric(0.5), 500, KEYS[0], return_report=True)[1].gradient_variance.p
    assert np.allclose(variance(lambda x: x + 1000.0), variance(lambda x: x * 1.0))


def test_a_measure_varies_less_than_the_score() -> None:
    reports = [
        r.expectation(lambda x: x**2, r.Poisson(3.0), 2000, KEYS[0], method=method, return_report=True)[1]
        for method in ("measure", "score")
    ]
    assert 5 * reports[0].gradient_variance.lam < reports[1].gradient_variance.lam
    _, report = r.expectation(lambda x: x**2, r.Bernoulli(0.3), return_report=True)
    assert (report.samples, float(report.variance), float(report.gradient_variance.p)) == (0, 0.0, 0.0)


def test_compiled_and_batched() -> None:
    slope = wg.grad(lambda m: r.expectation(lambda x: x**2, r.Poisson(m), 500, KEYS[0]))
    assert np.allclose(wg.jit(slope)(3.0), slope(3.0))
    assert np.allclose(wg.vmap(slope)(np.array([3.0, 4.0])), np.stack([slope(3.0), slope(4.0)]))


def test_a_method_that_does_not_suit() -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        r.expectation(lambda x: x, r.Poisson(2.0), method="pathwise")
    assert str(error.value) == (
        "[expectation] the method 'pathwise' was given for Poisson, wanted one of 'measure', 'score'; leave it out for "
        "the first of them"
    )
