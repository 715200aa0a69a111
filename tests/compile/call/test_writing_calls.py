"""Calls that write state go without Python: they write what eager calls write, and nothing that anybody else holds."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile import jit as jit_module
from wengert.compile.call.tables import DoorWords
from wengert.compile.interpreter import layouts

pytestmark = pytest.mark.skipif(not layouts.are_as_described(), reason="there are no doors in this Python")

X = numpy.linspace(0.1, 1.0, 6).reshape(3, 2)


@pytest.fixture(autouse=True)
def _doors_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit_module, "FREQUENT", 1)


class Model:
    """A leaf, with state of every kind."""

    def __init__(self) -> None:
        self.w = wg.tensor(numpy.arange(6.0).reshape(3, 2), requires_grad=True)
        self.mean = wg.tensor(numpy.zeros((3, 2)))
        self.count = wg.tensor(0)
        self.turns = 0
        self.sums = [0.0, 0.0]
        self.pair = wg.tensor(numpy.zeros((3, 2))), {"second": wg.tensor(numpy.ones((3, 2)))}
        self.optimizers = {
            "sgd": wg.optim.SGD([self.w], 0.01),
            "momentum": wg.optim.SGD([self.w], 0.01, momentum=0.9),
            "adam": wg.optim.Adam([self.w], 0.01),
        }

    def state(self) -> list[Any]:
        gradient = self.w.grad
        tensors = [self.w.detach(), self.mean, self.count, numpy.zeros(0) if gradient is None else gradient]
        return [*map(numpy.array, (*tensors, *wg.trees.leaves(self.pair)))]

    def numbers(self) -> list[Any]:
        return [getattr(self, "turns", None), *self.sums]

    def loss(self, x: Any) -> Any:
        return (np.sin(self.w * x) ** 2).sum()

    def train(self, name: str, x: Any) -> Any:
        optimizer = self.optimizers[name]
        optimizer.zero_grad()
        loss = self.loss(x)
        loss.backward()
        optimizer.step()
        return loss.detach()


def accumulate(model: Model, x: Any) -> None:
    model.loss(x).backward()


def average(model: Model, x: Any) -> Any:
    model.mean *= 0.9
    model.mean += 0.1 * x
    model.count += 1
    return {"mean": model.mean * 1, "count": model.count * 2}


def replace(model: Model, x: Any) -> Any:
    model.mean[...] = x
    return model.mean


def forget(model: Model, x: Any) -> Any:
    model.w.grad = None
    return model.mean + x


def rebind(model: Model, x: Any) -> Any:
    model.mean = 0.9 * model.mean + x
    return model.mean.sum(), model.mean


def count_turns(model: Model, x: Any) -> Any:
    model.turns += 1
    return x / model.turns, model.turns


def add_up(model: Model, x: Any) -> Any:
    model.sums[0] += float((x * x).sum())
    model.sums[1], model.turns = model.sums[0] * model.turns, model.turns + 2
    return x + model.sums[0]


def swap(model: Model, x: Any) -> Any:
    first, second = model.pair
    model.pair = second["second"] * 0.5, {"second": first + x}
    return model.pair[0]


STEPS: dict[str, Callable[[Model, Any], Any]] = {
    "sgd": lambda model, x: model.train("sgd", x),
    "momentum": lambda model, x: model.train("momentum", x),
    "adam": lambda model, x: model.train("adam", x),
    "accumulate": accumulate,
    "average": average,
    "replace": replace,
    "forget": forget,
    "rebind": rebind,
    "count": count_turns,
    "add up": add_up,
    "swap": swap,
}


def calls_by_doors(compiled: Any) -> int:
    return sum(door.calls for door in compiled.doors)


def both(name: str) -> tuple[Model, Callable[[Any], Any], Model, Any]:
    """A model with its eager step, and another with the same, compiled."""
    eager, traced = Model(), Model()
    return eager, lambda x: STEPS[name](eager, x), traced, wg.jit(lambda x: STEPS[name](traced, x))


def assert_equal_states(eager: Model, traced: Model) -> None:
    for theirs, ours in zip(eager.state(), traced.state(), strict=True):
        assert_same(ours, theirs)
    assert repr(traced.numbers()) == repr(eager.numbers())


@pytest.mark.part(2)
@pytest.mark.parametrize("name", STEPS)
def test_steps_are_those_of_eager_code(name: str) -> None:
    eager, step, traced, compiled = both(name)
    for turn in range(12):
        expected, found = step(wg.tensor(X + turn)), compiled(wg.tensor(X + turn))
        assert_equal_states(eager, traced)
        for theirs, ours in zip(wg.trees.leaves(expected), wg.trees.leaves(found), strict=True):
            assert_same(ours, theirs)
            assert type(ours) is type(theirs)
            assert getattr(ours, "requires_grad", False) == getattr(theirs, "requires_grad", False)
        assert traced.w.is_leaf
        assert traced.w.requires_grad
    assert calls_by_doors(compiled) >= 8


HOLDERS: dict[str, Callable[[Model], Any]] = {
    "what is bound anew": lambda model: (model.mean, model.pair),
    "the raw arrays": lambda model: [model.w._value, model.mean._value, model.count._value],
    "an array of them": lambda model: model.mean.numpy(),
    "part of an array": lambda model: model.mean._value[1:],
    "the gradient": lambda model: model.w.grad,
    "the array of the gradient": lambda model: None if model.w.grad is None else model.w.grad._value,
    "a copy": lambda model: model.mean.clone(),
}


HELD = {name: ["what is bound anew"] if name in ("rebind", "swap") else list(HOLDERS)[1:] for name in STEPS}
"""For steps what they might write to."""


@pytest.mark.part(4)
@pytest.mark.parametrize(("name", "held"), [(name, held) for name in HELD for held in HELD[name]])
def test_what_somebody_holds_stays(name: str, held: str) -> None:
    """Arrays are values, and a gradient that was replaced is what it was."""
    eager, step, traced, compiled = both(name)
    for turn in range(3):
        step(wg.tensor(X + turn))
        compiled(wg.tensor(X + turn))
    for turn in range(3, 7):
        kept = HOLDERS[held](traced)
        before = [numpy.array(one) for one in wg.trees.leaves(kept)]
        step(wg.tensor(X + turn))
        compiled(wg.tensor(X + turn))
        for now, then in zip(wg.trees.leaves(kept), before, strict=True):
            assert_same(now, then)
        assert_equal_states(eager, traced)


@pytest.mark.parametrize("name", ["average", "replace"])
def test_views_see_what_is_written(name: str) -> None:
    eager, step, traced, compiled = both(name)
    for turn in range(8):
        theirs, ours = eager.mean[1:], traced.mean[1:]
        step(wg.tensor(X + turn))
        compiled(wg.tensor(X + turn))
        assert_same(ours, theirs)
        if turn == 5:
            del theirs, ours
    assert_equal_states(eager, traced)


CHANGES: dict[str, Callable[[Model], Any]] = {
    "another shape": lambda model: model.mean.__init__(numpy.zeros(2)),
    "another dtype": lambda model: model.mean.__init__(numpy.zeros((3, 2), "float32")),
    "no leaf any more": lambda model: model.w.requires_grad_(False),
    "another leaf": lambda model: model.w.requires_grad_(False).requires_grad_(),
    "another tensor": lambda model: setattr(model, "mean", wg.tensor(numpy.ones((3, 2)))),
    "no gradient": lambda model: setattr(model.w, "grad", None),
    "another gradient": lambda model: setattr(model.w, "grad", wg.tensor(numpy.ones((3, 2)))),
    "a hook": lambda model: model.w.register_hook(lambda gradient: gradient * 2),
    "not contiguous": lambda model: model.mean.__init__(numpy.ones((2, 3)).T),
    "an array": lambda model: setattr(model, "mean", numpy.ones((3, 2))),
    "a view": lambda model: setattr(model, "mean", wg.tensor(numpy.ones((4, 2)))[1:]),
    "a number of another type": lambda model: setattr(model, "turns", 1.5),
    "a number beyond arrays": lambda model: setattr(model, "turns", 2**70),
    "no number": lambda model: delattr(model, "turns"),
    "another nesting": lambda model: setattr(model, "pair", (*model.pair, model.mean)),
    "another container": lambda model: setattr(model, "pair", [*model.pair]),
    "another key": lambda model: setattr(model, "pair", (model.mean, {"first": model.mean})),
    "another leaf in it": lambda model: setattr(model, "pair", (2.0, model.pair[1])),
    "one tensor twice": lambda model: setattr(model, "pair", (model.mean, {"second": model.mean})),
}
NOTICED = {
    "accumulate": ["no leaf any more", "another leaf", "no gradient", "another gradient", "a hook"],
    "average": ["another shape", "another dtype", "another tensor", "not contiguous", "a view", "an array"],
    "adam": ["no leaf any more", "another leaf", "no gradient", "another gradient", "a hook"],
    "rebind": ["another shape", "another dtype", "another tensor", "not contiguous", "a view", "an array"],
    "count": ["a number of another type", "a number beyond arrays", "no number"],
    "swap": ["another nesting", "another container", "another key", "another leaf in it", "one tensor twice"],
}
"""For steps what they notice."""


@pytest.mark.part(4)
@pytest.mark.parametrize(("name", "change"), [(name, change) for name in NOTICED for change in NOTICED[name]])
def test_what_changes_between_calls_is_noticed(name: str, change: str) -> None:
    eager, step, traced, compiled = both(name)
    outcomes = []
    for turn in range(8):
        if turn == 4:
            CHANGES[change](eager)
            CHANGES[change](traced)
        for run in (step, compiled):
            try:
                run(wg.tensor(X + turn))
                outcomes.append(None)
            except (ValueError, RuntimeError, AttributeError, OverflowError, KeyError) as error:
                outcomes.append(type(error))
        assert outcomes[-1] == outcomes[-2]
        assert_equal_states(eager, traced)


def test_a_tensor_that_is_written_may_be_an_argument() -> None:
    eager, step, traced, compiled = both("average")
    for turn in range(6):
        x = wg.tensor(X + turn)
        step(eager.mean if turn > 3 else x)
        compiled(traced.mean if turn > 3 else x)
        assert_equal_states(eager, traced)


def test_a_call_that_fails_writes_nothing() -> None:
    total, last = wg.tensor(X * 0), wg.tensor(0.0)

    @wg.jit
    def step(x: Any, i: Any) -> Any:
        nonlocal last
        total.__iadd__(x)
        last += x[i, 0]
        return x

    for turn in range(8):
        before = total.numpy().copy(), last.item()
        with pytest.raises(IndexError):
            step(X, numpy.array(3))
        assert_same(total, before[0])
        assert last.item() == before[1]
        step(X, numpy.array(1))
        assert_same(total, X * (turn + 1))
    assert calls_by_doors(step)


@pytest.mark.parametrize("size", [6, 100_000])
def test_threads_do_not_lose_what_others_write(size: int) -> None:
    total, x = wg.tensor(numpy.zeros(size)), numpy.ones(size)
    step = wg.jit(lambda x: total.__iadd__(np.exp(np.sin(x) * 0) * x) * 0)
    turns = 300 if size == 6 else 20
    for _ in range(3):
        step(x)

    def work() -> None:
        for _ in range(turns):
            step(x)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_same(total, numpy.full(size, 4.0 * turns + 3))
    assert calls_by_doors(step)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", STEPS)
def test_no_references_are_left(name: str) -> None:
    _, _, traced, compiled = both(name)
    x = wg.tensor(X)
    for _ in range(5):
        compiled(x)
    kept = [x, x._value, traced.w, traced.mean, traced.w._node, None, wg.Tensor, X.dtype, traced.w._node.watch]

    def count() -> list[int]:
        gc.collect()
        return [sys.getrefcount(held) for held in kept]

    before = count()
    for _ in range(400):
        compiled(x)
    assert all(abs(now - then) < 50 for now, then in zip(count(), before, strict=True))
    assert not compiled.doors[0].table[DoorWords.BUSY]


def test_threads_do_not_lose_what_others_bind() -> None:
    model, turns = Model(), 200
    compiled = [wg.jit(lambda x: rebind(model, x)), wg.jit(lambda x: count_turns(model, x))]

    def work(step: Any) -> None:
        for _ in range(turns):
            step(X)

    for step in compiled:
        step(X)
        threads = [threading.Thread(target=work, args=[step]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert calls_by_doors(step)
    assert model.turns == 3 * turns + 1
    numpy.testing.assert_allclose(model.mean.numpy(), X * (1 - 0.9 ** (3 * turns + 1)) / 0.1)


# -- arguments -------------------------------------------------------------------------------------


@pytest.fixture
def halve() -> Any:
    """A compiled function that has written to its argument by a door."""

    @wg.jit
    def halve(x: Any, y: Any) -> None:
        x *= 0.5
        x += y

    x = wg.tensor(X)
    for _ in range(4):
        halve(x, X)
    assert calls_by_doors(halve) == 3
    assert_same(x, ((((X / 2 + X) / 2) + X) / 2 + X) / 2 + X)
    return halve


def test_arguments_that_are_written_keep_what_others_hold(halve: Any) -> None:
    x = wg.tensor(X.copy())
    array, view, copy = x._value, x[1:], x.clone()
    halve(x, X)
    assert_same(view, X[1:] * 1.5)
    del view
    halve(x, X)
    assert_same(x, X * 1.75)
    assert_same(array, X)
    assert_same(copy, X)


def test_arrays_are_values_where_tensors_are_written(halve: Any) -> None:
    x = X.copy()
    halve(x, X)
    assert_same(x, X)


def test_a_view_among_arguments_is_written_with_what_it_shows(halve: Any) -> None:
    base = wg.tensor(numpy.stack([X, X]))
    halve(base[1], X)
    assert_same(base, numpy.stack([X, X * 1.5]))


def test_one_tensor_may_be_both_arguments(halve: Any) -> None:
    x = wg.tensor(X)
    halve(x, x)
    assert_same(x, X)


def test_leaves_are_not_written(halve: Any) -> None:
    x = wg.tensor(X, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf"):
        halve(x, X)
    with wg.no_grad():
        for turn in range(3):
            halve(x, X * turn)
    assert_same(x.detach(), ((X / 2) / 2 + X) / 2 + X * 2)
    assert x.is_leaf
