"""A compiled function: a graph with the places that it reads and writes, ready to run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from numpy import ndarray

from ..core.abstract import NoValueError
from ..core.graph import Graph
from ..core.node import Node
from ..core.recording import ALIAS, NO_PARAMS
from ..core.replay import Interpreted
from ..core.state import DEFINE_BY_RUN, state
from ..core.tensor import Tensor
from ..numpy.inplace import guard
from .derivative import Subprogram
from .lowered import lowered
from .passes import simplified
from .places import BindingPlace, GradientPlace, HandlePlace, Place, have_signatures, signature_of, write_handle
from .tracing import Recorded, aliases_of, raw_array, record_graph

OFTEN = 2
"""A path is compiled when it has been met so often; until then NumPy does its operations."""


class RunPlainly(BaseException):
    """The call is one that only the function itself answers rightly."""


class Caller(Protocol):
    """Chooses among programs."""

    def follow(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any: ...

    def call_plainly(self, leaves: Sequence[Any]) -> Any: ...


class Miss(NamedTuple):
    """A decision came out differently than on this path.

    Attributes:
        position: which decision; those before it were as on this path.
        value: the answer.
    """

    position: int
    value: Any


class Check(NamedTuple):
    """A decision, to be taken anew at each call.

    Attributes:
        position: which decision.
        index: which input or output it is about.
        read: from the raw value to the answer.
        value: the answer on this path.
    """

    position: int
    index: int
    read: Callable[[Any], Any]
    value: Any


class Program:
    """One recording of a function: for one signature of arguments and state, and one path through its decisions.

    Attributes:
        recording: what was found.
        recorded: the graph of it.
        results: how the results are nested.
        decisions: the answers on this path.
        gives_one: whether it gives one tensor, and does nothing else.
        exports: whether one of them would be refused where a derivative is being recorded.
        followed: whether ``backward()`` was being prepared for (not within ``no_grad()``), as a watch.
        watchers: the watches that the outputs can be of interest to.
        replaced: the places (with their numbers) whose gradient is replaced without having been read.
        caller: what knows the other programs, and the function itself.
        calls: how often the program has run to its end.
        successor: the program that ran after this one the last time.
    """

    def __init__(self, recorded: Recorded, caller: Caller) -> None:
        self.recording = recorded
        self.recorded = recorded.graph
        self.results = recorded.results
        self.reads = recorded.reads
        self.writes = recorded.writes
        self.changed = recorded.changed
        self.expected = recorded.expected
        self.decisions = tuple([decision.value for decision in recorded.decisions])
        self.exports = any(decision.exports for decision in recorded.decisions)
        self.caller = caller
        self.has_effects = bool(recorded.writes or recorded.changed or recorded.stored)
        self.gives_one = recorded.results.structure is None and not self.has_effects
        self.calls = 0
        self.successor: Program | None = None
        writes = enumerate(recorded.writes)
        self.replaced = [(i, p) for i, p in writes if isinstance(p, GradientPlace) and p not in recorded.reads]
        self.followed = state.on & DEFINE_BY_RUN
        self.watchers = -1 if any(recorded.watched) else ~DEFINE_BY_RUN
        self.signatures = [(place, signature_of(place)) for place in recorded.reads]
        self.fits_always = not recorded.reads and recorded.expected is None and recorded.aliases is None

    # -- the graph ---------------------------------------------------------------------------------

    @cached_property
    def whole(self) -> Graph:
        """The recorded graph, simplified; its last outputs are what decisions are taken on."""
        return simplified(self.recorded)

    @cached_property
    def graph(self) -> Graph:
        """The same, without the decisions that are taken on inputs, or on constants."""
        graph, first = self.whole, self._first_decided
        return Graph(
            graph.inputs, graph.nodes, graph.outputs[:first] + [graph.outputs[c.index] for c in self._computed]
        )

    @property
    def _first_decided(self) -> int:
        return len(self.whole.outputs) - len(self.decisions)

    @cached_property
    def _checks(self) -> list[Check]:
        """The decisions, each with the number of the output of the whole graph."""
        first = self._first_decided
        return [Check(i, first + i, d.read, d.value) for i, d in enumerate(self.recording.decisions)]

    @cached_property
    def checks_before(self) -> list[Check]:
        """The first decisions, as long as they are taken on inputs; each with the number of the input."""
        found = []
        places = {node: i for i, node in enumerate(self.whole.inputs)}
        for check in self._checks:
            end = self.whole.outputs[check.index]
            if isinstance(end, Node) and end not in places:
                break
            if isinstance(end, Node):
                found.append(check._replace(index=places[end]))
        return found

    @cached_property
    def _computed(self) -> list[Check]:
        """The other decisions."""
        done = {check.position for check in self.checks_before}
        ends = self.whole.outputs
        return [c for c in self._checks if c.position not in done and isinstance(ends[c.index], Node)]

    @cached_property
    def checks_after(self) -> list[Check]:
        """The other decisions, each with the number of the output."""
        first = self._first_decided
        return [check._replace(index=first + i) for i, check in enumerate(self._computed)]

    @cached_property
    def callable(self) -> Subprogram:
        return Subprogram(self.graph, record_graph)

    @cached_property
    def run(self) -> Any:
        """The function of raw inputs, which may write to the memory of state that it replaces.

        Where there are decisions it writes to none: only then is it known that the call takes this path.
        """
        if self.decisions:
            return lowered(self.graph)
        first = len(self.graph.inputs) - len(self._held())
        held = {id(place): first + i for i, place in enumerate(p for p in self.reads if p.read() is not None)}
        writes = [(i, p) for i, p in enumerate(self.writes) if id(p) in held and not isinstance(p, BindingPlace)]
        return lowered(self.graph, {self.results.count + i: held[id(p)] for i, p in writes})

    @cached_property
    def interpreted(self) -> Interpreted:
        """The function of raw inputs, by NumPy."""
        return Interpreted(self.graph)

    def facts(self) -> list[str]:
        """What a report says of how it runs."""
        if self.decisions and "run" not in vars(self):
            return [f"not compiled yet: this path was met less than {OFTEN} times"]
        return self.run.facts()

    # -- calls -------------------------------------------------------------------------------------

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

    def call(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        """Run on arguments whose raw values are given, and write what the function writes."""
        if self.decisions:
            return self.caller.follow(leaves, values, watch)
        self.calls += 1
        held, watch = self._read(values, watch)
        if self.gives_one and not watch & self.watchers:
            return Tensor(self.run(values)[0])
        self._refuse_leaves(leaves)
        if watch & self.watchers:
            try:
                outputs = self._call_watched([*leaves, *held])
            except RunPlainly:
                return self.caller.call_plainly(leaves)
        elif self.has_effects:
            outputs = self._call_in_place(values, held)
        else:
            outputs = [Tensor(value) for value in self.run(values)]
        return self._finish(outputs, leaves)

    def attempt(self, leaves: Sequence[Any], values: Sequence[Any], watch: int) -> Any:
        """Run, and write if all decisions come out as on this path; a `Miss` if one does not.

        Raises:
            RunPlainly: a derivative is being recorded where eager code may refuse it, or where rules ask for values.
        """
        values = list(values)
        held, watch = self._read(values, watch)
        self._refuse_exports(watch)
        missed = _first_miss(self.checks_before, values)
        if missed is not None:
            return missed
        if watch & self.watchers:
            outputs = self._call_watched([*leaves, *held])
            missed = _first_miss(self.checks_after, [None if o is None else o._value for o in outputs])
        else:
            run = self.run if self.calls >= OFTEN else self.interpreted
            raw = run(values)
            missed = _first_miss(self.checks_after, raw)
            outputs = [] if missed else [None if value is None else Tensor(value) for value in raw]
        if missed is not None:
            return missed
        self._refuse_leaves(leaves)
        self.calls += 1
        return self._finish(outputs, leaves)

    def call_first(self, leaves: Sequence[Any], values: Sequence[Any], watch: int) -> Any:
        """Run without checks: the decisions have just been taken on these very values."""
        values = list(values)
        held, watch = self._read(values, watch)
        self._refuse_exports(watch)
        self._refuse_leaves(leaves)
        if watch & self.watchers:
            outputs = self._call_watched([*leaves, *held])
        else:
            outputs = [None if value is None else Tensor(value) for value in self.interpreted(values)]
        self.calls += 1
        return self._finish(outputs, leaves)

    def snapshot(self, leaves: Sequence[Any]) -> list[Place]:
        """What the program writes, as it is now."""
        bound = [place.binding for place in self.writes if isinstance(place, BindingPlace)]
        bound += [binding for binding, _ in self.recording.stored]
        handles = [place.tensor for place in self.writes if isinstance(place, HandlePlace)]
        handles += [leaves[i] for i in self.changed if type(leaves[i]) is Tensor]
        gradients = [GradientPlace(place.leaf) for place in self.writes if isinstance(place, GradientPlace)]
        return [*map(HandlePlace, handles), *gradients, *(BindingPlace(binding.now()) for binding in bound)]

    def _held(self) -> list[Tensor]:
        """The tensors in the places read."""
        return [tensor for place in self.reads if (tensor := place.read()) is not None]

    def _read(self, values: list[Any], watch: int) -> tuple[list[Tensor], int]:
        """The tensors in the places read, whose raw values are appended; and who watches."""
        held: list[Tensor] = []
        for place in self.reads:
            tensor = place.read()
            if tensor is not None:
                held.append(tensor)
                watch |= tensor._node.watch
                value = tensor._value
                values.append(value if type(value) is ndarray else raw_array(value))
        return held, watch & state.on if watch else 0

    def _refuse_exports(self, watch: int) -> None:
        if self.exports and watch & ~DEFINE_BY_RUN:
            raise RunPlainly

    def _refuse_leaves(self, leaves: Sequence[Any]) -> None:
        for position in self.changed:
            if type(leaves[position]) is Tensor:
                guard(leaves[position], "jit")

    def _finish(self, outputs: Sequence[Any], leaves: Sequence[Any]) -> Any:
        """Write what the function writes outside, and give what it returns."""
        if self.has_effects:
            self._commit(outputs, leaves)
        if self.results.structure is None:
            return outputs[0]
        return self.results.rebuilt(outputs)

    def _commit(self, outputs: Sequence[Any], leaves: Sequence[Any]) -> None:
        first = self.results.count
        for place, output in zip(self.writes, outputs[first:], strict=False):
            place.write(output)
        for position, output in zip(self.changed, outputs[first + len(self.writes) :], strict=False):
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
        try:
            outputs = self.callable(held)
        except NoValueError as error:
            raise RunPlainly from error
        watched = self.recording.watched
        for i, is_watched in enumerate(watched):
            if not is_watched and outputs[i] is not None:
                outputs[i] = unwatched(outputs[i])
        return outputs


def _first_miss(checks: Sequence[Check], values: Sequence[Any]) -> Miss | None:
    """The first decision that comes out differently on these values."""
    for position, index, read, value in checks:
        found = read(values[index])
        if found != value:
            return Miss(position, found)
    return None


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
