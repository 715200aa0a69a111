"""Programs that several processes run together: all of them have to have the same one."""

from __future__ import annotations

import hashlib
from importlib import import_module
from typing import Any

import numpy

from ...core.python.source import at_line
from .imported import jax, wide_numbers

DIGITS = 8
"""So many digits of a digest are shown."""


def check_agreement(traced: Any) -> None:
    """Compare a program that is about to be compiled with those of the other processes.

    Raises:
        RuntimeError: they are not all the same; in every process, so that none of them waits for another.
    """
    if jax().process_count() == 1:
        return
    digests = _of_all(hashlib.sha256(traced.as_text().encode()).digest())
    others = [process for process, digest in enumerate(digests) if digest != digests[0]]
    if others:
        raise RuntimeError(
            f"[distributed] process {others[0]} has another program ({_shown(digests[others[0]])}) than process 0 "
            f"({_shown(digests[0])}), wanted the same in all: functions, shapes, dtypes and layouts; start every "
            "process with the same script, arguments and versions, and let them differ in the elements of arrays "
            f"only{at_line()}"
        )


def _of_all(digest: bytes) -> list[bytes]:
    gather = import_module("jax.experimental.multihost_utils").process_allgather
    with wide_numbers():
        found = numpy.asarray(gather(numpy.frombuffer(digest, numpy.uint8)))
    return [row.tobytes() for row in found]


def _shown(digest: bytes) -> str:
    return digest.hex()[:DIGITS]
