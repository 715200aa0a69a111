"""Whether all numbers of a raw array are finite, in machine code: offered as soon as there is any."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy

from ..interpreter.layouts import address_of
from .emit.finite_task import FiniteFrame, task_of_finite, written_finite
from .facts.lowered import NATIVE_FLOATS
from .machine.disk_cache import key_of
from .machine.llvm import NativeModule
from .machine.pool import Task, prepare_pool

NUMBERS_OF_CHUNK = 1 << 16
"""Less would not be worth waking a thread for."""


def are_finite(x: Any) -> Any:
    """The answer; ``None`` for an array that lies otherwise in memory, or is of another dtype."""
    if x.dtype not in NATIVE_FLOATS or not x.flags.forc:
        return None
    chunks = math.ceil(x.size / NUMBERS_OF_CHUNK)
    found = numpy.empty(chunks, numpy.int64)
    _task(x.dtype).run(FiniteFrame(address_of(x), x.size, NUMBERS_OF_CHUNK, address_of(found)), chunks)
    return not found.any()


@cache
def _task(dtype: numpy.dtype) -> Task:
    return Task(_tasks(), _tasks().address(task_of_finite(dtype)))


@cache
def _tasks() -> NativeModule:
    prepare_pool()
    return NativeModule(written_finite, key_of("tasks of finite numbers", ""))
