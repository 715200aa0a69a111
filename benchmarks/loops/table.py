"""Measures every workload and prints the table."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from ..rows import show
from . import kalman, leaves, lorenz, lstm, newton, ninth

MODULES: Sequence[ModuleType] = (lorenz, newton, lstm, kalman, leaves, ninth)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table; a word given is a part of the names of the files whose workloads are wanted."""
    show("loops", "Loops and branches, compiled: best of several turns, in one process", MODULES, arguments)
