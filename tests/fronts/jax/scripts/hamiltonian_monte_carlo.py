"""Hamiltonian Monte Carlo of a correlated normal distribution, compiled as one loop."""

import jax
import jax.numpy as jnp
from jax import lax, random

precision = jnp.array([[2.0, -1.0], [-1.0, 2.0]])


def potential(q):
    return 0.5 * q @ precision @ q


def leapfrog(q, p, step, count):
    def body(_, state):
        q, p = state
        p = p - 0.5 * step * jax.grad(potential)(q)
        q = q + step * p
        return q, p - 0.5 * step * jax.grad(potential)(q)

    return lax.fori_loop(0, count, body, (q, p))


@jax.jit
def sample(key):
    def turn(q, key):
        momentum_key, accept_key = random.split(key)
        p = random.normal(momentum_key, (2,))
        new_q, new_p = leapfrog(q, p, 0.3, 5)
        change = potential(q) + 0.5 * p @ p - potential(new_q) - 0.5 * new_p @ new_p
        accept = jnp.log(random.uniform(accept_key)) < change
        return jnp.where(accept, new_q, q), (jnp.where(accept, new_q, q), accept)

    return lax.scan(turn, jnp.zeros(2), random.split(key, 200))[1]


samples, accepted = sample(random.PRNGKey(0))
print(samples.shape, accepted.mean(), samples[:3])
print(jnp.round(samples.mean(axis=0), 2))
