"""A scan over 1,000 steps of an LSTM cell of width 14, batch 1, float64, and its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..rows import Call, Row

WIDTH, STEPS = 14, 1_000
rng = numpy.random.default_rng(0)
INPUTS = rng.standard_normal((STEPS, WIDTH))
WEIGHTS = (
    rng.standard_normal((WIDTH, 4 * WIDTH)) * 0.3,
    rng.standard_normal((WIDTH, 4 * WIDTH)) * 0.3,
    rng.standard_normal(4 * WIDTH) * 0.1,
)
"""Of the input, of the state, and the bias."""


def cell(m: Any, sigmoid: Any, weights: Any, carry: Any, x: Any) -> Any:
    h, c = carry
    of_input, of_state, bias = weights
    gates = x @ of_input + h @ of_state + bias
    i, f, g, o = (gates[k * WIDTH : (k + 1) * WIDTH] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * m.tanh(g)
    h = sigmoid(o) * m.tanh(c)
    return (h, c), h


def loss(weights: Any, inputs: Any) -> Any:
    from wengert.scipy.special import expit

    zero = np.zeros(WIDTH)
    _, hs = wg.scan(lambda carry, x: cell(np, expit, weights, carry, x), (zero, zero), inputs)
    return np.sum(hs**2)


def jax_call() -> Call | None:
    try:
        import jax
    except ImportError:
        return None
    jnp = jax.numpy

    def jax_loss(weights: Any, inputs: Any) -> Any:
        zero = jnp.zeros(WIDTH)
        _, hs = jax.lax.scan(lambda carry, x: cell(jnp, jax.nn.sigmoid, weights, carry, x), (zero, zero), inputs)
        return jnp.sum(hs**2)

    gradient = jax.jit(jax.grad(jax_loss))
    held = jax.tree_util.tree_map(jnp.asarray, (WEIGHTS, INPUTS))
    return lambda: jax.block_until_ready(gradient(*held))


def rows() -> Iterator[Row]:
    gradient = wg.jit(wg.grad(loss))
    weights = tuple(wg.tensor(w) for w in WEIGHTS)
    inputs = wg.tensor(INPUTS)
    calls: dict[str, Call] = {"wengert": lambda: gradient(weights, inputs)}
    peer = jax_call()
    if peer is not None:
        calls["jax"] = peer
    yield Row("gradient of an LSTM, width 14, 1,000 steps", calls, {"jax": 0.2})
