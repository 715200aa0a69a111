"""What the examples of a batch have together: sums, means, and exchanges over an axis that has a name."""

import jax
import jax.numpy as jnp
from jax import lax

x = jnp.array([0.5, -1.0, 2.0])
square = jnp.arange(9.0).reshape(3, 3)
ring = [(i, (i + 1) % 3) for i in range(3)]


def over_batch(f, *args, **options):
    return jax.vmap(f, axis_name="batch", **options)(*args)


def normalize(row):
    mean = lax.pmean(row, "batch")
    variance = lax.pmean((row - mean) ** 2, "batch")
    return (row - mean) / jnp.sqrt(variance + 1e-5)


print(over_batch(normalize, square))
print(jax.grad(lambda m: (over_batch(normalize, m) ** 3).sum())(square + jnp.sin(square)))
print(over_batch(jax.grad(lambda a: lax.psum(a**2, "batch")), x))
print(over_batch(jax.grad(lambda a: a * lax.pmean(a**3, "batch")), x))
print(over_batch(lambda a: jax.jvp(lambda b: b * lax.psum(b**3, "batch"), (a,), (1.0,)), x))
print(over_batch(jax.hessian(lambda a: a * lax.psum(a**3, "batch")), x))
print(
    over_batch(jax.jit(lambda a: a / lax.psum(a, "batch")), x),
    jax.jit(lambda v: over_batch(lambda a: lax.pmax(a, "batch") - a, v))(x),
)
print(
    over_batch(lambda a: lax.psum({"a": a, "b": 2}, "batch"), x),
    over_batch(lambda a: lax.psum(1, "batch"), x, out_axes=None),
)
print(
    over_batch(lambda a: lax.pmin(a, "batch"), x, out_axes=None), over_batch(lambda a: a * lax.axis_index("batch"), x)
)
print(over_batch(lambda a: (lax.axis_index("batch"), lax.all_gather(a, "batch"), lax.ppermute(a, "batch", ring)), x))
print(over_batch(lambda row: lax.all_gather(row, "batch", axis=1, tiled=True), square.reshape(3, 3, 1)))
print(
    over_batch(lambda row: lax.all_to_all(row, "batch", 0, 0), square),
    over_batch(lambda r: lax.pswapaxes(r, "batch", 0), square),
)
print(
    over_batch(lambda row: lax.psum_scatter(row, "batch"), square),
    over_batch(lambda a: lax.pshuffle(a, "batch", [2, 0, 1]), x),
)
print(over_batch(lambda m: lax.all_to_all(m, "batch", 0, 1, tiled=True), jnp.arange(18.0).reshape(3, 3, 2)))
print(over_batch(lambda a: lax.axis_size("batch") * a, x))


def turns(a):
    def turn(total, step):
        total = total + step * lax.pmean(total, "batch")
        return total, total

    return lax.scan(turn, a, jnp.arange(3.0))


print(over_batch(turns, x))
nested = jax.vmap(
    jax.vmap(lambda a: lax.psum(a, ("rows", "columns")) + lax.pmax(a, "rows"), axis_name="columns"), axis_name="rows"
)
print(nested(square))
try:
    lax.psum(x, "nobody")
except NameError as error:
    print(type(error).__name__)
