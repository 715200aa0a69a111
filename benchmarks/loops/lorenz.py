"""The Lorenz system, 10,000 steps of the classical Runge-Kutta method, and the gradient of its parameters."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..compilers import compiled
from ..rows import Call, Row

STEPS, H = 10_000, 1e-3
START = (1.0, 1.0, 1.0)
PARAMETERS = (10.0, 28.0, 8 / 3)


def step(state: Any, parameters: Any) -> Any:
    """One step on tuples of three scalars."""

    def slope(x: Any, y: Any, z: Any) -> Any:
        sigma, rho, beta = parameters
        return sigma * (y - x), x * (rho - z) - y, x * y - beta * z

    def moved(by: float, along: Any) -> Any:
        return [s + by * a for s, a in zip(state, along, strict=True)]

    a = slope(*state)
    b = slope(*moved(H / 2, a))
    c = slope(*moved(H / 2, b))
    d = slope(*moved(H, c))
    return tuple(s + H / 6 * (p + 2 * q + 2 * r + t) for s, p, q, r, t in zip(state, a, b, c, d, strict=True))


SOURCE = """
static void slope(const double *s, const double *p, double *out) {
    out[0] = p[0] * (s[1] - s[0]);
    out[1] = s[0] * (p[1] - s[2]) - s[1];
    out[2] = s[0] * s[1] - p[2] * s[2];
}
double lorenz(const double *start, const double *p, int steps, double h) {
    double s[3] = {start[0], start[1], start[2]}, a[3], b[3], c[3], d[3], m[3];
    for (int t = 0; t < steps; t++) {
        slope(s, p, a);
        for (int i = 0; i < 3; i++) m[i] = s[i] + h / 2 * a[i];
        slope(m, p, b);
        for (int i = 0; i < 3; i++) m[i] = s[i] + h / 2 * b[i];
        slope(m, p, c);
        for (int i = 0; i < 3; i++) m[i] = s[i] + h * c[i];
        slope(m, p, d);
        for (int i = 0; i < 3; i++) s[i] += h / 6 * (a[i] + 2 * b[i] + 2 * c[i] + d[i]);
    }
    return s[0] + s[1] + s[2];
}
"""


def in_c() -> Call | None:
    function = compiled(SOURCE, "lorenz")
    if function is None:
        return None
    function.restype = ctypes.c_double
    start, parameters = numpy.array(START), numpy.array(PARAMETERS)
    given = (start.ctypes.data_as(ctypes.c_void_p), parameters.ctypes.data_as(ctypes.c_void_p))
    return lambda: (start, parameters, function(*given, STEPS, ctypes.c_double(H)))[2]


def end(parameters: Any) -> Any:
    """The sum of the last state."""
    state = wg.fori_loop(0, STEPS, lambda t, s: step(s, parameters), tuple(np.asarray(v) for v in START))
    return state[0] + state[1] + state[2]


def rows() -> Iterator[Row]:
    given = tuple(wg.tensor(p) for p in PARAMETERS)
    value, gradient = wg.jit(end), wg.jit(wg.grad(end))
    calls = {"wengert": lambda: value(given)}
    slopes = {"wengert": lambda: gradient(given)}
    c = in_c()
    if c is not None:
        calls["C"] = slopes["C, the value"] = c
    for name, call in jax_calls().items():
        (calls if name == "value" else slopes)["jax"] = call
    yield Row("Lorenz, 10,000 RK4 steps", calls, {"jax": 1.0, "C": 1.5}, tolerance=1e-6)
    yield Row("its gradient of 3 parameters", slopes, {"jax": 0.05, "C, the value": 6.0}, is_same=False)


def jax_calls() -> dict[str, Call]:
    try:
        import jax
    except ImportError:
        return {}
    jnp = jax.numpy

    def jax_end(parameters: Any) -> Any:
        start = tuple(jnp.asarray(v) for v in START)
        state, _ = jax.lax.scan(lambda s, _: (step(s, parameters), None), start, None, STEPS)
        return state[0] + state[1] + state[2]

    held = tuple(jnp.asarray(p) for p in PARAMETERS)
    value, gradient = jax.jit(jax_end), jax.jit(jax.grad(jax_end))
    return {
        "value": lambda: jax.block_until_ready(value(held)),
        "gradient": lambda: jax.block_until_ready(gradient(held)),
    }
