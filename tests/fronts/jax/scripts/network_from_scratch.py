"""A classifier with layers in lists, Adam by hand, softmax and one-hot classes."""

import jax
import jax.numpy as jnp
from jax import jit, random, vmap
from jax.scipy.special import logsumexp


def init_params(sizes, key):
    keys = random.split(key, len(sizes))
    return [(0.1 * random.normal(k, (n, m)), jnp.zeros(n)) for m, n, k in zip(sizes[:-1], sizes[1:], keys)]


def predict(params, x):
    for w, b in params[:-1]:
        x = jax.nn.relu(jnp.dot(w, x) + b)
    w, b = params[-1]
    logits = jnp.dot(w, x) + b
    return logits - logsumexp(logits)


batched = vmap(predict, in_axes=(None, 0))


def loss(params, x, y):
    return -jnp.mean(jnp.sum(batched(params, x) * y, axis=1))


x = random.normal(random.PRNGKey(1), (64, 4))
y = jax.nn.one_hot((x.sum(axis=1) > 0).astype(jnp.int32), 2)
params = init_params([4, 8, 2], random.PRNGKey(0))
m = jax.tree.map(jnp.zeros_like, params)
v = jax.tree.map(jnp.zeros_like, params)


@jit
def update(i, params, m, v):
    g = jax.grad(loss)(params, x, y)
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, v, g)
    step = lambda p, m, v: p - 0.05 * (m / (1 - 0.9**i)) / (jnp.sqrt(v / (1 - 0.999**i)) + 1e-8)
    return jax.tree.map(step, params, m, v), m, v


for i in range(1, 31):
    params, m, v = update(i, params, m, v)
    if i % 10 == 0:
        print(f"{i}: {loss(params, x, y):.5f}")
print((batched(params, x).argmax(axis=1) == y.argmax(axis=1)).mean())
