"""The likelihood of a Kalman filter over 1,000 observations (4 states, 2 numbers seen), float64, and its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..rows import Call, Row

STATES, SEEN, STEPS = 4, 2, 1_000
rng = numpy.random.default_rng(0)
PARAMETERS = (
    0.9 * numpy.eye(STATES) + 0.05 * rng.standard_normal((STATES, STATES)),
    rng.standard_normal((SEEN, STATES)),
    0.1 * numpy.eye(STATES),
    0.5 * numpy.eye(SEEN),
)
"""How the state moves, what is seen of it, and the covariances of the noise in both."""
OBSERVATIONS = rng.standard_normal((STEPS, SEEN))


def loss(m: Any, scan: Callable[..., Any], parameters: Any, observations: Any) -> Any:
    """Twice the negative logarithm of the likelihood, up to a constant."""
    move, look, noise, error = parameters

    def step(carry: Any, y: Any) -> Any:
        x, p = carry
        x, p = move @ x, move @ p @ move.T + noise
        s = look @ p @ look.T + error
        v = y - look @ x
        gain = m.linalg.solve(s, look @ p).T
        return (x + gain @ v, p - gain @ look @ p), v @ m.linalg.solve(s, v) + m.linalg.slogdet(s)[1]

    return m.sum(scan(step, (m.zeros(STATES), m.eye(STATES)), observations)[1])


def wengert_call(transform: Callable[..., Any]) -> Call:
    call = wg.jit(transform(lambda parameters, observations: loss(np, wg.scan, parameters, observations)))
    parameters, observations = tuple(wg.tensor(x) for x in PARAMETERS), wg.tensor(OBSERVATIONS)
    return lambda: call(parameters, observations)


def jax_call(is_gradient: bool) -> Call | None:
    try:
        import jax
    except ImportError:
        return None

    def of_jax(parameters: Any, observations: Any) -> Any:
        return loss(jax.numpy, jax.lax.scan, parameters, observations)

    call = jax.jit(jax.grad(of_jax) if is_gradient else of_jax)
    held = jax.tree_util.tree_map(jax.numpy.asarray, (PARAMETERS, OBSERVATIONS))
    return lambda: jax.block_until_ready(call(*held))


def rows() -> Iterator[Row]:
    for name, is_gradient in (("", False), ("gradient of ", True)):
        calls = {"wengert": wengert_call(wg.grad if is_gradient else lambda f: f)}
        peer = jax_call(is_gradient)
        if peer is not None:
            calls["jax"] = peer
        yield Row(f"{name}a Kalman filter, 4 states, 1,000 steps", calls)
