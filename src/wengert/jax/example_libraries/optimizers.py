"""``jax.example_libraries.optimizers``: an optimizer is three functions of trees, ``(init, update, get_params)``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NamedTuple

import wengert as wg

from ...names import missing_name as _missing_name
from .. import numpy as jnp
from ..array import arrays
from ..tree_util import PyTreeDef, tree_flatten, tree_leaves, tree_map

__all__ = [
    "Optimizer", "OptimizerState", "adagrad", "adam", "adamax", "clip_grads", "constant", "exponential_decay",
    "inverse_time_decay", "l2_norm", "momentum", "nesterov", "optimizer", "piecewise_constant", "polynomial_decay",
    "rmsprop", "rmsprop_momentum", "sgd",
]  # fmt: skip

Schedule = Callable[[Any], Any]


class Optimizer(NamedTuple):
    """Three functions: of parameters a state; of the number of a step, gradients and a state the next one; of a state
    its parameters."""

    init_fn: Callable[[Any], Any]
    update_fn: Callable[[Any, Any, Any], Any]
    params_fn: Callable[[Any], Any]


class OptimizerState:
    """The state of an optimizer for each array of a tree of parameters."""

    def __init__(self, states: Iterable[Any], structure: PyTreeDef) -> None:
        self.states: tuple[Any, ...] = tuple(states)
        self.structure = structure


wg.trees.register(
    OptimizerState,
    lambda state: (state.states, state.structure, tuple(map(str, range(len(state.states))))),
    lambda structure, states: OptimizerState(states, structure),
)


def optimizer(maker: Callable[..., Any]) -> Callable[..., Optimizer]:
    """Let an optimizer of arrays be one of trees."""

    @wraps(maker)
    def made(*args: Any, **kwargs: Any) -> Optimizer:
        init, update, get_params = maker(*args, **kwargs)

        def init_tree(params: Any) -> OptimizerState:
            leaves, structure = tree_flatten(arrays(params))
            return OptimizerState(map(init, leaves), structure)

        def update_tree(step: Any, gradients: Any, state: OptimizerState) -> OptimizerState:
            slopes = tree_leaves(gradients)
            new = [update(step, slope, old) for slope, old in zip(slopes, state.states, strict=True)]
            return OptimizerState(new, state.structure)

        def params_of_tree(state: OptimizerState) -> Any:
            return state.structure.unflatten(map(get_params, state.states))

        return Optimizer(init_tree, update_tree, params_of_tree)

    return made


def _first(state: Any) -> Any:
    return state[0]


def _itself(state: Any) -> Any:
    return state


@optimizer
def sgd(step_size: Any) -> Any:
    """Gradient descent."""
    rate = make_schedule(step_size)
    return _itself, lambda i, g, x: x - rate(i) * g, _itself


@optimizer
def momentum(step_size: Any, mass: float) -> Any:
    """Descent with momentum (B. Polyak, 1964)."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, velocity = state
        velocity = mass * velocity + g
        return x - rate(i) * velocity, velocity

    return lambda x: (x, jnp.zeros_like(x)), update, _first


@optimizer
def nesterov(step_size: Any, mass: float) -> Any:
    """Descent with the momentum of Y. Nesterov (1983)."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, velocity = state
        velocity = mass * velocity + g
        return x - rate(i) * (mass * velocity + g), velocity

    return lambda x: (x, jnp.zeros_like(x)), update, _first


@optimizer
def adagrad(step_size: Any, momentum: float = 0.9) -> Any:
    """Adagrad (J. Duchi, E. Hazan, Y. Singer, 2011), with momentum."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, squares, mean = state
        squares = squares + g**2
        scale = jnp.where(squares > 0, 1.0 / jnp.sqrt(jnp.where(squares > 0, squares, 1.0)), 0.0)
        mean = (1.0 - momentum) * (g * scale) + momentum * mean
        return x - rate(i) * mean, squares, mean

    return lambda x: (x, jnp.zeros_like(x), jnp.zeros_like(x)), update, _first


@optimizer
def rmsprop(step_size: Any, gamma: float = 0.9, eps: float = 1e-8) -> Any:
    """RMSprop (T. Tieleman, G. Hinton, 2012)."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, squares = state
        squares = squares * gamma + g**2 * (1.0 - gamma)
        return x - rate(i) * g / jnp.sqrt(squares + eps), squares

    return lambda x: (x, jnp.zeros_like(x)), update, _first


@optimizer
def rmsprop_momentum(step_size: Any, gamma: float = 0.9, eps: float = 1e-8, momentum: float = 0.9) -> Any:
    """RMSprop with momentum."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, squares, mean = state
        squares = squares * gamma + g**2 * (1.0 - gamma)
        mean = momentum * mean + rate(i) * g / jnp.sqrt(squares + eps)
        return x - mean, squares, mean

    return lambda x: (x, jnp.zeros_like(x), jnp.zeros_like(x)), update, _first


@optimizer
def adam(step_size: Any, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Any:
    """Adam (D. Kingma, J. Ba, 2014)."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, mean, squares = state
        mean, squares = (1 - b1) * g + b1 * mean, (1 - b2) * g**2 + b2 * squares
        unbiased, spread = mean / (1 - _power(b1, i + 1)), squares / (1 - _power(b2, i + 1))
        return x - rate(i) * unbiased / (jnp.sqrt(spread) + eps), mean, squares

    return lambda x: (x, jnp.zeros_like(x), jnp.zeros_like(x)), update, _first


@optimizer
def adamax(step_size: Any, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Any:
    """Adam with the largest gradient in place of the mean square (D. Kingma, J. Ba, 2014)."""
    rate = make_schedule(step_size)

    def update(i: Any, g: Any, state: Any) -> Any:
        x, mean, largest = state
        mean, largest = (1 - b1) * g + b1 * mean, jnp.maximum(b2 * largest, jnp.abs(g))
        return x - rate(i) / (1 - _power(b1, i + 1)) * mean / (largest + eps), mean, largest

    return lambda x: (x, jnp.zeros_like(x), jnp.zeros_like(x)), update, _first


def _power(base: float, exponent: Any) -> Any:
    return arrays((base,))[0] ** exponent


# -- schedules -------------------------------------------------------------------------------------


def make_schedule(scalar_or_schedule: Any) -> Schedule:
    """A function of the number of a step; of a number one that always gives it."""
    return scalar_or_schedule if callable(scalar_or_schedule) else constant(scalar_or_schedule)


def constant(step_size: Any) -> Schedule:
    """Always the same."""
    return lambda i: step_size


def exponential_decay(step_size: Any, decay_steps: Any, decay_rate: Any) -> Schedule:
    """Times a rate every so many steps, and in between."""
    return lambda i: step_size * _power(decay_rate, i / decay_steps)


def inverse_time_decay(step_size: Any, decay_steps: Any, decay_rate: Any, staircase: bool = False) -> Schedule:
    """Over 1 + a rate times the number of so many steps; with `staircase` of whole ones."""
    counted = jnp.floor if staircase else _itself
    return lambda i: step_size / (1 + decay_rate * counted(i / decay_steps))


def polynomial_decay(step_size: Any, decay_steps: Any, final_step_size: Any, power: float = 1.0) -> Schedule:
    """From one to another in so many steps, along a power of what is left of them."""

    def schedule(step: Any) -> Any:
        left = (1 - jnp.minimum(step, decay_steps) / decay_steps) ** power
        return left * (step_size - final_step_size) + final_step_size

    return schedule


def piecewise_constant(boundaries: Any, values: Any) -> Schedule:
    """One value up to each boundary."""
    ends, levels = jnp.asarray(boundaries), jnp.asarray(values)
    return lambda i: levels[jnp.sum(i > ends)]


# -- norms of gradients ----------------------------------------------------------------------------


def l2_norm(tree: Any) -> Any:
    """The length of all numbers of a tree."""
    return jnp.sqrt(sum(jnp.vdot(x, x) for x in tree_leaves(arrays(tree))))


def clip_grads(grad_tree: Any, max_norm: Any) -> Any:
    """Gradients, shortened to a length if they are longer."""
    norm = l2_norm(grad_tree)
    return tree_map(lambda g: jnp.where(norm < max_norm, g, g * (max_norm / norm)), grad_tree)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "optimizers")
