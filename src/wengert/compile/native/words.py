"""Random words of raw keys in machine code, of any number: what an eager call takes, for which nothing is compiled."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy

from ...ops.threefry import of_each_key
from ..interpreter.layouts import address_of
from .emit.words_task import WordsFrame, task_of_words, written_words
from .machine.disk_cache import key_of
from .machine.llvm import NativeModule
from .machine.pool import Task, prepare_pool

WORDS_OF_CHUNK = 1 << 14
"""Less would not be worth waking a thread for."""


def words_routine() -> Any:
    """The function below, with its code in memory."""
    _tasks()
    return words


def words(key: Any, start: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The random words of raw keys, as `wengert.ops.threefry.random_words` evaluates them."""
    lead, keys, starts = of_each_key(key, start)
    each = math.prod(shape)
    out = numpy.empty((*lead, *shape), dtype)
    stretches = math.ceil(each / WORDS_OF_CHUNK)
    frame = WordsFrame(address_of(keys), address_of(starts), address_of(out), each, WORDS_OF_CHUNK, stretches)
    Task(_tasks(), _tasks().address(task_of_words(dtype))).run(frame, len(keys) * stretches)
    return out


@cache
def _tasks() -> NativeModule:
    prepare_pool()
    return NativeModule(written_words, key_of("tasks of words", ""))
