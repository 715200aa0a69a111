"""Simulations: a wave, the game of life, heat in a rod, stars that attract, all compiled, some differentiated."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import jit, lax


def laplacian(u):
    return sum(jnp.roll(u, s, axis) for s in (1, -1) for axis in (0, 1)) - 4 * u


@partial(jit, static_argnums=2)
def wave(u, previous, steps):
    def turn(_, state):
        u, previous = state
        return 2 * u - previous + 0.1 * laplacian(u), u

    return lax.fori_loop(0, steps, turn, (u, previous))[0]


grid = jnp.exp(-0.5 * ((jnp.arange(12.0)[:, None] - 6) ** 2 + (jnp.arange(12.0) - 6) ** 2))
print(wave(grid, grid, 10)[6, 3:9], wave(grid, grid, 10).sum())
print(jax.grad(lambda s: wave(s * grid, s * grid, 6)[6, 6])(1.0))


@jit
def life(cells):
    around = sum(jnp.roll(cells, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0))
    return ((around == 3) | ((cells == 1) & (around == 2))).astype(jnp.int32)


glider = jnp.zeros((6, 6), jnp.int32).at[jnp.array([0, 1, 2, 2, 2]), jnp.array([1, 2, 0, 1, 2])].set(1)
print(lax.fori_loop(0, 4, lambda _, c: life(c), glider), life(glider).sum())


def heat(conductivity, steps=15):
    def turn(rod, _):
        inner = rod[1:-1] + conductivity * (rod[2:] - 2 * rod[1:-1] + rod[:-2])
        return rod.at[1:-1].set(inner), rod[4]

    return lax.scan(turn, jnp.zeros(9).at[0].set(1.0), None, length=steps)


rod, middle = heat(0.25)
print(rod, middle[-1], jax.grad(lambda k: heat(k)[0][4])(0.25))


def energy(places, masses):
    apart = places[:, None] - places[None]
    near = jnp.sqrt(jnp.sum(apart**2, axis=-1) + 0.1)
    return -0.5 * jnp.sum(masses[:, None] * masses[None] * (1 - jnp.eye(len(masses))) / near)


@jit
def orbit(places, speeds, masses):
    force = lambda p: -jax.grad(energy)(p, masses) / masses[:, None]

    def turn(state, _):
        p, v = state
        v = v + 0.025 * force(p)
        p = p + 0.05 * v
        return (p, v + 0.025 * force(p)), energy(p, masses)

    return lax.scan(turn, (places, speeds), None, length=20)


masses = jnp.array([1.0, 0.5, 0.1])
places = jnp.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.5]])
(moved, _), energies = orbit(places, jnp.array([[0.0, 0.0], [0.0, 1.0], [0.8, 0.0]]), masses)
print(moved, energies[::5])
