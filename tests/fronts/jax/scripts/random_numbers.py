"""Keys, and what is drawn with them."""

import jax.numpy as jnp
from jax import random

key = random.PRNGKey(42)
print(key, random.split(key), random.fold_in(key, 7))
for i in range(3):
    key, subkey = random.split(key)
    print(random.normal(subkey), random.uniform(subkey, (2,)))
print(random.randint(key, (8,), 0, 100), random.randint(key, (3,), -5, 5))
print(random.permutation(key, 10), random.permutation(key, jnp.arange(6).reshape(3, 2)))
print(random.choice(key, 10, (4,)), random.choice(key, 10, (4,), replace=False))
print(random.choice(key, 4, (6,), p=jnp.array([0.1, 0.2, 0.3, 0.4])))
print(random.bernoulli(key, 0.3, (6,)), random.categorical(key, jnp.log(jnp.array([0.5, 0.3, 0.2])), shape=(8,)))
print(random.exponential(key, (3,)), random.gumbel(key, (2,)), random.laplace(key, (2,)), random.logistic(key, (2,)))
print(random.truncated_normal(key, -1.0, 1.0, (3,)), random.bits(key, (2,)), random.rademacher(key, (5,)))
print(random.normal(key, (1000,)).mean(), random.normal(key, (1000,)).std())
