"""Habits of functional arrays: updates, indices beyond the end, pure functions, keys, precision."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import jit, lax, random

x = jnp.arange(10)
print(x[11], x[-20], x[jnp.array([1, 12])], x[2:30])
print(x.at[11].set(99), x.at[jnp.array([0, 15])].add(5))
print(x.at[jnp.array([2, 50])].get(mode="fill", fill_value=-1), x.at[20].get(mode="clip"))
print(jnp.arange(3.0).at[7].get(mode="fill", fill_value=jnp.nan))

table = jnp.zeros((3, 3))
print(table.at[1, :].set(1.0).at[:, 2].add(jnp.arange(3.0)).at[0, 0].max(4.0))
print(table.at[jnp.arange(3), jnp.arange(3)].set(jnp.array([1.0, 2.0, 3.0])))
print(table.at[jnp.array([0, 0, 2])].add(1.0)[:, 0], jnp.ones(4).at[1].divide(4.0), jnp.full(3, 2.0).at[2].power(3.0))
print(jnp.arange(4.0).at[::2].apply(jnp.sqrt), jnp.arange(6).at[jnp.arange(6) > 3].set(0))
print(jax.grad(lambda v: (x[:3].astype(jnp.float32).at[1].set(v) ** 2).sum())(3.0))

counted = []


@jit
def traced_once(v):
    counted.append(v.shape)
    return v + 1


for length in (2, 2, 3, 2):
    traced_once(jnp.zeros(length))
print(counted)


@jit
def absolute(v):
    return lax.cond(v < 0, lambda v: -v, lambda v: v, v)


print(absolute(-2.0), absolute(jnp.float32(3.0)))
power = jit(lambda v, n: sum([v**k for k in range(n)]), static_argnums=1)
print(power(2.0, 4), power(jnp.array([1.0, 2.0]), 3))
try:
    jnp.sum([1, 2, 3])
except TypeError:
    print("lists are no arrays")
print(jnp.sum(jnp.array([1, 2, 3])), np.sum(x[:3]), isinstance(np.asarray(x), np.ndarray))
print(jnp.arange(3, dtype=jnp.float32).dtype, jnp.zeros(2, dtype=int).dtype, jnp.asarray(np.ones(2)).dtype)
key = random.key(0)
print(random.normal(key) == random.normal(key))
fresh, again = random.split(key)
print(random.uniform(fresh), random.uniform(again), jnp.log(0.0), jnp.divide(0.0, 0.0))
