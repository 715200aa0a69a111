"""A compiled function: a graph with the places that it reads and writes, ready to run."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy

from ..core.graph import Graph
from ..core.node import Node
from ..core.recording import ALIAS, NO_PARAMS, named_by
from ..core.state import DEFINE_BY_RUN, Watch, state
from ..core.tensor import Tensor
from ..core.trees import flatten, unflatten
from ..walks.forward import ancestors
from .derivative import Subprogram
from .lowered import lowered
from .passes import simplified
from .passes.rewriting import bound
from .places import GradientPlace, HandlePlace, Place, signature_of
from .recorder import Recorder


class Program:
    """One recording of a function: for one signature of arguments and state.

    Attributes:
        recorded: inputs are the arguments, then the places read; outputs the results, then those written.
        graph: the same, simplified.
        structure: that of the results.
        results: the number of results.
        reads: the places that hold something to be read, or nothing, as when the function was recorded.
        writes: the places written; their outputs follow the results, ``None`` where nothing is held.
        watched: for each output, whether ``backward()`` can start from it.
        followed: whether ``backward()`` was being prepared for (not within ``no_grad()``), as a watch.
        watchers: the watches that the outputs can be of interest to.
        replaced: the places (with their numbers) whose gradient is replaced without having been read.
    """

    def __init__(
        self,
        recorded: Graph,
        structure: Any,
        results: int,
        reads: Sequence[Place],
        writes: Sequence[Place],
        watched: Sequence[bool],
    ) -> None:
        self.recorded = recorded
        self.graph = graph = simplified(recorded)
        self.calls = 0
        self.structure = structure
        self.results = results
        self.reads = list(reads)
        self.writes = list(writes)
        self.replaced = [(i, p) for i, p in enumerate(writes) if isinstance(p, GradientPlace) and p not in reads]
        self.watched = list(watched)
        self.followed = state.on & DEFINE_BY_RUN
        self.watchers = -1 if any(watched) else ~DEFINE_BY_RUN
        self.expected = [signature_of(place) for place in reads]
        self.callable = Subprogram(graph, record_graph)

    def fits(self) -> bool:
        """Whether the state outside is as it was when the function was recorded."""
        if self.followed != state.on & DEFINE_BY_RUN:
            return False
        if not self.reads:
            return True
        return all(signature_of(p) == e for p, e in zip(self.reads, self.expected, strict=True))

    @cached_property
    def run(self) -> Any:
        """The function of raw inputs, which may write to the memory of state that it replaces."""
        first = len(self.graph.inputs) - len(self._held())
        held = {id(place): first + i for i, place in enumerate(p for p in self.reads if p.read() is not None)}
        donors = {self.results + i: held[id(p)] for i, p in enumerate(self.writes) if id(p) in held}
        return lowered(self.graph, donors)

    def _held(self) -> list[Tensor]:
        """The tensors in the places read."""
        return [tensor for place in self.reads if (tensor := place.read()) is not None]

    def call(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        """Run on arguments whose raw values are given, and write what the function writes."""
        self.calls += 1
        held: list[Tensor] = []
        if self.reads:
            held = self._held()
            for tensor in held:
                watch |= tensor._node.watch
                values.append(raw_array(tensor._value))
            watch &= state.on
        if watch & self.watchers:
            outputs = self._call_watched([*leaves, *held])
        elif self.writes:
            outputs = self._call_in_place(values, held)
        else:
            outputs = [Tensor(value) for value in self.run(values)]
        if self.writes:
            for place, output in zip(self.writes, outputs[self.results :], strict=True):
                place.write(output)
        if self.structure is None:
            return outputs[0]
        return unflatten(self.structure, outputs[: self.results])

    def _call_in_place(self, values: list[Any], held: Sequence[Tensor]) -> list[Any]:
        """Run, and let what is written take the memory of what it replaces, where nobody else sees that."""
        first = len(values) - len(held)
        for position in self.run.overwritten:
            if not is_alone(held[position - first], values, position):
                values[position] = values[position].copy()
        offers = [(self.results + i, place.spare()) for i, place in self.replaced]
        spare = {i: array for i, array in offers if array is not None}
        return [None if value is None else Tensor(value) for value in self.run(values, spare)]

    def _call_watched(self, held: Sequence[Any]) -> list[Any]:
        """Run as one node of the list; what was computed under ``no_grad()`` is not followed by ``backward()``."""
        outputs = self.callable(held)
        pairs = zip(outputs, self.watched, strict=True)
        return [output if output is None or is_watched else unwatched(output) for output, is_watched in pairs]


def is_alone(tensor: Tensor, values: list[Any], position: int) -> bool:
    """Whether only the tensor (and the list of values) holds its array, so that it may be written to."""
    array = values[position]
    alone = sys.getrefcount(array) == (4 if array is tensor._value else 3)
    return alone and array.base is None and array.flags.writeable


def unwatched(output: Tensor) -> Tensor:
    """The tensor, for functional derivatives only."""
    node = output._node
    if not node.watch & ~DEFINE_BY_RUN:
        return Tensor(output._value)
    return Tensor(output._value, Node(ALIAS, (node,), (None, None), NO_PARAMS, None, node.watch & ~DEFINE_BY_RUN))


def record_program(f: Callable[..., Any], arguments: Sequence[Any]) -> Program:
    """Record a function of flat arguments without values."""
    recorder, inputs, results, structure = _recorded(f, arguments)
    captured = list(recorder.captured.values())
    passing = [c for c in captured if not _is_visible(c.place)]
    lasting = [c for c in captured if _is_visible(c.place)]
    written = [c for c in lasting if c.written]
    outputs = [*results, *(c.current for c in written)]
    watched = [_is_watched(r, recorder) for r in results]
    watched += [_is_watched(c.current, recorder) and not c.place.is_leaf for c in written]
    graph = _graph(recorder, inputs, outputs, passing)
    reads, writes = [c.place for c in lasting if c.read], [c.place for c in written]
    return Program(graph, structure, len(results), reads, writes, watched)


def _is_watched(output: Any, recorder: Recorder) -> bool:
    """Whether ``backward()`` could start from an output."""
    return type(output) is Tensor and output.requires_grad and output._node not in recorder.consumed


def record_graph(f: Callable[..., Any], forms: Sequence[Any]) -> Graph:
    """Record a function that has no state: every tensor that it makes itself is a constant."""
    recorder, inputs, results, _ = _recorded(f, forms)
    return simplified(_graph(recorder, inputs, results, list(recorder.captured.values())))


def _recorded(f: Callable[..., Any], arguments: Sequence[Any]) -> tuple[Recorder, list[Tensor], list[Any], Any]:
    """Run a function on tensors without values; the flat results, and their structure."""
    with Watch(abstract=True) as bit, without_cycles():
        recorder = Recorder(bit)
        inputs = [recorder.argument(argument) for argument in arguments]
        with recorder:
            result = f(*inputs)
            results, structure = ([result], None) if type(result) is Tensor else flatten(result)
            results = [recorder.admit(r) if type(r) is Tensor else raw_array(r) for r in results]
    return recorder, inputs, results, structure


@contextmanager
def without_cycles() -> Iterator[None]:
    """Collect, at the end, what was made inside and is held by cycles only, so that nobody seems to hold it.

    What is made inside, and nothing else, is in the youngest generation until then.
    """
    was_enabled = gc.isenabled()
    gc.collect(0)
    gc.disable()
    try:
        yield
        gc.collect(0)
    finally:
        if was_enabled:
            gc.enable()


def _graph(recorder: Recorder, arguments: Sequence[Tensor], outputs: Sequence[Any], constants: Sequence[Any]) -> Graph:
    """The list between the inputs (arguments, then what was read) and the outputs."""
    given = [c.given._node for c in recorder.captured.values() if c.given is not None]
    inputs = [a._node for a in arguments] + given
    ends = [_resolved(o) for o in outputs]
    nodes = ancestors([e for e in ends if isinstance(e, Node)], recorder.bit, float("inf"))
    known = frozenset(inputs)
    graph = Graph(inputs, [n for n in nodes if n not in known and named_by(n) is n], ends)
    values = {c.given._node: c.place.read()._value for c in constants if c.given is not None}
    return bound(graph, values) if values else graph


def _is_visible(place: Place) -> bool:
    """Whether anybody but the recording holds the tensor (its place, and the call's own references)."""
    return not isinstance(place, HandlePlace) or sys.getrefcount(place.tensor) > 2


def raw_array(value: Any) -> Any:
    """A raw value as an array (NumPy gives scalars for results without axes)."""
    return value if type(value) is numpy.ndarray else numpy.asarray(value)


def _resolved(output: Any) -> Any:
    """The node of an output that the recording made, or the constant that it is."""
    return named_by(output._node) if type(output) is Tensor else output
