"""``python -m benchmarks.gpu [--small]``: training steps on the first device of JAX, beside hand-written JAX there.

For each model: the same losses, and the ratios of time, of operations and of memory to those of JAX, the steps taking
turns. It takes less than five minutes on a graphics card; ``--small`` is for a processor.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy

import wengert as wg
import wengert.numpy as np
from wengert import nn, optim

RATE = 0.01
STEPS = 3
"""Whose losses are compared."""


class Sizes(NamedTuple):
    """The size of a Transformer, and of a Gaussian process.

    Attributes:
        layers, width, heads, length, batch: of the Transformer, whose inner networks are four times as wide.
        points: of the process.
        rounds: how often a step is timed.
    """

    layers: int
    width: int
    heads: int
    length: int
    batch: int
    points: int
    rounds: int


LARGE = Sizes(layers=12, width=768, heads=12, length=512, batch=16, points=4096, rounds=20)
"""Twelve layers of 7.1 million parameters, 85 million."""

SMALL = Sizes(layers=2, width=64, heads=4, length=32, batch=8, points=256, rounds=10)


class Pair(NamedTuple):
    """A step of ours and one of JAX, each of which gives a loss and keeps its state, and their programs."""

    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    our_program: Callable[[], Any]
    their_program: Any


# -- a Transformer ---------------------------------------------------------------------------------


def transformer(sizes: Sizes) -> Pair:
    """A step of gradient descent in float32."""
    wg.random.seed(0)
    model = nn.Sequential(
        *(
            nn.TransformerEncoderLayer(sizes.width, sizes.heads, 4 * sizes.width, dropout=0.0, batch_first=True)
            for _ in range(sizes.layers)
        )
    )
    x = numpy.random.default_rng(0).normal(size=(sizes.batch, sizes.length, sizes.width)).astype("float32")
    params = [{name: jnp.asarray(p.detach().numpy()) for name, p in layer.named_parameters()} for layer in model]
    sgd = optim.SGD(model.parameters(), lr=RATE)

    @wg.jit(backend="xla")
    def step(x: Any) -> Any:
        sgd.zero_grad()
        loss = np.mean(model(x) ** 2)
        loss.backward()
        sgd.step()
        return loss

    def loss_of(params: Any, x: Any) -> Any:
        for layer in params:
            x = layer_of_jax(layer, x, sizes.heads)
        return jnp.mean(x**2)

    def step_of_jax(params: Any, x: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(params, x)
        return jax.tree.map(lambda p, g: p - RATE * g, params, gradients), loss

    given, device_x = wg.device_put(x), jnp.asarray(x)
    return beside(step, (given,), step_of_jax, params, (device_x,))


def layer_of_jax(p: dict[str, Any], x: Any, heads: int) -> Any:
    """Attention and a network, each added to what it is given and normalised."""
    batch, length, width = x.shape
    q, k, v = jnp.split(x @ p["self_attn.in_proj_weight"].T + p["self_attn.in_proj_bias"], 3, -1)
    q, k, v = (part.reshape(batch, length, heads, width // heads).swapaxes(1, 2) for part in (q, k, v))
    weights = jax.nn.softmax(q @ k.swapaxes(-1, -2) / numpy.float32((width // heads) ** 0.5), -1)
    mixed = (weights @ v).swapaxes(1, 2).reshape(batch, length, width)
    x = normalized(x + mixed @ p["self_attn.out_proj.weight"].T + p["self_attn.out_proj.bias"], p, "norm1")
    inner = jax.nn.relu(x @ p["linear1.weight"].T + p["linear1.bias"])
    return normalized(x + inner @ p["linear2.weight"].T + p["linear2.bias"], p, "norm2")


def normalized(x: Any, p: dict[str, Any], name: str) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return scaled * p[f"{name}.weight"] + p[f"{name}.bias"]


# -- a Gaussian process ----------------------------------------------------------------------------


def gaussian_process(sizes: Sizes) -> Pair:
    """A step on the likelihood of a process with a squared exponential kernel, in float64, by Cholesky's factor."""
    rng = numpy.random.default_rng(0)
    x = rng.normal(size=(sizes.points, 3))
    y = numpy.sin(x[:, 0]) + 0.1 * rng.normal(size=sizes.points)
    scales = wg.tensor(numpy.zeros(3)).requires_grad_()

    def likelihood(lib: Any, scales: Any, x: Any, y: Any) -> Any:
        z = x * lib.exp(scales)
        squares = lib.sum(z * z, -1)
        kernel = lib.exp(z @ z.T - squares[:, None] / 2 - squares / 2) + 0.1 * lib.eye(len(y))
        factor = lib.linalg.cholesky(kernel)
        whitened = lib.linalg.solve(factor, y)
        return (whitened @ whitened / 2 + lib.sum(lib.log(lib.diagonal(factor)))) / len(y)

    @wg.jit(backend="xla")
    def step(x: Any, y: Any) -> Any:
        loss, gradient = wg.value_and_grad(lambda s: likelihood(np, s, x, y))(scales)
        with wg.no_grad():
            scales.copy_(scales - RATE * gradient)
        return loss

    def step_of_jax(scales: Any, x: Any, y: Any) -> Any:
        loss, gradient = jax.value_and_grad(lambda s: likelihood(jnp, s, x, y))(scales)
        return scales - RATE * gradient, loss

    given = (wg.device_put(x), wg.device_put(y))
    return beside(step, given, step_of_jax, jnp.zeros(3), (jnp.asarray(x), jnp.asarray(y)))


# -- side by side ----------------------------------------------------------------------------------


def beside(step: Any, given: tuple[Any, ...], step_of_jax: Any, state: Any, given_to_jax: tuple[Any, ...]) -> Pair:
    """The two steps, of which JAX's state is overwritten as ours is."""
    compiled = jax.jit(step_of_jax, donate_argnums=0).lower(state, *given_to_jax).compile()
    held = [state]

    def theirs() -> Any:
        held[0], loss = compiled(held[0], *given_to_jax)
        return loss.block_until_ready()

    def ours() -> Any:
        loss = step(*given)
        loss._value.block_until_ready()
        return loss._value

    return Pair(ours, theirs, lambda: next(iter(step.programs.values()))[0].run.compiled, compiled)


def compare(name: str, pair: Pair, rounds: int) -> None:
    """Print the ratios of a model."""
    losses = [(float(pair.ours()), float(pair.theirs())) for _ in range(STEPS)]
    difference = max(abs(a - b) / abs(b) for a, b in losses)
    ratios = [timed(pair.ours) / timed(pair.theirs) for _ in range(rounds)]
    ours, theirs = pair.our_program(), pair.their_program
    work = ours.cost_analysis()["flops"] / theirs.cost_analysis()["flops"]
    print(
        f"{name}: losses differ by {difference:.1e}; of JAX's time {statistics.median(ratios):.2f}, operations "
        f"{work:.3f}, memory {memory(ours) / memory(theirs):.2f}, fusions {fusions(ours)} and {fusions(theirs)}",
        flush=True,
    )


def timed(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def memory(program: Any) -> int:
    """The bytes of arguments, results and what is between, those that share memory counted once."""
    sizes = program.memory_analysis()
    every = sizes.argument_size_in_bytes + sizes.output_size_in_bytes + sizes.temp_size_in_bytes
    return every - sizes.alias_size_in_bytes


def fusions(program: Any) -> int:
    return program.as_text().count(" fusion(")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.gpu")
    options.add_argument("--small", action="store_true", help="sizes for a processor")
    sizes = SMALL if options.parse_args().small else LARGE
    print(f"{jax.devices()[0].device_kind}, jax {jax.__version__}", flush=True)
    compare("transformer, float32", transformer(sizes), sizes.rounds)
    with jax.enable_x64(True):
        compare("gaussian process, float64", gaussian_process(sizes), sizes.rounds)


if __name__ == "__main__":
    main()
