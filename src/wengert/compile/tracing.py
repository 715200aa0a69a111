"""Running a function on tensors without values, to find the graph that it is and the state that it touches."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy

from ..control.following import followed, marked
from ..control.moving import moving_outputs
from ..core.graph import Graph
from ..core.node import Leaf, Node
from ..core.recording import named_by
from ..core.state import Watch
from ..core.tensor import Tensor
from ..core.trees import flatten, unflatten
from ..walks.forward import ancestors
from .bindings import Binding, Expected
from .changes import Changes, ambiguous, refuse_leaks, tensors_of
from .decisions import Decision
from .passes import simplified
from .passes.rewriting import bound
from .places import BindingPlace, GradientPlace, HandlePlace, Place
from .recorder import Captured, Recorder


class Results:
    """How the results of a function are nested, and those of them that are not tensors.

    Attributes:
        structure: ``None`` for one tensor.
        count: the number of tensors.
        others: by position, the results that are not tensors.
    """

    def __init__(self, leaves: Sequence[Any], structure: Any) -> None:
        self.structure = structure
        self.others = {i: leaf for i, leaf in enumerate(leaves) if type(leaf) is not Tensor}
        self.count = len(leaves) - len(self.others)

    def rebuilt(self, outputs: Sequence[Any]) -> Any:
        """What the function returns."""
        if self.structure is None:
            return outputs[0]
        if not self.others:
            return unflatten(self.structure, outputs[: self.count])
        following = iter(outputs)
        every = range(self.count + len(self.others))
        return unflatten(self.structure, [self._other(i) if i in self.others else next(following) for i in every])

    def _other(self, position: int) -> Any:
        other = self.others[position]
        return other.copy() if isinstance(other, numpy.ndarray) else other


@dataclass
class Recorded:
    """What a recording has found.

    Attributes:
        graph: inputs are the arguments, then the places read; outputs the results, then what is written to places,
            then what is written to arguments, then what decisions were taken on.
        results: how the results are nested.
        reads: the places that hold something to be read, or nothing, as when the function was recorded.
        writes: the places written; their outputs are ``None`` where nothing is held.
        changed: the positions of the arguments that are written to.
        stored: the names that are bound to plain values.
        watched: for each output, whether ``backward()`` can start from it.
        followed: the graph that ``backward()`` outside follows; the graph itself, if nothing is computed under
            ``no_grad()``.
        expected: what must be found under the names by which state was found.
        handles: by identity, the tensors that the function reads outside, those among its arguments included.
        aliases: which arguments are such tensors, or the same one; ``None`` if that makes no difference.
        decisions: what Python has asked for, in order.
    """

    graph: Graph
    results: Results
    reads: list[Place]
    writes: list[Place]
    changed: list[int]
    stored: list[tuple[Binding, Any]]
    watched: list[bool]
    followed: Graph
    expected: Expected | None
    handles: dict[int, Tensor]
    aliases: tuple[int, ...] | None
    decisions: list[Decision]


def aliases_of(leaves: Sequence[Any], handles: Mapping[int, Tensor]) -> tuple[int, ...]:
    """For each argument that is a tensor, which one: of those read outside, or the first that is the same."""
    first: dict[int, int] = {}
    tensors = [leaf for leaf in leaves if type(leaf) is Tensor]
    return tuple([id(t) if id(t) in handles else first.setdefault(id(t), i) for i, t in enumerate(tensors)])


# -- recording -------------------------------------------------------------------------------------


def record_graph(f: Callable[..., Any], forms: Sequence[Any]) -> Graph:
    """Record a function that has no state: every tensor that it makes itself is a constant."""
    with Watch(abstract=True) as bit, without_cycles():
        recorder = Recorder(bit)
        inputs, handles = _arguments(recorder, forms)
        with recorder:
            results = [recorder.admit(r) if type(r) is Tensor else raw_array(r) for r in flatten(f(*handles))[0]]
    return simplified(_graph(recorder, inputs, results, list(recorder.captured.values())))


def record(f: Callable[..., Any], arguments: Sequence[Any], source: Callable[..., Any]) -> Recorded:
    """Record a function of flat arguments, which finds its state as `source` does.

    Raises:
        RuntimeError: a tensor without a value is left behind.
    """
    with Watch(abstract=True) as bit, without_cycles():
        recorder = Recorder(bit, source)
        changes = Changes(source, recorder.recording)
        inputs, handles = _arguments(recorder, arguments)
        with recorder, changes:
            results, outputs = _results(f(*handles), recorder)
            changes.compare()
            changes.refuse_strays()
            outputs_bound = _bound(recorder, changes)
        made, names = tensors_of(recorder.recording), changes.names()
        leaves = {id(o) for o in gc.get_objects(generation=0) if type(o) is Leaf}
        gc.collect(0)
        changed = _changed(recorder, inputs, handles, arguments)
        ends = [outputs, outputs_bound, [handles[i] for i in changed]]
        recorded = _recorded(recorder, changes, leaves, inputs, results, ends, changed, arguments)
        del handles, outputs, outputs_bound, ends
        recorder.forget()
        changes.forget()
        refuse_leaks(made, recorder.lines, names)
    return recorded


def _results(result: Any, recorder: Recorder) -> tuple[Results, list[Tensor]]:
    """How the results are nested, and those that are tensors."""
    leaves, structure = ([result], None) if type(result) is Tensor else flatten(result)
    return Results(leaves, structure), [recorder.admit(leaf) for leaf in leaves if type(leaf) is Tensor]


def _bound(recorder: Recorder, changes: Changes) -> list[Tensor]:
    """What is bound to names; what these held before is read, so that it is checked."""
    for binding, _ in changes.tensors:
        if type(binding.value) is Tensor:
            recorder.admit(binding.value)
    return [recorder.admit(tensor) for _, tensor in changes.tensors]


def _recorded(
    recorder: Recorder,
    changes: Changes,
    leaves: set[int],
    inputs: Sequence[Node],
    results: Results,
    ends: Sequence[Sequence[Tensor]],
    changed: list[int],
    arguments: Sequence[Any],
) -> Recorded:
    passing, lasting = _sorted(recorder, {id(tensor) for _, tensor in changes.tensors}, leaves)
    names = _by_name(recorder, changes)
    written = [c for c in lasting if c.written]
    outputs, outputs_bound, arguments_written = ends
    current = [c.current for c in written]
    decided = [decision.node for decision in recorder.decisions]
    watched = [_is_watched(r, recorder) for r in outputs]
    watched += [_is_watched(c.current, recorder) and not c.place.is_leaf for c in written]
    watched += [_is_watched(r, recorder) for r in (*outputs_bound, *arguments_written)]
    tensors = [c.place.tensor for c in lasting if isinstance(c.place, HandlePlace)]
    handles = {id(tensor): tensor for tensor in tensors} | recorder.met
    has_effects = bool(written or names or changed)
    moving = [place.binding for place in names if type(place.binding.value) is Tensor]
    graph = _graph(recorder, inputs, [*outputs, *current, *outputs_bound, *arguments_written, *decided], passing)
    own = followed(marked(graph)) if any(watched) else graph
    watched = [w and f for w, f in zip(watched, _followed(own, recorder), strict=False)]
    return Recorded(
        graph=graph,
        results=results,
        reads=[c.place for c in lasting if c.read],
        writes=[*(c.place for c in written), *names],
        changed=changed,
        stored=changes.plain,
        watched=watched,
        followed=own,
        expected=changes.expected(list(handles.values()), moving),
        handles=handles,
        aliases=aliases_of(arguments, handles) if has_effects or recorder.met else None,
        decisions=recorder.decisions,
    )


def _sorted(recorder: Recorder, inside: set[int], leaves: set[int]) -> tuple[list[Captured], list[Captured]]:
    """What was captured although it was made inside and ends with the recording, and the state that lasts.

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


def _by_name(recorder: Recorder, changes: Changes) -> list[BindingPlace]:
    """The places of the names that are bound to other tensors; what they held is read by name from now on.

    Raises:
        RuntimeError: it is found by another name too, or was written in place before.
    """
    places = [BindingPlace(binding) for binding, _ in changes.tensors]
    for place, (_, new) in zip(places, changes.tensors, strict=True):
        captured = recorder.captured.get((HandlePlace, id(place.binding.value)))
        if captured is not None:
            if captured.written or not changes.is_only_way(place.binding):
                raise ambiguous(place.binding, recorder.lines.get(new._node))
            captured.place = place
    return places


def _changed(
    recorder: Recorder, inputs: Sequence[Node], handles: Sequence[Tensor], arguments: Sequence[Any]
) -> list[int]:
    """The positions of the tensors among the arguments that were written to."""
    first = {id(handle): i for i, handle in reversed(list(enumerate(handles)))}
    positions = [i for i in first.values() if type(arguments[i]) is Tensor and handles[i]._node is not inputs[i]]
    return sorted(positions)


def _followed(graph: Graph, recorder: Recorder) -> list[bool]:
    """From which outputs ``backward()`` comes to a tensor outside."""
    read = [(c.given, c.place.read()) for c in recorder.captured.values() if c.given is not None]
    starts = recorder.outside | {given._node for given, held in read if type(held) is Tensor and held.requires_grad}
    return moving_outputs(graph, [node in starts for node in graph.inputs])


def _is_watched(output: Any, recorder: Recorder) -> bool:
    """Whether ``backward()`` could start from an output."""
    return type(output) is Tensor and output.requires_grad and output._node not in recorder.consumed


def _arguments(recorder: Recorder, given: Sequence[Any]) -> tuple[list[Node], list[Tensor]]:
    """The inputs for arguments, and what stands for them."""
    pairs = [recorder.argument(argument) for argument in given]
    return [node for node, _ in pairs], [handle for _, handle in pairs]


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


def _graph(
    recorder: Recorder, arguments: Sequence[Node], outputs: Sequence[Any], constants: Sequence[Captured]
) -> Graph:
    """The list between the inputs (arguments, then what was read) and the outputs."""
    given = [c.given._node for c in recorder.captured.values() if c.given is not None]
    inputs = [*arguments, *given]
    ends = [_resolved(o) for o in outputs]
    nodes = ancestors([e for e in ends if isinstance(e, Node)], recorder.bit, float("inf"))
    known = frozenset(inputs)
    graph = Graph(inputs, [n for n in nodes if n not in known and named_by(n) is n], ends)
    values: dict[Node, Any] = {}
    for captured in constants:
        held = captured.place.read()
        if captured.given is not None and held is not None:
            values[captured.given._node] = held._value
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
