"""Measures every family and prints the tables."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import ModuleType

from ..compiled.workload import check_equal
from ..report import Report
from ..timing import keep_pages, steady_times
from . import complaints, matrices, memory, nuts, ode, optimize, quadrature, sparse, taylor

MODULES: Sequence[ModuleType] = (complaints, matrices, memory, nuts, ode, optimize, quadrature, sparse, taylor)
FAMILIES: Mapping[str, ModuleType] = {module.__name__.split(".")[-1]: module for module in MODULES}


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables of the families that are named, of all if none is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks science")
    parser.add_argument("families", nargs="*", help=f"what is measured: {', '.join(FAMILIES)}")
    keep_pages()
    if find_spec("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
    for name in parser.parse_args(arguments).families or FAMILIES:
        _measure(name, FAMILIES[name])


def _measure(name: str, family: ModuleType) -> None:
    report = Report(f"{name}: best of several turns, in one process")
    for row in family.rows():
        if row.is_same:
            check_equal(row.calls, row.tolerance)
        report.add(row.name, steady_times(row.calls), row.at_most)
        for peer in row.at_most.keys() - row.calls.keys():
            report.say(row.name, f"{peer} is not installed")
    report.show()
    for text in getattr(family, "more", tuple)():
        print(text)
