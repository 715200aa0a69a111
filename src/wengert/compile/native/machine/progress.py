"""What is told on a terminal while a program is compiled that takes long."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

UNTOLD = 3.0
"""Seconds before anything is told."""
INTERVAL = 1.0
"""Seconds from one line to the next, which replaces it."""


@contextmanager
def told_if_long(what: str) -> Iterator[None]:
    """Tell on stderr what is being done, and since when, if it takes long and somebody is there to read it."""
    stream = sys.stderr
    if not _is_terminal(stream):
        yield
        return
    ended = threading.Event()
    teller = threading.Thread(target=_tell, args=(stream, what, ended), daemon=True, name="wengert")
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def _is_terminal(stream: Any) -> bool:
    """Whether there is a stream, open, that somebody reads."""
    with suppress(AttributeError, ValueError):
        return stream.isatty()
    return False


def _tell(stream: TextIO, what: str, ended: threading.Event) -> None:
    """Write a line that is kept up to date, and taken away at the end."""
    start, wait, line = time.monotonic(), UNTOLD, ""
    while not ended.wait(wait):
        line = f"[jit] {what}: {time.monotonic() - start:.0f} s"
        stream.write(f"\r{line}")
        stream.flush()
        wait = INTERVAL
    if line:
        stream.write("\r" + " " * len(line) + "\r")
        stream.flush()
