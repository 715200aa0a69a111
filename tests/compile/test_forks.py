"""A fork while other threads record, compile and call leaves the child free to do the same."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks in this system")

X = numpy.ones(4)


def compiles(number: float) -> bool:
    """Whether a new function is compiled rightly, and differentiated."""
    f = wg.jit(lambda x: np.sum(np.sin(x) * number))
    return bool(abs(f(X).item() - 4 * number * numpy.sin(1.0)) < 1e-9 and wg.grad(lambda x: x * x)(3.0).item() == 6)


def forked(works: Any) -> bool:
    """Whether a child comes to an end within ten seconds, and what it does is right."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: that is what is tried
        child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(30)
        os._exit(0 if works() else 1)
    return os.waitpid(child, 0)[1] == 0


def test_children_compile_whatever_other_threads_were_doing() -> None:
    count, state = wg.tensor(0.0), {"t": 0}
    ended = threading.Event()

    @wg.jit
    def step(x: Any) -> Any:
        count.copy_(count + 1)
        state["t"] += 1
        return np.sum(x * count)

    def compile_on_and_on(begin: float) -> None:
        while not ended.is_set():
            compiles(begin := begin + 1)

    def record_on_and_on() -> None:
        while not ended.is_set():
            step(numpy.ones(state["t"] % 20 + 1))

    threads = [threading.Thread(target=compile_on_and_on, args=(k,)) for k in (1e3, 1e6)]
    threads.append(threading.Thread(target=record_on_and_on))
    for thread in threads:
        thread.start()

    def works() -> bool:
        before = count.item()
        step(X)
        return compiles(0.5) and type(state["t"]) is int and count.item() == before + 1

    try:
        assert all(forked(works) for _ in range(6))
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_a_process_that_may_have_no_more_threads_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    large = numpy.ones(300_000)
    assert forked(lambda: compiles(2.5) and wg.jit(lambda x: np.sum(np.exp(x) * 0.5))(large).item() > 4e5)
    assert compiles(3.5)
