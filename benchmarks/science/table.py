"""Measures every family."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from types import ModuleType

from ..options import Options, add_words
from ..report import Page, Remarks
from ..rows import named, of_modules
from . import complaints, matrices, memory, nuts, ode, optimize, quadrature, sparse, taylor

MODULES: Sequence[ModuleType] = (complaints, matrices, memory, nuts, ode, optimize, quadrature, sparse, taylor)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_words(parser, list(named(MODULES)))


def pages(options: Options) -> Iterator[Page]:
    """A table of each family, and what else it has to say."""
    for name, family in named(MODULES).items():
        if options.wants(name):
            yield of_modules(name, [family], Options(quick=options.quick))
            yield Remarks(getattr(family, "more", tuple)())
