"""Laws over functions that are made at random: patterns hold all derivatives, and both methods give all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

SIZE = 8

Step = Callable[[Any, Any], Any]


def _taken(places: Any) -> Step:
    return lambda x, y: x[places] - 2 * y


STEPS: list[Callable[[Any], Step]] = [
    lambda rng: lambda x, y: np.roll(x, 1) * y,
    lambda rng: lambda x, y: np.sin(x) + y,
    lambda rng: lambda x, y: x * np.sum(y[:3]),
    lambda rng: lambda x, y: np.concatenate([y[4:], x[:4] ** 2]),
    lambda rng: lambda x, y: np.where(numpy.arange(SIZE) % 3 == 0, x, y),
    lambda rng: lambda x, y: np.reshape(np.reshape(x, (2, 4)) * np.reshape(y, (4, 2)).T, SIZE),
    lambda rng: _taken(rng.integers(0, SIZE, SIZE)),
    lambda rng: lambda x, y: np.reshape(np.reshape(x, (2, 2, 2)) @ np.reshape(y, (2, 2, 2)), SIZE),
    lambda rng: lambda x, y: np.cumsum(x) * 0.1 * y,
    lambda rng: lambda x, y: np.einsum("ij,j->ij", np.reshape(x, (4, 2)), y[:2]).ravel(),
    lambda rng: lambda x, y: np.maximum(x, y) / 2,
    lambda rng: lambda x, y: np.eye(SIZE)[::-1] @ x + y * 0.5,
    lambda rng: lambda x, y: wg.scan(lambda c, z: (0.5 * c + z, c * z), y[0], x)[1],
    lambda rng: lambda x, y: x * 0 + y,
]


def random_function(seed: int) -> Callable[[Any], Any]:
    """A function of a vector, by a few steps on two of its results each."""
    rng = numpy.random.default_rng(seed)
    chosen = [(STEPS[rng.integers(len(STEPS))](rng), *rng.integers(0, i + 1, 2).tolist()) for i in range(5)]

    def f(x: Any) -> Any:
        found = [x]
        for step, first, second in chosen:
            found.append(step(found[first], found[second]))
        return found[-1]

    return f


@pytest.mark.part(4)
@pytest.mark.parametrize("seed", range(14))
def test_sparse_derivatives_of_random_functions_are_the_dense_ones(seed: int) -> None:
    f = random_function(seed)
    x = numpy.random.default_rng(seed + 100).normal(size=SIZE)
    dense = wg.jacobian(f)(x).numpy()
    for method in ("elements", "products"):
        plan = wg.sparse.plan_jacobian(f, x, method=method, coloring="bidirectional" if seed % 2 else "column")
        numpy.testing.assert_allclose(plan(x).toarray(), dense, rtol=1e-9, atol=1e-11)


@pytest.mark.part(2)
@pytest.mark.parametrize("seed", range(16, 23))
def test_sparse_hessians_of_random_functions_are_the_dense_ones(seed: int) -> None:
    f = random_function(seed)
    energy = lambda x: np.sum(f(x) ** 2)
    x = numpy.random.default_rng(seed + 100).normal(size=SIZE)
    dense = wg.hessian(energy)(x).numpy()
    for method, kind in (("elements", "star"), ("products", "star"), ("products", "acyclic")):
        found = wg.sparse.plan_hessian(energy, x, method=method, coloring=kind)(x).toarray()
        numpy.testing.assert_allclose(found, dense, rtol=1e-8, atol=1e-9 * (1 + abs(dense).max()))


@pytest.mark.part(2)
@pytest.mark.parametrize("seed", range(24, 64))
def test_patterns_of_random_functions_hold_all_derivatives(seed: int) -> None:
    f = random_function(seed)
    x = numpy.random.default_rng(seed + 100).normal(size=SIZE)
    dense = wg.jacobian(f)(x).numpy() != 0
    for local in (False, True):
        assert not (dense & ~wg.sparse.jacobian_pattern(f, x, local=local).toarray()).any()
