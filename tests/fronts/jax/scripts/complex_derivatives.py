"""Derivatives by complex numbers: of real losses, of holomorphic functions, of those that are neither."""

import jax
import jax.numpy as jnp
from jax import grad, jvp, vjp

z = jnp.array(1.0 + 2.0j)
print(z.dtype, jnp.abs(z), jnp.conj(z), z.real, z.imag, jnp.angle(z))
print(grad(lambda z: jnp.real(z) ** 2 - 3 * jnp.imag(z))(z))
print(grad(lambda z: jnp.abs(z) ** 2)(z), grad(lambda z: jnp.real(z**3))(z))
print(grad(jnp.sin, holomorphic=True)(z), jnp.cos(z))
print(jax.jacrev(lambda z: z**2, holomorphic=True)(jnp.array([1j, 2.0])))
print(jax.jacfwd(lambda z: jnp.exp(1j * z), holomorphic=True)(jnp.array([1j, 0.5])))
print(jax.value_and_grad(lambda z: z * z * z, holomorphic=True)(z))
out, pullback = vjp(lambda z: (2 + 3j) * z, z)
print(out, pullback(jnp.array(1.0 - 1j))[0])
print(jvp(lambda z: (2 + 3j) * z, (z,), (jnp.array(1j),))[1])
out, pullback = vjp(lambda z: jnp.conj(z) * z, z)
print(out, pullback(jnp.array(1.0 + 0j))[0])


def loss(parameters, target):
    series = jnp.fft.ifft(parameters)
    return jnp.sum(jnp.abs(series - target) ** 2)


target = jnp.cos(jnp.arange(8.0))
parameters = jnp.zeros(8, dtype=jnp.complex64)
for _ in range(20):
    parameters = parameters - 2.0 * jnp.conj(grad(loss)(parameters, target))
print(jnp.round(parameters, 4), loss(parameters, target))


@jax.custom_vjp
def halved(z):
    return z / 2


halved.defvjp(lambda z: (z / 2, None), lambda _, g: (g * (0.5 + 1j),))
print(grad(lambda z: jnp.real(halved(z) * 2j))(z))
for t in (1e-3 + 0j, 1e-3j):
    print(jvp(lambda z: jnp.abs(z), (z,), (t,))[1] * 1000)
