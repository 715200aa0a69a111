"""Where the user wrote it: the line outside this package that is being run."""

from __future__ import annotations

import linecache
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PACKAGE = os.path.abspath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir)) + os.sep
WALKS = PACKAGE + "walks" + os.sep

IMPORTED = time.time()
"""When the source was read: what has changed since is not what runs."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a user's program.

    Attributes:
        file: its path.
        number: counted from 1.
        function: in which function it is.
    """

    file: str
    number: int
    function: str

    @property
    def text(self) -> str:
        """What is written there; empty if the file cannot be read."""
        return linecache.getline(self.file, self.number).strip()

    def __str__(self) -> str:
        place = f"{self.file}:{self.number}, in {self.function}"
        return f"{place}: {self.text}" if self.text else place


def at_line() -> str:
    """The end of a message that names the user's line; nothing if there is none."""
    line = user_line()
    return "" if line is None else f" (at {line})"


def user_line() -> SourceLine | None:
    """The innermost line outside this package; ``None`` if a walk of ours is running something of its own."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file not in _PASSED:
            if not file.startswith(PACKAGE):
                return SourceLine(file, frame.f_lineno, frame.f_code.co_name)
            if file.startswith(WALKS):
                return None
            _PASSED.add(file)
        frame = frame.f_back
    return None


_PASSED: set[str] = set()
"""Files of this package that were met, but for those of walks: each operation of a recording looks for its line."""


def name_of(f: Callable[..., Any]) -> str:
    """What a function of the user's is called."""
    return getattr(f, "__name__", type(f).__name__)
