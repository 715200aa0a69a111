"""Integrals of samples: SciPy's numbers, derivatives in samples and places."""

from __future__ import annotations

import re
from itertools import product

import numpy
import pytest
import scipy.integrate

import wengert as wg
import wengert.numpy as np
from wengert.scipy import integrate

RULES = ["simpson", "trapezoid", "cumulative_trapezoid", "cumulative_simpson"]


def samples(count: int):
    """Samples of two curves, and places for them."""
    rng = numpy.random.default_rng(count)
    return rng.normal(size=(2, count)), numpy.cumsum(rng.uniform(0.1, 1.0, (2, count)), axis=1)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("count", [2, 3, 4, 5, 8, 9])
def test_the_numbers_are_scipys(rule: str, count: int) -> None:
    y, x = samples(count)
    ours, theirs = getattr(integrate, rule), getattr(scipy.integrate, rule)
    for places in ({}, {"dx": 0.3}, {"x": x}, {"x": x[0]}):
        numpy.testing.assert_allclose(ours(y, **places), theirs(y, **places), rtol=1e-12, atol=1e-14)
        turned = {name: numpy.transpose(value) for name, value in places.items()}
        numpy.testing.assert_allclose(
            ours(y.T, **turned, axis=0), theirs(y.T, **turned, axis=0), rtol=1e-12, atol=1e-14
        )


def test_integers_and_small_floats_keep_their_dtypes() -> None:
    assert integrate.simpson(numpy.arange(5)).item() == 8.0
    assert integrate.simpson(numpy.ones(5, "float32")).dtype == "float32"
    assert integrate.cumulative_trapezoid(numpy.arange(3)).tolist() == [0.5, 2.0]


def test_what_the_integrals_begin_with() -> None:
    y, x = samples(5)
    for initial in (None, 0):
        wanted = scipy.integrate.cumulative_trapezoid(y, x, initial=initial)
        numpy.testing.assert_allclose(integrate.cumulative_trapezoid(y, x, initial=initial), wanted)
    for initial in (None, 2.0, numpy.array([[1.0], [3.0]])):
        theirs = scipy.integrate.cumulative_simpson(y, x=x, initial=initial)
        ours = integrate.cumulative_simpson(y, x=x, initial=None if initial is None else numpy.ravel(initial))
        numpy.testing.assert_allclose(ours, theirs)


def test_samples_at_one_place_are_an_interval_without_width() -> None:
    x, y = numpy.array([0.0, 1.0, 1.0, 2.0, 3.0]), numpy.array([0.0, 1.0, 5.0, 6.0, 7.0])
    numpy.testing.assert_allclose(integrate.simpson(y, x=x), scipy.integrate.simpson(y, x=x))
    assert numpy.isfinite(wg.grad(lambda x: integrate.simpson(y, x=x))(x).numpy()).all()


@pytest.mark.parametrize("count", [2, 3, 5, 9, 17])
def test_romberg(count: int) -> None:
    y, _ = samples(count)
    numpy.testing.assert_allclose(integrate.romb(y, 0.3), scipy.integrate.romb(y, 0.3), rtol=1e-12)
    numpy.testing.assert_allclose(integrate.romb(y.T, 0.3, axis=0), scipy.integrate.romb(y, 0.3), rtol=1e-12)


@pytest.mark.part(4)
@pytest.mark.parametrize(("rule", "count"), list(product(RULES, (4, 5))))
def test_they_differentiate_compile_and_batch(rule: str, count: int) -> None:
    y, x = samples(count)

    def f(y, x):
        return getattr(integrate, rule)(y, x=x)

    wg.check(f, y[0], x[0], order=2)
    numpy.testing.assert_allclose(wg.jit(f)(y[0], x[0]), f(y[0], x[0]), rtol=1e-12)
    numpy.testing.assert_allclose(wg.vmap(f)(y, x), f(y, x), rtol=1e-12)


def test_the_derivative_of_romberg_in_its_samples_is_its_weights() -> None:
    numpy.testing.assert_allclose(wg.grad(integrate.romb)(np.zeros(5)) * 45, [14, 64, 24, 64, 14])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: integrate.romb(numpy.zeros(4)),
            "[romb] y has 4 samples along axis -1, wanted 2**k + 1 of them: 2, 3, 5, 9, 17, ...; write "
            "simpson(y, dx=dx) for any number",
        ),
        (
            lambda: integrate.simpson(numpy.zeros(4), x=numpy.zeros(3)),
            "[simpson] x has shape (3,) for 4 samples along axis -1 of y, wanted (4,) or the shape of y; write a place "
            "for each sample",
        ),
        (
            lambda: integrate.cumulative_trapezoid(numpy.zeros(4), initial=1.0),
            "[cumulative_trapezoid] initial=1.0, wanted 0 or None; add the number to the result",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        call()
