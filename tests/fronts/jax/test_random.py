"""Samplers give the same numbers compiled and batched, and differentiate."""

from __future__ import annotations

import numpy
import pytest

import wengert.jax as jax
import wengert.jax.numpy as jnp

SAMPLERS = {
    "beta": lambda key, x: jax.random.beta(key, x, 2.0, (3,)),
    "poisson": lambda key, x: jax.random.poisson(key, 7 * x, (3,)),
    "binomial": lambda key, x: jax.random.binomial(key, 20 * x, 0.4, (3,)),
    "truncated_normal": lambda key, x: jax.random.truncated_normal(key, -x, x, (3,)),
    "choice": lambda key, x: jax.random.choice(key, 9, (3,), replace=False) + x,
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_compiled_and_batched_are_eager(name: str) -> None:
    draw, keys, xs = SAMPLERS[name], jax.random.split(jax.random.key(3), 2), jnp.array([1.5, 2.0])
    eager = jnp.stack([draw(key, x) for key, x in zip(keys, xs, strict=True)])
    for found in (
        jax.vmap(draw)(keys, xs),
        jnp.stack([jax.jit(draw)(key, x) for key, x in zip(keys, xs, strict=True)]),
    ):
        numpy.testing.assert_allclose(found, eager, rtol=1e-5)


def test_gamma_numbers_differentiate_as_jax_has_it() -> None:
    """Against differences of the quantile at the same share."""
    from scipy import stats

    key = jax.random.key(4)
    for sample in (jax.random.gamma, lambda key, a: jnp.exp(jax.random.loggamma(key, a))):
        for a in (0.4, 2.5):
            x, slope = jax.value_and_grad(lambda a: sample(key, a))(a)  # noqa: B023
            share = stats.gamma.cdf(float(x), a)
            wanted = (stats.gamma.ppf(share, a + 1e-4) - stats.gamma.ppf(share, a - 1e-4)) / 2e-4
            numpy.testing.assert_allclose(slope, wanted, rtol=2e-3)
