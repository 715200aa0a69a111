"""Measures every workload and prints the table."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from ..rows import show
from . import bundle, chain, heat, short

MODULES: Sequence[ModuleType] = (heat, chain, bundle, short)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table; a word given is a part of the names of the files whose workloads are wanted."""
    show("indexing", "Rolls, slices and stacks, compiled: best of several turns, in one process", MODULES, arguments)
