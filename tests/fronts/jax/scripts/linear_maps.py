"""linearize, transposes, checkpoints with policies, functions whose closures are arguments, shapes without values."""

import jax
import jax.numpy as jnp
from jax import lax


def f(x, y):
    return jnp.sin(x) * y, x @ y


x, y = jnp.arange(3.0), jnp.ones(3)
(first, second), push = jax.linearize(f, x, y)
print(first, second, *push(jnp.ones(3), jnp.zeros(3)), *push(jnp.zeros(3), x))
print(jax.vmap(push, in_axes=(0, None))(jnp.eye(3), jnp.zeros(3))[0])
transposed = jax.linear_transpose(lambda v: jnp.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]) @ v, jnp.zeros(2))
print(transposed(jnp.array([1.0, 0.0, 1.0]))[0])


@jax.checkpoint
def block(w, x):
    return jnp.tanh(w @ x)


def network(weights, x):
    for w in weights:
        x = block(w, x)
    return jnp.sum(x**2)


weights = [0.5 * jnp.eye(3) + 0.1, 0.3 * jnp.ones((3, 3))]
print(jax.grad(network)(weights, x)[0])
remade = jax.checkpoint(lambda x: jnp.sum(jnp.cos(jnp.sin(x))), policy=jax.checkpoint_policies.dots_saveable)
print(jax.grad(remade)(x), jax.hessian(remade)(x)[1])
print(jax.grad(lambda x: lax.fori_loop(0, 4, lambda i, v: jax.remat(jnp.sin)(v), x).sum())(x))


def integrated(rate, x):
    def inner(v):
        return rate * v + jnp.sum(x)

    converted, constants = jax.closure_convert(inner, 1.0)
    return converted(2.0, *constants)


print(integrated(3.0, x), jax.grad(integrated)(3.0, x))
shapes = jax.eval_shape(lambda a, b: {"product": a @ b, "sum": a.sum(0)}, jnp.ones((2, 3)), jnp.ones((3, 5)))
print(shapes["product"].shape, shapes["sum"].dtype)
given = jax.ShapeDtypeStruct((4, 2), jnp.float32)
print(jax.eval_shape(lambda a: a.T, given), given.shape, given.dtype)
print(jax.eval_shape(jax.vmap(jnp.linalg.inv), jax.ShapeDtypeStruct((7, 2, 2), jnp.float32)).shape)
with jax.named_scope("scaled"):
    print(jax.device_put(jnp.ones(2)) * 2, jax.device_get(jnp.zeros(1)), len(jax.devices()), jax.device_count())
print(jax.default_backend(), isinstance(x, jax.Array), x.block_until_ready().shape, jnp.ones(1).devices() is not None)
