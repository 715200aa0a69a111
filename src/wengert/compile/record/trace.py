"""Trace a function: run it on abstract tensors, to find its graph and the state that it reads and writes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy

from ...control.active import moving_outputs
from ...core.graph import Graph, GraphNode, finished, input_node
from ...core.kin import root_of
from ...core.node import Leaf, Node
from ...core.python.trees import flatten
from ...core.recording import READ, named_by
from ...core.state import DEFINE_BY_RUN, Watch
from ...core.tensor import Tensor
from ...ops.indexing.gather import INDEXED, bounds_of
from ...transforms.following import followed, is_unfollowed, marked
from ...walks.forward import ancestors
from ..state.arrays import ArrayReader, BeginsAgain, NeededAsArraysError, outside_arrays
from ..state.bindings import Binding
from ..state.nesting import (
    followed_binding,
    places_in,
    tensors_in,
)
from ..state.places import (
    GradientPlace,
    HandlePlace,
    Place,
)
from ..state.rebinding import (
    Changes,
    refuse_leaks,
    tensors_of,
)
from .aliases import Aliases
from .caches import without_caches
from .conversions import following_conversions
from .decisions import KeepsLeaf
from .hints import unrolled
from .impure import Witness
from .joined import JoinedWrittenError
from .kinship import (
    Related,
    relate,
    siblings,
    ties_of,
    written_relatives,
)
from .precomputed import worth_comparing
from .recorded import Nested, Rebinding, RecordedFunction, Results
from .recorder import Captured, Recorder

# -- recording -------------------------------------------------------------------------------------


def record_graph(f: Callable[..., Any], forms: Sequence[Any]) -> Graph:
    """Record a function without state; concrete tensors that it meets are constants."""
    with Watch(abstract=True) as bit, without_cycles():
        recorder = Recorder(bit)
        inputs, handles = _arguments(recorder, forms)
        with recorder:
            results = [recorder.admit(r) if type(r) is Tensor else raw_array(r) for r in flatten(f(*handles))[0]]
    return RecordedList(recorder, inputs, results, list(recorder.captured.values())).graph


def record(
    f: Callable[..., Any],
    arguments: Sequence[Any],
    source: Callable[..., Any],
    noticed: Container[Any] = (),
    static: Iterable[Any] = (),
    constant: set[Any] | None = None,
) -> RecordedFunction:
    """Record a function of flat and static arguments, whose state is what is reachable from `source`.

    The tensors, numbers and arrays of names in `noticed` (by `Binding.place`) are others at each call. The arrays of
    names that are `constant` have to be what they are; those that turn out to be such are added.

    Raises:
        RuntimeError: a tensor without a value is left behind.
    """
    constant = set() if constant is None else constant
    known = Known(siblings(arguments), set(constant))
    while True:
        try:
            recorded = _record(f, arguments, source, noticed, static, known)
        except BeginsAgain as found:
            known.learn(found)
        else:
            constant |= known.asked
            recorded.undecided = frozenset(known.undecided)
            return recorded


class Known:
    """What abandoned attempts have learned; each next attempt starts from it.

    Attributes:
        related: the positions of arguments that share elements with others.
        constant: the places of arrays that are constants; `asked` of those whose elements were asked for.
        undecided: statements that are not recorded as one node.
    """

    def __init__(self, related: frozenset[int], constant: set[Any]) -> None:
        self.related = related
        self.constant = constant
        self.asked: set[Any] = set()
        self.undecided: set[Any] = set()

    def learn(self, found: BeginsAgain) -> None:
        """Learn from an abandoned attempt."""
        if isinstance(found, Related):
            self.related |= found.positions
        elif isinstance(found, JoinedWrittenError):
            self.undecided.add(found.statement)
        elif isinstance(found, NeededAsArraysError):
            facts = {fact for place in found.arrays for fact in place.facts}
            self.constant |= facts
            self.asked |= facts if found.always else set()


def _record(
    f: Callable[..., Any],
    arguments: Sequence[Any],
    source: Callable[..., Any],
    noticed: Container[Any],
    static: Iterable[Any],
    known: Known,
) -> RecordedFunction:
    """One attempt to record, given what is known; raises what the next one has to know."""
    with Watch(abstract=True) as bit, without_cycles():
        recorder = Recorder(bit, source)
        recorder.undecided = known.undecided
        changes = Changes(source, recorder.recording, noticed)
        recorder.found = changes.before
        witness = Witness(changes.before, static)
        recorder.arrays = arrays = ArrayReader(outside_arrays(changes.before, noticed, known.constant))
        inputs, handles = _arguments(recorder, arguments)
        relate(arguments, handles, known.related)
        with recorder, changes, recorder.numbers.standing_in(changes.numbers):
            found = changes.before
            outside = without_caches(found.bindings.values())
            with following_conversions(found.met.values()), outside, arrays.standing_in(recorder.array):
                given = changes.as_found(arguments, handles)
                with witness.watching():
                    returned = f(*given)
                result = Nested(recorder, returned)
                del given, returned
            changes.compare()
            recorder.refuse_arrays(tensor for _, value in changes.bound for tensor in tensors_in(value))
            changes.refuse_strays()
            rebound, kept = _rebound(recorder, changes), _kept(recorder, changes)
            _check_related(recorder, _changed(recorder, inputs, handles, arguments), arguments, known.related)
        made, names = tensors_of(recorder.recording), changes.names()
        leaves = {id(o) for o in gc.get_objects(generation=0) if type(o) is Leaf}
        gc.collect(0)
        changed = _changed(recorder, inputs, handles, arguments)
        ends = Ends(result, rebound, kept, changed, handles)
        recorded = _recorded(recorder, changes, leaves, inputs, arguments, ends, noticed, arrays)
        del handles, result, rebound, kept, ends
        hints = unrolled(recorder.lines.values())
        recorder.forget()
        changes.forget()
        with arrays.blamed():
            refuse_leaks(made, recorder.lines, names)
    recorded.hints, recorded.resized = [*witness.findings, *hints], witness.resized
    return recorded


def _check_related(
    recorder: Recorder, changed: Sequence[int], arguments: Sequence[Any], related: frozenset[int]
) -> None:
    """Abandon the attempt if arguments are written to that overlap captured tensors and are not known to."""
    outside = [c.place.tensor for c in recorder.captured.values() if isinstance(c.place, HandlePlace)]
    found = written_relatives(arguments, changed, outside) - related
    if found:
        raise Related(found)


def _rebound(recorder: Recorder, changes: Changes) -> list[Nested]:
    """Rebound names; the tensor that one was bound to before is captured, as its guard."""
    named = {id(root_of(tensor)) for _, value in changes.bound for tensor in tensors_in(value)}
    for binding, value in changes.bound:
        if type(binding.value) is Tensor:
            recorder.admit(binding.value)
        for tensor in tensors_in(value):
            statement = recorder.joined.statement_of_place(tensor, binding.value, named)
            if statement is not None:
                raise JoinedWrittenError(statement)
    return [Nested(recorder, value) for _, value in changes.bound]


def _kept(recorder: Recorder, changes: Changes) -> list[Tensor | None]:
    """For each rebound name the flag that says whether it leads to what it led to before; ``None`` if it does not."""
    every = ((binding.value, value) for binding, value in changes.bound)
    flags = [recorder.joined.is_kept(value, before) if type(before) is Tensor else None for before, value in every]
    return [flag if type(flag) is Tensor else None for flag in flags]


@dataclass
class Ends:
    """The roots of a recorded graph: what is live when the function returns.

    Attributes:
        result: what the function gives.
        rebound: what it binds to names.
        kept: for each name what says whether it is not bound anew, if values decide.
        changed: the positions of the arguments that were written to.
        given: what stands for the arguments.
    """

    result: Nested
    rebound: list[Nested]
    kept: list[Tensor | None]
    changed: list[int]
    given: list[Tensor]

    @property
    def arguments(self) -> list[Tensor]:
        """The final values of arguments that were written to."""
        return [self.given[i] for i in self.changed]

    @property
    def outputs(self) -> list[Tensor]:
        """The live tensors, without duplicates."""
        leaves = (leaf for nested in (self.result, *self.rebound) for leaf in nested.leaves)
        return list({id(leaf): leaf for leaf in (*leaves, *self.kept) if type(leaf) is Tensor}.values())


def _recorded(
    recorder: Recorder,
    changes: Changes,
    leaves: set[int],
    inputs: Sequence[Node],
    arguments: Sequence[Any],
    ends: Ends,
    noticed: Container[Any],
    arrays: ArrayReader,
) -> RecordedFunction:
    outputs = ends.outputs
    numbers = {id(output): i for i, output in enumerate(outputs)}
    ties = ties_of(outputs, ends.given, [c for c in recorder.captured.values() if isinstance(c.place, HandlePlace)])
    passing, lasting = _sorted(recorder, {tensor for name in ends.rebound for tensor in name.inside}, leaves)
    changing = _by_name(recorder, changes, noticed)
    written = [c for c in lasting if c.written]
    bindings = [followed_binding(binding, changing) for binding, _ in changes.bound]
    current = [c.current for c in written]
    decided = [decision.node for decision in recorder.decisions]
    watched = [_is_watched(r, recorder) for r in outputs]
    inner = [i for i, output in enumerate(outputs) if watched[i] and _comes_to(output, leaves, recorder)]
    watched += [_is_watched(c.current, recorder) and not c.place.is_leaf for c in written]
    watched += [_is_watched(r, recorder) for r in ends.arguments]
    tensors = [c.found.tensor for c in lasting if type(c.found) is HandlePlace]
    handles = {id(tensor): tensor for tensor in tensors} | recorder.met
    has_effects = bool(written or ends.rebound or ends.changed)
    steps = [step for nested in (ends.result, *ends.rebound) for step in nested.steps]
    unused = _unused(recorder, [*outputs, *current, *ends.arguments, *decided])
    _read_arrays(recorder, [*outputs, *current, *ends.arguments, *unused, *decided], noticed)
    listed = RecordedList(recorder, inputs, [*outputs, *current, *ends.arguments, *unused, *decided], passing)
    own = listed.followed() if any(watched) else listed.graph
    watched = [w and f for w, f in zip(watched, moving_outputs(own, listed.are_among(_starts(recorder))), strict=False)]
    return RecordedFunction(
        graph=listed.graph,
        results=Results(ends.result, numbers),
        count=len(outputs),
        reads=[c.found for c in lasting if c.read],
        writes=[c.place for c in written],
        bound=[
            Rebinding(binding, Results(nested, numbers), numbers.get(id(flag)))
            for binding, nested, flag in zip(bindings, ends.rebound, ends.kept, strict=True)
        ],
        changed=ends.changed,
        stored=[(followed_binding(binding, changing), value) for binding, value in changes.plain],
        watched=watched,
        followed=own,
        expected=changes.expected(list(handles.values()), changing, arrays),
        aliases=_aliases(changes, arguments, handles, list(changing), has_effects or bool(recorder.met)),
        inner=inner,
        ties=ties,
        decisions=recorder.decisions,
        numbers=recorder.numbers.finished(steps, changing),
        exports=recorder.exports or any(decision.exports for decision in recorder.decisions),
    )


def _aliases(
    changes: Changes,
    arguments: Sequence[Any],
    handles: Mapping[int, Tensor],
    changing: Sequence[Binding],
    is_written: bool,
) -> Aliases | None:
    """The alias guard, where the function writes to a tensor or tests identity, or was given a tensor twice: what is
    recorded knows then of one of the two only."""
    if changes.compares:
        every = {id(o): o for o in changes.before.met.values() if type(o) is Tensor} | dict(handles)
        named = {id(t) for binding in changing for t in tensors_in(binding.value)}
        return Aliases(arguments, {i: tensor for i, tensor in every.items() if i not in named}, changing)
    tensors = [argument for argument in arguments if type(argument) is Tensor]
    is_repeated = len(set(map(id, tensors))) < len(tensors)
    return Aliases(arguments, handles, ()) if is_written or is_repeated else None


def _sorted(recorder: Recorder, inside: set[int], leaves: set[int]) -> tuple[list[Captured], list[Captured]]:
    """Split the captured: temporaries that die with the recording, and state that lasts.

    `inside` and `leaves` tell the tensors and leaves that were made inside.
    """

    def lasts(place: Place) -> bool:
        if isinstance(place, HandlePlace):
            return _is_visible(place) and id(place.tensor) not in inside
        return not isinstance(place, GradientPlace) or id(place.leaf) not in ending

    captured = list(recorder.captured.values())
    places = [c.place for c in captured if isinstance(c.place, HandlePlace)]
    ending = leaves - {id(place.tensor._node) for place in places if lasts(place)}
    return [c for c in captured if not lasts(c.place)], [c for c in captured if lasts(c.place)]


def _by_name(recorder: Recorder, changes: Changes, noticed: Container[Any]) -> dict[Binding, list[Tensor]]:
    """The names to look up at each call, since they are rebound; and the captured tensors that stay.

    A tensor stays that is found by other names as well, or is written in place. A name that the function binds to
    others than such a one has to lead to it when a call begins, as if it was no state.
    """
    new = {binding.place: value for binding, value in changes.bound}
    found = {}
    for binding in changes.changing(noticed):
        pairs = [(recorder.captured.get((HandlePlace, id(t))), t, place) for t, place in places_in(binding)]
        read = [(c, tensor, place) for c, tensor, place in pairs if c is not None]
        stay = [c.written or not changes.is_only_way(binding, tensor) for c, tensor, _ in read]
        fixed = [tensor for (_, tensor, _), stays in zip(read, stay, strict=True) if stays]
        if not {id(t) for t in fixed} <= {id(t) for t in tensors_in(new.get(binding.place, binding.value))}:
            continue
        for (captured, _, place), stays in zip(read, stay, strict=True):
            captured.found = captured.found if stays else place
        if type(binding.value) is not Tensor or not fixed:
            found[binding] = fixed
    return found


def _changed(
    recorder: Recorder, inputs: Sequence[Node], handles: Sequence[Tensor], arguments: Sequence[Any]
) -> list[int]:
    """The positions of arguments that were written to."""
    first = {id(handle): i for i, handle in reversed(list(enumerate(handles)))}
    positions = [i for i in first.values() if type(arguments[i]) is Tensor and handles[i]._node is not inputs[i]]
    return sorted(positions)


def _starts(recorder: Recorder) -> Set[Node]:
    """The stand-ins of tensors outside that a backward walk may reach."""
    read = [(c.given, c.found.read()) for c in recorder.captured.values() if c.given is not None]
    return recorder.outside | {given._node for given, held in read if type(held) is Tensor and held.requires_grad}


def _comes_to(output: Tensor, leaves: set[int], recorder: Recorder) -> bool:
    """Whether a backward walk from an output reaches leaves that were made inside.

    Raises:
        KeepsLeaf: the output is such a leaf itself.
    """
    node = output._node.parents[1] if output._node.primitive is READ else output._node
    if id(node) in leaves:
        raise KeepsLeaf(recorder.lines.get(output._node))
    return any(id(node) in leaves for node in ancestors([output._node], DEFINE_BY_RUN, float("inf")))


def _unused(recorder: Recorder, ends: Sequence[Any]) -> list[Tensor]:
    """Dead results of operations that may raise: they are kept, for the exception.

    In the body of a loop, which may make no turn, and in the side of a branch, what nothing uses is left out.
    """
    if not recorder.raising:
        return []
    used = set(ancestors([e for e in map(_resolved, ends) if isinstance(e, Node)], recorder.bit, float("inf")))
    checked = {bound for node in used if node.primitive in INDEXED for bound in bounds_of(node)}

    def is_needed(node: Node) -> bool:
        return node not in used and (node.primitive not in INDEXED or not checked.issuperset(bounds_of(node)))

    return [tensor for tensor in recorder.raising if is_needed(tensor._node)]


def _read_arrays(recorder: Recorder, ends: Sequence[Any], noticed: Container[Any]) -> None:
    """Drop captured arrays that no live node reads.

    Raises:
        NeededAsArraysError: to compare some of them costs less than what is computed from them.
    """
    if not recorder.array_inputs:
        return
    nodes = ancestors([e for e in map(_resolved, ends) if isinstance(e, Node)], recorder.bit, float("inf"))
    dear = worth_comparing(nodes, recorder.array_inputs, noticed)
    if dear:
        raise NeededAsArraysError(dear, always=False)
    for node in recorder.array_inputs.keys() - set(nodes):
        recorder.captured.pop((HandlePlace, id(recorder.array_inputs[node].tensor))).read = False


def _is_watched(output: Any, recorder: Recorder) -> bool:
    """Whether a backward walk can start from an output."""
    return type(output) is Tensor and output.requires_grad and output._node not in recorder.consumed


def _arguments(recorder: Recorder, given: Sequence[Any]) -> tuple[list[Node], list[Tensor]]:
    """The inputs for arguments, and their stand-ins."""
    pairs = [recorder.argument(argument) for argument in given]
    return [node for node, _ in pairs], [handle for _, handle in pairs]


@contextmanager
def without_cycles() -> Iterator[None]:
    """A context without garbage collection but for one at its end, so that reference cycles do not count as escapes.

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


class RecordedList:
    """Convert the recorded list to a graph.

    Attributes:
        graph: from the inputs (arguments, then what was read and is no constant, then numbers) to the outputs.
    """

    def __init__(
        self, recorder: Recorder, arguments: Sequence[Node], outputs: Sequence[Any], constants: Sequence[Captured]
    ) -> None:
        given = [c.given._node for c in recorder.captured.values() if c.given is not None]
        sources = [*arguments, *given, *(number._node for number in recorder.numbers.inputs.values())]
        ends = [_resolved(o) for o in outputs]
        nodes = ancestors([e for e in ends if isinstance(e, Node)], recorder.bit, float("inf"))
        held = {c.given._node: c.place.read() for c in constants if c.given is not None}
        known = {node: tensor._value for node, tensor in held.items() if tensor is not None}
        inputs = {node: input_node(node.residuals[-1]) for node in sources if node not in known}
        self.graph, self._standing = finished(inputs, nodes, ends, known, recorder.lines)

    def followed(self) -> Graph:
        """The graph with nodes under ``no_grad()`` cut off; the graph itself if there are none."""
        marks = [within for node, within in self._standing.items() if is_unfollowed(node)]
        return followed(marked(self.graph, marks))

    def are_among(self, nodes: Container[Node]) -> list[bool]:
        """Which inputs of the graph are among these recorded nodes."""
        found = {within for node, within in self._standing.items() if node in nodes and isinstance(within, GraphNode)}
        return [node in found for node in self.graph.inputs]


def _is_visible(place: Place) -> bool:
    """Whether a tensor escapes: it has references besides those of the recording and the call."""
    return type(place) is not HandlePlace or sys.getrefcount(place.tensor) > 2


def raw_array(value: Any) -> Any:
    """A raw value as an array (a NumPy scalar becomes one without axes)."""
    return value if type(value) is numpy.ndarray else numpy.asarray(value)


def _resolved(output: Any) -> Any:
    """Resolve an output to its node, or to a constant."""
    return named_by(output._node) if type(output) is Tensor else output
