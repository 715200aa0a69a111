"""example_libraries: layers as pairs of functions, optimizers as triples, schedules."""

import jax
import jax.numpy as jnp
from jax import random
from jax.example_libraries import optimizers, stax

init, apply = stax.serial(stax.Dense(8), stax.Relu, stax.Dense(8), stax.Tanh, stax.Dense(2), stax.LogSoftmax)
shape, params = init(random.PRNGKey(0), (-1, 3))
print(shape, [p.shape for p in jax.tree.leaves(params)])
x = random.normal(random.PRNGKey(1), (32, 3))
y = jax.nn.one_hot((x[:, 0] * x[:, 1] > 0).astype(int), 2)
print(apply(params, x)[:2])


def loss(params):
    return -jnp.mean(jnp.sum(apply(params, x) * y, axis=1))


for name, made in {
    "sgd": optimizers.sgd(0.1),
    "momentum": optimizers.momentum(0.05, 0.9),
    "nesterov": optimizers.nesterov(0.05, 0.9),
    "adagrad": optimizers.adagrad(0.1),
    "rmsprop": optimizers.rmsprop(0.01),
    "rmsprop_momentum": optimizers.rmsprop_momentum(0.01),
    "adam": optimizers.adam(0.02),
    "adamax": optimizers.adamax(0.02),
}.items():
    opt_init, opt_update, get_params = made
    state = opt_init(params)

    @jax.jit
    def step(i, state):
        value, slopes = jax.value_and_grad(loss)(get_params(state))
        return opt_update(i, slopes, state), value

    for i in range(10):
        state, value = step(i, state)
    print(name, value)

decay = optimizers.exponential_decay(0.1, decay_steps=10, decay_rate=0.5)
print(
    decay(0), decay(20), optimizers.inverse_time_decay(0.1, 10, 1.0)(10), optimizers.polynomial_decay(0.1, 10, 0.0)(5)
)
print(optimizers.piecewise_constant([5, 10], [1.0, 0.5, 0.1])(7), optimizers.l2_norm([jnp.ones(4), jnp.ones(5)]))
print(optimizers.clip_grads([jnp.full(4, 3.0)], 1.0)[0])

branches = stax.serial(
    stax.FanOut(2), stax.parallel(stax.Dense(4, W_init=stax.randn()), stax.Identity), stax.FanInConcat(-1)
)
print(branches[0](random.PRNGKey(2), (5, 3))[0], branches[1](branches[0](random.PRNGKey(2), (5, 3))[1], x).shape)
pictures = stax.serial(
    stax.Conv(4, (3, 3), padding="SAME"),
    stax.BatchNorm(),
    stax.Relu,
    stax.MaxPool((2, 2)),
    stax.AvgPool((2, 2)),
    stax.Flatten,
    stax.Dense(3),
    stax.Softmax,
)
shape, weights = pictures[0](random.PRNGKey(3), (2, 8, 8, 1))
images = random.normal(random.PRNGKey(4), (2, 8, 8, 1))
print(tuple(map(int, shape)), pictures[1](weights, images))
dropout = stax.Dropout(0.7)
print(dropout[1]((), jnp.ones(8), rng=random.PRNGKey(5)))
