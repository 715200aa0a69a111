"""Threads that compile at once, and call what is compiled at once: each call is as if it were alone."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.record import taking_turns

X = numpy.linspace(0.1, 1.0, 5)
WORKERS = 4


@pytest.fixture(autouse=True)
def _threads_change_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def together(*works: Callable[[], Any]) -> list[Any]:
    """What functions give that are called at the same time, each by a thread."""
    barrier, results, errors = threading.Barrier(len(works)), [None] * len(works), []

    def go(i: int) -> None:
        barrier.wait(60)
        try:
            results[i] = works[i]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=go, args=(i,)) for i in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


class Model:
    """State of each kind: a leaf with its gradient, a tensor, a name that is bound anew, numbers, a list."""

    def __init__(self) -> None:
        self.w = wg.tensor(numpy.ones(5), requires_grad=True)
        self.count = wg.tensor(0.0)
        self.mean = wg.tensor(numpy.zeros(5))
        self.t, self.total = 0, 0.0
        self.last = [wg.tensor(0.0)]

    def step(self, x: Any) -> Any:
        self.t += 1
        self.count += 1
        self.w.grad = None
        loss = np.sum(np.sin(self.w * x))
        loss.backward()
        with wg.no_grad():
            self.w -= 0.01 * self.w.grad
        self.mean = 0.9 * self.mean + 0.1 * self.w.detach()
        self.last[0] = loss.detach()
        self.total += loss.item()
        return loss

    def state(self) -> list[Any]:
        arrays = [tensor.detach().numpy().copy() for tensor in (self.w, self.w.grad, self.count, self.mean, *self.last)]
        return [*arrays, self.t, self.total]


def branching(model: Model) -> Callable[..., Any]:
    """A step that takes two paths."""
    return lambda x: model.step(x) if model.t % 2 == 0 else model.step(x * 2)


def on_values(model: Model) -> Callable[..., Any]:
    """A step that asks for a value."""
    return lambda x: model.step(x * 2 if np.sum(model.w) > 4.9 else x)


@pytest.mark.parametrize("kind", [lambda m: m.step, branching, on_values], ids=["straight", "by a number", "by values"])
@pytest.mark.parametrize("is_known", [False, True], ids=["compiled by all", "compiled before"])
def test_steps_are_as_many_as_were_made(kind: Callable[[Model], Any], is_known: bool) -> None:
    model, alone = Model(), Model()
    step, expected = wg.jit(kind(model)), kind(alone)
    for _ in range(4 * is_known):
        step(X)
        expected(X)
    together(*[lambda: [step(X) for _ in range(12)]] * WORKERS)
    for _ in range(12 * WORKERS):
        expected(X)
    for found, wanted in zip(model.state(), alone.state(), strict=True):
        assert type(found) is type(wanted)
        numpy.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_functions_without_state() -> None:
    f = wg.jit(lambda x: np.sum(np.sin(x) * 3))
    g = wg.jit(lambda x: x * 2 if np.sum(x) > 0 else -x)
    slope = wg.jit(wg.grad(lambda x: np.sum(np.exp(x) * x)))

    def work(shift: float) -> Any:
        x = X + shift
        for _ in range(40):
            numpy.testing.assert_allclose(f(x).item(), numpy.sum(numpy.sin(x)) * 3)
            numpy.testing.assert_array_equal(g(x), x * 2 if x.sum() > 0 else -x)
            numpy.testing.assert_allclose(slope(x), numpy.exp(x) * (x + 1))
            numpy.testing.assert_allclose(wg.grad(f)(x), numpy.cos(x) * 3)

    together(*[lambda shift=shift: work(shift) for shift in (-2.0, -1.0, 0.0, 1.0)])


def test_what_others_read_that_is_recorded_by_one() -> None:
    """A second function reads what the first one writes, at its first call too."""
    for _ in range(10):
        model = Model()
        train = wg.jit(model.step)
        read = wg.jit(lambda x, model=model: np.sum(model.count) + x)
        read(0.0)
        _, seen = together(lambda train=train: train(X), lambda read=read: [read(1.0).item() for _ in range(50)])
        assert set(seen) <= {1.0, 2.0}


def test_a_recording_that_waits_for_another_thread_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_turns, "TURN_PATIENCE", 0.1)
    inner = wg.jit(lambda x: x * 3)

    def f(x: Any) -> Any:
        found = []
        thread = threading.Thread(target=lambda: found.append(inner(2.0).item()))
        thread.start()
        thread.join()
        return x * found[0]

    assert wg.jit(f)(2.0).item() == 12.0
