"""Watches are handed out, given back, and restored whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core import state
from wengert.core.primitive import Primitive
from wengert.core.recording import general
from wengert.ops.linear_maps import linear, maps_for


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = numpy.geterr()
    yield
    assert state._derivatives.used == 0
    assert state._recordings.used == 0
    assert state.state.on == -1
    assert state.observers == []
    assert numpy.geterr() == before


class PlannedError(Exception):
    """Raised half-way."""


def fails(*_: Any, **__: Any) -> Any:
    raise PlannedError


def _failing(name: str, apply: Any = lambda t: t, transpose: Any = lambda c: c, batch: Any = None) -> Any:
    primitive = Primitive(
        name, lambda x: x * 1.0, ("x",), lambda x: x, maps_for(("x",), [linear(apply, transpose)]), batch=batch
    )
    primitive.operation = general(primitive)
    return primitive.operation


bad_forward = _failing("bad_forward", apply=lambda t: fails())
bad_reverse = _failing("bad_reverse", transpose=lambda c: fails())
bad_batch = _failing("bad_batch", batch=fails)

X = numpy.array([0.5, 1.0])


def total(f: Any) -> Any:
    return lambda x: np.sum(f(np.sin(x)))


FAILURES = {
    "function under grad": lambda: wg.grad(fails)(1.0),
    "function under value_and_grad": lambda: wg.value_and_grad(fails)(1.0),
    "function under jvp": lambda: wg.jvp(fails, (1.0,), (1.0,)),
    "function under vjp": lambda: wg.vjp(fails, 1.0),
    "function under linearize": lambda: wg.linearize(fails, 1.0),
    "function under jacobian": lambda: wg.jacobian(fails)(X),
    "function under hessian": lambda: wg.hessian(fails)(X),
    "function under vmap": lambda: wg.vmap(fails)(X),
    "function under checkpoint": lambda: wg.grad(wg.checkpoint(fails))(1.0),
    "function with a rule": lambda: wg.grad(wg.custom_derivative(fails, vjp=fails))(1.0),
    "function with a rule, under vmap": lambda: wg.vmap(wg.custom_derivative(fails, vjp=fails))(X),
    "nested function": lambda: wg.grad(lambda x: wg.jvp(lambda y: wg.vmap(fails)(X), (x,), (x,))[1])(1.0),
    "rule under grad": lambda: wg.grad(total(bad_reverse))(X),
    "rule under vjp": lambda: wg.vjp(total(bad_reverse), X)[1](1.0),
    "rule under jvp": lambda: wg.jvp(total(bad_forward), (X,), (X,)),
    "rule under linearize": lambda: wg.linearize(total(bad_forward), X)[1](X),
    "rule under jacfwd": lambda: wg.jacfwd(total(bad_forward))(numpy.ones(9)),
    "rule under jacrev": lambda: wg.jacrev(bad_reverse)(numpy.ones(9)),
    "rule under hessian": lambda: wg.hessian(total(bad_reverse))(X),
    "rule under backward": lambda: total(bad_reverse)(wg.tensor(X, requires_grad=True)).backward(),
    "rule under a nested backward": lambda: wg.grad(lambda x: _backward(total(bad_reverse), x))(X),
    "rule under vmap": lambda: wg.vmap(total(bad_batch))(numpy.stack([X, X])),
    "rule under checkpoint": lambda: wg.grad(wg.checkpoint(total(bad_reverse)))(X),
    "own jvp": lambda: wg.jvp(wg.custom_derivative(np.sin, jvp=fails), (1.0,), (1.0,)),
    "own jvp, transposed": lambda: wg.grad(wg.custom_derivative(np.sin, jvp=fails))(1.0),
    "own vjp": lambda: wg.grad(wg.custom_derivative(np.sin, vjp=fails))(1.0),
    "own vjp, transposed": lambda: wg.jvp(wg.custom_derivative(np.sin, vjp=fails), (1.0,), (1.0,)),
    "own root": lambda: wg.grad(wg.custom_derivative(np.sin, root=fails))(1.0),
    "own solve": lambda: wg.grad(wg.custom_derivative(np.sin, root=lambda o, x: o - x, solve=fails))(1.0),
    "hook of a leaf": lambda: _hooked(wg.tensor(1.0, requires_grad=True), 0),
    "hook of a result": lambda: _hooked(wg.tensor(1.0, requires_grad=True), 1),
    "hook under grad": lambda: wg.grad(lambda x: _hook(x * x))(1.0),
    "hook under create_graph": lambda: wg.gradients(
        _hook(wg.tensor(1.0, requires_grad=True) * 1.0), [], create_graph=True
    ),
    "no_grad": lambda: wg.no_grad()(fails)(),
    "enable_grad": lambda: wg.no_grad()(wg.enable_grad()(fails))(),
    "no_grad under grad": lambda: wg.grad(wg.no_grad()(fails))(1.0),
}


def _backward(f: Any, x: Any) -> Any:
    leaf = (x * 1.0).requires_grad_()
    f(leaf).backward()
    return np.sum(leaf.grad)


def _hook(tensor: Any) -> Any:
    tensor.register_hook(fails)
    return tensor


def _hooked(x: Any, place: int) -> None:
    y = x * x
    _hook((x, y)[place])
    (y * 2.0).backward()


@pytest.mark.parametrize("name", FAILURES)
def test_state_is_restored_after_an_exception(name: str) -> None:
    with pytest.raises(PlannedError):
        FAILURES[name]()
    assert state._derivatives.used == 0
    assert state._recordings.used == 0
    assert state.state.on == -1
    assert wg.hessian(lambda x: np.sum(np.sin(x)))(X).tolist() == [[-numpy.sin(0.5), 0.0], [0.0, -numpy.sin(1.0)]]


def test_state_is_restored_after_an_interrupt() -> None:
    def interrupted(x: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wg.grad(lambda x: wg.grad(interrupted)(x))(1.0)


def test_deep_nesting() -> None:
    """Sixty derivatives, one inside the other (of x, so that each is 1 or 0)."""

    def nested(depth: int, x: Any) -> Any:
        return x * x if depth == 0 else wg.jvp(lambda y: nested(depth - 1, y), (x,), (1.0,))[1]

    assert nested(1, 3.0).item() == 6.0
    assert nested(12, 3.0).item() == 0.0

    def opened(depth: int, x: Any) -> Any:
        return x * x if depth == 0 else wg.grad(lambda y: opened(depth - 1, x) * y)(1.0)

    assert opened(100, 3.0).item() == 9.0
    assert wg.grad(lambda x: opened(100, x))(3.0).item() == 6.0


def test_too_deep_nesting_is_an_error() -> None:
    def endless(x: Any) -> Any:
        return wg.grad(endless)(x)

    with pytest.raises(RecursionError):
        endless(1.0)


def test_too_many_open_derivatives_is_an_error() -> None:
    watches = [state.Watch() for _ in range(298)]
    for watch in watches:
        watch.__enter__()
    try:
        with pytest.raises(RecursionError) as error:
            wg.grad(np.sin)(1.0)
        assert str(error.value) == (
            "[grad] 298 derivatives are open at once in all threads, wanted fewer, which is the most there is room "
            "for; look for a transformation that calls itself without end"
        )
    finally:
        for watch in watches:
            watch.__exit__()


def test_watches_are_reused() -> None:
    bits = []
    for _ in range(3):
        with state.Watch() as bit:
            bits.append(bit)
    assert len(set(bits)) == 1


def test_mode_of_a_new_thread() -> None:
    """Each thread begins with every watch on, whatever its parent does."""
    seen = []
    with wg.no_grad():
        thread = threading.Thread(target=lambda: seen.append(wg.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_a_watch_records_even_if_its_bit_was_left_silenced() -> None:
    """As in a context that was copied within a walk, or where an interrupt came before the end of one."""
    with state.Watch() as bit:
        pass
    state.ON.set(~bit)
    assert wg.grad(np.sin)(0.0).item() == 1.0
    assert state.records() == -1
