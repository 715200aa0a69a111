"""Python numbers as state: a counter, a running total, a rate that is set anew between calls.

A number that a function writes, or that was another between calls, is read at each call. What Python makes of it is
computed by Python, at each call as well, with Python's own integers and errors; only what meets an array becomes an
input of the program. What is asked of the number itself, such as ``if self.t % 10 == 0``, is a condition on which the
recording holds.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any, NamedTuple

import numpy

from ...core.number import (
    NUMBERS,
    Number,
    among_arrays,
    asked,
    itself,
)
from ...core.python.once import once
from ...core.python.source import SourceLine, user_line
from ...core.state import state
from ...core.tensor import Tensor
from ...numpy.protocols.values import LOOPS, concrete
from ...ops.elementwise import astype, stop_gradient
from ...ops.shape import reshape
from ..interpreter.instructions import names_bound
from .bindings import Binding
from .nesting import followed_binding
from .plain import is_same
from .recording import StateRecording
from .survey import Survey
from .written_out import WrittenOut

DIVISIONS = frozenset({operator.truediv, operator.floordiv, operator.mod})
"""Operators that Python refuses when the second operand is zero."""

NOT_FOLLOWED = frozenset({round, operator.pow, operator.lshift, operator.rshift})
"""Operators that give other types or errors with numbers of another sign or size: arrays do not."""


class NumberStep(NamedTuple):
    """A number that is known while recording.

    Attributes:
        value: what it is now.
        operation: how it is computed; ``None`` if it is read or constant.
        operands: from which steps.
        binding: the name under which it is read.
    """

    value: Any
    operation: Callable[..., Any] | None = None
    operands: tuple[int, ...] = ()
    binding: Binding | None = None


class NumberRecorder:
    """The numbers that a recording follows.

    The `source` of a number is the position of its step, or the tensor that it is the only element of.

    Attributes:
        recorder: the compilation.
        is_open: whether it still records.
        steps: how numbers are computed, each after those that it is computed from.
        answers: by step and question, what was answered, and where the user asked.
        inputs: by step, the tensor that stands for the number among arrays.
        read: the names that are read, with what they lead to.
    """

    def __init__(self, recorder: StateRecording) -> None:
        self.recorder = recorder
        self.is_open: bool = True
        self.steps: list[NumberStep] = []
        self.answers: dict[tuple[int, Callable[[Any], Any]], tuple[Any, SourceLine | None]] = {}
        self.inputs: dict[int, Tensor] = {}
        self.read: list[tuple[Binding, Number]] = []

    @contextmanager
    def standing_in(self, bindings: Iterable[Binding]) -> Iterator[None]:
        """Within it, names lead to what stands for their numbers."""
        self.read = [(binding, self._number(NumberStep(binding.value, binding=binding))) for binding in bindings]
        try:
            for binding, number in self.read:
                binding.write(number)
            yield
        finally:
            for binding, number in self.read:
                _put_back(binding, number)
            self.is_open = False

    def _number(self, step: NumberStep) -> Number:
        self.steps.append(step)
        return Number(step.value, len(self.steps) - 1, self)

    def following(self, value: Any) -> Any:
        """What stands for a constant number, if it is one."""
        return self._number(NumberStep(value)) if is_number(value) else value

    # -- what is done with numbers -----------------------------------------------------------------

    def apply(self, operation: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
        """What an operator gives: among numbers a number, among arrays a tensor."""
        if any(type(o) is Tensor or type(o) is numpy.ndarray for o in operands):
            return operation(*map(among_arrays, operands))
        if not all(type(o) is Number or isinstance(o, (int, float, complex, numpy.generic)) for o in operands):
            return NotImplemented
        value = operation(*[o.value if type(o) is Number else o for o in operands])
        if operation in DIVISIONS and type(operands[1]) is Number:
            operands[1].asked(bool)
        if any(type(o) is Number and type(o.source) is Tensor for o in operands):
            return self._apply_to_elements(operation, operands, value)
        steps = tuple([o.source if type(o) is Number else self._number(NumberStep(o)).source for o in operands])
        return self._number(NumberStep(value, operation, steps))

    def _apply_to_elements(self, operation: Callable[..., Any], operands: Sequence[Any], value: Any) -> Any:
        """The same where one of the numbers is computed by the program."""
        if operation in (float, int):
            return self.element(operands[0].source, operation) or operation(operands[0].asked(itself))
        is_product = operation is operator.mul and isinstance(value, int)
        if operation in NOT_FOLLOWED or is_product or (len(operands) == 1 and operation not in _OF_ELEMENTS):
            return operation(*map(asked, operands))
        return Number(value, operation(*map(among_arrays, operands)), self)

    def element(self, tensor: Tensor, kind: type | None = None) -> Number | None:
        """The only element of a tensor without a value, as a number; ``None`` if it cannot be followed.

        Args:
            tensor: what is asked for its element.
            kind: the type of the number; the one nearest to the dtype by default.
        """
        held = self.recorder.admit(tensor)
        value = self._example(held)
        if value is None or held.size != 1 or held.dtype == numpy.uint64:
            return None
        kind = type(value) if kind is None else kind
        if (kind, type(value)) not in _EXACT:
            return None
        self.recorder.exports |= kind is float
        number = astype(stop_gradient(reshape(held, shape=())), dtype=numpy.dtype(kind))
        if kind is not bool:
            self.recorder.weak.add(number._node)
        return Number(kind(value), number, self)

    def _example(self, held: Tensor) -> Any:
        """The element while it is recorded; a number of its type in the body of a loop, where there are many."""
        recording = getattr(held._value, "recording", None)
        if recording is None or held.size != 1:
            return None
        if recording is self.recorder.recording:
            raw = self.recorder.example(held)
            return None if raw is None else raw.item()
        return held.dtype.type(0).item() if recording.name in LOOPS and state.depth == 0 else None

    def decide(self, number: Number, question: Callable[[Any], Any]) -> Any:
        """The answer to a question, on which the recording depends from now on."""
        if type(number.source) is Tensor:
            return bool(number.source) if question is bool else question(concrete(number.source, "item").item())
        answer = question(number.value)
        self.answers.setdefault((number.source, question), (answer, user_line()))
        return answer

    def tensor(self, number: Number) -> Any:
        """What stands for a number among arrays; the number itself if it is too large for them."""
        if type(number.source) is Tensor:
            return number.source
        if not _fits_arrays(number.value):
            return number.asked(itself)
        found = self.inputs.get(number.source)
        if found is None:
            found = self.inputs[number.source] = self.recorder.number(number.value)
        return found

    # -- what it comes to --------------------------------------------------------------------------

    def finished(self, wanted: Iterable[int], changing: Iterable[Binding]) -> NumberProgram | None:
        """How the numbers are computed that are inputs, are asked for, or are `wanted`; ``None`` if there are none.

        Those within what `changing` names lead to are found by these names.
        """
        self.steps = [
            step if step.binding is None else step._replace(binding=followed_binding(step.binding, changing))
            for step in self.steps
        ]
        needed = {*self.inputs, *wanted, *(step for step, _ in self.answers)}
        for position in range(len(self.steps) - 1, -1, -1):
            if position in needed:
                needed.update(self.steps[position].operands)
        return NumberProgram(self, needed) if needed else None


def _put_back(binding: Binding, number: Number) -> None:
    """Let a name lead to its number again, or the list that it is in hold it where it has been moved."""
    holder = binding.holder
    if not isinstance(holder, (list, deque)):
        binding.write(binding.value)
        return
    for i, held in enumerate(holder):
        if held is number or i == binding.key:
            holder[i] = binding.value


_EXACT = frozenset({(float, float), (float, int), (float, bool), (int, int), (int, bool), (bool, bool)})
_EXACT |= {(complex, complex)}
"""The types of numbers that are made of elements of these types as Python makes them."""

_OF_ELEMENTS = frozenset({operator.neg, operator.pos, operator.abs, operator.invert})


def _fits_arrays(value: Any) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Errors of numbers that are not there, or are on another path: the function itself raises them again, if so."""


class NumberProgram:
    """What is computed of Python numbers at each call.

    Attributes:
        reads: which number is read under which name, and its type.
        steps: which number is computed how from which.
        answers: what is asked of which number, and the answer.
        lines: where that is asked.
        inputs: which numbers are inputs of the program.
        types: those of the inputs.
        start: the numbers that are constant.
    """

    def __init__(self, recorded: NumberRecorder, needed: Container[int]) -> None:
        kept = [(i, step) for i, step in enumerate(recorded.steps) if i in needed]
        self.reads = [(i, s.binding, type(s.value)) for i, s in kept if s.binding is not None]
        self.steps = [(i, s.operation, s.operands) for i, s in kept if s.operation is not None]
        self.answers = [(i, question, answer) for (i, question), (answer, _) in recorded.answers.items()]
        self.lines: list[SourceLine | None] = [line for _, line in recorded.answers.values()]
        self.inputs: list[int] = list(recorded.inputs)
        self.types = [type(recorded.steps[i].value) for i in self.inputs]
        is_constant = [s.binding is None and s.operation is None for s in recorded.steps]
        self.start: list[Any] = [s.value if c else None for s, c in zip(recorded.steps, is_constant, strict=True)]

    @once
    def computed(self) -> Callable[[], list[Any] | None]:
        """A function that gives all numbers, as they are now; ``None`` if the recording does not hold for them.

        It is written out, since each call asks.
        """
        written = WrittenOut()
        return written.function("", f"[{self.compute(written)}]", ERRORS)

    def compute(self, written: WrittenOut) -> str:
        """Have all numbers computed; the expressions for them, separated by commas."""
        written.objects |= {"is_same": is_same, "fits_arrays": _fits_arrays}
        lines = written.lines
        for i, binding, kind in self.reads:
            lines += [f"n{i} = {written.reading(binding)}", _unless_of_type(written, i, kind)]
        for i, operation, operands in self.steps:
            lines.append(f"n{i} = {written.name(operation)}({', '.join(f'n{operand}' for operand in operands)})")
        for i, question, answer in self.answers:
            lines.append(f"if not is_same({written.name(question)}(n{i}), {written.name(answer)}): return None")
        for i, kind in zip(self.inputs, self.types, strict=True):
            lines += [_unless_of_type(written, i, kind), f"if not fits_arrays(n{i}): return None"]
        known = {i for i, *_ in (*self.reads, *self.steps)}
        written.objects |= {f"n{i}": value for i, value in enumerate(self.start) if i not in known}
        return "".join(f"n{i}, " for i in range(len(self.start)))

    def arrays(self, numbers: Sequence[Any]) -> list[Any]:
        """The inputs of the program."""
        return [numpy.asarray(numbers[i]) for i in self.inputs]

    @property
    def asked(self) -> str:
        """Which numbers there are, and where the last of them was asked for, for a message."""
        names = " or ".join(dict.fromkeys(binding.name for _, binding, _ in self.reads))
        line = next((line for line in reversed(self.lines) if line is not None), None)
        return names if line is None else f"{names} (asked for at {line})"


def _unless_of_type(written: WrittenOut, position: int, kind: type) -> str:
    """The statement that gives up if a number is of another type."""
    return f"if type(n{position}) is not {written.name(kind)}: return None"


# -- which numbers are followed --------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """Whether a value is a number that can be followed."""
    return type(value) in NUMBERS or isinstance(value, numpy.number)


def is_read_only(found: Binding) -> bool:
    """Whether a name leads to what stands for its own number, as it was read."""
    number = found.value
    if type(number) is not Number or type(number.source) is Tensor:
        return False
    recorded: Any = number.followers
    binding = recorded.steps[number.source].binding
    return binding is not None and binding.place == found.place


def followed_numbers(survey: Survey, noticed: Container[Any]) -> list[Binding]:
    """The names of numbers that the code writes, or that have been noticed to change."""
    codes = [f.__code__ for f in survey.met.values() if type(f) is FunctionType]
    stored = frozenset().union(*map(names_bound, codes))
    return [b for b in survey.bindings.values() if is_number(b.value) and (b.place in noticed or _name(b) in stored)]


def _name(binding: Binding) -> Any:
    """The variable or attribute; ``None`` of an item."""
    if binding.is_item:
        return None
    return binding.name if binding.key is None else binding.key
