"""jet: Taylor coefficients along a curve, of compositions and of solutions of differential equations."""

from math import factorial

import jax
import jax.numpy as jnp
from jax.experimental.jet import jet


def f(x):
    return jnp.exp(x) * jnp.sin(x)


value, terms = jet(f, (0.5,), ((1.0, 0.0, 0.0),))
print(value, terms[0], terms[1], terms[2])
d1 = jax.grad(f)
d2 = jax.grad(d1)
print(f(0.5), d1(0.5), d2(0.5), jax.grad(d2)(0.5))
value, terms = jet(jnp.log, (jnp.array([1.0, 2.0]),), ((jnp.ones(2), jnp.zeros(2)),))
print(value, *terms)
value, terms = jet(lambda x, y: x * y, (2.0, 3.0), ((1.0, 0.0), (1.0, 0.0)))
print(value, *terms)
value, terms = jet(jnp.tanh, (0.2,), ((1.0, 2.0),))
print(value, *terms)


def solution(field, start, order):
    terms = [field(start)]
    for _ in range(order - 1):
        value, more = jet(field, (start,), (terms,))
        terms = [value, *more]
    return terms


terms = solution(lambda y: y * (1.0 - y), 0.5, 4)
print([round(float(t), 5) for t in terms])
step = 0.3
print(0.5 + sum(float(t) * step ** (k + 1) / factorial(k + 1) for k, t in enumerate(terms)), 1 / (1 + jnp.exp(-step)))
