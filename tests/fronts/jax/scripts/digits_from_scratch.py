"""Small pictures of ten kinds, a network in lists of tuples, minibatches, accuracy on what was held back."""

import jax.numpy as jnp
import numpy.random as npr
from jax import grad, jit, random
from jax.scipy.special import logsumexp

KINDS, PIXELS = 10, 36


def pictures(count, seed):
    prototypes = random.bernoulli(random.PRNGKey(9), 0.4, (KINDS, PIXELS)).astype(jnp.float32)
    kind_key, noise_key = random.split(random.PRNGKey(seed))
    kinds = random.randint(kind_key, (count,), 0, KINDS)
    return prototypes[kinds] + 0.5 * random.normal(noise_key, (count, PIXELS)), kinds


def one_hot(labels, count):
    return jnp.array(labels[:, None] == jnp.arange(count), dtype=jnp.float32)


def initial(scale, sizes, generator=npr.RandomState(0)):
    return [(scale * generator.randn(m, n), scale * generator.randn(n)) for m, n in zip(sizes[:-1], sizes[1:])]


def predict(params, inputs):
    *hidden, (w_last, b_last) = params
    for w, b in hidden:
        inputs = jnp.tanh(jnp.dot(inputs, w) + b)
    logits = jnp.dot(inputs, w_last) + b_last
    return logits - logsumexp(logits, axis=1, keepdims=True)


def loss(params, batch):
    inputs, targets = batch
    return -jnp.mean(jnp.sum(predict(params, inputs) * targets, axis=1))


@jit
def update(params, batch):
    slopes = grad(loss)(params, batch)
    return [(w - 0.5 * dw, b - 0.5 * db) for (w, b), (dw, db) in zip(params, slopes)]


def accuracy(params, inputs, kinds):
    return jnp.mean(jnp.argmax(predict(params, inputs), axis=1) == kinds)


train_x, train_kinds = pictures(256, 1)
test_x, test_kinds = pictures(100, 2)
train_y = one_hot(train_kinds, KINDS)
params = initial(0.1, [PIXELS, 24, KINDS])
order = npr.RandomState(1)
print(loss(params, (train_x, train_y)), accuracy(params, test_x, test_kinds) < 0.3)
for epoch in range(4):
    permutation = order.permutation(256)
    for start in range(0, 256, 64):
        chosen = permutation[start : start + 64]
        params = update(params, (train_x[chosen], train_y[chosen]))
    print(f"epoch {epoch}: loss {loss(params, (train_x, train_y)):.4f}")
print(accuracy(params, train_x, train_kinds) > 0.8, accuracy(params, test_x, test_kinds) > 0.7)
