"""Rules for tangents and cotangents: a root, a clipped gradient, rules for each argument, trees, second order."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import custom_jvp, custom_vjp, lax


@custom_jvp
def safe_root(x):
    return jnp.sqrt(jnp.maximum(x, 0.0))


@safe_root.defjvp
def _(primals, tangents):
    (x,), (t,) = primals, tangents
    root = safe_root(x)
    return root, jnp.where(x > 0, 0.5 * t / jnp.where(x > 0, root, 1.0), 0.0)


print(jax.vmap(jax.grad(safe_root))(jnp.array([0.0, 1.0, 4.0])), jax.grad(jax.grad(safe_root))(4.0))
print(jax.jit(jax.grad(lambda x: safe_root(x) * x))(4.0), jax.jvp(safe_root, (4.0,), (2.0,)))


@custom_jvp
def product(x, y):
    return x * y


product.defjvps(lambda t, out, x, y: t * y, lambda t, out, x, y: x * t)
print(jax.grad(product, (0, 1))(2.0, 3.0), jax.hessian(product)(2.0, 3.0))


@partial(custom_jvp, nondiff_argnums=(0,))
def applied(f, x):
    return f(x)


@applied.defjvp
def _(f, primals, tangents):
    return f(primals[0]), 2.0 * tangents[0]


print(jax.grad(lambda x: applied(jnp.sin, x))(1.0))


@custom_vjp
def fixed_point(parameters, start):
    def body(state):
        _, current = state
        return current, step(parameters, current)

    return lax.while_loop(lambda s: jnp.abs(s[0] - s[1]) > 1e-6, body, (start, step(parameters, start)))[1]


def step(parameters, x):
    return 0.5 * (x + parameters["square"] / x)


def fixed_point_forward(parameters, start):
    found = fixed_point(parameters, start)
    return found, (parameters, found)


def fixed_point_backward(residuals, cotangent):
    parameters, found = residuals
    _, pull_x = jax.vjp(lambda x: step(parameters, x), found)
    _, pull_p = jax.vjp(lambda p: step(p, found), parameters)
    summed = lax.fori_loop(0, 20, lambda _, u: cotangent + pull_x(u)[0], cotangent)
    return pull_p(summed)[0], jnp.zeros_like(found)


fixed_point.defvjp(fixed_point_forward, fixed_point_backward)
print(fixed_point({"square": 2.0}, 1.5), jax.grad(fixed_point)({"square": 2.0}, 1.5)["square"])


@custom_vjp
def rounded(x):
    return jnp.round(x)


rounded.defvjp(lambda x: (jnp.round(x), ()), lambda _, g: (g,))
print(jax.grad(lambda x: jnp.sum(rounded(x) ** 2))(jnp.array([0.4, 1.6])))


@jax.custom_gradient
def doubled(x):
    return 2 * x, lambda g: (5.0 * g,)


print(doubled(1.0), jax.grad(doubled)(1.0))
