"""Programs made up by hypothesis: compiled is eager, in values, derivatives of both orders, batches and state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

import wengert as wg
import wengert.numpy as np

CHECKED = settings(
    max_examples=7,
    phases=[Phase.explicit, Phase.generate],  # to shrink what fails takes minutes
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

X = numpy.array([[0.3, -1.2, 0.7], [1.1, 0.4, -0.5]])
Y = numpy.array([0.9, -0.3, 0.2])


def fitted(a: Any, b: Any) -> Any:
    """The second operand, or its mean where the two do not broadcast."""
    try:
        numpy.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        return np.mean(b)
    return b


def written(a: Any, b: Any) -> Any:
    flat = np.reshape(a, (-1,)) * 1.0
    flat[::2] = flat[::2] * 0.5 + np.mean(b)
    flat[-1] += flat[0]
    return np.reshape(flat, a.shape)


def product(a: Any, b: Any) -> Any:
    rows = np.reshape(a, (-1, a.shape[-1] if a.ndim else 1))
    return np.tanh(rows @ np.transpose(rows)) * np.mean(b)


def looped(a: Any, b: Any) -> Any:
    for k in range(3):
        a = np.sin(a + k * np.mean(b))
    return a


STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + fitted(a, b),
    "multiply": lambda a, b: np.tanh(a) * fitted(a, b),
    "divide": lambda a, b: a / (2.0 + fitted(a, b) ** 2),
    "power": lambda a, b: (1.5 + np.sin(a)) ** np.cos(fitted(a, b)),
    "where": lambda a, b: np.where(a > 0.1, a, fitted(a, b) * 0.5),
    "maximum": lambda a, b: np.maximum(a, fitted(a, b) - 0.05),
    "exp": lambda a, b: np.exp(-(a**2)),
    "softmax": lambda a, b: np.exp(a - np.max(a)) / np.sum(np.exp(a - np.max(a))),
    "sum": lambda a, b: np.sum(np.sin(a), axis=-1) if a.ndim else a,
    "mean": lambda a, b: np.mean(a, axis=0, keepdims=True) if a.ndim else a,
    "transpose": lambda a, b: np.transpose(a),
    "reshape": lambda a, b: np.reshape(a, (-1,)),
    "slice": lambda a, b: a[::-1] if a.ndim else a,
    "part": lambda a, b: a[..., :1] * np.mean(b) if a.ndim else a,
    "join": lambda a, b: np.concatenate([np.reshape(a, (-1,)), np.reshape(b, (-1,))])[:5],
    "stack": lambda a, b: np.stack([a, a * np.mean(b)])[1],
    "sort": lambda a, b: np.sort(a, axis=-1) if a.ndim else a,
    "cumsum": lambda a, b: np.cumsum(np.reshape(a, (-1,))) * 0.3,
    "take": lambda a, b: np.reshape(a, (-1,))[np.array([0, -1, 0])],
    "norm": lambda a, b: a / (1.0 + np.linalg.norm(np.reshape(b, (-1,)))),
    "written": written,
    "product": product,
    "looped": looped,
    "gradient": lambda a, b: wg.grad(lambda t: np.sum(np.sin(t * np.mean(b)) * t))(a) / 2.0,
    "compiled": lambda a, b: wg.jit(lambda t, s: np.tanh(t) * s)(a, np.mean(b)),
    "detached": lambda a, b: a + wg.stop_gradient(np.mean(b)),
}

programs = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=9
)
Choices = list[tuple[str, int, int]]


def run(choices: Choices, x: Any, y: Any) -> Any:
    values = [x, y]
    for name, i, j in choices:
        values.append(STEPS[name](values[i % len(values)], values[j % len(values)]))
    return values[-1], values[len(values) // 2]


def total(choices: Choices) -> Callable[[Any, Any], Any]:
    return lambda x, y: sum(np.sum(np.sin(value)) for value in run(choices, x, y))


def assert_close(found: Any, expected: Any, tolerance: float = 1e-10) -> None:
    for a, e in zip(found, expected, strict=True):
        assert (a.shape, a.dtype) == (e.shape, e.dtype)
        numpy.testing.assert_allclose(a.numpy(), e.numpy(), rtol=tolerance, atol=tolerance)


@CHECKED
@given(programs)
def test_values(choices: Choices) -> None:
    f = lambda x, y: run(choices, x, y)
    assert_close(wg.jit(f)(X, Y), f(np.asarray(X), np.asarray(Y)))


@CHECKED
@given(programs)
def test_gradients_of_both_orders_of_composition(choices: Choices) -> None:
    f = total(choices)
    expected = wg.grad(f, argnums=(0, 1))(X, Y)
    assert_close(wg.jit(wg.grad(f, argnums=(0, 1)))(X, Y), expected)
    assert_close(wg.grad(wg.jit(f), argnums=(0, 1))(X, Y), expected)


@settings(CHECKED, max_examples=5)
@given(programs)
def test_second_derivatives_and_batches(choices: Choices) -> None:
    f = total(choices)
    hessian = wg.hessian(lambda y: f(X, y))
    assert_close([wg.jit(hessian)(Y)], [hessian(Y)], 1e-8)
    assert_close([wg.hessian(wg.jit(lambda y: f(X, y)))(Y)], [hessian(Y)], 1e-8)
    batch = numpy.stack([Y, 2 * Y])
    assert_close([wg.jit(wg.vmap(lambda y: f(X, y)))(batch)], [wg.vmap(lambda y: f(X, y))(batch)])
    assert_close([wg.vmap(wg.jit(lambda y: f(X, y)))(batch)], [wg.vmap(lambda y: f(X, y))(batch)])


@CHECKED
@given(programs)
def test_steps_with_state(choices: Choices) -> None:
    def steps(compiler: Callable[[Any], Any]) -> list[Any]:
        w, held = wg.tensor(X, requires_grad=True), wg.tensor(Y)

        @compiler
        def step(scale: Any) -> Any:
            loss = total(choices)(w, held) * scale + np.sum(w**2)
            loss.backward()
            with wg.no_grad():
                w.copy_(w - 0.01 * w.grad)
            held.copy_(np.tanh(held + loss.detach() * 0.1))
            return loss

        losses = [step(scale) for scale in (1.0, 0.5, 2.0)]
        return [*(loss.detach() for loss in losses), w.detach(), w.grad, held]

    assert_close(steps(wg.jit), steps(lambda f: f), 1e-8)
