"""associative_scan: running sums, maxima, products of matrices, linear recurrences, parentheses."""

import jax
import jax.numpy as jnp
from jax import lax

x = jnp.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0])
print(lax.associative_scan(jnp.add, x), lax.associative_scan(jnp.maximum, x, reverse=True))
print(lax.associative_scan(jnp.multiply, jnp.arange(1, 8)), lax.cumsum(x, reverse=True), lax.cummax(x))


def combined(one, other):
    factor, offset = one
    later_factor, later_offset = other
    return factor * later_factor, later_factor * offset + later_offset


def filtered(decay, x):
    return lax.associative_scan(combined, (jnp.full(x.shape, decay), x))[1]


print(filtered(0.5, x))
print(lax.scan(lambda c, v: (0.5 * c + v,) * 2, 0.0, x)[1])
print(jax.grad(lambda d: filtered(d, x)[-1])(0.5), jax.jit(jax.grad(lambda x: filtered(0.5, x).sum()))(x))
turns = jnp.stack([jnp.array([[jnp.cos(a), -jnp.sin(a)], [jnp.sin(a), jnp.cos(a)]]) for a in (0.1, 0.2, 0.3, 0.4)])
print(lax.associative_scan(jnp.matmul, turns)[-1], jnp.cos(1.0))
print(lax.associative_scan(lambda a, b: a + b, jnp.arange(6).reshape(2, 3), axis=1))
print(jax.vmap(lambda d: filtered(d, x))(jnp.array([0.0, 1.0]))[:, -1])
text = jnp.array([1, 1, -1, 1, -1, -1, 1, -1])
depth = lax.associative_scan(jnp.add, text)
print(depth, depth.max(), (depth >= 0).all() & (depth[-1] == 0))
segments = jnp.array([0, 0, 1, 1, 1, 2, 2])


def within(one, other):
    same = one[1] == other[1]
    return jnp.where(same, one[0] + other[0], other[0]), other[1]


print(lax.associative_scan(within, (x, segments))[0], jax.ops.segment_sum(x, segments, num_segments=3))
print(jax.ops.segment_max(x, segments, num_segments=3), lax.cumlogsumexp(x[:3]))
