"""What the page is given: all facts of a function at a point, as plain values that are written as JSON.

The classes are the schema. `tools/explorer_model.py` writes them down as types of TypeScript for the page.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

Formula = list[Any]
"""An element of MathML: its name, and then its children, which are elements or one text."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number or an array.

    Attributes:
        text: in a few characters.
        form: its dtype and shape.
        trouble: ``nan`` or ``inf`` if there is one in it, else empty.
    """

    text: str
    form: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a source.

    Attributes:
        source: the number of the source.
        line: the number of the line in its file.
    """

    source: int
    line: int


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file: its number and its text."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """The statements of a file in which operations were called.

    Attributes:
        name: of the file, without its folder.
        lines: in their order; where numbers are missing, something is left out.
    """

    name: str
    lines: list[SourceLine]


@dataclass(frozen=True, slots=True)
class Read:
    """An operand.

    Attributes:
        entry: the number of the entry that it comes from; ``None`` for a constant.
        partial: the local derivative, where it is a number.
    """

    entry: int | None
    partial: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list, with its three traces.

    Attributes:
        name: ``v1``, or what the function calls an input.
        kind: ``argument``, ``parameter`` or ``operation``.
        operation: what was done; empty for an input.
        expression: the operation on its operands as one would write it.
        reads: the operands.
        place: where the user wrote it, if it is known.
        call: the number of the call of a module in which it was done.
        value: the primal.
        tangent: ``None`` if there is no derivative.
        adjoint: likewise.
        tangent_terms: the tangent as a sum, where all are numbers.
        adjoint_terms: likewise.
        rule: the number of its rule.
        arises: in which of ``value``, ``tangent`` and ``adjoint`` NaN or infinity arises here.
    """

    name: str
    kind: str
    operation: str
    expression: str
    reads: list[Read]
    place: Place | None
    call: int | None
    value: Value
    tangent: Value | None
    adjoint: Value | None
    tangent_terms: str
    adjoint_terms: str
    rule: int | None
    arises: list[str]


@dataclass(frozen=True, slots=True)
class Turns:
    """A part of the list that repeats itself.

    Attributes:
        start: the number of its first entry.
        size: how many entries a turn has.
        turns: how many turns there are.
        text: in words.
        inner: the loops within the first turn.
    """

    start: int
    size: int
    turns: int
    text: str
    inner: list[Turns]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a module.

    Attributes:
        path: how the function calls the module.
        kind: its class.
        outer: the number of the call around it.
    """

    path: str
    kind: str
    outer: int | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided before an entry, in words."""

    before: int
    text: str


@dataclass(frozen=True, slots=True)
class Input:
    """An argument that can be moved.

    Attributes:
        entry: its number.
        numbers: its elements in their order.
        can_move: whether they are few real numbers.
    """

    entry: int
    numbers: list[float]
    can_move: bool


@dataclass(frozen=True, slots=True)
class RuleMap:
    """The derivative of an operation with respect to one operand.

    Attributes:
        operand: what the rule calls it.
        formula: what it adds to the adjoint of the operand.
    """

    operand: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class Rule:
    """The derivative of an operation, from the rule itself.

    Attributes:
        operation: its name.
        value: the operation, as a formula.
        tangent: that of the result from those of the operands; ``None`` where it is too long to be read.
        adjoints: those of the operands that the rule has.
        steps: how many operations the rule performs.
    """

    operation: str
    value: Formula
    tangent: Formula | None
    adjoints: list[RuleMap]
    steps: int


@dataclass(frozen=True, slots=True)
class Result:
    """What the function gave, and what its parts are called.

    Attributes:
        name: of the result.
        entry: the number of the entry that it is; ``None`` for a constant.
        value: the result.
        slope: its derivative along the direction.
        tangent: put before a name for its tangent.
        adjoint: put before a name for its adjoint.
    """

    name: str
    entry: int | None
    value: Value
    slope: Value
    tangent: str
    adjoint: str


@dataclass(frozen=True, slots=True)
class Document:
    """A function at a point.

    Attributes:
        function: its name.
        sources: where the user wrote it.
        inputs: how many of the entries are inputs.
        entries: the list.
        loops: its parts that repeat themselves.
        calls: the calls of modules.
        decisions: what was decided on the way.
        arguments: the arguments, in the order of their entries.
        rules: the rules of the operations.
        result: what it gave.
    """

    function: str
    sources: list[Source]
    inputs: int
    entries: list[Entry]
    loops: list[Turns]
    calls: list[Call]
    decisions: list[Decided]
    arguments: list[Input]
    rules: list[Rule]
    result: Result


@dataclass(frozen=True, slots=True)
class Kernel:
    """What a compiled program does in one go.

    Attributes:
        kind: in words.
        operations: the names of the operations in it.
        places: where the user wrote them, as far as it is known.
    """

    kind: str
    operations: list[str]
    places: list[Place]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a graph after a pass: ``+`` if the pass made it, ``-`` if it took it away, else a blank."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Pass:
    """A simplification.

    Attributes:
        name: what it is called.
        about: what it does.
        operations: how many are left after it.
        rows: what it has changed, with some lines around; empty if it changed nothing.
    """

    name: str
    about: str
    operations: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Program:
    """The value and gradient of the function, compiled.

    Attributes:
        trouble: why it could not be compiled; empty if it was.
        recorded: how many operations were recorded.
        operations: how many are left.
        memory: bytes that a call needs besides arguments and results.
        moved: bytes that kernels read and write in a call.
        kernels: what a call does, in order.
        passes: the simplifications, in order.
        facts: what a report says of it besides.
        cost: what value and gradient cost, where it means something.
    """

    trouble: str
    recorded: int
    operations: int
    memory: int
    moved: int
    kernels: list[Kernel]
    passes: list[Pass]
    facts: list[str]
    cost: list[str]


def as_json(facts: Any) -> str:
    """A document or a program as strict JSON."""
    return json.dumps(asdict(facts), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
