"""Warnings about a compiled function, each given once: side effects, many shapes, long unrolled loops."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from ...core.python.source import SourceLine

MANY_SHAPES = 24
"""The number of compiled shapes from which on a warning is given."""

LONG_PROGRAM = 5_000
"""The number of recorded operations from which on the loop that was unrolled is named."""

PART_OF_A_LOOP = 0.25
"""The part of a long program that is from one line, if a loop was unrolled there; what calls a solver records much."""


class Hint(Protocol):
    """A warning about a line of source."""

    @property
    def line(self) -> SourceLine: ...
    @property
    def message(self) -> str: ...
    @property
    def category(self) -> type[Warning]: ...


def warn_of(hints: Iterable[Hint], said: set[Hint]) -> None:
    """Give each warning once."""
    for hint in hints:
        if hint not in said:
            said.add(hint)
            warnings.warn_explicit(hint.message, hint.category, hint.line.file, hint.line.number)


class Unrolled(NamedTuple):
    """The warning about a Python loop that was unrolled.

    Attributes:
        line: the line most operations come from.
        count: so many.
        total: all operations that were recorded.
    """

    line: SourceLine
    count: int
    total: int

    @property
    def category(self) -> type[Warning]:
        """The category of the warning."""
        return RuntimeWarning

    @property
    def message(self) -> str:
        """The text of the warning."""
        return (
            f"[jit] {self.total} operations were recorded, {self.count} of them at one line, wanted a loop of the "
            "program, which is compiled once for all its turns; write wg.scan or wg.fori_loop, or a for over a tensor "
            f"or over range(n) with a tensor n in wg.jit(structured=True) (at {self.line})"
        )


def unrolled(lines: Iterable[SourceLine | None]) -> list[Hint]:
    """The warning about a long program, with the line that most of its operations come from.

    There is none if it is short, or if its operations are from everywhere.
    """
    every = list(lines)
    if len(every) < LONG_PROGRAM:
        return []
    counted = Counter(line for line in every if line is not None).most_common(1)
    return [Unrolled(line, count, len(every)) for line, count in counted if count >= PART_OF_A_LOOP * len(every)]


def without_shapes(key: Sequence[Any]) -> tuple[Any, ...]:
    """The signature of a call without its shapes."""
    return tuple([part for part in key if not _is_shape(part)])


def _is_shape(part: Any) -> bool:
    return type(part) is tuple and all(type(length) is int for length in part)


def many_shapes(name: str, keys: Sequence[Sequence[Any]]) -> str:
    """The warning about specialisation on many shapes."""
    latest = [", ".join(str(part) for part in key if _is_shape(part)) for key in keys[-3:]]
    return (
        f"[jit] {name} has been compiled for {MANY_SHAPES} shapes of its arguments, lately {'; '.join(latest)}, wanted "
        "few, since each is compiled for itself; pad arrays to a few lengths and write np.where(np.arange(n) < length, "
        "x, 0) for what is padded, or wg.vmap or wg.scan over the rows"
    )
