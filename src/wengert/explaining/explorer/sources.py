"""The user's source, as far as operations were called there: whole statements of files."""

from __future__ import annotations

import ast
import linecache
import os
from collections.abc import Iterable, Iterator

from ...core.python import source as core
from .model import Place, Source, SourceLine

AROUND = 3
"""So many lines are shown around a line whose statement is not known."""


class Sources:
    """Files with the lines that count in them, numbered as they are met."""

    def __init__(self) -> None:
        self._lines: dict[str, set[int]] = {}

    def place(self, line: core.SourceLine | None) -> Place | None:
        """The place of a line, which is shown from now on."""
        if line is None:
            return None
        self._lines.setdefault(line.file, set()).add(line.number)
        return Place(list(self._lines).index(line.file), line.number)

    def described(self) -> list[Source]:
        """The files with the statements around their lines."""
        return [Source(os.path.basename(file), _shown(file, numbers)) for file, numbers in self._lines.items()]


def _shown(file: str, numbers: Iterable[int]) -> list[SourceLine]:
    text = linecache.getlines(file)
    statements = list(_statements("".join(text)))
    wanted: set[int] = set()
    for number in numbers:
        wanted.update(next((s for s in statements if number in s), range(number - AROUND, number + AROUND + 1)))
    return [SourceLine(i, text[i - 1].rstrip()) for i in sorted(wanted) if 0 < i <= len(text)]


def _statements(text: str) -> Iterator[range]:
    """The lines of each outermost statement, with what decorates it."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return
    for statement in body:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
        yield range(first, (statement.end_lineno or statement.lineno) + 1)
