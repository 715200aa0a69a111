"""What Python asks of values while a function is recorded: the truth of one, a number, an array.

Each answer is a decision: what is recorded holds for the calls that decide alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

from ...core.node import Node
from ...core.source import SourceLine

MOST_DECISIONS = 100
"""So many decisions may be taken on one path; a loop of more turns is no path."""


class TooManyDecisions(BaseException):
    """A recording has no end in sight; it is given up."""

    def __init__(self, line: SourceLine | None) -> None:
        self.line = line


FAILURES = (numpy.linalg.LinAlgError, IndexError)
"""What operations raise because of values: the function itself is run then, which raises it, or catches it."""


class FailsOnValues(BaseException):
    """An operation raises on the values of a recording, where the function may catch it, and take another way."""


class KeepsLeaf(BaseException):
    """A leaf that the function has made is seen after the call, and results of it: no program can give such."""

    def __init__(self, line: SourceLine | None) -> None:
        self.line = line


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer that was given.

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
        """From the raw value of the node to the answer."""
        return READINGS.get(self.op, _whole)

    @property
    def exports(self) -> bool:
        """Whether eager code refuses to answer where a derivative is being recorded."""
        return self.op in EXPORTS


def decision(node: Node, op: str, raw: Any, line: SourceLine | None) -> Decision:
    """The decision about a raw value.

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
"""What is asked for; all other questions are about every bit."""

EXPORTS = frozenset({"float", "complex", "numpy.asarray", "dlpack"})
"""Questions whose answer has no derivative, which eager code says."""
