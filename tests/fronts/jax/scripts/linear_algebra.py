"""Decompositions, systems, least squares, eigenvalues, conjugate gradients, exponentials, and their derivatives."""

import jax
import jax.numpy as jnp
import jax.scipy as jsp

a = jnp.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
b = jnp.arange(3.0)
print(jnp.linalg.solve(a, b), jnp.linalg.slogdet(a)[1], jnp.linalg.det(a), jnp.linalg.cond(a))
print(jnp.linalg.eigvalsh(a), jnp.linalg.svd(a, compute_uv=False), jnp.linalg.matrix_rank(a))
q, r = jnp.linalg.qr(a)
print(jnp.allclose(q @ r, a, atol=1e-5), jnp.abs(jnp.diag(r)), jnp.linalg.norm(a), jnp.linalg.norm(b, 1))
print(jnp.linalg.lstsq(a[:, :2], b)[0], jnp.linalg.pinv(a[:, :2]).shape, jnp.linalg.matrix_power(a, 2)[0])
print(jsp.linalg.cholesky(a, lower=True), jsp.linalg.solve_triangular(jnp.triu(a), b), jsp.linalg.expm(0.1 * a)[0])
factors = jsp.linalg.cho_factor(a)
print(jsp.linalg.cho_solve(factors, b), jsp.linalg.lu_solve(jsp.linalg.lu_factor(a), b), jsp.linalg.det(a))
print(
    jsp.sparse.linalg.cg(lambda v: a @ v, b)[0], jsp.sparse.linalg.gmres(a, b)[0], jsp.sparse.linalg.bicgstab(a, b)[0]
)
print(jax.grad(lambda a: jnp.linalg.slogdet(a)[1])(a), jax.grad(lambda a: jnp.linalg.eigvalsh(a)[-1])(a))
print(jax.grad(lambda s: jsp.sparse.linalg.cg(lambda v: s * (a @ v), b)[0].sum())(2.0))
print(
    jax.jacrev(jnp.linalg.inv)(a[:2, :2])[0, 0], jnp.einsum("ij,j,i->", a, b, b), jnp.trace(a), jnp.kron(b[:2], b[1:])
)
print(
    jnp.tensordot(a, a, axes=2),
    jnp.outer(b, b)[1],
    jnp.vdot(b, b),
    jnp.cross(b, b[::-1]),
    jsp.linalg.block_diag(a[:1, :1], b[:2]),
)
print(
    jsp.special.erf(0.5),
    jsp.special.logit(0.3),
    jsp.special.xlogy(0.0, 0.0),
    jsp.special.betaln(2.0, 3.0),
    jsp.special.i0(1.0),
)
print(
    jsp.stats.norm.cdf(1.0),
    jsp.stats.gamma.logpdf(2.0, 3.0),
    jsp.stats.beta.pdf(0.3, 2.0, 2.0),
    jsp.stats.poisson.logpmf(3, 2.0),
)
print(jsp.stats.multivariate_normal.logpdf(b, jnp.zeros(3), a), jsp.stats.t.logpdf(0.5, 4.0), jsp.stats.cauchy.pdf(0.0))

print(
    jnp.round(jnp.fft.rfft(b), 3),
    jnp.abs(jnp.fft.fft2(a))[0],
    jnp.fft.fftfreq(4),
    jnp.polyval(b, 2.0),
    jnp.roots(b + 1.0).shape,
)
