"""A task in each library: a step of training and inference, as calls that are ready to be timed.

Every library begins with the parameters that Wengert draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy

import wengert as wg

from .jax_layers import STATISTICS, Layers
from .task import Task

Call = Callable[[], Any]
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]
RATE, FIRST, SECOND, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def drawn(task: Task) -> Any:
    """The network in Wengert."""
    wg.random.seed(0)
    return task.model(wg)


def drawn_state(task: Task) -> dict[str, numpy.ndarray]:
    """Copies of its parameters and statistics by name."""
    return {name: numpy.array(value.detach()) for name, value in drawn(task).state_dict().items()}


# -- Wengert ---------------------------------------------------------------------------------------


def wengert_step(task: Task, wrap: Wrap = wg.jit) -> Call:
    """A step of training that is wrapped whole: by `wg.jit`, or not at all."""
    step, batch = compiled_step(task, wrap)
    return lambda: step(*batch)


def compiled_step(task: Task, wrap: Wrap = wg.jit) -> tuple[Any, list[Any]]:
    """The same as a function, and the batch that it is given."""
    model, batch = drawn(task), [wg.tensor(x) for x in task.batch]
    optimizer = wg.optim.Adam(model.parameters(), RATE, (FIRST, SECOND), EPSILON)

    def step(*batch: Any) -> Any:
        loss = task.loss(wg, model, *batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return wrap(step), batch


def wengert_inference(task: Task, wrap: Wrap = wg.jit) -> Call:
    model, one = drawn(task).eval(), wg.tensor(task.batch[0][:1])

    def output(x: Any) -> Any:
        with wg.no_grad():
            return model(x)

    wrapped = wrap(output)
    return lambda: wrapped(one)


# -- PyTorch ---------------------------------------------------------------------------------------


def torch_model(task: Task) -> Any:
    import torch

    model = task.model(torch)
    model.load_state_dict({name: torch.tensor(value) for name, value in drawn_state(task).items()})
    return model


def torch_step(task: Task, wrap: Wrap) -> Call:
    """A step of training with the fused optimizer, of which the loss is wrapped."""
    import torch

    model, batch = torch_model(task), [torch.tensor(x) for x in task.batch]
    optimizer = torch.optim.Adam(model.parameters(), RATE, (FIRST, SECOND), EPSILON, fused=True)
    loss = wrap(lambda *batch: task.loss(torch, model, *batch))

    def step() -> Any:
        value = loss(*batch)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.detach()

    return step


def torch_inference(task: Task, wrap: Wrap) -> Call:
    import torch

    model, one = wrap(torch_model(task).eval()), torch.tensor(task.batch[0][:1])
    return torch.inference_mode()(lambda: model(one))


# -- JAX -------------------------------------------------------------------------------------------


def jax_state(task: Task) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters, and statistics, by name."""
    import jax.numpy as jnp

    state = {name: jnp.asarray(value) for name, value in drawn_state(task).items()}
    statistics = {name: value for name, value in state.items() if name.endswith(STATISTICS)}
    return {name: value for name, value in state.items() if name not in statistics}, statistics


def adam(params: Any, gradients: Any, moments: Any) -> tuple[Any, Any]:
    """D. Kingma and J. Ba (2015), algorithm 1, for JAX."""
    import jax

    means, squares, count = moments
    over, count = jax.tree_util.tree_map, count + 1
    rate, correction = RATE / (1 - FIRST**count), (1 - SECOND**count) ** 0.5
    means = over(lambda m, g: FIRST * m + (1 - FIRST) * g, means, gradients)
    squares = over(lambda s, g: SECOND * s + (1 - SECOND) * g**2, squares, gradients)
    params = over(lambda p, m, s: p - rate * m / (s**0.5 / correction + EPSILON), params, means, squares)
    return params, (means, squares, count)


def jax_step(task: Task) -> Call:
    """A step of training that is compiled whole, with its state donated."""
    import jax
    import jax.numpy as jnp

    def loss(params: Any, statistics: Any, batch: Any) -> Any:
        layers = Layers({**params, **statistics}, training=True)
        return task.jax_loss(layers, *batch), layers.moved

    def step(params: Any, statistics: Any, moments: Any, batch: Any) -> Any:
        (value, statistics), gradients = jax.value_and_grad(loss, has_aux=True)(params, statistics, batch)
        params, moments = adam(params, gradients, moments)
        return value, (params, statistics, moments)

    compiled = jax.jit(step, donate_argnums=(0, 1, 2))
    params, statistics = jax_state(task)
    means, squares = (jax.tree_util.tree_map(jnp.zeros_like, params) for _ in range(2))
    state, batch = (params, statistics, (means, squares, jnp.float32(0))), [jnp.asarray(x) for x in task.batch]

    def run() -> Any:
        nonlocal state
        value, state = compiled(*state, batch)
        jax.block_until_ready(state)
        return value

    return run


def jax_inference(task: Task) -> Call:
    import jax

    params, statistics = jax_state(task)
    state, one = {**params, **statistics}, jax.numpy.asarray(task.batch[0][:1])
    compiled = jax.jit(lambda state, x: task.jax_model(Layers(state, training=False), x))
    return lambda: jax.block_until_ready(compiled(state, one))


# -- that they agree -------------------------------------------------------------------------------

TOLERANCES = (1e-4, 1e-3, 1e-3)
"""Of the losses of the first steps: the second is of other parameters, and the third of other moments too."""


def check_steps(name: str, calls: Mapping[str, Call]) -> None:
    """Every library finds the same losses in the first steps.

    Raises:
        AssertionError: it does not.
    """
    losses = {library: [float(call()) for _ in TOLERANCES] for library, call in calls.items()}
    first = next(iter(losses.values()))
    for library, found in losses.items():
        for ours, theirs, tolerance in zip(first, found, TOLERANCES, strict=True):
            numpy.testing.assert_allclose(ours, theirs, rtol=tolerance, err_msg=f"{name}, {library}: {losses}")


def check_outputs(name: str, calls: Mapping[str, Call]) -> None:
    """Every library infers the same.

    Raises:
        AssertionError: it does not.
    """
    outputs = {library: _first(call()) for library, call in calls.items()}
    first = next(iter(outputs.values()))
    for library, found in outputs.items():
        numpy.testing.assert_allclose(first, found, rtol=1e-3, atol=1e-4, err_msg=f"{name}, {library}")


def _first(output: Any) -> numpy.ndarray:
    return numpy.asarray(output[0] if isinstance(output, tuple) else output)
