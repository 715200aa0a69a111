"""The addresses that machine code needs and that differ from process to process, in one table."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy

from .lapack import COMPLEX_NAMES, LAPACK_NAMES, addresses
from .pool import pool

ARENA, RUNTIME = "arena", "runtime"
"""Besides the values, what has a place in a frame: memory for values, and the table."""
POOL, SHARE, SHARE_LONG, LOOK, FIRST_ROUTINE = range(5)


def place_of(routine: str) -> int:
    """The place of a routine of LAPACK."""
    return FIRST_ROUTINE + (*LAPACK_NAMES, *COMPLEX_NAMES).index(routine)


@cache
def runtime_table(with_lapack: bool) -> Any:
    """The table, by the places above; SciPy is loaded only for a program that calls LAPACK."""
    threads = pool()
    own = threads.address, threads.share, threads.share_long, threads.look
    return numpy.array([*own, *(addresses() if with_lapack else ())], numpy.int64)
