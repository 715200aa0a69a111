"""A gated recurrent network over a sequence by scan, trained by Adam to continue a wave."""

import jax
import jax.numpy as jnp
from jax import lax, random

SIZE = 12


def initial(key):
    keys = random.split(key, 3)
    scale = 1 / jnp.sqrt(SIZE)
    return {
        "hidden": scale * random.normal(keys[0], (3, SIZE, SIZE)),
        "input": random.normal(keys[1], (3, SIZE)) * 0.5,
        "bias": jnp.zeros((3, SIZE)),
        "out": scale * random.normal(keys[2], (SIZE,)),
    }


def cell(params, state, value):
    reset, update = jax.nn.sigmoid(params["hidden"][:2] @ state + params["input"][:2] * value + params["bias"][:2])
    candidate = jnp.tanh(params["hidden"][2] @ (reset * state) + params["input"][2] * value + params["bias"][2])
    state = update * state + (1 - update) * candidate
    return state, params["out"] @ state


def predicted(params, values):
    return lax.scan(lambda state, value: cell(params, state, value), jnp.zeros(SIZE), values)


def loss(params, values):
    return jnp.mean((predicted(params, values[:-1])[1] - values[1:]) ** 2)


@jax.jit
def step(params, moments, count, values):
    value, slopes = jax.value_and_grad(loss)(params, values)
    first, second = moments
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
    second = jax.tree.map(lambda v, g: 0.99 * v + 0.01 * g**2, second, slopes)

    def moved(p, m, v):
        return p - 0.02 * (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.99**count)) + 1e-8)

    return jax.tree.map(moved, params, first, second), (first, second), value


values = jnp.sin(0.4 * jnp.arange(30.0))
params = initial(random.PRNGKey(0))
moments = (jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params))
for count in range(1, 41):
    params, moments, value = step(params, moments, count, values)
    if count % 10 == 0:
        print(f"{count}: {value:.4f}")


def continued(params, state, value, count):
    def turn(carry, _):
        state, value = cell(params, *carry)
        return (state, value), value

    return lax.scan(turn, (state, value), None, length=count)[1]


state, values_seen = predicted(params, values)
print(jnp.round(continued(params, state, values_seen[-1], 4), 2).shape)
