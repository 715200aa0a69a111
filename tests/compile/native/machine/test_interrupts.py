"""Ctrl-C ends native loops of each kind soon, wherever they were called from, with everything as it was before."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from wengert.compile import jit as jit_module
from wengert.compile.interpreter import layouts
from wengert.compile.native.facts.duration import is_long
from wengert.compile.native.machine.pool import has_posix_threads
from wengert.core import state

pytestmark = pytest.mark.skipif(not has_posix_threads(), reason="signals are not looked for without POSIX threads")

ENDLESS = 10**12
MANY = 10**8
ROW = numpy.linspace(0.1, 1.0, 40)
LINES = numpy.linspace(0.1, 1.0, 3200).reshape(32, 100)


def turns(count: int, f: Callable[[Any], Any], x: Any, **options: Any) -> Any:
    return wg.fori_loop(0, count, lambda i, y: f(y), x, **options)


def until(count: float, f: Callable[[Any], Any], x: Any, **options: Any) -> Any:
    return wg.while_loop(lambda c: c[0] < count, lambda c: (c[0] + 1.0, f(c[1])), (0.0, x), **options)[1]


def until_many(x: Any) -> Any:
    return until(MANY * (1 + x), lambda y: np.sin(y * x), x, memory=6)


LOOPS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "fori, in registers": (lambda x: turns(ENDLESS, lambda y: np.sin(y * x), x), 0.5),
    "while, in registers": (lambda x: until(ENDLESS, lambda y: np.sin(y * x), x), 0.5),
    "scan, in registers": (lambda x: wg.scan(lambda c, _: (np.sin(c * x), None), x, length=ENDLESS)[0], 0.5),
    "fori, on memory": (lambda x: turns(ENDLESS, lambda y: np.sin(y * x), x), ROW),
    "while, on memory": (lambda x: until(ENDLESS, lambda y: np.sin(y * x), x), ROW),
    "short in long": (lambda x: turns(ENDLESS, lambda y: turns(3, lambda z: z * x, y), x), 0.5),
    "long in while": (lambda x: until(ENDLESS, lambda y: turns(MANY, lambda z: np.sin(z * x), y), x), 0.5),
    "three deep": (
        lambda x: turns(ENDLESS, lambda y: until(50, lambda z: until(9, lambda w: w * x, z), y), x),
        0.5,
    ),
    "three deep, on memory": (
        lambda x: turns(ENDLESS, lambda y: until(5, lambda z: until(9, lambda w: w * x, z), y), x),
        ROW,
    ),
    "in a branch": (lambda x: wg.cond(np.sum(x) > 0, lambda y: turns(ENDLESS, np.sin, y), lambda y: y, x), 0.5),
    "inverses": (lambda x: turns(ENDLESS, lambda y: np.linalg.inv(y + x), x), numpy.eye(12)),
    "products on all cores": (lambda x: turns(ENDLESS, lambda y: (x @ y) * 0.01, x), numpy.ones((200, 200))),
    "gradient, in registers": (wg.grad(lambda x: turns(MANY, lambda y: np.sin(y * x), x)), 0.5),
    "gradient of while": (wg.grad(lambda x: until(MANY, lambda y: np.sin(y * x), x)), 0.5),
    "gradient, on memory": (wg.grad(lambda x: np.sum(turns(MANY // 40, lambda y: np.sin(y * x), x))), ROW),
    "gradient within memory": (wg.grad(lambda x: turns(MANY, lambda y: np.sin(y * x), x, memory=6)), 0.5),
    "batch": (wg.vmap(lambda x: turns(ENDLESS, lambda y: np.sin(y * x), x)), ROW),
    "batch of while": (wg.vmap(lambda x: until(ENDLESS * x, lambda y: np.sin(y * x), x)), ROW),
    "batch, all but one short": (wg.vmap(lambda x: until(ENDLESS * (x == ROW[20]), lambda y: y * x, x)), ROW),
    "batch of while, on memory": (wg.vmap(lambda x: until(ENDLESS, lambda y: np.sin(y * x), x)), LINES),
    "gradient of a batch of while": (wg.grad(lambda x: np.sum(wg.vmap(until_many)(x))), ROW),
}

SOON = 0.5
"""Loops end within a tenth of a second (``python -m tools.interrupts`` says); a busy machine takes its time besides."""


@contextmanager
def signalled(after: float) -> Iterator[list[float]]:
    """A signal after so many seconds; the list gets the time when it was sent."""
    sent: list[float] = []

    def send() -> None:
        time.sleep(after)
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield sent
    finally:
        with suppress(KeyboardInterrupt):  # which comes late where the call has ended early
            thread.join()
            time.sleep(0.01)


def seconds_until_interrupted(call: Callable[[], Any], after: float = 0.2) -> float:
    with signalled(after) as sent, pytest.raises(KeyboardInterrupt):
        call()
    return time.perf_counter() - sent[0]


@pytest.fixture(autouse=True)
def _everything_is_as_before() -> Iterator[None]:
    yield
    assert state.records() == -1
    assert state._derivatives.used == state._recordings.used == 0
    assert state.observers == []
    assert state.state.recorder is None


@pytest.mark.part(6)
@pytest.mark.parametrize("name", LOOPS)
def test_loops_end_soon_after_an_interrupt(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    f, x = LOOPS[name]
    compiled = wg.jit(f)
    compiled.lower(x).llvm()  # compiled beforehand, so that the signal comes within the loop
    seconds_until_interrupted(lambda: compiled(x), after=0.4)
    took = min(seconds_until_interrupted(lambda: compiled(x)) for _ in range(2))
    assert took < SOON


@pytest.mark.skipif(not layouts.are_as_described(), reason="there are no doors in this Python")
@pytest.mark.parametrize("size", ["registers", "memory"])
def test_loops_behind_a_door_end_too(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit_module, "FREQUENT", 1)
    compiled = wg.jit(lambda x, n: turns_of(n, x))
    x = 0.5 if size == "registers" else ROW
    for _ in range(4):
        expected = compiled(x, 5.0)
    (door,) = compiled.doors
    before = door.calls
    took = min(seconds_until_interrupted(lambda: compiled(x, float(ENDLESS))) for _ in range(3))
    assert took < SOON
    assert door.calls == before
    assert compiled(x, 5.0).tolist() == expected.tolist()
    assert door.calls == before + 1


def turns_of(count: Any, x: Any) -> Any:
    return wg.while_loop(lambda c: c[0] < count, lambda c: (c[0] + 1.0, np.sin(c[1] * x)), (0.0, x))[1]


@pytest.mark.parametrize("x", [0.5, ROW], ids=["registers", "memory"])
def test_state_is_as_it_was(x: Any) -> None:
    """Nothing that the program writes is written, in whatever order; the next call is as if there had been none."""
    w, v = wg.tensor(x, requires_grad=True), wg.tensor(numpy.ones(3))
    holder = {"m": wg.tensor(1.0)}

    @wg.jit
    def step(count: Any) -> Any:
        v.copy_(v * 2)
        holder["m"] = holder["m"] + 1
        w.grad = None
        np.sum(turns_of(count, w)).backward()
        with wg.no_grad():
            w.copy_(w - 0.1 * w.grad)
        return np.sum(w)

    step(3.0)
    before = [w.detach().numpy().copy(), v.numpy().copy(), holder["m"].item(), w.grad.numpy().copy()]
    seconds_until_interrupted(lambda: step(float(MANY // 30)), after=0.02)
    after = [w.detach().numpy(), v.numpy(), holder["m"].item(), w.grad.numpy()]
    for found, expected in zip(after, before, strict=True):
        numpy.testing.assert_array_equal(found, expected)
    step(3.0)
    assert v.tolist() == (2 * before[1]).tolist()


def test_a_handler_that_raises_nothing_lets_the_loop_go_on() -> None:
    seen: list[int] = []
    compiled = wg.jit(lambda x: turns(10**7, lambda y: np.sin(y * x), x))
    expected = compiled(0.5).item()
    handler = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        with signalled(0.05):
            assert compiled(0.5).item() == expected
    finally:
        signal.signal(signal.SIGINT, handler)
    assert seen == [signal.SIGINT]


def test_what_a_handler_raises_is_raised() -> None:
    class TimeIsUpError(Exception):
        pass

    def raise_it(*_: Any) -> None:
        raise TimeIsUpError

    compiled = wg.jit(lambda x: turns(ENDLESS, lambda y: np.sin(y * x), x))
    handler = signal.signal(signal.SIGALRM, raise_it)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(TimeIsUpError):
            compiled(0.5)
    finally:
        signal.signal(signal.SIGALRM, handler)


def test_other_threads_are_not_interrupted() -> None:
    """As in Python, an interrupt is the main thread's alone."""
    compiled = wg.jit(lambda x: turns(10**7, lambda y: np.sin(y * x), x))
    expected = compiled(0.5).item()
    found: list[float] = []
    thread = threading.Thread(target=lambda: found.append(compiled(0.5).item()))
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    thread.join()
    assert found == [expected]


def test_a_forked_child_is_interrupted_too() -> None:
    compiled = wg.jit(lambda x: turns(ENDLESS, lambda y: np.sin(y * x), x))
    seconds_until_interrupted(lambda: compiled(0.5), after=0.5)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: that is what is tried
        child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            compiled(0.5)
        except KeyboardInterrupt:
            os._exit(0)
        os._exit(1)
    time.sleep(0.5)
    os.kill(child, signal.SIGINT)
    assert os.waitpid(child, 0)[1] == 0


def test_short_loops_do_not_look() -> None:
    def looks(f: Any, x: Any) -> bool:
        (program,) = next(iter(compiled_with(f, x).programs.values()))
        nodes = [stage.node for stage in program.run.construction.schedule.stages if hasattr(stage, "inner")]
        return any(map(is_long, nodes))

    assert not looks(lambda x: turns(1000, lambda y: np.sin(y * x), x), 0.5)
    assert not looks(lambda x: turns(50, lambda y: turns(50, lambda z: z * x, y), x), 0.5)
    assert looks(lambda x: turns(1000, lambda y: np.sin(y * x), x), numpy.ones(2000))
    assert looks(lambda x: turns(2000, lambda y: turns(2000, lambda z: z * x, y), x), 0.5)
    assert looks(lambda x: until(5, lambda y: y * x, x), 0.5)


def compiled_with(f: Any, x: Any) -> Any:
    compiled = wg.jit(f)
    compiled(x)
    return compiled


@pytest.mark.part(4)
@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 50_000, 100_001, 131_072])
def test_loops_with_pauses_do_all_their_turns(count: int) -> None:
    """Around each number of turns at which there may be a pause."""
    compiled = wg.jit(lambda x, n: (until(n, lambda y: y + x, 0.0 * x), turns_and_sum(count, x)))
    by_values, by_number = compiled(1.0, float(count))
    assert by_values.item() == count
    assert by_number.item() == count
    slope = wg.jit(wg.grad(lambda x: turns(count, lambda y: y + x * x, 0.0 * x)))
    assert slope(0.5).item() == count


def turns_and_sum(count: int, x: Any) -> Any:
    return turns(count, lambda y: y + x, 0.0 * x)
