"""Ctrl-C at random moments: ``python -m tools.interrupts [COUNT] [SEED]``.

While functions are compiled, loops run natively, the pool works, calls go through doors and derivatives are taken, this
process sends itself so many interrupts. After each, everything has to be as it was: modes, watches, what is written.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.core import state

X = numpy.linspace(0.1, 1.0, 200_000)
PATIENCE = 10.0
"""Seconds until an interrupt counts as ignored."""


def turns(x: Any, count: Any) -> Any:
    """A sine of a sine of a sine."""
    return wg.while_loop(lambda c: c[0] < count, lambda c: (c[0] + 1, np.sin(c[1] * x)), (0.0, x))[1]


class World:
    """What is worked on, and what has to be as it was."""

    def __init__(self) -> None:
        self.w = wg.tensor(numpy.ones(50), requires_grad=True)
        self.number = 0.0
        self.small = wg.jit(lambda x: np.sin(x) * 2)
        self.wide = wg.jit(lambda x: np.sum(np.exp(np.sin(x)) * np.tanh(x)))
        self.loop = wg.jit(turns)
        self.step = wg.jit(self.update)

    def update(self, count: Any) -> Any:
        self.w.grad = None
        np.sum(turns(self.w, count)).backward()
        with wg.no_grad():
            self.w.copy_(self.w - 0.01 * self.w.grad)
        return np.sum(self.w)

    # -- what is interrupted -----------------------------------------------------------------------

    def compile_anew(self) -> None:
        self.number += random.random()
        wg.jit(wg.grad(lambda x: np.sum(np.sin(x * self.number) * np.exp(x) + np.tanh(x))))(X[:20])

    def run_a_loop(self) -> None:
        self.loop(0.5, 1e12)

    def use_the_pool(self) -> None:
        for _ in range(200):
            self.wide(X)

    def go_through_a_door(self) -> None:
        for _ in range(20_000):
            self.small(X[:5])

    def train(self) -> None:
        self.step(float(random.choice([3, 3, 10**7])))

    def differentiate(self) -> None:
        for _ in range(20):
            wg.hessian(lambda x: np.sum(np.sin(x) * x[0]))(X[:4])
            with wg.no_grad():
                self.w * 2

    # -- what is as it was -------------------------------------------------------------------------

    def seen(self) -> Any:
        return (state.records(), state._derivatives.used, state._recordings.used, len(state.observers), gc.isenabled())

    def check(self) -> None:
        assert state.state.recorder is None
        assert wg.grad(lambda x: x * x)(3.0).item() == 6.0
        assert wg.is_grad_enabled()
        numpy.testing.assert_allclose(self.small(X[:5]).numpy(), numpy.sin(X[:5]) * 2)
        assert numpy.isfinite(self.step(3.0).item())
        assert self.w.grad is not None


def interrupted(work: Callable[[], Any], after: float) -> bool:
    """Whether the interrupt that comes after so many seconds is raised.

    One that comes within a finaliser Python reports and ignores; so another follows where the work goes on.
    """
    sent, ended = threading.Event(), threading.Event()

    def send() -> None:
        time.sleep(after)
        sent.set()
        os.kill(os.getpid(), signal.SIGINT)
        while not ended.wait(PATIENCE):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send)
    try:
        thread.start()
        work()
        sent.wait()
        time.sleep(0.05)
    except KeyboardInterrupt:
        return True
    finally:
        ended.set()
        thread.join()
    return False


def main(count: int, seed: int) -> None:
    random.seed(seed)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has it ignored by what runs in the background
    world = World()
    world.check()
    wg.hessian(lambda x: np.sum(np.sin(x) * x[0]))(X[:4])
    before, raised = world.seen(), 0
    works = [world.compile_anew, world.run_a_loop, world.use_the_pool]
    works += [world.go_through_a_door, world.train, world.differentiate]
    for number in range(count):
        work = works[number % len(works)]
        raised += interrupted(work, random.uniform(0, 0.12))
        gc.collect()
        assert world.seen() == before, (number, work.__name__, world.seen(), before)
        world.check()
    print(f"{count} interrupts, {raised} raised, everything as before")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
