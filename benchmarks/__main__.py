"""``python -m benchmarks NAME [OPTIONS]``: print tables of ratios; ``compare A.json B.json``: two files of results."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from . import eager
from .compiled import table as compiled
from .export import table as export
from .fronts import table as fronts
from .gradbench import table as gradbench
from .indexing import table as indexing
from .learning import table as learning
from .loops import table as loops
from .options import Options, add_common
from .report import Page
from .results import compare, write
from .science import table as science
from .timing import keep_pages

TABLES: Mapping[str, ModuleType] = {
    "eager": eager,
    "compiled": compiled,
    "learning": learning,
    "loops": loops,
    "indexing": indexing,
    "science": science,
    "gradbench": gradbench,
    "export": export,
    "fronts": fronts,
}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks")
    commands = made.add_subparsers(dest="name", required=True)
    for name, module in TABLES.items():
        command = commands.add_parser(name)
        module.add_options(command)
        add_common(command)
    two = commands.add_parser("compare", help="mark what changed beyond noise from one file of results to another")
    two.add_argument("files", nargs=2, type=Path)
    return made


def main() -> None:
    given = vars(parser().parse_args())
    name = given.pop("name")
    if name == "compare":
        compare(*given["files"])
    else:
        measure(name, Options(**given))


def measure(name: str, options: Options) -> None:
    """Print a command's pages, and write their results if a file is asked for."""
    keep_pages()
    pages: list[Page] = []
    for page in TABLES[name].pages(options):
        page.show()
        pages.append(page)
    if options.json:
        write(options.json, pages, f"python -m benchmarks {' '.join([name, *options.spelled()])}")


main()
