"""A gradient in a third of its memory: budgets beside the checkpoints of JAX and PyTorch, set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..rows import Call, Row

LAYERS, ROWS, WIDTH, SEGMENT = 12, 2048, 128, 3
RANDOM = numpy.random.default_rng(0)
WEIGHTS = [RANDOM.normal(size=(WIDTH, WIDTH)) * 0.1 for _ in range(LAYERS)]
INPUT = RANDOM.normal(size=(ROWS, WIDTH))


def rows() -> Iterator[Row]:
    kept: dict[str, Call] = {"wengert": gradient(network)}
    third: dict[str, Call] = {"wengert": gradient(within_a_third())}
    if find_spec("jax"):
        kept["jax"], third["jax"] = jax_call(1), jax_call(SEGMENT)
    if find_spec("torch"):
        kept["torch"], third["torch"] = torch_call(1), torch_call(SEGMENT)
    yield Row("12 layers of 128, everything kept", kept, {"jax": 1.0, "torch": 1.0}, tolerance=1e-8)
    yield Row("12 layers of 128, in a third", third, {"jax": 1.0, "torch": 1.0}, tolerance=1e-8)
    both = {"wengert": third["wengert"], "everything kept": kept["wengert"]}
    yield Row("a third beside everything", both, {"everything kept": 1.35}, tolerance=1e-8)


def more() -> Iterator[str]:
    """The bytes that each needs besides arguments and results."""
    yield f"wengert, everything kept: {room(network) / 1e6:.1f} MB; in a third: {room(within_a_third()) / 1e6:.1f} MB"
    yield f"the plan: {wg.checkpoint(network, memory='40MB').plan(WEIGHTS, INPUT)} (line by line, within 40 MB)"
    if find_spec("jax"):
        found = [jax_program(segment).memory_analysis().temp_size_in_bytes / 1e6 for segment in (1, SEGMENT)]
        yield f"jax, everything kept: {found[0]:.1f} MB; in segments of {SEGMENT} layers: {found[1]:.1f} MB"


# -- ours ------------------------------------------------------------------------------------------


def network(weights: Any, x: Any) -> Any:
    for w in weights:
        x = np.tanh(x @ w)
    return np.sum(x * x)


def within_a_third() -> Callable[..., Any]:
    return wg.checkpoint(network, memory=int(room(network) / 2.9))


def room(f: Callable[..., Any]) -> int:
    return wg.jit(wg.grad(f)).lower(WEIGHTS, INPUT).memory


def gradient(f: Callable[..., Any]) -> Call:
    compiled = wg.jit(wg.grad(f))
    weights, x = [np.array(w) for w in WEIGHTS], np.array(INPUT)
    return lambda: compiled(weights, x)


# -- the peers -------------------------------------------------------------------------------------


def jax_loss(segment: int) -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def part(x: Any, *weights: Any) -> Any:
        for w in weights:
            x = jnp.tanh(x @ w)
        return x

    def loss(weights: Any, x: Any) -> Any:
        for i in range(0, LAYERS, segment):
            last = segment == 1 or i + segment == LAYERS
            x = (part if last else jax.checkpoint(part))(x, *weights[i : i + segment])
        return jnp.sum(x * x)

    return loss


def jax_program(segment: int) -> Any:
    import jax

    return jax.jit(jax.grad(jax_loss(segment))).lower(WEIGHTS, INPUT).compile()


def jax_call(segment: int) -> Call:
    import jax

    program = jax_program(segment)
    weights, x = [jax.numpy.asarray(w) for w in WEIGHTS], jax.numpy.asarray(INPUT)
    return lambda: jax.block_until_ready(program(weights, x))


def torch_call(segment: int) -> Call:
    import torch
    from torch.utils.checkpoint import checkpoint

    weights = [torch.tensor(w, requires_grad=True) for w in WEIGHTS]
    x = torch.tensor(INPUT)

    def part(x: Any, *weights: Any) -> Any:
        for w in weights:
            x = torch.tanh(x @ w)
        return x

    def call() -> Any:
        y = x
        for i in range(0, LAYERS, segment):
            layers = weights[i : i + segment]
            last = segment == 1 or i + segment == LAYERS
            y = part(y, *layers) if last else checkpoint(part, y, *layers, use_reentrant=False)
        return torch.autograd.grad((y * y).sum(), weights)

    return call
