"""Integrals: their values beside SciPy, and their gradients beside SciPy with derivatives by hand or by JAX."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy
from scipy import integrate as scipys

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import dblquad, quad, solve_sde

from ..rows import Call, Row

W = (1.3, 0.7)
PATHS, STEPS = 1000, 200


def rows() -> Iterator[Row]:
    yield Row("quad, smooth", {"wengert": value(), "scipy": scipy_value()}, {"scipy": 1.0})
    gradients = {"wengert": gradient(), "scipy, by hand": scipy_gradient(by_hand)}
    at_most = {"scipy, by hand": 0.5}
    if find_spec("jax"):
        gradients["scipy and jax"] = scipy_gradient(by_jax())
        at_most["scipy and jax"] = 0.1
    yield Row("quad, value and gradient", gradients, at_most)
    yield Row("quad, a peak", {"wengert": peak(), "scipy": scipy_peak()}, {"scipy": 1.0})
    yield Row("quad, 1000 at once", {"wengert": many(), "scipy": scipy_many()}, {"scipy": 0.3})
    yield Row("dblquad", {"wengert": double(), "scipy": scipy_double()}, {"scipy": 1.0})
    paths = {"wengert": sde()}
    if find_spec("jax"):
        paths["jax"] = jax_sde()
    yield Row("1000 paths of 200 steps, gradient", paths, {"jax": 1.0}, is_same=False)


# -- one integral ----------------------------------------------------------------------------------


def integrand(w: Any, x: Any) -> Any:
    return np.exp(-w[0] * x) * np.sin(w[1] * x)


def of_w(w: Any) -> Any:
    return quad(lambda x: integrand(w, x), 0.0, 3.0)[0]


def value() -> Call:
    f, w = wg.jit(of_w), np.array(W)
    return lambda: f(w)


def scipy_value(w: Any = W) -> Call:
    a, b = w
    return lambda: scipys.quad(lambda x: math.exp(-a * x) * math.sin(b * x), 0.0, 3.0)[0]


def gradient() -> Call:
    f, w = wg.jit(wg.value_and_grad(of_w)), np.array(W)
    return lambda: _flat(f(w))


def _flat(found: Any) -> Any:
    value, slopes = found
    return numpy.array([value.item(), *slopes.tolist()])


def scipy_gradient(slopes: tuple[Callable[[float], float], ...]) -> Call:
    first = scipy_value()
    return lambda: numpy.array([first(), *(scipys.quad(slope, 0.0, 3.0)[0] for slope in slopes)])


by_hand: tuple[Callable[[float], float], ...] = (
    lambda x: -x * math.exp(-W[0] * x) * math.sin(W[1] * x),
    lambda x: x * math.exp(-W[0] * x) * math.cos(W[1] * x),
)


def by_jax() -> tuple[Callable[[float], float], ...]:
    import jax
    from jax import numpy as jnp

    slope = jax.jit(jax.grad(lambda w, x: jnp.exp(-w[0] * x) * jnp.sin(w[1] * x)))
    w = jnp.array(W)
    return tuple(lambda x, i=i: float(slope(w, x)[i]) for i in range(2))


def peak() -> Call:
    f = wg.jit(lambda c: quad(lambda x: 1 / ((x - c) ** 2 + 1e-6), 0.0, 1.0)[0])
    c = np.array(0.3)
    return lambda: f(c)


def scipy_peak() -> Call:
    return lambda: scipys.quad(lambda x: 1 / ((x - 0.3) ** 2 + 1e-6), 0.0, 1.0)[0]


# -- several ---------------------------------------------------------------------------------------


def many_parameters() -> numpy.ndarray:
    return numpy.random.default_rng(0).uniform(0.5, 2.0, (1000, 2))


def many() -> Call:
    f, w = wg.jit(wg.vmap(of_w)), np.array(many_parameters())
    return lambda: f(w)


def scipy_many() -> Call:
    calls = [scipy_value(w) for w in many_parameters().tolist()]
    return lambda: numpy.array([call() for call in calls])


def double() -> Call:
    f = wg.jit(lambda c: dblquad(lambda y, x: np.exp(-c * x * y), 0.0, 1.0, 0.0, lambda x: x)[0])
    c = np.array(1.3)
    return lambda: f(c)


def scipy_double() -> Call:
    return lambda: scipys.dblquad(lambda y, x: math.exp(-1.3 * x * y), 0.0, 1.0, 0.0, lambda x: x)[0]


# -- stochastic differential equations -----------------------------------------------------------------


def increments() -> numpy.ndarray:
    return numpy.random.default_rng(0).normal(size=(PATHS, STEPS)) / math.sqrt(STEPS)


def sde() -> Call:
    def loss(w: Any, dw: Any) -> Any:
        def end(dw: Any) -> Any:
            path = solve_sde(lambda t, y: w[0] * (1 - y), lambda t, y: w[1] * y, (0.0, 1.0), 0.5, STEPS, increments=dw)
            return path.y[-1]

        return np.mean(wg.vmap(end)(dw) ** 2)

    f, w, dw = wg.jit(wg.grad(loss)), np.array(W), np.array(increments())
    return lambda: f(w, dw)


def jax_sde() -> Call:
    import jax
    from jax import numpy as jnp

    def loss(w: Any, dw: Any) -> Any:
        def end(dw: Any) -> Any:
            h = 1.0 / STEPS
            return jax.lax.scan(lambda y, d: (y + w[0] * (1 - y) * h + w[1] * y * d, None), 0.5, dw)[0]

        return jnp.mean(jax.vmap(end)(dw) ** 2)

    f, w, dw = jax.jit(jax.grad(loss)), jnp.array(W), jnp.array(increments())
    return lambda: jax.block_until_ready(f(w, dw))
