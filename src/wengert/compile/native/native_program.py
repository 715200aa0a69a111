"""A program of machine code: one native call where everything is lowered, NumPy steps between calls where not."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy
from numpy import empty

from ...core.graph import Graph, GraphNode
from ...core.python.once import once
from ...core.replay import Interpreted
from ..passes.later import LaterGraph
from .facts.layout import ALIGNMENT
from .kept import FinishedProgram
from .machine.addresses import runtime_table
from .machine.disk_cache import Code
from .machine.llvm import NativeModule
from .machine.pool import pool

if TYPE_CHECKING:
    from .construction import Construction
    from .numpy_steps import NumPySteps
    from .schedule.stages import SingleOperation
    from .stage_facts import StageFacts

_NOTHING: Mapping[GraphNode, Any] = {}


class NativeProgram:
    """Runs a graph: ``program(inputs)`` gives the outputs, raw arrays.

    Attributes:
        layout: where in the frame of a call the arrays are.
        constants: the arrays that are further inputs of the code.
        literals: the outputs that are constants, by position.
        native: the compiled module; ``None`` if nothing was lowered.
        moved: the bytes that kernels read and write in a call.
        arena_size: the bytes of memory that a call needs.
        seconds: how long it took to make.
    """

    def __init__(
        self,
        graph: Graph | LaterGraph,
        donors: Mapping[int, int] | None = None,
        found: tuple[FinishedProgram, Code] | None = None,
    ) -> None:
        """A program of a graph, in which outputs take the memory of inputs, by their positions.

        If it is `found` on disk with its code, nothing is made of the graph before that is asked for.
        """
        start = time.perf_counter()
        self._later = graph if isinstance(graph, LaterGraph) else LaterGraph(graph)
        self._donors = donors or {}
        if found is None:
            self._make()
        else:
            self._take(*found)
        facts = self.native.facts if self.native else {"room": self.construction.plan.size, "moved": 0}
        self.arena_size, self.moved = facts["room"], facts["moved"]
        self.arenas: list[Any] = []
        self.fixed = (runtime_table(self.layout.calls_lapack), *self.constants)
        self.overwritten = self.layout.overwritten
        self.made_forms = list(self.layout.made)
        self.output_places = self._places_of_outputs()
        self.returns_made = len(self.layout.made) == len(self.layout.outputs)
        self.seconds = time.perf_counter() - start

    def _make(self) -> None:
        """Make it of the graph."""
        made = self.construction
        self.layout, self.constants, self.literals = made.layout(), made.constants, made.literals
        self.native = NativeModule(made.source, made.key) if made.runs else None
        self.calls: list[Callable[[int], int] | SingleOperation] = [
            self._call(i, segment) for i, segment in enumerate(made.segments)
        ]
        self.only_call: Any = self.calls[0] if made.is_one_call else None

    def _take(self, program: FinishedProgram, code: Code) -> None:
        """Take what was made by an earlier process."""
        self.layout, self.constants, self.literals = program.layout, program.constants, {}
        self.native = NativeModule(lambda: self.construction.source(), program.code, code)
        self.only_call = self._entry(0, self.layout.is_long)
        self.calls = [self.only_call]

    @once
    def construction(self) -> Construction:
        """How it is made of its graph."""
        from .construction import Construction

        return Construction(self.graph, self._donors)

    @property
    def inputs(self) -> Sequence[GraphNode]:
        """The inputs of its graph."""
        return self._later.origin.inputs

    @property
    def graph(self) -> Graph:
        """What it computes."""
        return self._later.graph

    def finished(self) -> FinishedProgram | None:
        """What a later process needs to know to run it; ``None`` if that is not all in code."""
        made = self.construction
        if made.key is None or not made.is_one_call or made.literals:
            return None
        return FinishedProgram(self.layout, self.constants, made.key)

    def _call(self, index: int, segment: Any) -> Any:
        """What does a segment: an entry to machine code, or the step itself."""
        return self._entry(index, self.construction.is_long(segment)) if isinstance(segment, list) else segment

    def _entry(self, index: int, is_long: bool) -> Any:
        """``status(frame)``, while which other threads run; in a long loop it may raise what the user wants."""
        assert self.native is not None
        address = self.native.address(f"segment{index}")
        if is_long:
            return partial(pool().enter, address)
        return ctypes.CFUNCTYPE(ctypes.c_int if self.layout.checks else None, ctypes.c_void_p)(address)

    def facts(self) -> list[str]:
        """What a report says of it."""
        from .described import report_of

        return report_of(self)

    def stages(self) -> list[StageFacts]:
        """What a call does, stage by stage."""
        from .stage_facts import stage_facts

        return stage_facts(self.construction.schedule.every_stage())

    # -- running -----------------------------------------------------------------------------------

    def __call__(self, inputs: Sequence[Any], spare: Mapping[int, Any] | None = None) -> list[Any]:
        """The outputs; `spare` has arrays that nobody needs, by the position of the output that may use them.

        The inputs at `overwritten` are written to.
        """
        made = []  # loops, since a comprehension is a call of its own before Python 3.12
        for place, shape, dtype in self.made_forms:
            made.append(spare[place] if spare and place in spare else empty(shape, dtype))
        try:
            arena = self.arenas.pop()
        except IndexError:
            arena = aligned(self.arena_size)
        for x in inputs:
            if not x.flags.c_contiguous:
                inputs = [_dense_array(x) for x in inputs]
                break
        frame = (*inputs, *made, arena, *self.fixed)
        if self.only_call is not None:
            failed, results = self.only_call(id(frame)), _NOTHING
        else:
            failed, results = self._run_segments(frame)
        if failed:
            return self._by_numpy(failed, frame, results, inputs)
        self.arenas.append(arena)
        if self.returns_made:
            return made
        if self.output_places is not None:
            return [frame[place] for place in self.output_places]
        return [self._output(i, place, frame) for i, place in enumerate(self.layout.outputs)]

    def _places_of_outputs(self) -> list[int] | None:
        """Where in the frame the outputs are, if all of them are written by the program."""
        places = [place for place in self.layout.outputs if place is not None and not self.layout.is_input(place)]
        return places if len(places) == len(self.layout.outputs) else None

    def _output(self, position: int, place: int | None, frame: tuple[Any, ...]) -> Any:
        """An array of its own, also where the output is an input or a constant."""
        if place is None:
            return numpy.array(self.literals[position]) if position in self.literals else None
        array = frame[place]
        return array.copy() if self.layout.is_input(place) else array

    def _run_segments(self, frame: tuple[Any, ...]) -> tuple[int, dict[GraphNode, Any]]:
        """The number of the check that has failed, or 0; and the results that Python has."""
        results: dict[GraphNode, Any] = {}
        for call in self.calls:
            if not callable(call):
                self._steps.do(call.node, frame, results)
            elif failed := call(id(frame)):
                return failed, results
        return 0, results

    def _by_numpy(
        self, failed: int, frame: tuple[Any, ...], results: Mapping[GraphNode, Any], inputs: Sequence[Any]
    ) -> list[Any]:
        """Do a call again that has failed: that raises what it raises, unless it was for the last bit of a pivot."""
        self._steps.raise_if_memory_fails(failed, frame, results)
        return Interpreted(self.graph)(inputs)

    @once
    def _steps(self) -> NumPySteps:
        from .numpy_steps import NumPySteps

        return NumPySteps(self.construction)


def aligned(size: int) -> Any:
    """Bytes that begin with a cache line."""
    memory = empty(size + ALIGNMENT, numpy.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size]


def _dense_array(x: Any) -> Any:
    """The array itself, if it is one, and no view of it: its memory may be that of a state, which nobody else has."""
    return x if x.flags.c_contiguous else numpy.ascontiguousarray(x)
