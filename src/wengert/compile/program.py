"""A compiled function: a graph with the places that it reads and writes, ready to run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from numpy import ndarray

from ..core.graph import Graph
from ..core.node import Node
from ..core.recording import ALIAS, NO_PARAMS
from ..core.state import DEFINE_BY_RUN, state
from ..core.tensor import Tensor
from ..numpy.inplace import guard
from .derivative import Subprogram
from .lowered import lowered
from .passes import simplified
from .places import BindingPlace, GradientPlace, have_signatures, signature_of, write_handle
from .tracing import Recorded, aliases_of, raw_array, record_graph


class Program:
    """One recording of a function: for one signature of arguments and state.

    Attributes:
        recording: what was found.
        recorded: the graph of it.
        graph: the same, simplified.
        gives_one: whether it gives one tensor, and does nothing else.
        followed: whether ``backward()`` was being prepared for (not within ``no_grad()``), as a watch.
        watchers: the watches that the outputs can be of interest to.
        replaced: the places (with their numbers) whose gradient is replaced without having been read.
    """

    def __init__(self, recorded: Recorded) -> None:
        self.recording = recorded
        self.recorded = recorded.graph
        self.results = recorded.results
        self.reads = recorded.reads
        self.writes = recorded.writes
        self.changed = recorded.changed
        self.expected = recorded.expected
        self.has_effects = bool(recorded.writes or recorded.changed or recorded.stored)
        self.gives_one = recorded.results.structure is None and not self.has_effects
        self.calls = 0
        writes = enumerate(recorded.writes)
        self.replaced = [(i, p) for i, p in writes if isinstance(p, GradientPlace) and p not in recorded.reads]
        self.followed = state.on & DEFINE_BY_RUN
        self.watchers = -1 if any(recorded.watched) else ~DEFINE_BY_RUN
        self.signatures = [(place, signature_of(place)) for place in recorded.reads]
        self.fits_always = not recorded.reads and recorded.expected is None and recorded.aliases is None

    @cached_property
    def graph(self) -> Graph:
        return simplified(self.recorded)

    @cached_property
    def callable(self) -> Subprogram:
        return Subprogram(self.graph, record_graph)

    def fits(self, leaves: Sequence[Any]) -> bool:
        """Whether the state outside is as it was when the function was recorded."""
        if self.followed != state.on & DEFINE_BY_RUN:
            return False
        if self.fits_always:
            return True
        if self.expected is not None and not self.expected.is_found():
            return False
        aliases = self.recording.aliases
        if aliases is not None and aliases != aliases_of(leaves, self.recording.handles):
            return False
        return have_signatures(self.signatures)

    @cached_property
    def run(self) -> Any:
        """The function of raw inputs, which may write to the memory of state that it replaces."""
        first = len(self.graph.inputs) - len(self._held())
        held = {id(place): first + i for i, place in enumerate(p for p in self.reads if p.read() is not None)}
        writes = enumerate(self.writes)
        donors = {
            self.results.count + i: held[id(p)] for i, p in writes if id(p) in held and not isinstance(p, BindingPlace)
        }
        return lowered(self.graph, donors)

    def _held(self) -> list[Tensor]:
        """The tensors in the places read."""
        return [tensor for place in self.reads if (tensor := place.read()) is not None]

    def call(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        """Run on arguments whose raw values are given, and write what the function writes."""
        self.calls += 1
        held: list[Tensor] = []
        for place in self.reads:
            tensor = place.read()
            if tensor is not None:
                held.append(tensor)
                watch |= tensor._node.watch
                value = tensor._value
                values.append(value if type(value) is ndarray else raw_array(value))
        if watch:
            watch &= state.on
        if self.gives_one and not watch & self.watchers:
            return Tensor(self.run(values)[0])
        for position in self.changed:
            if type(leaves[position]) is Tensor:
                guard(leaves[position], "jit")
        if watch & self.watchers:
            outputs = self._call_watched([*leaves, *held])
        elif self.has_effects:
            outputs = self._call_in_place(values, held)
        else:
            outputs = [Tensor(value) for value in self.run(values)]
        if self.has_effects:
            self._commit(outputs, leaves)
        if self.results.structure is None:
            return outputs[0]
        return self.results.rebuilt(outputs)

    def _commit(self, outputs: Sequence[Any], leaves: Sequence[Any]) -> None:
        """Write what the function writes outside."""
        first = self.results.count
        for place, output in zip(self.writes, outputs[first:], strict=False):
            place.write(output)
        for position, output in zip(self.changed, outputs[first + len(self.writes) :], strict=True):
            if type(leaves[position]) is Tensor:
                write_handle(leaves[position], output)
        for binding, value in self.recording.stored:
            binding.write(value)

    def _call_in_place(self, values: list[Any], held: Sequence[Tensor]) -> list[Any]:
        """Run, and let what is written take the memory of what it replaces, where nobody else sees that."""
        first = len(values) - len(held)
        for position in self.run.overwritten:
            if not is_alone(held[position - first], values, position):
                values[position] = values[position].copy()
        offers = [(self.results.count + i, place.spare()) for i, place in self.replaced]
        spare = {i: array for i, array in offers if array is not None}
        return [None if value is None else Tensor(value) for value in self.run(values, spare)]

    def _call_watched(self, held: Sequence[Any]) -> list[Any]:
        """Run as one node of the list; what was computed under ``no_grad()`` is not followed by ``backward()``."""
        outputs = self.callable(held)
        pairs = zip(outputs, self.recording.watched, strict=True)
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
