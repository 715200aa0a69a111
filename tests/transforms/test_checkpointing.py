"""`checkpoint`: the same derivatives from less memory."""

from __future__ import annotations

import gc
import itertools
import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

X = numpy.array([0.3, -0.7, 1.1])
V = numpy.array([1.0, 0.5, -2.0])


def block(x: Any) -> Any:
    return np.sin(np.exp(np.tanh(x)) * x)


def chain(x: Any) -> Any:
    return np.sum(block(block(x)) * x)


def checkpointed(x: Any) -> Any:
    saved = wg.checkpoint(block)
    return np.sum(saved(saved(x)) * x)


def nested(x: Any) -> Any:
    saved = wg.checkpoint(lambda x: wg.checkpoint(block)(wg.checkpoint(block)(x)))
    return np.sum(saved(x) * x)


TRANSFORMS = {
    "value": lambda f: f,
    "grad": wg.grad,
    "jvp": lambda f: lambda x: wg.jvp(f, (x,), (V,))[1],
    "linearize": lambda f: lambda x: wg.linearize(f, x)[1](V),
    "vjp": lambda f: lambda x: wg.vjp(f, x)[1](2.0)[0],
    "hessian": wg.hessian,
    "reverse-reverse": lambda f: wg.jacrev(wg.grad(f)),
    "reverse-forward": lambda f: wg.jacrev(wg.jacfwd(f)),
    "forward-forward": lambda f: wg.jacfwd(wg.jacfwd(f)),
    "third": lambda f: wg.grad(lambda x: np.sum(wg.hvp(f, (x,), (V,)))),
    "vmap": lambda f: lambda x: wg.vmap(f)(np.stack([x, 2 * x])),
    "vmap-grad": lambda f: lambda x: wg.vmap(wg.grad(f))(np.stack([x, 2 * x])),
    "grad-vmap": lambda f: wg.grad(lambda x: np.sum(wg.vmap(f)(np.stack([x, 2 * x])))),
    "vmap-hessian": lambda f: lambda x: wg.vmap(wg.hessian(f))(np.stack([x, 2 * x])),
    "backward": lambda f: lambda x: _by_backward(f, x),
    "second-backward": lambda f: lambda x: _by_backward(lambda y: np.sum(wg.grad(f)(y) ** 2), x),
}


def _by_backward(f: Any, x: Any) -> Any:
    leaf = wg.tensor(x, requires_grad=True)
    f(leaf).backward()
    return leaf.grad


@pytest.mark.parametrize(("name", "f"), list(itertools.product(TRANSFORMS, [checkpointed, nested])))
def test_every_mode(name: str, f: Any) -> None:
    transform = TRANSFORMS[name]
    numpy.testing.assert_allclose(transform(f)(X), transform(chain)(X), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "name", ["grad", "hessian", "jvp", "linearize", "third", "vmap-grad", "backward", "reverse-reverse"]
)
def test_captured_tensors(name: str) -> None:
    def around(wrap: Any) -> Any:
        def f(w: Any) -> Any:
            middle = w * 2.0
            return np.sum(wrap(lambda x: np.sin(x * middle) * np.sum(w))(np.cos(w)))

        return f

    transform = TRANSFORMS[name]
    numpy.testing.assert_allclose(transform(around(wg.checkpoint))(X), transform(around(lambda f: f))(X), rtol=1e-12)


def test_captured_leaf() -> None:
    w, x = wg.tensor(X, requires_grad=True), wg.tensor(V, requires_grad=True)
    np.sum(wg.checkpoint(lambda x: np.sin(w * x) * w)(x)).backward()
    numpy.testing.assert_allclose(w.grad, numpy.cos(X * V) * V * X + numpy.sin(X * V), rtol=1e-14)
    numpy.testing.assert_allclose(x.grad, numpy.cos(X * V) * X * X, rtol=1e-14)


def test_only_captured_tensors_are_watched() -> None:
    w = wg.tensor(2.0, requires_grad=True)
    wg.checkpoint(lambda x: np.sin(w) * x)(3.0).backward()
    assert w.grad.item() == pytest.approx(3 * numpy.cos(2.0))
    assert wg.grad(lambda w: wg.checkpoint(lambda: w * w)())(3.0).item() == 6.0


def writing(x: Any, total: Any) -> Any:
    total += np.sin(x)
    return total * x


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("memory", [None, "1MB"])
def test_what_is_written_to_an_argument_is_the_callers(name: str, memory: Any) -> None:
    """With its derivatives, as without a checkpoint."""

    def around(wrap: Any) -> Any:
        def f(x: Any) -> Any:
            total = x * x
            return np.sum(wrap(writing)(x, total) + np.exp(total))

        return f

    transform = TRANSFORMS[name]
    saved = transform(around(lambda f: wg.checkpoint(f, memory)))(X)
    numpy.testing.assert_allclose(saved, transform(around(lambda f: f))(X), rtol=1e-12, atol=1e-13)


def test_structures_static_arguments_and_keywords() -> None:
    class Model:
        scale = 3.0

    def layer(p: Any, model: Model, name: str, flag: bool, *, power: int) -> Any:
        assert name == "relu"
        y = p["a"] * model.scale if flag else p["b"]
        return {"y": y**power, "z": (p["b"], None, "text" if False else 2.0 * p["a"])}

    def loss(p: Any, wrap: Any) -> Any:
        out = wrap(layer)(p, Model(), "relu", True, power=2)
        return out["y"] * out["z"][0] + out["z"][2]

    p = {"a": 2.0, "b": 5.0}
    for slope in (wg.grad(lambda p: loss(p, wg.checkpoint))(p), wg.grad(lambda p: loss(p, lambda f: f))(p)):
        assert (slope["a"].item(), slope["b"].item()) == (182.0, 36.0)


def test_integer_arguments() -> None:
    take = wg.checkpoint(lambda x, i: x[i] * i)
    assert wg.grad(lambda x: np.sum(take(x, numpy.array([2, 2, 0]))))(X).tolist() == [0.0, 0.0, 4.0]
    assert wg.jvp(lambda x: take(x, 2), (X,), (V,))[1].item() == 2 * V[2]


def test_many_results() -> None:
    pair = wg.checkpoint(lambda x: (np.sin(x), np.cos(x)))
    assert wg.grad(lambda x: pair(x)[1])(0.5).item() == -numpy.sin(0.5)
    assert wg.grad(lambda x: pair(x)[0] * pair(x)[1])(0.5).item() == pytest.approx(numpy.cos(1.0))


def test_without_a_watch_nothing_is_kept() -> None:
    assert wg.checkpoint(block)(X)._node.watch == 0


def test_runs_again_for_each_walk() -> None:
    calls = []

    @wg.checkpoint
    def f(x: Any) -> Any:
        calls.append(1)
        return np.sin(x)

    _, pull = wg.vjp(f, 1.0)
    assert len(calls) == 1
    pull(1.0)
    pull(1.0)
    assert len(calls) == 3


def test_second_backward_of_a_freed_graph_is_an_error() -> None:
    x = wg.tensor(X, requires_grad=True)
    z = np.sum(wg.checkpoint(block)(x) ** 2)
    z.backward()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        z.backward()


def test_exception_in_the_second_run() -> None:
    runs = []

    @wg.checkpoint
    def f(x: Any) -> Any:
        runs.append(1)
        if len(runs) > 1:
            raise ZeroDivisionError
        return x * x

    with pytest.raises(ZeroDivisionError):
        wg.grad(f)(2.0)
    assert wg.grad(lambda x: x * x)(2.0).item() == 4.0


SIZE = 100_000


def peak_of(f: Any) -> tuple[int, Any]:
    """How many arrays of the size are held at the peak of a gradient, and the gradient."""
    x = wg.tensor(numpy.linspace(0, 1, SIZE), requires_grad=True)
    gc.collect()
    tracemalloc.start()
    np.sum(f(x)).backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak // (8 * SIZE), x.grad.numpy()


def steps(x: Any, count: int) -> Any:
    for _ in range(count):
        x = np.sin(x)
    return x


def test_peak_memory_falls() -> None:
    """Of 64 steps in 8 segments the walk holds 8 inputs and one segment of 8, instead of all 64."""

    def in_segments(x: Any) -> Any:
        for _ in range(8):
            x = wg.checkpoint(steps)(x, 8)
        return x

    plain, expected = peak_of(lambda x: steps(x, 64))
    saved, gradient = peak_of(in_segments)
    numpy.testing.assert_array_equal(gradient, expected)
    assert plain >= 64
    assert saved <= 24


def test_checkpoints_within_checkpoints_hold_a_logarithm() -> None:
    """Of 64 steps, halved 6 times, the walk holds an input and a cotangent or so at each halving."""

    def halved(x: Any, count: int) -> Any:
        return np.sin(x) if count == 1 else halved(wg.checkpoint(halved)(x, count // 2), count // 2)

    saved, gradient = peak_of(lambda x: halved(x, 64))
    numpy.testing.assert_array_equal(gradient, peak_of(lambda x: steps(x, 64))[1])
    assert saved <= 20


# -- what is read from outside ---------------------------------------------------------------------

STALE = r"^\[checkpoint\] a function gave another result when it was run again for a walk, wanted what it gave when it "


def a_written_tensor(x: Any) -> Any:
    v = x.copy()
    y = wg.checkpoint(lambda t: t * v)(x)
    v[0] = 5.0
    return np.sum(y)


def a_written_constant(x: Any) -> Any:
    v = np.array([1.0, 2.0])
    y = wg.checkpoint(lambda t: t * v)(x)
    v += 1
    return np.sum(y)


def the_same_number_written(x: Any) -> Any:
    v = x.copy()
    y = wg.checkpoint(lambda t: t * v)(x)
    v[0] = 1.0
    return np.sum(y)


def an_array(x: Any) -> Any:
    a = numpy.array([1.0, 2.0])
    y = wg.checkpoint(lambda t: t * a)(x)
    a[1] = 3.0
    return np.sum(y)


def foreign_random_numbers(x: Any) -> Any:
    rng = numpy.random.default_rng(0)
    return np.sum(wg.checkpoint(lambda t: t * rng.normal())(x))


def a_list(x: Any) -> Any:
    factors = [2.0]
    y = wg.checkpoint(lambda t: t * factors[-1])(x)
    factors.append(3.0)
    return np.sum(y)


@pytest.mark.parametrize(
    "f",
    [a_written_tensor, a_written_constant, the_same_number_written, an_array, foreign_random_numbers, a_list],
)
def test_what_a_function_reads_must_stay(f: Callable[..., Any]) -> None:
    x = numpy.array([1.0, 2.0])
    with pytest.raises(RuntimeError, match=STALE):
        wg.grad(f)(x)
    with pytest.raises(RuntimeError, match=STALE):
        wg.jvp(f, (x,), (x,))
    leaf = wg.tensor(x, requires_grad=True)
    with pytest.raises(RuntimeError, match=STALE):
        f(leaf).backward()


def test_what_is_written_after_the_walk_or_nowhere_matters_not() -> None:
    v = wg.tensor([1.0, math.nan], requires_grad=True)
    f = wg.checkpoint(lambda t: t * v)
    y = np.sum(f(np.array([3.0, 4.0])))
    y.backward()
    with wg.no_grad():
        v += 1
    assert_same(v.grad, np.array([3.0, 4.0]))
