"""The addresses that machine code needs and that differ from process to process, in one table."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy

from .pool import pool

ARENA, RUNTIME = "arena", "runtime"
"""Besides the values, what has a place in a frame: memory for values, and the table."""
POOL, SHARE = range(2)


@cache
def runtime_table() -> Any:
    """The table, by the places above."""
    threads = pool()
    return numpy.array([threads.address, threads.share], numpy.int64)
