"""Logistic regression with trees of parameters."""

import jax.numpy as jnp
from jax import grad, jit, random, tree, value_and_grad

key = random.PRNGKey(0)
key, w_key, b_key = random.split(key, 3)
params = {"w": random.normal(w_key, (3,)), "b": random.normal(b_key, ())}
inputs = jnp.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
targets = jnp.array([True, True, False, True])


def predict(params, inputs):
    return 1 / (1 + jnp.exp(-(jnp.dot(inputs, params["w"]) + params["b"])))


def loss(params, inputs, targets):
    preds = predict(params, inputs)
    return -jnp.sum(jnp.log(preds * targets + (1 - preds) * (1 - targets)))


print(loss(params, inputs, targets))
print(grad(loss)(params, inputs, targets)["w"])


@jit
def update(params):
    value, gradients = value_and_grad(loss)(params, inputs, targets)
    return tree.map(lambda p, g: p - 0.1 * g, params, gradients), value


for i in range(30):
    params, value = update(params)
print(value, params["w"], params["b"])
print(tree.leaves(tree.map(jnp.shape, params)) is not None, len(tree.leaves(params)))
