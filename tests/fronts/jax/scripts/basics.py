"""grad, jit, vmap, and arrays that never change."""

import jax
import jax.numpy as jnp
from jax import grad, jit, random, vmap

print(grad(jnp.tanh)(2.0), grad(grad(jnp.tanh))(2.0), grad(grad(grad(jnp.tanh)))(2.0))
x = jnp.arange(5.0)
print(x, x.dtype, jnp.arange(3).dtype, (jnp.arange(3) / 2).dtype, (jnp.arange(3) * 1.5).dtype)


@jit
def selu(x, alpha=1.67, lmbda=1.05):
    return lmbda * jnp.where(x > 0, x, alpha * jnp.exp(x) - alpha)


print(selu(x - 2))
mat = random.normal(random.PRNGKey(0), (4, 3))
print(vmap(lambda v: jnp.dot(mat, v))(jnp.ones((2, 3))))
try:
    x[0] = 10.0
except TypeError:
    print("arrays never change")
y = x.at[1].set(7.0).at[jnp.array([2, 2])].add(1.0).at[-1].mul(3.0)
print(y, y.at[0].get(), y.at[:2].min(1.0))
print(jnp.sum(y), y.mean(), y.std(), jnp.sort(-y), y.argmax(), jnp.cumsum(y))
print(jax.jacfwd(lambda v: v**2)(x[:3]), jax.hessian(lambda v: jnp.sum(v**3))(x[:2]))
value, gradient = jax.value_and_grad(lambda w: jnp.sum(jnp.sin(w) ** 2))(jnp.array([0.5, 1.0]))
print(value, gradient)
