"""Searches for the least of all minima, which differentiate."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests.scipy.optimize.problems import agree

import wengert as wg
import wengert.numpy as np
from wengert.scipy import optimize

SEARCHES: dict[str, dict[str, Any]] = {
    "differential_evolution": {"rng": 0, "tol": 1e-8},
    "dual_annealing": {"rng": 0, "maxiter": 50},
    "shgo": {"n": 32},
}


@pytest.mark.parametrize("name", SEARCHES)
def test_the_minimum_differentiates(name: str) -> None:
    waves = lambda x, a: np.sum((x - a) ** 2 - np.cos(3 * (x - a)))
    find = getattr(optimize, name)
    f = lambda a: find(waves, [(-3, 4), (-3, 4)], args=(a,), **SEARCHES[name]).x
    numpy.testing.assert_allclose(f(1.0), [1.0, 1.0], atol=1e-5)
    numpy.testing.assert_allclose(wg.jacobian(f)(1.0), [1.0, 1.0], rtol=1e-6)


def test_a_minimum_at_a_bound_moves_with_it() -> None:
    f = lambda b: optimize.differential_evolution(lambda x: np.sum((x - 9) ** 2), [(0.0, b)], rng=0).x
    agree(f, lambda b: np.stack([b]), np.array(2.0))


def test_foreign_code() -> None:
    found = optimize.direct(lambda x: float(numpy.sum(numpy.abs(x - 1))), optimize.Bounds([-3, -3], [4, 4]))
    numpy.testing.assert_allclose(found.x, [1.0, 1.0], atol=1e-2)
