"""Derivatives of one's own, stop_gradient, checkpoint, Jacobian products."""

from functools import partial

import jax
import jax.numpy as jnp


@jax.custom_jvp
def log1pexp(x):
    return jnp.log(1.0 + jnp.exp(x))


@log1pexp.defjvp
def log1pexp_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return log1pexp(x), (1 - 1 / (1 + jnp.exp(x))) * t


print(jax.grad(log1pexp)(100.0), jax.grad(log1pexp)(0.0), jax.vmap(jax.grad(log1pexp))(jnp.arange(3.0)))


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def clip_gradient(x, bound):
    return x


clip_gradient.defvjp(lambda x, bound: (x, None), lambda bound, residuals, g: (jnp.clip(g, -bound, bound),))
print(jax.grad(lambda x: 10 * clip_gradient(x, 0.75))(2.0))
print(jax.grad(lambda x: jax.lax.stop_gradient(x) * x)(3.0))
print(jax.grad(jax.checkpoint(lambda x: jnp.sin(jnp.sin(x))))(2.0))
out, pullback = jax.vjp(lambda x, y: x * y, 2.0, 3.0)
print(out, pullback(1.0))
out, tangent = jax.jvp(lambda x: jnp.array([x**2, x**3]), (2.0,), (1.0,))
print(out, tangent)
out, push = jax.linearize(jnp.sin, 0.5)
print(out, push(1.0), push(2.0))


def hvp(f, x, v):
    return jax.grad(lambda x: jnp.vdot(jax.grad(f)(x), v))(x)


print(hvp(lambda x: jnp.sum(x**3), jnp.array([1.0, 2.0]), jnp.array([1.0, 0.5])))
