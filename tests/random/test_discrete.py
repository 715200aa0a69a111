"""Draws of whole numbers against the probabilities of SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import scipy.stats as st

import wengert as wg
import wengert.numpy as np

KEY = wg.random.key(12)
SAMPLES = 20_000
DRAWS: dict[str, tuple[Callable[[int], Any], Any]] = {
    "integers": (lambda n: wg.random.integers(-5, 6, n, key=KEY), st.randint(-5, 6)),
    "few integers": (lambda n: wg.random.integers(2, size=n, key=KEY), st.randint(0, 2)),
    "integers of arrays": (lambda n: wg.random.integers(numpy.zeros(n, int), 7, key=KEY), st.randint(0, 7)),
    "poisson near the border": (lambda n: wg.random.poisson(9.999, n, key=KEY), st.poisson(9.999)),
    "poisson beyond the border": (lambda n: wg.random.poisson(10.001, n, key=KEY), st.poisson(10.001)),
    "poisson of few": (lambda n: wg.random.poisson(0.01, n, key=KEY), st.poisson(0.01)),
    "binomial by search": (lambda n: wg.random.binomial(40, 0.2, n, key=KEY), st.binom(40, 0.2)),
    "binomial by rejection": (lambda n: wg.random.binomial(60, 0.8, n, key=KEY), st.binom(60, 0.8)),
    "binomial by halves": (lambda n: wg.random.binomial(100, 0.5, n, key=KEY), st.binom(100, 0.5)),
    "geometric": (lambda n: wg.random.geometric(0.05, n, key=KEY), st.geom(0.05)),
    "negative_binomial": (lambda n: wg.random.negative_binomial(2.5, 0.3, n, key=KEY), st.nbinom(2.5, 0.3)),
    "hypergeometric by search": (lambda n: wg.random.hypergeometric(30, 70, 20, n, key=KEY), st.hypergeom(100, 30, 20)),
    "hypergeometric by rejection": (
        lambda n: wg.random.hypergeometric(600, 300, 500, n, key=KEY),
        st.hypergeom(900, 600, 500),
    ),
    "hypergeometric of most": (lambda n: wg.random.hypergeometric(60, 80, 110, n, key=KEY), st.hypergeom(140, 60, 110)),
    "one of a multivariate hypergeometric": (
        lambda n: wg.random.multivariate_hypergeometric([10, 20, 30], 25, n, key=KEY)[:, 1],
        st.hypergeom(60, 20, 25),
    ),
    "zipf": (lambda n: wg.random.zipf(2.5, n, key=KEY), st.zipf(2.5)),
    "logseries": (lambda n: wg.random.logseries(0.9, n, key=KEY), st.logser(0.9)),
    "one of a multinomial": (lambda n: wg.random.multinomial(20, [0.2, 0.3, 0.5], n, key=KEY)[:, 1], st.binom(20, 0.3)),
}


def chi_square(drawn: Any, theirs: Any) -> float:
    """The chance of counts that are farther off, of values that are expected five times at least."""
    values = numpy.arange(drawn.min(), drawn.max() + 1)
    seen = numpy.bincount(drawn - drawn.min())
    expected = SAMPLES * theirs.pmf(values)
    usual = expected >= 5
    seen, expected = numpy.append(seen[usual], seen[~usual].sum()), numpy.append(expected[usual], 0)
    expected[-1] = max(SAMPLES - expected.sum(), 1e-9)
    return float(st.chi2.sf(((seen - expected) ** 2 / expected).sum(), usual.sum()))


@pytest.mark.part(4)
@pytest.mark.parametrize("name", DRAWS)
def test_by_chi_square(name: str) -> None:
    draw, theirs = DRAWS[name]
    assert chi_square(draw(SAMPLES).numpy(), theirs) > 1e-3


def test_many_events() -> None:
    drawn = wg.random.poisson(1e9, SAMPLES, key=KEY)
    assert np.abs(drawn.mean() - 1e9) < 4 * numpy.sqrt(1e9 / SAMPLES)
    assert 0.95 < drawn.var() / 1e9 < 1.05
    drawn = wg.random.hypergeometric(3 * 10**8, 5 * 10**8, 10**8, SAMPLES, key=KEY)
    assert 0.95 < drawn.var() / st.hypergeom(8 * 10**8, 3 * 10**8, 10**8).var() < 1.05
    drawn = wg.random.binomial(10**12, 0.25, SAMPLES, key=KEY)
    assert 0.95 < drawn.var() / (1e12 * 0.1875) < 1.05


def test_ends_of_the_parameters() -> None:
    assert wg.random.poisson([0.0, 0.0], key=KEY).tolist() == [0, 0]
    assert wg.random.binomial([5, 5, 0], [0.0, 1.0, 0.5], key=KEY).tolist() == [0, 5, 0]
    assert wg.random.geometric(1.0, 3, key=KEY).tolist() == [1, 1, 1]
    assert wg.random.multinomial(7, [0.0, 1.0, 0.0], 2, key=KEY).tolist() == [[0, 7, 0], [0, 7, 0]]
    assert wg.random.hypergeometric([3, 0, 3, 2], [0, 3, 2, 3], [2, 2, 5, 0], key=KEY).tolist() == [2, 0, 3, 0]
    assert wg.random.multivariate_hypergeometric([3, 0, 2], 5, key=KEY).tolist() == [3, 0, 2]
    assert wg.random.logseries(0.0, 3, key=KEY).tolist() == [1, 1, 1]
    assert wg.random.zipf(1.001, 5, key=KEY).min() >= 1
    assert wg.random.bernoulli([0.0, 1.0], key=KEY).tolist() == [False, True]


def test_integers_of_every_dtype() -> None:
    for dtype in ("int8", "uint8", "int16", "int32", "uint32", "int64", "uint64", "bool"):
        low, high = (0, 1) if dtype == "bool" else (numpy.iinfo(dtype).min, numpy.iinfo(dtype).max)
        drawn = wg.random.integers(int(low), int(high), 4000, dtype, endpoint=True, key=KEY)
        assert drawn.dtype == dtype
        middle = (int(low) + int(high)) / 2
        assert 0.45 < (drawn.astype(float) > middle).mean() < 0.55
    far = wg.random.integers(-(2**62), 2**62 + 1, 4000, key=KEY)
    assert far.min() < -(2**61) < 2**61 < far.max()


def test_counts_of_a_multinomial_go_together() -> None:
    drawn = wg.random.multinomial([20, 30], [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]], (SAMPLES, 2), key=KEY)
    assert drawn.shape == (SAMPLES, 2, 3)
    assert np.array_equal(drawn.sum(axis=-1), np.broadcast_to([20, 30], (SAMPLES, 2)))
    assert np.allclose(drawn.mean(axis=0), [[4, 6, 10], [18, 9, 3]], atol=0.1)
    cov = numpy.cov(drawn[:, 0].numpy().T)
    assert numpy.allclose(cov[0, 1], -20 * 0.2 * 0.3, atol=0.1)
