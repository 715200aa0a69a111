"""Measures every workload."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from types import ModuleType

from ..options import Options, add_words
from ..report import Page
from ..rows import named, of_modules
from . import heat, short

MODULES: Sequence[ModuleType] = (heat, short)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_words(parser, list(named(MODULES)))


def pages(options: Options) -> Iterator[Page]:
    yield of_modules("Rolls, slices and stacks, compiled", MODULES, options)
