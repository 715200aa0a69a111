"""64 bits by configuration, linear algebra, special functions, a Gaussian process."""

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from jax.scipy.linalg import cho_solve, cholesky

x = jnp.linspace(0, 3, 8)
y = jnp.sin(x)


def nll(theta):
    scale, length = jnp.exp(theta)
    k = scale * jnp.exp(-0.5 * ((x[:, None] - x[None]) / length) ** 2) + 1e-4 * jnp.eye(8)
    chol = cholesky(k, lower=True)
    alpha = cho_solve((chol, True), y)
    return 0.5 * y @ alpha + jnp.log(jnp.diag(chol)).sum()


theta = jnp.zeros(2)
print(nll(theta), jax.grad(nll)(theta), theta.dtype)
for _ in range(5):
    theta = theta - 0.05 * jax.grad(nll)(theta)
print(theta, nll(theta))
a = jnp.array([[2.0, 1.0], [1.0, 3.0]])
print(jnp.linalg.inv(a), jnp.linalg.eigh(a)[0], jnp.linalg.det(a), jnp.linalg.solve(a, jnp.ones(2)))
print(jax.scipy.special.gammaln(3.5), jax.scipy.stats.norm.logpdf(0.5), jnp.fft.fft(jnp.arange(4.0)))
jax.config.update("jax_enable_x64", False)
