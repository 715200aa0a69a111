"""Every distribution that keys draw from, keys of the new kind, and what tells two streams apart."""

import jax
import jax.numpy as jnp
from jax import random

key = random.PRNGKey(11)
print(random.gamma(key, 2.5, (4,)), random.gamma(key, jnp.array([0.3, 1.0, 7.0])), random.loggamma(key, 0.5, (2,)))
print(random.beta(key, 2.0, 3.0, (3,)), random.dirichlet(key, jnp.array([1.0, 2.0, 3.0]), (2,)))
print(random.poisson(key, 3.0, (6,)), random.poisson(key, 40.0, (4,)), random.poisson(key, jnp.array([0.5, 12.0])))
print(random.chisquare(key, 3.0, shape=(2,)), random.t(key, 4.0, (3,)), random.f(key, 3.0, 5.0, shape=(2,)))
print(
    random.cauchy(key, (3,)), random.pareto(key, 3.0, (2,)), random.rayleigh(key, 2.0, (2,)), random.maxwell(key, (2,))
)
print(random.weibull_min(key, 1.5, 2.0, (2,)), random.lognormal(key, 0.5, (2,)), random.wald(key, 1.5, (2,)))
print(random.double_sided_maxwell(key, 1.0, 2.0, (2,)), random.triangular(key, 0.0, 0.3, 1.0, (3,)))
print(random.geometric(key, 0.3, (6,)), random.binomial(key, 10, 0.4, (6,)), random.binomial(key, 100.0, 0.5, (3,)))
print(random.multivariate_normal(key, jnp.zeros(2), jnp.array([[2.0, 0.5], [0.5, 1.0]]), (2,)))
print(random.ball(key, 3, shape=(2,)), random.generalized_normal(key, 1.5, (3,)), random.orthogonal(key, 2))
print(random.truncated_normal(key, 0.5, 2.0, (4,)), random.truncated_normal(key, jnp.array([-1.0, 0.0]), 3.0))
print(
    random.multinomial(key, 20, jnp.array([0.2, 0.3, 0.5])),
    random.rademacher(key, (6,)),
    random.bits(key, (3,), jnp.uint8),
)
print(
    random.choice(key, jnp.arange(12).reshape(4, 3), (2,)),
    random.choice(key, 5, (3,), replace=False, p=jnp.arange(5) / 10),
)
print(random.choice(key, jnp.array([2.0, 4.0, 8.0])), random.permutation(key, jnp.arange(6).reshape(2, 3), axis=1))
print(
    random.permutation(key, jnp.arange(6).reshape(2, 3), axis=1, independent=True), random.randint(key, (3,), 0, 2**20)
)
print(
    random.categorical(key, jnp.log(jnp.array([[0.1, 0.9], [0.8, 0.2]])), axis=1),
    random.bernoulli(key, jnp.array([0.1, 0.9])),
)
print(
    random.normal(key, (2,), jnp.complex64),
    random.normal(key, (3,), jnp.float16),
    random.uniform(key, (2,), jnp.bfloat16),
)
print(random.exponential(key, (2,)), random.gumbel(key, (2,)), random.laplace(key, (2,)), random.logistic(key, (2,)))
fresh = random.key(5)
print(random.key_data(fresh), random.key_data(random.split(fresh, 3)), random.key_data(random.fold_in(fresh, 2)))
print(
    random.normal(fresh),
    random.uniform(random.wrap_key_data(random.key_data(fresh))),
    random.key_data(random.clone(fresh)),
)
print(random.split(key, (2, 2)).shape, jax.vmap(lambda k: random.normal(k, (2,)))(random.split(key, 3)))
print(
    jax.grad(lambda a: random.gamma(key, a, (50,)).mean())(2.0),
    jax.jit(lambda k: random.uniform(k, minval=2.0, maxval=3.0))(key),
)
