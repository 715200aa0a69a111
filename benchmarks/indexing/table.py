"""Measures every workload and prints the table."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from types import ModuleType

from ..compiled.workload import check_equal
from ..report import Report
from ..timing import keep_pages, steady_times
from . import bundle, chain, heat, short

MODULES: Sequence[ModuleType] = (heat, chain, bundle, short)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table; a word given is a part of the names of the files whose workloads are wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks indexing")
    parser.add_argument("words", nargs="*", help="parts of the names of files: heat, chain, ...")
    words = parser.parse_args(arguments).words
    keep_pages()
    if find_spec("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
    report = Report("Rolls, slices and stacks, compiled: best of several turns, in one process")
    for module in MODULES:
        if not words or any(word in module.__name__.rpartition(".")[2] for word in words):
            for row in module.rows():
                check_equal(row.calls, row.tolerance)
                report.add(row.name, steady_times(row.calls), row.at_most)
    report.show()
