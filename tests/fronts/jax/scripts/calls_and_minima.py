"""Functions of Python within compiled ones, minima of functions, and images at places between their elements."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.ndimage import map_coordinates
from jax.scipy.optimize import minimize

jax.config.update("jax_enable_x64", True)
seen = []


@jax.jit
def twice(x):
    jax.debug.callback(lambda total: seen.append(float(total)), x.sum())
    jax.debug.callback(lambda tree, name: print(name, tree["x"], tree["n"]), {"x": x, "n": 3}, name="called")
    return x * 2


print(twice(jnp.ones(2)), twice(jnp.arange(2.0)))
print(jax.grad(lambda x: twice(x).sum())(jnp.full(2, 4.0)))
jax.effects_barrier()
print(seen)


@jax.custom_jvp
def sine(x):
    return jax.pure_callback(lambda v: np.sin(np.asarray(v)), jax.ShapeDtypeStruct(x.shape, x.dtype), x)


sine.defjvp(lambda primals, tangents: (sine(*primals), jnp.cos(primals[0]) * tangents[0]))
x = jnp.arange(3.0)
print(sine(x), jax.jit(lambda v: sine(v) + 1)(x), jax.grad(lambda v: sine(v).sum())(x))
pair = lambda v: jax.pure_callback(lambda w: {"a": w + 1, "b": w.sum()}, {"a": v, "b": v[0]}, v)
print(pair(x), jax.jit(pair)(x)["b"])
try:
    jax.grad(lambda v: jax.pure_callback(lambda w: w, v, v).sum())(x)
except ValueError as error:
    print(type(error).__name__)


def valley(p, scale=1.0):
    return jnp.cosh(p - scale * jnp.arange(1.0, len(p) + 1)).sum() + 0.1 * ((p[1:] - p[:-1]) ** 2).sum()


found = minimize(valley, jnp.zeros(3), method="BFGS", tol=1e-4)
print(
    type(found).__name__, found._fields, found.x.round(2) + 0.0, found.success, found.fun.round(6), found.hess_inv.shape
)
print(minimize(valley, jnp.array([0.5, 2.0]), (2.0,), method="BFGS", tol=1e-4).x.round(2))
print(jax.jit(lambda start: minimize(valley, start, method="BFGS", tol=1e-4).x)(jnp.array([-1.0, 1.0])).round(2))
try:
    minimize(valley, jnp.zeros(2), method="Nelder-Mead")
except ValueError as error:
    print(type(error).__name__)

image = jnp.arange(12.0).reshape(3, 4) ** 1.5
places = [jnp.array([0.5, 1.2, -0.6, 2.7, 5.3, -7.1]), jnp.array([0.5, 2.9, 3.3, -1.2, 1.0, 9.4])]
for mode in ("constant", "nearest", "wrap", "mirror", "reflect"):
    for order in (0, 1):
        print(mode, order, map_coordinates(image, places, order, mode=mode, cval=-1.0))
print(map_coordinates(jnp.arange(12).reshape(3, 4), places, 1, mode="nearest"))
turned = lambda picture, where: (map_coordinates(picture, where, 1, mode="reflect") ** 2).sum()
print(jax.grad(turned)(image, places), jax.grad(turned, 1)(image, places))
print(
    jax.jit(jax.vmap(lambda row: map_coordinates(image[0], [row], 1, mode="nearest")))(
        jnp.array([[0.5, 1.5], [2.2, 9.0]])
    )
)
jax.config.update("jax_enable_x64", False)
