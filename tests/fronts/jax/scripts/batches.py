"""vmap: axes in and out, nested, with trees, names of axes, gradients of each example, ensembles."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import grad, lax, random, vmap

x, y = jnp.arange(6.0).reshape(2, 3), jnp.arange(12.0).reshape(3, 4)
print(vmap(jnp.dot, in_axes=(None, 1))(x[0], y), vmap(jnp.dot, in_axes=(None, 1), out_axes=0)(x, y).shape)
print(vmap(lambda a: (a, a.sum()), in_axes=1, out_axes=(1, 0))(x)[0].shape)
print(vmap(vmap(jnp.multiply, in_axes=(None, 0)), in_axes=(0, None))(jnp.arange(3), jnp.arange(4)))
print(vmap(lambda a, b: a + b["c"] * b["d"], in_axes=(0, {"c": None, "d": 0}))(x, {"c": 2.0, "d": x}))
print(vmap(lambda a: a, out_axes=-1)(x).shape, vmap(lambda a, k: a * k, (0, None))(x, 3))


def loss(params, inputs, target):
    return (jnp.tanh(inputs @ params["w"]) @ params["v"] - target) ** 2


params = {"w": random.normal(random.PRNGKey(0), (3, 4)), "v": jnp.ones(4)}
inputs, targets = random.normal(random.PRNGKey(1), (5, 3)), jnp.arange(5.0)
each = vmap(grad(loss), in_axes=(None, 0, 0))(params, inputs, targets)
print(each["w"].shape, each["v"])
norms = jnp.sqrt(sum(jnp.sum(g.reshape(5, -1) ** 2, axis=1) for g in jax.tree.leaves(each)))
print(
    norms,
    jax.tree.map(lambda g: (g / jnp.maximum(1, norms / 2).reshape((5,) + (1,) * (g.ndim - 1))).mean(0), each)["v"],
)


def trained(key):
    w = 0.3 * random.normal(key, (3,))

    def step(w, _):
        value, slope = jax.value_and_grad(lambda w: jnp.mean((inputs @ w - targets) ** 2))(w)
        return w - 0.1 * slope, value

    return lax.scan(step, w, None, length=10)


weights, losses = jax.jit(vmap(trained))(random.split(random.PRNGKey(2), 3))
print(weights.shape, losses[:, -1])
pairwise = vmap(vmap(lambda a, b: jnp.sqrt(jnp.sum((a - b) ** 2)), (None, 0)), (0, None))
print(pairwise(inputs[:3], inputs[:3])[0, 1:])


@partial(vmap, in_axes=(0, None, 0))
def interpolated(at, xs, rows):
    return jnp.interp(at, xs, rows)


print(interpolated(jnp.array([0.5, 1.5]), jnp.arange(3.0), x))
print(jnp.vectorize(lambda a, b: a @ b, signature="(n),(n)->()")(x, x[0]), vmap(lambda a: jnp.linalg.norm(a))(x))
print(jnp.apply_along_axis(lambda a: a[::-1], 1, x), jnp.piecewise(x, [x < 2, x >= 2], [0.0, lambda v: v**2]))
