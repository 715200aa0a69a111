"""A program: a compiled graph, with the guards and the places that it reads and writes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from numpy import empty, ndarray

from ...core.abstract import Abstract, NoValueError
from ...core.graph import Graph
from ...core.node import Leaf, Node
from ...core.placed import is_placed
from ...core.python.locks import Line
from ...core.python.once import once
from ...core.recording import ALIAS, NO_PARAMS
from ...core.state import DEFINE_BY_RUN, enable_grad, records
from ...core.tensor import Tensor
from ...numpy.methods.elements import guard
from ..backend import Backend, Executable, collector_paused
from ..passes import simplified
from ..passes.later import LaterGraph
from ..record.decisions import FAILURES
from ..record.kinship import tie
from ..record.recorded import RecordedFunction
from ..record.taking_turns import recording_turn
from ..record.trace import raw_array
from ..state.places import (
    BindingPlace,
    GradientPlace,
    HandlePlace,
    Signatures,
    Writable,
    write_handle,
)
from .decision_checks import Guards, first_miss
from .differentiable import Subprogram

MET_TO_COMPILE = 2
"""Runs after which a path is compiled; until then it is rehearsed."""


class RunPlainly(BaseException):
    """A call has to fall back to the eager function."""


class Caller(Protocol):
    """What dispatches among programs, as they see it.

    Attributes:
        writing: the line of threads that write what the function writes.
    """

    writing: Line

    def follow(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any: ...

    def call_plainly(self, leaves: Sequence[Any], written: Sequence[Any] = ()) -> Any: ...


class Program:
    """A compiled function, specialised on a signature of arguments and state, and on one path through its guards.

    Attributes:
        recording: what was found.
        recorded: the graph of it.
        results: how the results are nested.
        decisions: the answers on this path.
        path: the same with what was asked: programs that take other statements for one node may have equal answers to
            other questions.
        gives_one: whether it gives one tensor, and does nothing else.
        exports: whether one of them would be refused where a derivative is being recorded.
        followed: whether ``backward()`` was being prepared for (not within ``no_grad()``), as a watch.
        enables: whether ``backward()`` is prepared for inside, though not outside.
        watchers: the watches that the outputs can be of interest to.
        has_state: whether there are places or numbers to be read.
        replaced: the places (with their numbers) whose gradient is replaced without having been read.
        caller: what knows the other programs, and the function itself.
        backend: what makes its graphs executable.
        counted: how often the program has run to its end, but for the calls through its doors.
        doors: the native ways into it, by the style of calls; `wants_door` if there may be more.
        looked: how often it had been counted when another door was last thought of.
        successor: the program that ran after this one the last time.
        spares: arrays that nobody needs any more, by the output that may use them.
    """

    def __init__(self, recorded: RecordedFunction, caller: Caller, backend: Backend) -> None:
        self.recording = recorded
        self.backend = backend
        self.recorded: Graph = recorded.graph
        self.results = recorded.results
        self.reads = recorded.reads
        self.writes: list[Writable] = recorded.writes
        self.changed: list[int] = recorded.changed
        self.expected = recorded.expected
        self.numbers = recorded.numbers
        self.decisions: tuple[Any, ...] = tuple([decision.value for decision in recorded.decisions])
        self.path = (recorded.undecided, *[(decision.value, decision.line) for decision in recorded.decisions])
        self.exports: bool = recorded.exports
        self.caller = caller
        self.ties = recorded.ties
        self.has_effects: bool = recorded.has_effects
        self.gives_one: bool = (
            recorded.results.structure is None and recorded.results.is_each(1) and not self.has_effects
        )
        self.counted = 0
        self.doors: dict[Any, Any] = {}
        self.looked = 0
        self.wants_door: bool = backend.has_doors and not (recorded.inner or recorded.ties)
        self.successor: Program | None = None
        self.spares: list[dict[int, Any]] = []
        writes = enumerate(recorded.writes)
        self.replaced: list[tuple[int, GradientPlace]] = [
            (i, p) for i, p in writes if isinstance(p, GradientPlace) and p not in recorded.reads
        ]
        self.followed: int = records() & DEFINE_BY_RUN
        self.enables: bool = not self.followed and any(recorded.watched)
        self.watchers = -1 if any(recorded.watched) else ~DEFINE_BY_RUN
        self.signatures: Signatures = Signatures(recorded.reads)
        self.has_state: bool = bool(recorded.reads or recorded.numbers)
        self.fits_always: bool = not self.has_state and recorded.expected is None and recorded.aliases is None

    @property
    def calls(self) -> int:
        """The number of completed runs."""
        return self.counted + sum([door.calls for door in self.doors.values()])

    # -- the graph ---------------------------------------------------------------------------------

    @once
    @collector_paused()
    def guards(self) -> Guards:
        """The simplified graph without the guards; and the guards, in the order of their checks."""
        return Guards(simplified(self.recorded), self.recording.decisions)

    @property
    def graph(self) -> Graph:
        """The simplified graph of a call; its last outputs are the values of the guards left to check."""
        return self.guards.graph

    @once
    def callable(self) -> Subprogram:
        return Subprogram(self.graph, self.backend, self.recorded)

    @once
    def callable_followed(self) -> Subprogram:
        """The callable program as ``backward()`` differentiates it."""
        if not self.is_cut:
            return self.callable
        followed = self.recording.followed
        graph = Guards(simplified(followed), self.recording.decisions).graph
        return Subprogram(graph, self.backend, followed)

    @property
    def is_cut(self) -> bool:
        """Whether a part is cut off from ``backward()``, but not from other derivatives."""
        return self.recording.followed is not self.recorded

    @once
    @collector_paused()
    def run(self) -> Executable:
        """The compiled function of raw inputs, which may reuse the memory of state that it replaces.

        Where decisions are still to be checked it writes to none: only then is it known that the call takes this path.
        """
        later = LaterGraph(self.graph) if self.decisions else LaterGraph(self.recorded, lambda: self.graph)
        if self.decisions and self.guards.after:
            return self.backend.lower(later, kept=self._written)
        first = len(self.recorded.inputs) - len(self._read([], 0)[0])
        held = {id(place): first + i for i, place in enumerate(p for p in self.reads if p.read() is not None)}
        writes = [(i, p) for i, p in enumerate(self.writes) if id(p) in held]
        donors = {self.recording.count + i: held[id(p)] for i, p in writes}
        return self.backend.lower(later, donors, self._written)

    @property
    def _written(self) -> range:
        """The outputs that are written to places outside."""
        return range(self.recording.count, self.recording.count + len(self.writes))

    @once
    def decide(self) -> Executable:
        """The compiled prelude: the function of raw inputs that computes the values of guards."""
        assert self.guards.ahead is not None
        return self.backend.lower(LaterGraph(self.guards.ahead))

    @once
    def rehearse(self) -> Executable:
        """The program, as it runs before it is compiled."""
        return self.backend.rehearse(self.graph)

    @once
    def rehearse_ahead(self) -> Executable:
        """The prelude, as it runs before it is compiled."""
        assert self.guards.ahead is not None
        return self.backend.rehearse(self.guards.ahead)

    def facts(self) -> list[str]:
        """The entries of a report."""
        if self.decisions and "run" not in vars(self):
            return [f"not compiled yet: this path was met less than {MET_TO_COMPILE} times"]
        try:
            return self.run.facts()
        except RunPlainly:
            return ["not called any more: what it reads has come to another device"]

    # -- calls -------------------------------------------------------------------------------------

    def fits(self, leaves: Sequence[Any]) -> bool:
        """Whether the guards hold that are no decisions: on modes, state outside, aliases and signatures."""
        if self.followed != records() & DEFINE_BY_RUN:
            return False
        if self.fits_always:
            return True
        if self.expected is not None and not self.expected.is_found():
            return False
        aliases = self.recording.aliases
        if aliases is not None and not aliases.are_found(leaves):
            return False
        if self.numbers is not None and self.numbers.computed() is None:
            return False
        return self.signatures.are_found()

    def retire(self) -> None:
        """Fit no call from now on."""
        self.followed = -1

    def call(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        """Run on arguments and their raw values, and commit the writes."""
        if self.decisions:
            return self.caller.follow(leaves, values, watch)
        self.counted += 1
        held: list[Tensor] = []
        numbers: Sequence[Any] = ()
        try:
            if self.enables and not records() & DEFINE_BY_RUN:
                return self._enabled(self.call, leaves, values)
            if self.has_state:
                held, numbers, watch = self._read(values, watch)
            if self.gives_one and not watch & self.watchers:
                return Tensor(self.run(values)[0])
            if self.changed:
                self._refuse_leaves(leaves)
            if watch & self.watchers:
                self._refuse_exports(watch)
                outputs = self._call_watched([*leaves, *held], watch)
            elif self.has_effects:
                outputs = self._call_in_place(values, held)
            else:
                outputs = [Tensor(value) for value in self.run(values)]
        except (RunPlainly, *FAILURES):
            return self.caller.call_plainly(leaves)
        return self._finish(outputs, leaves, numbers)

    def attempt(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        """Run, and commit the writes if all guards hold; a `Miss` if one fails.

        Raises:
            RunPlainly: a derivative is being recorded where eager code may refuse it, or where rules ask for values.
        """
        if self.enables and not records() & DEFINE_BY_RUN:
            return self._enabled(self.attempt, leaves, values)
        guards = self.guards
        held: list[Tensor] = []
        numbers: Sequence[Any] = ()
        is_compiled = self.counted >= MET_TO_COMPILE
        if self.has_state:
            values = list(values)
            held, numbers, watch = self._read(values, watch)
        if self.exports:
            self._refuse_exports(watch)
        missed = first_miss(guards.before, values) if guards.before else None
        if missed is None and guards.ahead is not None:
            decide = self.decide if is_compiled else self.rehearse_ahead
            missed = first_miss(guards.checks_ahead, decide(values))
        if missed is not None:
            return missed
        if self.changed and self._writes_leaves(leaves):
            raise RunPlainly
        if watch & self.watchers:
            outputs = self._call_watched([*leaves, *held], watch)
            missed = first_miss(guards.after, [None if o is None else o._value for o in outputs])
        elif is_compiled and self.has_effects and not guards.after:
            outputs = self._call_in_place(values, held)
        elif is_compiled and self.has_effects:
            return self._attempt_aside(leaves, values, numbers)
        else:
            raw = self.run(values) if is_compiled else self.rehearse(values)
            missed = first_miss(guards.after, raw) if guards.after else None
            if self.gives_one and missed is None:
                self.counted += 1
                return Tensor(raw[0])
            outputs = [None if value is None else Tensor(value) for value in raw] if missed is None else []
        if missed is not None:
            return missed
        self.counted += 1
        return self._finish(outputs, leaves, numbers)

    def _attempt_aside(self, leaves: Sequence[Any], values: list[Any], numbers: Sequence[Any]) -> Any:
        """Run into buffers of state that was replaced the time before (double buffering), as a guard may yet fail."""
        try:
            spare = self.spares.pop()  # not asked for first: another thread may take it
        except IndexError:
            spare = {}
        raw = self.run(values, spare)
        missed = first_miss(self.guards.after, raw)
        if missed is not None:
            self.spares.append(spare)
            return missed
        self.counted += 1
        replaced = [_array_in(place) for place in self.writes]
        values.clear()
        result = self._finish([None if value is None else Tensor(value) for value in raw], leaves, numbers)
        first = self.recording.count
        self.spares = [{first + i: replaced[i] for i in range(len(replaced)) if is_free(replaced, i)}]
        return result

    def call_first(self, leaves: Sequence[Any], values: Sequence[Any], watch: int) -> Any:
        """Run without guards, on the values that the path was recorded on."""
        if self.enables and not records() & DEFINE_BY_RUN:
            return self._enabled(self.call_first, leaves, values)
        values = list(values)
        held, numbers, watch = self._read(values, watch)
        self._refuse_exports(watch)
        self._refuse_leaves(leaves)
        if watch & self.watchers:
            outputs = self._call_watched([*leaves, *held], watch)
        else:
            outputs = [None if value is None else Tensor(value) for value in self.rehearse(values)]
        self.counted += 1
        return self._finish(outputs, leaves, numbers)

    def _enabled(self, run: Callable[..., Any], leaves: Sequence[Any], values: Sequence[Any]) -> Any:
        """Run with the define-by-run watch on, as the function turns it on inside."""
        with enable_grad():
            watch = 0
            for leaf in leaves:
                watch |= leaf._node.watch if type(leaf) is Tensor else 0
            return run(leaves, values, watch & records())

    def snapshot(self, leaves: Sequence[Any]) -> list[Writable | BindingPlace]:
        """A snapshot of the places that the program writes."""
        bound = [binding for binding, *_ in (*self.recording.bound, *self.recording.stored)]
        handles = [place.tensor for place in self.writes if isinstance(place, HandlePlace)]
        handles += [leaves[i] for i in self.changed if type(leaves[i]) is Tensor]
        gradients = [GradientPlace(place.leaf) for place in self.writes if isinstance(place, GradientPlace)]
        return [*map(HandlePlace, handles), *gradients, *(BindingPlace(binding.now()) for binding in bound)]

    def _read(self, values: list[Any], watch: int) -> tuple[list[Tensor], Sequence[Any], int]:
        """Load the state: tensors (whose raw values are appended), numbers, and the watches on them.

        Raises:
            RunPlainly: another thread has changed a number since it was looked at, or a tensor has no value here.
        """
        held: list[Tensor] = []
        numbers: Sequence[Any] | None = ()
        for place in self.reads:
            tensor = place.tensor if type(place) is HandlePlace else place.read()
            if tensor is not None:
                held.append(tensor)
                watch |= tensor._node.watch
                value = tensor._value
                values.append(value if type(value) is ndarray else self._known(value))
        if self.numbers is not None:
            numbers = self.numbers.computed()
            if numbers is None:
                raise RunPlainly
            arrays = self.numbers.arrays(numbers)
            values += arrays
            held += map(Tensor, arrays)
        return held, numbers, watch & records() if watch else 0

    def _known(self, value: Any) -> Any:
        """Load a place as an array.

        Raises:
            RunPlainly: it has no value: another thread was recording what writes there, or the place is of a `vmap`; or
                it has come to a device that the program is not for, so that the next call is to record another one.
        """
        if type(value) is Abstract:
            with recording_turn():
                raise RunPlainly
        if not self.backend.takes(value):
            self.retire()
            raise RunPlainly
        return value if is_placed(value) else raw_array(value)

    def state_values(self) -> list[Any]:
        """The raw values of the state, as the inputs behind the arguments."""
        values: list[Any] = []
        self._read(values, 0)
        return values

    def _refuse_exports(self, watch: int) -> None:
        if self.exports and watch & ~DEFINE_BY_RUN:
            raise RunPlainly

    def _writes_leaves(self, leaves: Sequence[Any]) -> bool:
        """Whether a write to a leaf among the arguments would be refused, which the eager function reports."""
        try:
            self._refuse_leaves(leaves)
        except (RuntimeError, ValueError):
            return True
        return False

    def _refuse_leaves(self, leaves: Sequence[Any]) -> None:
        for position in self.changed:
            if type(leaves[position]) is Tensor:
                guard(leaves[position], "jit")

    def _finish(self, outputs: Sequence[Any], leaves: Sequence[Any], numbers: Sequence[Any]) -> Any:
        """Commit the writes, and build what the function returns."""
        result = self.results.rebuilt(outputs, numbers)
        if self.has_effects:
            self._commit(outputs, leaves, numbers)
        return result

    def _commit(self, outputs: Sequence[Any], leaves: Sequence[Any], numbers: Sequence[Any]) -> None:
        for position in self.recording.inner:
            outputs[position]._node = past_a_leaf(outputs[position]._node)
        first = self.recording.count
        for place, output in zip(self.writes, outputs[first:], strict=False):
            place.write(output)
        first += len(self.writes)
        bound = [
            (binding, results.rebuilt(outputs, numbers))
            for binding, results, kept in self.recording.bound
            if kept is None or not outputs[kept]._value
        ]
        if self.changed:
            self._change(leaves, outputs[first:])
        if self.ties:
            tie(self.ties, outputs, leaves)
        for binding, value in (*bound, *self.recording.stored):
            binding.write(value)

    def _change(self, leaves: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Commit writes to tensors among the arguments; arrays are values, and stay."""
        for position, output in zip(self.changed, outputs, strict=False):
            if type(leaves[position]) is Tensor:
                write_handle(leaves[position], output)

    def _call_in_place(self, values: list[Any], held: Sequence[Tensor]) -> list[Any]:
        """Run with state updated in place, where its memory is not shared."""
        first = len(values) - len(held)
        for position in self.run.overwritten:
            if not is_alone(held[position - first], values, position):
                values[position] = values[position].copy()
        spare = self._offered() if self.replaced else None
        return [None if value is None else Tensor(value) for value in self.run(values, spare)]

    def _offered(self) -> dict[int, Any]:
        """Donated buffers of replaced gradients, by the output that may reuse them."""
        offers = [(self.recording.count + i, place.spare()) for i, place in self.replaced]
        return {i: array for i, array in offers if array is not None}

    def _call_watched(self, held: Sequence[Any], watch: int) -> list[Any]:
        """Run as one node of the outer list; ``backward()`` does not see what was computed under ``no_grad()``.

        Raises:
            RunPlainly: others follow the whole at the same time.
        """
        if watch & DEFINE_BY_RUN and watch != DEFINE_BY_RUN and self.is_cut:
            raise RunPlainly
        try:
            outputs = (self.callable_followed if watch & DEFINE_BY_RUN else self.callable)(held)
        except NoValueError as error:
            raise RunPlainly from error
        watched = self.recording.watched
        for i, is_watched in enumerate(watched):
            if not is_watched and outputs[i] is not None:
                outputs[i] = unwatched(outputs[i])
        return outputs


class WritingProgram(Program):
    """A program that writes outside: calls are serialised among threads, so that none sees a partial commit.

    It is a part of each step of a training, so `Program` is named, which takes less time than ``super()``.
    """

    def call(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        with self.caller.writing.lock:
            return Program.call(self, leaves, values, watch)

    def attempt(self, leaves: Sequence[Any], values: list[Any], watch: int) -> Any:
        with self.caller.writing.lock:
            return Program.attempt(self, leaves, values, watch)

    def call_first(self, leaves: Sequence[Any], values: Sequence[Any], watch: int) -> Any:
        with self.caller.writing.lock:
            return Program.call_first(self, leaves, values, watch)


def _array_in(place: Writable) -> Any:
    held = place.read()
    return held._value if type(held) is Tensor else None


def _references(arrays: list[Any], position: int) -> int:
    return sys.getrefcount(arrays[position])


_ALONE = _references([empty(1)], 0)
"""The reference count of an array that a list alone holds (it differs between versions of Python)."""


def is_free(arrays: list[Any], position: int) -> bool:
    """Whether an array is dead but for the list that holds it, so that its memory may be reused."""
    array = arrays[position]
    if type(array) is not ndarray or array.base is not None or not array.flags.writeable:
        return False
    is_dense = array.flags.c_contiguous
    del array
    return is_dense and _references(arrays, position) == _ALONE


def is_alone(tensor: Tensor, values: list[Any], position: int) -> bool:
    """Whether a tensor owns its array alone (but for the list of values), so that it may be overwritten."""
    array = values[position]
    alone = sys.getrefcount(array) == (4 if array is tensor._value else 3)
    return alone and (is_placed(array) or (array.base is None and array.flags.writeable))


def past_a_leaf(node: Node) -> Node:
    """A node for a result whose backward walk ends at a leaf that has not escaped."""
    if node.watch & DEFINE_BY_RUN:
        return node
    leaf = Leaf(DEFINE_BY_RUN | node.watch, node)
    return Node(ALIAS, (leaf,), (None, None), NO_PARAMS, None, leaf.watch)


def unwatched(output: Tensor) -> Tensor:
    """The tensor without the define-by-run watch."""
    node = output._node
    if not node.watch & ~DEFINE_BY_RUN:
        return Tensor(output._value)
    return Tensor(output._value, Node(ALIAS, (node,), (None, None), NO_PARAMS, None, node.watch & ~DEFINE_BY_RUN))
