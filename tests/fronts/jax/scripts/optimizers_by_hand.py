"""Gradient descent, momentum, Nesterov, Adagrad, RMSprop, Adam, Newton as pairs of functions of trees."""

from functools import partial
from typing import NamedTuple

import jax
import jax.flatten_util
import jax.numpy as jnp


class State(NamedTuple):
    first: dict
    second: dict
    count: jax.Array


def rosenbrock(p):
    return (1 - p["x"]) ** 2 + 10 * (p["y"] - p["x"] ** 2) ** 2


def initial(params):
    zeros = jax.tree.map(jnp.zeros_like, params)
    return State(zeros, zeros, jnp.zeros((), jnp.int32))


def descent(g, m, v, t):
    return -0.01 * g, m, v


def momentum(g, m, v, t):
    m = 0.9 * m + g
    return -0.005 * m, m, v


def nesterov(g, m, v, t):
    m = 0.9 * m + g
    return -0.005 * (g + 0.9 * m), m, v


def adagrad(g, m, v, t):
    v = v + g**2
    return -0.3 * g / (jnp.sqrt(v) + 1e-8), m, v


def rmsprop(g, m, v, t):
    v = 0.9 * v + 0.1 * g**2
    return -0.02 * g / jnp.sqrt(v + 1e-8), m, v


def adam(g, m, v, t):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return -0.1 * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v


@partial(jax.jit, static_argnames="rule")
def step(params, state, rule):
    value, slopes = jax.value_and_grad(rosenbrock)(params)
    count = state.count + 1
    made = {k: rule(slopes[k], state.first[k], state.second[k], count) for k in params}
    new = {k: params[k] + made[k][0] for k in params}
    return new, State({k: made[k][1] for k in params}, {k: made[k][2] for k in params}, count), value


start = {"x": jnp.array(-1.0), "y": jnp.array(0.5)}
for rule in (descent, momentum, nesterov, adagrad, rmsprop, adam):
    params, state = start, initial(start)
    for _ in range(25):
        params, state, value = step(params, state, rule=rule)
    print(rule.__name__, value, params["x"], params["y"], state.count)


def newton(params):
    flat, unravel = jax.flatten_util.ravel_pytree(params)
    of_vector = lambda v: rosenbrock(unravel(v))
    return unravel(flat - jnp.linalg.solve(jax.hessian(of_vector)(flat), jax.grad(of_vector)(flat)))


params = start
for _ in range(6):
    params = newton(params)
    print(params["x"], params["y"])
