"""scan, while_loop, fori_loop, cond, switch, associative_scan, and their derivatives."""

import jax
import jax.numpy as jnp
from jax import lax

carry, ys = lax.scan(lambda c, x: (c + x, c * x), 0.0, jnp.arange(5.0))
print(carry, ys)
print(lax.fori_loop(0, 10, lambda i, v: v + i, 0), lax.while_loop(lambda v: v < 100, lambda v: v * 3, 1))
print(lax.cond(True, lambda x: x + 1, lambda x: x - 1, 2.0), lax.switch(2, [jnp.sin, jnp.cos, jnp.exp], 0.0))
print(lax.map(lambda x: x**2, jnp.arange(4)), lax.associative_scan(jnp.maximum, jnp.array([1, 3, 2, 5, 4])))


def rnn(params, xs):
    def cell(h, x):
        h = jnp.tanh(params["w"] @ h + params["u"] * x)
        return h, h.sum()

    return lax.scan(cell, jnp.zeros(3), xs)[1].sum()


params = {"w": 0.1 * jnp.arange(9.0).reshape(3, 3), "u": jnp.ones(3)}
gradient = jax.jit(jax.grad(rnn))(params, jnp.linspace(0, 1, 6))
print(gradient["w"], gradient["u"])
print(jax.grad(lambda x: lax.fori_loop(0, 5, lambda i, v: v * x, 1.0))(1.5))
print(lax.dynamic_slice(jnp.arange(10), (8,), (4,)), lax.dynamic_update_slice(jnp.zeros(5), jnp.ones(2), (3,)))
print(lax.top_k(jnp.array([3.0, 1.0, 2.0]), 2), lax.select(jnp.array([True, False]), jnp.ones(2), jnp.zeros(2)))
print(lax.dot_general(jnp.ones((2, 3, 4)), jnp.ones((2, 4, 5)), (((2,), (1,)), ((0,), (0,)))).shape)
