"""A trace as a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ...core.dtypes.kinds import is_floating
from ..folding import Item, Loop, turns_text
from ..listen import Step
from ..modules import Call as ModuleCall
from ..text import dtype_and_shape, number, short
from ..trace import Line, Trace
from .formulas import Rules
from .model import Call, Decided, Document, Entry, Input, Read, Result, Rule, Turns, Value
from .sources import Sources

MOST_NUMBERS = 12
"""So many elements an argument may have that can be moved."""


def document_of(trace: Trace, items: Sequence[Item], arguments: int, sources: Sources, rules: Rules) -> Document:
    """All facts of a trace, whose first lines are so many arguments."""
    return _Describing(trace, sources, rules).document(items, arguments)


class _Describing:
    """Describes lines; rules and calls are numbered as they are met."""

    def __init__(self, trace: Trace, sources: Sources, rules: Rules) -> None:
        self.trace = trace
        self.sources = sources
        self.number = {line.name: i for i, line in enumerate(trace.lines)}
        self.readers = _readers(trace, self.number)
        self.rules = rules
        self.number_of_rule: dict[int, int] = {}
        self.described_rules: list[Rule] = []
        self.calls: dict[ModuleCall, int] = {}

    def document(self, items: Sequence[Item], arguments: int) -> Document:
        entries = [self._entry(i, line, i < arguments) for i, line in enumerate(self.trace.lines)]
        return Document(
            function=self.trace.function,
            sources=self.sources.described(),
            inputs=self.trace.inputs,
            entries=entries,
            loops=[_turns(item, self.trace) for item in items if isinstance(item, Loop)],
            calls=[self._call(call) for call in list(self.calls)],
            decisions=[Decided(at, text) for at, told in self.trace.decided().items() for text in told],
            arguments=[_input(i, line) for i, line in enumerate(self.trace.lines[:arguments])],
            rules=self.described_rules,
            result=self._result(),
        )

    def _entry(self, number: int, line: Line, is_argument: bool) -> Entry:
        step = line.step
        is_operation = bool(line.operation)
        return Entry(
            name=line.name,
            kind="operation" if is_operation else "argument" if is_argument else "parameter",
            operation=line.operation,
            expression=line.expression,
            reads=self._reads(line),
            place=None if step is None else self.sources.place(step.line),
            call=None if step is None else self._call_number(step.call),
            value=value_of(line.value),
            tangent=None if line.tangent is None else value_of(line.tangent),
            adjoint=None if line.adjoint is None else value_of(line.adjoint),
            tangent_terms=line.tangent_terms,
            adjoint_terms=line.adjoint_terms,
            rule=self._rule(step) if is_operation and step is not None else None,
            arises=self._arises(number, line),
        )

    def _reads(self, line: Line) -> list[Read]:
        partials = line.partials or (None,) * len(line.reads)
        return [
            Read(None if name is None else self.number[name], None if partial is None else number(partial))
            for name, partial in zip(line.reads, partials, strict=True)
        ]

    def _arises(self, at: int, line: Line) -> list[str]:
        """Where numbers stop being finite: what is computed is not, and all that it is computed from is."""
        before = [self.trace.lines[self.number[name]] for name in line.reads if name is not None]
        after = [self.trace.lines[reader] for reader in self.readers[at]]
        found = {
            "value": trouble_in(line.value) and not _any_trouble([b.value for b in before]),
            "tangent": trouble_in(line.tangent)
            and not _any_trouble([line.value, *(b.tangent for b in before), *(b.value for b in before)]),
            "adjoint": trouble_in(line.adjoint)
            and not _any_trouble([line.value, *(a.adjoint for a in after), *(a.value for a in after)]),
        }
        return [trace for trace, arises in found.items() if arises]

    def _rule(self, step: Step) -> int | None:
        """The number of the rule of an operation."""
        rule = self.rules.of(step, self.trace.names.tangent, self.trace.names.adjoint)
        if rule is None:
            return None
        if id(rule) not in self.number_of_rule:
            self.number_of_rule[id(rule)] = len(self.described_rules)
            self.described_rules.append(rule)
        return self.number_of_rule[id(rule)]

    def _call_number(self, call: ModuleCall | None) -> int | None:
        """The number of a call; those around it have lower ones."""
        if call is None:
            return None
        if call not in self.calls:
            self._call_number(call.outer)
            self.calls[call] = len(self.calls)
        return self.calls[call]

    def _call(self, call: ModuleCall) -> Call:
        return Call(call.path, call.kind, self._call_number(call.outer))

    def _result(self) -> Result:
        names = self.trace.names
        value, slope = value_of(self.trace.value), value_of(self.trace.slope)
        return Result(names.result, self.trace.output_line, value, slope, names.tangent, names.adjoint)


def _readers(trace: Trace, number: dict[str, int]) -> list[list[int]]:
    readers: list[list[int]] = [[] for _ in trace.lines]
    for place, line in enumerate(trace.lines):
        for name in line.reads:
            if name is not None:
                readers[number[name]].append(place)
    return readers


def _turns(loop: Loop, trace: Trace) -> Turns:
    inner = [_turns(item, trace) for item in loop.body if isinstance(item, Loop)]
    return Turns(loop.start, loop.size, loop.turns, turns_text(loop, trace.lines), inner)


def _input(entry: int, line: Line) -> Input:
    value = numpy.asarray(line.value)
    can_move = is_floating(value.dtype) and value.size <= MOST_NUMBERS and bool(numpy.isfinite(value).all())
    return Input(entry, [float(element) for element in value.flat] if can_move else [], can_move)


def value_of(value: Any) -> Value:
    """A raw value, a tuple if there are many."""
    form = ", ".join(map(_form, value)) if isinstance(value, tuple) else _form(value)
    return Value(short(value), form, trouble_in(value))


def _form(value: Any) -> str:
    return dtype_and_shape(numpy.asarray(value))


def trouble_in(value: Any) -> str:
    """``nan`` or ``inf`` if there is one in a value, else empty."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return next(filter(None, map(trouble_in, value)), "")
    array = numpy.asarray(value)
    if array.dtype.kind not in "fc" or numpy.isfinite(array).all():
        return ""
    return "nan" if numpy.isnan(array).any() else "inf"


def _any_trouble(values: Sequence[Any]) -> bool:
    return any(map(trouble_in, values))
