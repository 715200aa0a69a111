"""Measures every family and prints the tables."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from types import ModuleType

from ..report import Report
from ..rows import in_double_precision, measured
from ..timing import keep_pages
from . import complaints, matrices, memory, nuts, ode, optimize, quadrature, sparse, taylor

MODULES: Sequence[ModuleType] = (complaints, matrices, memory, nuts, ode, optimize, quadrature, sparse, taylor)
FAMILIES: Mapping[str, ModuleType] = {module.__name__.split(".")[-1]: module for module in MODULES}


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables of the families that are named, of all if none is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks science")
    parser.add_argument("families", nargs="*", help=f"what is measured: {', '.join(FAMILIES)}")
    keep_pages()
    in_double_precision()
    for name in parser.parse_args(arguments).families or FAMILIES:
        _measure(name, FAMILIES[name])


def _measure(name: str, family: ModuleType) -> None:
    measured(Report(f"{name}: best of several turns, in one process"), family.rows()).show()
    for text in getattr(family, "more", tuple)():
        print(text)
