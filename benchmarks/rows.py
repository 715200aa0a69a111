"""Rows of tables: candidates that compute the same, and what is wanted of Wengert beside each; and their measuring."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from .compiled.workload import check_equal
from .report import Report
from .timing import keep_pages, steady_times

Call = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """A computation in several ways.

    Attributes:
        name: as the table has it.
        calls: Wengert's call and those of its peers; a peer may be Wengert at an easier task.
        at_most: for peers the ratio that is wanted.
        is_same: whether all give the same numbers, which is checked before anything is timed.
    """

    name: str
    calls: Mapping[str, Call]
    at_most: Mapping[str, float] = field(default_factory=dict)
    is_same: bool = True
    tolerance: float = 1e-9


def in_double_precision() -> None:
    """Let JAX, if it is there, compute as everybody else does."""
    if find_spec("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)


def measured(report: Report, rows: Iterable[Row]) -> Report:
    """A table, with what rows take: they are compared, and timed in turns."""
    for row in rows:
        if row.is_same:
            check_equal(row.calls, row.tolerance)
        report.add(row.name, steady_times(row.calls), row.at_most)
        for peer in row.at_most.keys() - row.calls.keys():
            report.say(row.name, f"{peer} is not installed")
    return report


def show(name: str, title: str, modules: Sequence[ModuleType], arguments: Sequence[str]) -> None:
    """Print one table of the rows of modules: of all, or of those whose names contain a word that is given.

    Args:
        name: that of the command.
        title: that of the table.
        modules: what has a function ``rows``.
        arguments: the words.
    """
    names = [module.__name__.rpartition(".")[2] for module in modules]
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}")
    parser.add_argument("words", nargs="*", help=f"parts of the names of files: {', '.join(names)}")
    words = parser.parse_args(arguments).words
    keep_pages()
    in_double_precision()
    wanted = [m for m, own in zip(modules, names, strict=True) if not words or any(word in own for word in words)]
    measured(Report(title), (row for module in wanted for row in module.rows())).show()
