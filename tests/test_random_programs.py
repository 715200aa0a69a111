"""Programs made up by hypothesis: derivatives agree in both modes, to second order, batched, and with differences.

A program is a list of steps; each takes earlier values (so that subexpressions are shared) and adds one. All
operations are bounded, so that a long program stays within the range where differences can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import wengert as wg
import wengert.numpy as np
from tests import laws

CHECKED = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

SHAPES = ((2, 3), (3,))
"""Of the two arguments of every program."""


def fitted(a: Any, b: Any) -> tuple[Any, Any]:
    """Two operands that broadcast: where they do not, the second becomes a scalar."""
    try:
        numpy.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        return a, np.mean(b)
    return a, b


def inner_product(a: Any, b: Any) -> Any:
    """A product of matrices, of whatever shapes."""
    x, y = np.reshape(a, (-1, a.shape[-1] if a.shape else 1)), np.reshape(b, (-1, b.shape[-1] if b.shape else 1))
    return x @ y.T / 4.0 if x.shape[1] == y.shape[1] else np.outer(np.sum(x, axis=1), np.sum(y, axis=1)) / 8.0


def written(a: Any, b: Any) -> Any:
    """In-place writes."""
    c = np.reshape(a, (-1,)) * 1.0
    c[0] = np.mean(b)
    c[-1] += c[0] * 0.5
    c *= np.cos(c)
    return np.reshape(c, a.shape)


def looped(a: Any, b: Any) -> Any:
    """A Python loop with a closure."""
    total = a * 0.0
    for k in range(3):
        total = (lambda t, k=k: np.tanh(t + a * (0.5 + k)))(total)
    return total


def joined(a: Any, b: Any) -> Any:
    return np.concatenate([np.reshape(a, (-1,)), np.reshape(b, (-1,))])[:7]


def inner_gradient(a: Any, b: Any) -> Any:
    """A gradient of a function that closes over another value."""
    return wg.grad(lambda t: np.sum(np.sin(t * np.mean(b)) * t))(a) / 2.0


def inner_tangent(a: Any, b: Any) -> Any:
    return wg.jvp(lambda t: np.tanh(t * np.mean(b)), (a,), (np.cos(a),))[1]


def inner_batch(a: Any, b: Any) -> Any:
    return wg.vmap(lambda t: np.sin(t) * np.mean(b))(np.reshape(a, (-1,)))


UNARY: list[Callable[[Any], Any]] = [
    np.sin,
    np.tanh,
    lambda a: np.exp(-a * a),
    lambda a: a * a / (1.0 + np.real(np.conj(a) * a)),
    lambda a: np.sqrt(1.5 + np.sin(a)),
    lambda a: np.log(2.0 + np.cos(a)),
    lambda a: -a,
    lambda a: 1.0 / (2.0 + np.cos(a)),
    lambda a: (1.5 + np.sin(a)) ** 2.5,
    lambda a: np.reshape(a, (-1,)),
    lambda a: a.T,
    lambda a: np.sum(a, axis=-1, keepdims=True) / 3.0 if a.shape else a,
    lambda a: np.mean(a),
    lambda a: np.mean(a, axis=0) if a.shape else a,
    lambda a: a[0] if a.shape else a,
    lambda a: a[..., ::-1] if a.shape else a,
    lambda a: a[[0, -1, 0]] if a.shape else a,
    lambda a: a[None],
    lambda a: np.cumsum(a) / 3.0,
]
BINARY: list[Callable[[Any, Any], Any]] = [
    lambda a, b: np.add(*fitted(a, b)),
    lambda a, b: np.subtract(*fitted(a, b)),
    lambda a, b: np.multiply(*fitted(np.tanh(a), b)),
    lambda a, b: np.divide(*fitted(a, 2.0 + np.cos(b))),
    lambda a, b: np.where(np.cos(1.0).item() > 0.5, *fitted(a, b)),
    inner_product,
    written,
    looped,
    joined,
]
REAL: list[Callable[[Any, Any], Any]] = [
    lambda a, b: np.maximum(*fitted(a, b)),
    lambda a, b: (
        np.where(np.greater(*fitted(a, b)), a, np.sin(a))
        if numpy.broadcast_shapes(a.shape, fitted(a, b)[1].shape) == a.shape
        else a
    ),
    lambda a, b: np.abs(a),
    lambda a, b: np.max(a, axis=0) if a.shape else a,
    lambda a, b: np.hypot(*fitted(a, 1.0 + b * b)),
    lambda a, b: np.arctan2(*fitted(a, 1.5 + np.sin(b))),
    lambda a, b: np.sort(np.reshape(a, (-1,))),
    inner_gradient,
    inner_tangent,
    inner_batch,
]
COMPLEX: list[Callable[[Any, Any], Any]] = [
    lambda a, b: np.conj(a) * 0.5,
    lambda a, b: np.real(a) + 1j * np.imag(a) * 0.5,
    lambda a, b: np.abs(a) * (1 + 0.5j),
    lambda a, b: np.exp(1j * np.real(a)),
]

Program = list[tuple[int, int, int]]
programs = st.lists(st.tuples(*[st.integers(0, 400)] * 3), min_size=2, max_size=9)
seeds = st.integers(0, 1000)


def branching(a: Any, b: Any) -> Any:
    """A step that depends on a value: not under vmap."""
    return np.sin(a) * 2.0 if np.mean(np.real(a)).item() > 0 else np.cos(a)


def bounded(a: Any) -> Any:
    """Complex values are brought into the unit circle, for sines and exponentials explode outside."""
    return a / np.sqrt(1.0 + np.real(a) ** 2 + np.imag(a) ** 2) if a.dtype.kind == "c" else a


def meaning(program: Program, extra: list[Callable[[Any, Any], Any]]) -> Callable[..., tuple[Any, Any]]:
    """The function of two arrays that a program stands for; it returns its last two values."""
    operations = [*(lambda a, b, f=f: f(a) for f in UNARY), *BINARY, *extra]

    def run(x: Any, y: Any) -> tuple[Any, Any]:
        values = [x, y]
        for operation, first, second in program:
            a, b = values[-1 - first % len(values)], values[-1 - second % len(values)]
            values.append(bounded(operations[operation % len(operations)](a, b)))
        return values[-1], values[-2]

    return run


def arguments(seed: int, dtype: str) -> tuple[Any, ...]:
    rng = numpy.random.default_rng(seed)
    dtype = numpy.dtype(dtype)
    reals = [rng.uniform(-1.5, 1.5, shape) for shape in SHAPES]
    if dtype.kind == "c":
        return tuple((r + 0.5j * rng.uniform(-1, 1, r.shape)).astype(dtype) for r in reals)
    return tuple(r.astype(dtype) for r in reals)


def extra_for(dtype: str) -> list[Callable[[Any, Any], Any]]:
    return [*(REAL if dtype.startswith("f") else COMPLEX), branching]


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@given(program=programs, seed=seeds)
@CHECKED
def test_forward_agrees_with_reverse_to_second_order(dtype: str, program: Program, seed: int) -> None:
    f, args = meaning(program, extra_for(dtype)), arguments(seed, dtype)
    laws.check_modes(f, args, 20 * laws.TOLERANCE[dtype])
    laws.check_modes(laws.derivative(f, args), args, 200 * laws.TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@given(program=programs, seed=seeds)
@CHECKED
def test_agrees_with_differences(dtype: str, program: Program, seed: int) -> None:
    f, args = meaning(program, extra_for(dtype)), arguments(seed, dtype)
    laws.check_difference(f, args, 1e-6)
    laws.check_difference(laws.derivative(f, args), args, 1e-5)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@given(program=programs, seed=seeds)
@CHECKED
def test_batched_is_looped(dtype: str, program: Program, seed: int) -> None:
    f = laws.flat(meaning(program, extra_for(dtype)[:-1]))
    examples = [arguments(seed + k, dtype) for k in range(3)]
    batches = tuple(numpy.stack(column) for column in zip(*examples, strict=True))
    laws.check_batched(f, batches, 1e-9)
    laws.check_batched(laws.derivative(f, examples[0]), batches, 1e-8)


@given(program=programs, seed=seeds)
@CHECKED
def test_both_styles_agree(program: Program, seed: int) -> None:
    """Define-by-run, `grad`, and `grad` of the checkpointed program; with all second derivatives symmetric."""
    f, args = meaning(program, extra_for("float64")), arguments(seed, "float64")

    def loss(x: Any, y: Any) -> Any:
        last, other = f(x, y)
        return np.sum(np.sin(last)) + np.mean(other)

    leaves = [wg.tensor(a, requires_grad=True) for a in args]
    output = loss(*leaves)
    expected = wg.grad(loss, (0, 1))(*args)
    if output.requires_grad:
        output.backward()
        for leaf, slope in zip(leaves, expected, strict=True):
            numpy.testing.assert_allclose(
                0.0 * slope if leaf.grad is None else leaf.grad, slope, rtol=1e-12, atol=1e-14
            )
    saved = wg.grad(wg.checkpoint(loss), (0, 1))(*args)
    for one, other in zip(saved, expected, strict=True):
        numpy.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    hessian = wg.hessian(loss)(*args).numpy().reshape(6, 6)
    numpy.testing.assert_allclose(hessian, hessian.T, rtol=1e-9, atol=1e-11)
    again = wg.jacrev(wg.grad(loss))(*args).numpy().reshape(6, 6)
    numpy.testing.assert_allclose(hessian, again, rtol=1e-9, atol=1e-11)
