"""Products with Jacobians and second derivatives, whole matrices, and derivatives of complex functions."""

import jax
import jax.numpy as jnp
from jax import grad, hessian, jacfwd, jacrev, jit, jvp, random, vjp, vmap

key = random.PRNGKey(3)
weights = random.normal(key, (3, 4))


def layer(x):
    return jnp.tanh(weights @ x)


x = jnp.linspace(-1.0, 1.0, 4)
print(jacfwd(layer)(x))
print(jnp.abs(jacfwd(layer)(x) - jacrev(layer)(x)).max() < 1e-6)

out, pushed = jvp(layer, (x,), (jnp.ones(4),))
same, pullback = vjp(layer, x)
(pulled,) = pullback(jnp.ones(3))
print(out, pushed, pulled)
print(jnp.allclose(out, same), jnp.allclose(pushed @ jnp.ones(3), pulled @ jnp.ones(4)))


def rows(f, x, cotangents):
    _, pullback = vjp(f, x)
    return vmap(pullback)(cotangents)[0]


print(rows(layer, x, jnp.eye(3)[::-1]))


def energy(v):
    return jnp.sum(jnp.sin(v) * v**2)


def forward_over_reverse(f, primals, tangents):
    return jvp(grad(f), primals, tangents)[1]


def reverse_over_forward(f, primals, tangents):
    return grad(lambda *p: jvp(f, p, tangents)[1])(*primals)


def reverse_over_reverse(f, x, v):
    return grad(lambda x: jnp.vdot(grad(f)(x), v))(x)


v = jnp.arange(4.0)
print(forward_over_reverse(energy, (x,), (v,)), hessian(energy)(x) @ v)
print(reverse_over_forward(energy, (x,), (v,)), reverse_over_reverse(energy, x, v))
print(jit(jacfwd(jacrev(energy)))(x).shape, jnp.trace(hessian(energy)(x)))

value, (by_x, by_y) = jax.value_and_grad(lambda x, y: x**2 * y, argnums=(0, 1))(3.0, 2.0)
print(value, by_x, by_y)
print(grad(lambda p: p["a"] * jnp.sum(p["b"]), has_aux=False)({"a": 2.0, "b": jnp.ones(2)})["b"])
gradient, other = grad(lambda x: (x**3, {"twice": 2 * x}), has_aux=True)(2.0)
print(gradient, other["twice"])
print([float(d(0.3)) for d in (jnp.sin, grad(jnp.sin), grad(grad(jnp.sin)), grad(grad(grad(jnp.sin))))])
