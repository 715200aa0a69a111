"""Loops and branches with trees as state: Newton's method, Euclid, Collatz, sieves, batches of loops."""

import jax
import jax.numpy as jnp
from jax import lax


def root(f, start, tolerance=1e-6):
    slope = jax.grad(f)

    def body(state):
        x, _, count = state
        change = f(x) / slope(x)
        return x - change, jnp.abs(change), count + 1

    return lax.while_loop(lambda s: (s[1] > tolerance) & (s[2] < 50), body, (start, jnp.inf, 0))


x, change, count = jax.jit(lambda start: root(lambda x: x**3 - 2 * x - 5, start))(2.0)
print(x, change < 1e-6, count)
print(lax.while_loop(lambda p: p[1] > 0, lambda p: (p[1], p[0] % p[1]), (jnp.array(1071), jnp.array(462)))[0])


def collatz(n):
    def body(state):
        n, steps = state
        return lax.cond(n % 2 == 0, lambda n: n // 2, lambda n: 3 * n + 1, n), steps + 1

    return lax.while_loop(lambda s: s[0] != 1, body, (n, 0))[1]


print(collatz(27), jax.vmap(collatz)(jnp.arange(1, 10)))
sieve = lax.fori_loop(
    2, 6, lambda i, s: jnp.where((jnp.arange(30) % i == 0) & (jnp.arange(30) > i), False, s), jnp.arange(30) > 1
)
print(jnp.nonzero(sieve)[0], jnp.flatnonzero(sieve, size=4), jnp.where(sieve, size=12, fill_value=-1)[0])
pieces = [lambda x: x, lambda x: x**2, lambda x: jnp.exp(-x)]
print([float(lax.switch(i, pieces, 3.0)) for i in (-1, 0, 1, 2, 7)])
print(jax.vmap(lambda i, x: lax.switch(i, pieces, x))(jnp.arange(3), jnp.full(3, 2.0)))
print(jax.grad(lambda x: lax.cond(x > 1, lambda x: x**2, lambda x: 3 * x, x))(2.0))
print(lax.cond(True, {"yes": jnp.sin}.get("yes"), jnp.cos, jnp.ones(2)))


def fibonacci(carry, _):
    a, b = carry
    return (b, a + b), a


print(lax.scan(fibonacci, (0, 1), None, length=10)[1], lax.scan(fibonacci, (0, 1), length=5)[0])
total, each = lax.scan(
    lambda c, x: (c + x["a"] * x["b"], {"so far": c}), 0.0, {"a": jnp.arange(4.0), "b": jnp.ones(4)}, reverse=True
)
print(total, each["so far"])
print(lax.scan(lambda c, x: (0.5 * c + x, c), jnp.zeros(2), jnp.eye(2), unroll=2)[1])
print(lax.map(lambda p: p[0] @ p[1], (jnp.ones((3, 2)), jnp.arange(6.0).reshape(3, 2))))
print(jax.jacfwd(lambda x: lax.fori_loop(0, 3, lambda i, v: v * jnp.roll(v, 1), x))(jnp.arange(1.0, 4.0)))


@jax.jit
def bisection(low, high):
    def body(_, ends):
        middle = sum(ends) / 2
        return jnp.where(jnp.cos(middle) > middle, middle, ends[0]), jnp.where(
            jnp.cos(middle) > middle, ends[1], middle
        )

    return lax.fori_loop(0, 25, body, (low, high))[0]


print(bisection(0.0, 1.0))
