"""The addresses that machine code needs and that differ from process to process, in one table."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy

from .blas import address_of
from .threads import pool

POOL, SHARE, DGEMM, SGEMM = range(4)


@cache
def runtime_table(products: bool) -> Any:
    """The table, by the places above; with the matrix products if they are needed."""
    threads = pool()
    blas = [address_of("dgemm"), address_of("sgemm")] if products else [0, 0]
    return numpy.array([threads.address, threads.share, *blas], numpy.int64)
