"""A process that measures the memory of compiled gradients: prints how many carries more each needs than lie idle."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

TURNS = 200
SIZE = 1 << 17
"""Elements of a carry: a mebibyte."""


def turn(h: Any) -> Any:
    return np.sin(h) + 0.5


def with_scan(x: Any, count: Any, memory: int | None) -> Any:
    return wg.scan(lambda h, _: (turn(h), None), x, length=TURNS, memory=memory)[0]


def with_while(x: Any, count: Any, memory: int | None) -> Any:
    return wg.while_loop(lambda s: s[0] < count, lambda s: (s[0] + 1, turn(s[1])), (0, x), memory=memory)[1]


def peak() -> int:
    """The most memory that was resident since the last reset, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def growth(loop: Callable[..., Any]) -> float:
    """What a gradient needs in carries; machine code that was made before is read from the cache."""
    x, count = numpy.linspace(-1.0, 1.0, SIZE), numpy.array(TURNS)

    def compiled() -> Any:
        return wg.jit(lambda x, count: wg.grad(lambda x: np.sum(loop(x, count)))(x))

    compiled()(x, count)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    compiled()(x, count)
    return (peak() - before) / x.nbytes


if __name__ == "__main__":
    forms = {"scan": with_scan, "while_loop": with_while}
    found = {
        f"{name} {memory}": growth(partial(loop, memory=memory)) for name, loop in forms.items() for memory in (5, None)
    }
    print(json.dumps(found))
