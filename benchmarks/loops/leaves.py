"""The gradient of a scan that carries 30 scalars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

import wengert as wg

from ..rows import Call, Row

LEAVES, STEPS = 30, 1_000
VALUES = [float(v) for v in numpy.random.default_rng(0).standard_normal(LEAVES)]


def turn(carry: Any) -> Any:
    """A ring in which each scalar is pulled by its neighbours."""
    return tuple(
        x + 1e-3 * (carry[i - 1] - x) * carry[(i + 1) % LEAVES] for i, x in enumerate(carry)
    )  # fmt: skip


def total(scan: Any, carry: Any) -> Any:
    last, _ = scan(lambda c, _: (turn(c), None), carry, None, STEPS)
    return sum(x * x for x in last)


def rows() -> Iterator[Row]:
    gradient = wg.jit(wg.grad(lambda carry: total(wg.scan, carry)))
    given = tuple(wg.tensor(v) for v in VALUES)
    calls: dict[str, Call] = {"wengert": lambda: gradient(given)}
    peer = jax_call()
    if peer is not None:
        calls["jax"] = peer
    yield Row("gradient of a scan of 30 scalars, 1,000 steps", calls, {"jax": 0.1})


def jax_call() -> Call | None:
    try:
        import jax
    except ImportError:
        return None
    gradient = jax.jit(jax.grad(lambda carry: total(jax.lax.scan, carry)))
    held = tuple(jax.numpy.asarray(v) for v in VALUES)
    return lambda: jax.block_until_ready(gradient(held))
