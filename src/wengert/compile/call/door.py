"""Doors: the calling convention of a program as the native routine sees it, and which programs can have one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy

from ...core.abstract import Abstract
from ...core.node import Leaf
from ...core.state import CONTEXTS, DEFINE_BY_RUN, records
from ...core.tensor import Tensor
from ..interpreter.layouts import WORD
from ..native.facts.cost import WORTH_A_CALL, cost
from ..native.native_program import NativeProgram
from ..record.aliases import Aliases
from ..record.decisions import READINGS, Decision
from ..state.arrays import ArrayPlace
from ..state.bindings import Binding
from ..state.places import GradientPlace, HandlePlace, Place
from .arguments import Call, NestedArguments, UnknownArgumentError
from .conditions import FoundFacts
from .frame import CallFrame
from .python_state import PythonState
from .returned import Returned
from .tables import Donation, DoorWords
from .word_table import WordTable
from .written import WrittenState, address_of_gradient, address_of_lock

if TYPE_CHECKING:
    from ..programs.program import Program


CHEAP_IN_VAIN = 4_000
"""The cost up to which a program with guards has a door: if one fails, the run is discarded."""


class NoDoorError(Exception):
    """A program cannot have a native entry."""


class Door(WordTable):
    """The native entry of a program, for calls that no derivative or recording watches, with what they write outside.

    Attributes:
        table: what the routine reads, and counts.
    """

    __slots__ = ()

    def __init__(
        self, program: Program, arguments: NestedArguments, leaves: Sequence[Any], values: Sequence[Any]
    ) -> None:
        super().__init__(len(DoorWords))
        self._keep(program)
        run = _native(program)
        assert run.native is not None
        facts = FoundFacts(program.expected, _absent(program))
        python = PythonState(program, _read_by_python(program), [f for f in facts.rest if not _is_of_a_block(f)])
        for place, table in (
            (DoorWords.ARGUMENTS, arguments),
            (DoorWords.FACTS, facts),
            (DoorWords.PYTHON, python),
        ):
            self._keep(table)
            self.table[place] = table.table.ctypes.data
        self._set_inputs(program, run, arguments, python, leaves, values)
        self._set_others(program.recording.aliases, arguments.leaves)
        frame = CallFrame(run, program.recording.count, len(program.writes) + len(program.changed))
        self._set_outputs(program, run, frame, python)
        self._set_writes(program, frame, [arguments.leaves[i] for i in program.changed])
        self._set_checks(program, run, frame)
        self._keep(frame)
        self.table[DoorWords.FRAME] = frame.words.ctypes.data
        self.table[DoorWords.SEGMENT] = run.native.address("segment0")
        self.table[DoorWords.IS_LONG] = _is_long(run)

    @property
    def calls(self) -> int:
        """The number of calls by this entry."""
        return int(self.table[DoorWords.CALLS])

    # -- what goes in ------------------------------------------------------------------------------

    def _set_inputs(
        self,
        program: Program,
        run: NativeProgram,
        arguments: NestedArguments,
        python: PythonState,
        leaves: Sequence[Any],
        values: Sequence[Any],
    ) -> None:
        given = zip(arguments.leaves, leaves, values, strict=True)
        rows = [self._argument(place, leaf, value) for place, leaf, value in given]
        unheard = DEFINE_BY_RUN & ~(program.followed & program.watchers)  # what may watch, since it does not record
        held = [pair for pair in program.signatures.pairs if pair[1] is not None]
        for position, (place, wanted) in enumerate(held, len(leaves)):
            word, donation = self._place(place, python)
            donates = donation if position in run.overwritten else Donation.NEVER
            rows.append(self._outside(word, wanted, unheard, donates))
        rows += [self._argument(word, kind(0), numpy.asarray(kind(0))) for word, kind in python.inputs]
        self.table[DoorWords.ON] = self._keep(_on(program))
        self._set_rows(DoorWords.INPUTS, rows)

    def _argument(self, place: int, leaf: Any, value: Any) -> list[int]:
        """The entry for an argument of the same form as a given one, in a slot with this address."""
        is_array = isinstance(leaf, Tensor | numpy.ndarray | numpy.generic)
        boxes = self._scalar(value.dtype, value.shape) if is_array else self._number(leaf, value)
        watch = leaf._node.watch & DEFINE_BY_RUN if type(leaf) is Tensor else 0
        return [*self._form(value.dtype, value.shape), place, *boxes, 0, self._keep(watch), Donation.NEVER]

    def _number(self, leaf: Any, value: Any) -> tuple[int, int, int]:
        """The type of a Python number, and a buffer that its value is unboxed into."""
        if (type(leaf), value.dtype) not in ((float, numpy.float64), (int, numpy.int64)):
            raise NoDoorError
        return id(type(leaf)), 0, self._keep(value.copy())

    def _scalar(self, dtype: Any, shape: tuple[int, ...]) -> tuple[int, int, int]:
        """The type of NumPy's scalars of a form, and a buffer that a value is unboxed into."""
        if shape or dtype.itemsize > WORD:
            return 0, 0, 0
        return 0, id(dtype.type), self._keep(numpy.zeros((), dtype))

    def _outside(self, word: int, signature: tuple[Any, ...], unheard: int, donates: Donation) -> list[int]:
        """The entry for a tensor outside, with its leaf if the define-by-run watch is on it."""
        shape, dtype, follower = signature
        if follower and (type(follower) is not Leaf or not unheard):
            raise NoDoorError
        node, watch = (self._keep(follower), unheard) if follower else (0, 0)
        boxes = self._scalar(dtype, shape) if donates is Donation.NEVER else (0, 0, 0)  # a buffer is not given away
        return [*self._form(dtype, shape), word, *boxes, node, self._keep(watch), donates]

    def _place(self, place: Any, python: PythonState) -> tuple[int, Donation]:
        """The address of the word in which the tensor of a place is, and when a program may overwrite it."""
        if id(place) in python.tensors:
            return python.tensors[id(place)], Donation.NEVER
        if isinstance(place, GradientPlace):
            self._keep(place.leaf)
            return address_of_gradient(place), Donation.OF_TENSOR
        return self._row([self._keep(place.tensor)]), Donation.OF_ARRAY

    def _set_others(self, aliases: Aliases | None, leaves: Sequence[int]) -> None:
        """The alias guard: arguments that must differ from captured tensors, and from each other."""
        handles = [self._row([self._keep(tensor)]) for tensor in aliases.handles.values()] if aliases else []
        outside = [(leaf, handle) for leaf in leaves for handle in handles]
        self._set_rows(DoorWords.DIFFERENT, [*outside, *(combinations(leaves, 2) if aliases else ())])

    # -- what comes out ----------------------------------------------------------------------------

    def _set_outputs(self, program: Program, run: NativeProgram, frame: CallFrame, python: PythonState) -> None:
        rows, spares = [], _spares(program, run, frame)
        for made in frame.made.values():
            source = 0 if made.source is None else frame.address(made.source)
            spare = spares.get(made.place, 0)
            rows.append([*self._form(made.dtype, made.shape), source, frame.address(made.place), spare])
        self._set_rows(DoorWords.OUTPUTS, rows)
        arrays = [frame.address(place) for place in frame.results]
        returned = Returned(program.results, arrays, python.numbers, python.is_told)
        self._keep(returned)
        python.tell(returned.outputs)
        self.table[DoorWords.RESULTS] = returned.table.ctypes.data

    def _set_writes(self, program: Program, frame: CallFrame, arguments: Sequence[int]) -> None:
        arrays = [0 if place is None else frame.address(place) for place in frame.written]
        writes = WrittenState(program.writes, arguments, arrays)
        self._keep(writes)
        self.table[DoorWords.WRITES] = writes.table.ctypes.data
        if program.has_effects:
            self.table[DoorWords.LOCK] = address_of_lock(program.caller.writing)
            self._keep(program.caller.writing)

    def _set_checks(self, program: Program, run: NativeProgram, frame: CallFrame) -> None:
        """The guards of the path: those on inputs are checked before the program runs, all others on its outputs."""
        decisions = program.recording.decisions
        if not decisions:
            return  # without a look at guards, for which the graph would be simplified
        guards = program.guards
        for word, checks, places in (
            (DoorWords.BEFORE, guards.before, range(run.layout.inputs)),
            (DoorWords.AFTER, guards.after, run.layout.outputs),
        ):
            decided = [(_known(places[check.index]), decisions[check.position]) for check in checks]
            rows = [(frame.address(place), *_bits(decision, _form_at(run, place))) for place, decision in decided]
            self._set_rows(word, rows)


def _native(program: Program) -> NativeProgram:
    """The machine code of a program that is one native segment, without steps in NumPy."""
    aliases = program.recording.aliases
    is_plain = (aliases is None or aliases.are_none) and _on(program) == records() and not program.enables
    if not is_plain:
        raise NoDoorError
    if program.decisions and (
        program.has_effects or program.guards.ahead is not None or cost(program.graph.nodes) > CHEAP_IN_VAIN
    ):
        raise NoDoorError
    run = program.run
    if not isinstance(run, NativeProgram) or run.only_call is None:
        raise NoDoorError
    return run


def _read_by_python(program: Program) -> list[Place]:
    """The places that lead to another tensor at each call."""
    return [place for place in program.reads if type(place) not in (HandlePlace, ArrayPlace, GradientPlace)]


def _absent(program: Program) -> list[tuple[int, int]]:
    """The words of gradients that are read and that have to be none, with what they have to hold."""
    absent = [place for place, wanted in program.signatures.pairs if wanted is None]
    return [(address_of_gradient(place), id(None)) for place in absent if isinstance(place, GradientPlace)]


def _spares(program: Program, run: NativeProgram, frame: CallFrame) -> dict[int, int]:
    """For slots of outputs the words of gradients that the call replaces, whose memory the outputs may take.

    They may if nothing can fail any more when they are written.
    """
    spares = {}
    for i, gradient in program.replaced:
        place = frame.written[i]
        if place in frame.made and run.layout.is_made(place) and run.layout.made_at(place).is_settled:
            spares[place] = address_of_gradient(gradient)
    return spares


def _known(place: int | None) -> int:
    if place is None:
        raise NoDoorError
    return place


def _form_at(run: NativeProgram, place: int) -> Abstract:
    """The form of an input, or of an output that is made, by its place.

    Raises:
        NoDoorError: it is neither.
    """
    if run.layout.is_input(place):
        return run.inputs[place].form
    if not run.layout.is_made(place):
        raise NoDoorError
    made = run.layout.made_at(place)
    return Abstract(made.shape, made.dtype)


def _is_long(run: NativeProgram) -> bool:
    """Whether a call may take so long that it should release the GIL."""
    return run.layout.has_calls or run.layout.cost >= WORTH_A_CALL


def _bits(decision: Decision, form: Abstract) -> tuple[int, int, bool, int]:
    """A guard as a masked comparison: bytes, mask, whether it is a truth, and the expected word."""
    count, kind = form.size * form.dtype.itemsize, form.dtype.kind
    if count not in (1, 4, 8):
        raise NoDoorError
    every = (1 << 8 * count) - 1
    if decision.op == "bool":
        sign = 1 << 8 * count - 1 if kind == "f" else 0  # of a zero
        return count, _signed(every & ~sign), True, decision.value
    if decision.op not in READINGS:
        return count, _signed(every), False, _signed(int.from_bytes(decision.value, sys.byteorder))
    if kind not in "bi":
        raise NoDoorError
    return count, _signed(every), False, _signed(decision.value & every)


def _signed(word: int) -> int:
    """Reinterpret an unsigned word as signed."""
    return word - (1 << 64) if word >> 63 else word


def _is_of_a_block(fact: Any) -> bool:
    """Whether a fact is one of a block, in which calls do not go through doors (see `USUAL`)."""
    return isinstance(fact, Binding) and any(fact.holder is variable for variable in CONTEXTS)


def _on(program: Program) -> int:
    """The value of `ON` that a call must find: the modes in which the program may run."""
    return program.followed | ~DEFINE_BY_RUN


def new_door(program: Program, call: Call, leaves: Sequence[Any], values: Sequence[Any]) -> Door | None:
    """Make a door for calls like this one, whose leaves have these raw values; ``None`` if there can be none."""
    try:
        return Door(program, NestedArguments(call), leaves, values)
    except (NoDoorError, UnknownArgumentError):
        return None
