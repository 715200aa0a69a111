"""Decisions: values that leave the trace for Python (a truth, a number, an array), each a guard of the path.

Each answer is a decision: what is recorded holds for the calls that decide alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

from ...core.node import Node
from ...core.python.source import SourceLine

MOST_DECISIONS = 100
"""The limit of guards on one path; a Python loop with more turns is not unrolled."""


class TooManyDecisions(BaseException):
    """A recording has reached the limit of guards, or of operations, and is abandoned."""

    def __init__(self, line: SourceLine | None) -> None:
        self.line = line


FAILURES = (numpy.linalg.LinAlgError, IndexError)
"""Exceptions of operations that depend on values: the call falls back to eager code, which raises or catches them."""


class FailsOnValues(BaseException):
    """An operation raises on the example values of a recording, where the function may have a handler for it."""


class KeepsLeaf(BaseException):
    """A leaf made inside escapes together with results computed from it, which no program can return."""

    def __init__(self, line: SourceLine | None) -> None:
        self.line = line


@dataclass(frozen=True, slots=True)
class Decision:
    """A guard: the value that Python was given at one point of the recording.

    Attributes:
        node: what was asked for its value.
        op: how: ``"bool"``, ``"int"``, ``"item"``, ...
        value: the answer; equal answers have equal values.
        line: where the user asked.
        shown: the answer as text.
    """

    node: Node
    op: str
    value: Any
    line: SourceLine | None
    shown: str

    @property
    def read(self) -> Callable[[Any], Any]:
        """Convert the raw value of the node to the answer."""
        return READINGS.get(self.op, _whole)

    @property
    def exports(self) -> bool:
        """Whether the value loses its derivative, which eager code refuses while one is recorded."""
        return self.op in EXPORTS


def decision(node: Node, op: str, raw: Any, line: SourceLine | None) -> Decision:
    """The guard that holds for a raw value.

    Raises:
        ValueError: the truth of several elements, or the integer of NaN, as in eager code.
    """
    value = READINGS.get(op, _whole)(raw)
    shown = str(value) if op in READINGS else _text(raw)
    return Decision(node, op, value, line, shown)


def _integer(raw: Any) -> int:
    return int(raw.item())


def _whole(raw: Any) -> bytes:
    return numpy.asarray(raw).tobytes()


def _text(raw: Any) -> str:
    array = numpy.asarray(raw)
    return str(array.item()) if array.size == 1 else f"{array.dtype}{list(array.shape)}"


READINGS: dict[str, Callable[[Any], Any]] = {"bool": bool, "int": _integer, "index": _integer}
"""Conversions by the operator that asks; any other compares every bit."""

EXPORTS = frozenset({"float", "complex", "numpy.asarray", "dlpack"})
"""Operators whose answer loses the derivative, so that eager code warns or refuses."""
