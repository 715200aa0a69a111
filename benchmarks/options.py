"""What a command of benchmarks is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 6


@dataclass(frozen=True)
class Options:
    """What is to be measured, and where it goes.

    Attributes:
        words: parts of names; everything is wanted if there are none.
        quick: one round of each instead of many.
        json: a file for the results.
        only: one of the tables of a command that has several.
        torch_compile: beside PyTorch as it is.
    """

    words: Sequence[str] = ()
    quick: bool = False
    json: Path | None = None
    only: str | None = None
    torch_compile: bool = False

    def wants(self, name: str) -> bool:
        """Whether a name contains one of the words, in any case."""
        return not self.words or any(word.lower() in name.lower() for word in self.words)

    def spelled(self) -> Iterator[str]:
        """What chooses the measurements, as it is written on the command line."""
        yield from self.words
        if self.only:
            yield f"--only {self.only}"
        if self.torch_compile:
            yield "--torch-compile"
        if self.quick:
            yield "--quick"

    @property
    def rounds(self) -> int:
        return 1 if self.quick else ROUNDS


def add_common(parser: argparse.ArgumentParser) -> None:
    """What every table takes."""
    parser.add_argument("--quick", action="store_true", help="one round of each, rougher")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write results, machine, versions and commit")


def add_words(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Words that choose rows."""
    parser.add_argument("words", nargs="*", help=f"parts of names: {', '.join(names)}")


def add_torch_compile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--torch-compile", action="store_true", help="measure torch.compile too (minutes; wants C++)")
