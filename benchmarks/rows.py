"""Rows of tables: candidates that compute the same, and what is wanted of Wengert beside each; and their measuring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from .compiled.workload import check_equal
from .options import Options
from .report import Report
from .timing import steady_times

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


def measured(report: Report, rows: Iterable[Row], rounds: int) -> Report:
    """A table, with what rows take: they are compared, and timed in turns."""
    for row in rows:
        if row.is_same:
            check_equal(row.calls, row.tolerance)
        report.add(row.name, steady_times(row.calls, rounds), row.at_most)
        for peer in row.at_most.keys() - row.calls.keys():
            report.say(row.name, f"{peer} is not installed")
    return report


def named(modules: Iterable[ModuleType]) -> dict[str, ModuleType]:
    """Modules by their files' names."""
    return {module.__name__.rpartition(".")[2]: module for module in modules}


def of_modules(title: str, modules: Iterable[ModuleType], options: Options) -> Report:
    """The table of the rows of those modules that are wanted.

    Args:
        title: that of the table.
        modules: what has a function ``rows``.
        options: what is wanted of them.
    """
    in_double_precision()
    rows = (row for name, module in named(modules).items() if options.wants(name) for row in module.rows())
    return measured(Report(f"{title}: best of several turns, in one process"), rows, options.rounds)
