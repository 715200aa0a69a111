"""Regression by a Gaussian process: kernels by two vmaps, a marginal likelihood, what is predicted and how surely."""

import jax
import jax.numpy as jnp
from jax import grad, jit, random, vmap
from jax.scipy.linalg import solve_triangular


def kernel(params, x, y):
    return jnp.exp(params["amplitude"]) * jnp.exp(-0.5 * ((x - y) / jnp.exp(params["length"])) ** 2)


def matrix(params, xs, ys):
    return vmap(lambda x: vmap(lambda y: kernel(params, x, y))(ys))(xs)


def factor(params, xs):
    return jnp.linalg.cholesky(matrix(params, xs, xs) + (jnp.exp(params["noise"]) + 1e-4) * jnp.eye(len(xs)))


def loss(params, xs, ys):
    lower = factor(params, xs)
    whitened = solve_triangular(lower, ys, lower=True)
    return 0.5 * whitened @ whitened + jnp.sum(jnp.log(jnp.diag(lower))) + 0.5 * len(xs) * jnp.log(2 * jnp.pi)


@jit
def descend(params, momentum, xs, ys):
    slopes = grad(loss)(params, xs, ys)
    momentum = jax.tree.map(lambda m, g: 0.8 * m - 0.01 * g, momentum, slopes)
    return jax.tree.map(jnp.add, params, momentum), momentum


@jit
def predicted(params, xs, ys, at):
    lower = factor(params, xs)
    across = solve_triangular(lower, matrix(params, xs, at), lower=True)
    mean = across.T @ solve_triangular(lower, ys, lower=True)
    return mean, vmap(lambda x: kernel(params, x, x))(at) - jnp.sum(across**2, axis=0)


xs = jnp.linspace(-3.0, 3.0, 15)
ys = jnp.sin(1.5 * xs) + 0.1 * random.normal(random.PRNGKey(4), xs.shape)
params = {"amplitude": jnp.zeros(()), "length": jnp.zeros(()), "noise": jnp.array(-2.0)}
momentum = jax.tree.map(jnp.zeros_like, params)
print(loss(params, xs, ys), {k: round(float(v), 3) for k, v in grad(loss)(params, xs, ys).items()})
for _ in range(25):
    params, momentum = descend(params, momentum, xs, ys)
print(round(float(loss(params, xs, ys)), 2), sorted(params))
mean, variance = predicted(params, xs, ys, jnp.array([-1.0, 0.2, 5.0]))
print(jnp.round(mean[:2], 3), variance[2] > 10 * variance[1], jnp.all(variance > 0))
