"""Checkpointing in eager mode: a call is one node that keeps its inputs, and runs the function again for a walk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy
from numpy import ndarray

from ..core.abstract import Abstract, form_of
from ..core.dtypes.kinds import finfo, is_inexact
from ..core.lending import apart, own
from ..core.node import Node, next_sequence
from ..core.primitive import Primitive
from ..core.python.trees import flatten, unflatten
from ..core.recording import NO_PARAMS, pick_node
from ..core.rerun import noting, repeating
from ..core.state import Unwatched, Watch, recording_watches, state
from ..core.tensor import Tensor
from ..walks.backward import backward
from ..walks.forward import ancestors, forward
from .recorded import Recorded, as_tensor, output_tensors, record_at

FinalValues = dict[int, Tensor]
"""By its position the final value of an argument that was written to."""


def forgetful(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The results of a call, which keeps its inputs only; what it writes to them, the caller's tensors take over."""
    leaves, structure = flatten((args, kwargs))
    inputs = [leaf for leaf in leaves if type(leaf) is Tensor]
    moved_on: FinalValues = {}  # integers, such as the keys of generators, which a repetition leaves where they are

    def call(*replaced: Any) -> tuple[Any, FinalValues]:
        following = iter(replaced)
        given, named = unflatten(structure, [next(following) if type(x) is Tensor else x for x in leaves])
        result, written = with_writes(lambda: f(*given, **named), replaced)
        moved_on.update({i: x for i, x in written.items() if not is_inexact(x.dtype)})
        return result, {i: x for i, x in written.items() if i not in moved_on}

    begin = next_sequence()
    with Watch() as bit, noting() as noted:
        first = record_at(call, inputs, None, bit)
    outputs = output_tensors(first, "checkpoint")
    if any(type(o._value) is Abstract for o in outputs):
        result, written = first.rebuild(outputs)
        return written_to(inputs, result, written | moved_on)
    leaves[:] = [own(leaf) if type(leaf) is ndarray else leaf for leaf in leaves]
    rerun = _Rerun(call, noted, _captured(first, begin), [o._value for o in outputs])
    result, written = first.rebuild(_forgetful(outputs, inputs, rerun))
    return written_to(inputs, result, written | moved_on)


def with_writes(call: Callable[[], Any], handles: Sequence[Tensor]) -> tuple[Any, FinalValues]:
    """The result of a call, and what it writes to these handles."""
    before = [handle._node for handle in handles]
    result = call()
    found = enumerate(zip(handles, before, strict=True))
    return result, {i: handle for i, (handle, node) in found if handle._node is not node}


def written_to(inputs: Sequence[Tensor], result: Any, written: FinalValues) -> Any:
    """The result, when the inputs have taken over what was written to them."""
    for position, value in written.items():
        inputs[position].copy_(value)
    return result


def _captured(first: Recorded, begin: int) -> list[Node]:
    """The watched nodes from before `begin` that the recorded function read."""
    captured: dict[Node, None] = {}
    seen = {o._node for o in first.outputs if type(o) is Tensor}
    seen |= set(first.input_nodes)
    watches = recording_watches()
    stack = list(seen.difference(first.input_nodes))
    while stack:
        node = stack.pop()
        if node.sequence > begin:
            captured[node] = None
            continue
        for parent in node.parents:
            if parent.watch & watches and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return list(captured)


def _forgetful(outputs: Sequence[Tensor], inputs: Sequence[Tensor], joint: _Rerun) -> list[Tensor]:
    """The outputs as results of one node that keeps only the inputs."""
    captured = joint.captured
    parents = (*[x._node for x in inputs], *captured)
    watch = 0
    for parent in parents:
        watch |= parent.watch
    watch &= recording_watches()
    values = tuple(o._value for o in outputs)
    if not watch:
        return [Tensor(value) for value in values]
    primitive = Primitive(
        "checkpoint", joint.run, ("*inputs",), lambda *inputs: None, joint=joint, many=True, moves=True
    )
    given = [apart(x, x._value) for x in inputs]
    residuals = (*given, *(None for _ in captured), None)
    forms = (*map(form_of, given), *(None for _ in captured), tuple(map(form_of, values)))
    node = Node(primitive, parents, residuals, NO_PARAMS, forms, watch)
    return [Tensor(value, pick_node(node, i, values)) for i, value in enumerate(values)]


class _Rerun:
    """The linear map of a checkpointed call: it records the function again, and walks that list."""

    needs: frozenset[int] = frozenset()

    def __init__(
        self, run: Callable[..., Any], noted: list[Any], captured: Sequence[Node], values: Sequence[Any]
    ) -> None:
        self.run = run
        self.noted = noted
        self.captured = captured
        self.values = values

    def _list(self, residuals: Sequence[Any], watches: int) -> tuple[list[Node], list[Node]]:
        """The nodes between which a new list goes; the values of its ends are held no longer."""
        again = self._record(residuals, watches)
        return [*again.input_nodes, *self.captured], [o._node for o in map(as_tensor, again.outputs)]

    def _record(self, residuals: Sequence[Any], watches: int) -> Recorded:
        """Run again on the kept inputs, watched by a new derivative and by the one that is walking."""
        leaves = [as_tensor(kept) for kept in residuals[: len(residuals) - 1 - len(self.captured)]]
        before, begin = state.on, next_sequence()
        state.on = before | watches
        try:
            with repeating(self.noted):
                again = record_at(self.run, leaves, None, watches)
            self._check(again, begin, watches)
        finally:
            state.on = before
        return again

    def _check(self, again: Recorded, begin: int, watches: int) -> None:
        """See that a repetition has read and computed what the call has."""
        values = [as_tensor(o)._value for o in again.outputs]
        missing = {node for node in self.captured if node.watch & watches}.difference(_captured(again, begin))
        if missing or not all(map(_is_equal, values, self.values)):
            raise RuntimeError(
                "[checkpoint] a function gave another result when it was run again for a walk, wanted what it gave "
                "when it was called: what it reads from outside was written to in between (x += 1, x[i] = 0), or it "
                "draws random numbers that wengert.random does not know; pass what changes as an argument, or let the "
                "function read a copy (x = x.copy() before the call)"
            )

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
        with Watch() as own:
            starts, ends = self._list(residuals, own | bit)
            nodes = ancestors(ends, own | bit, _oldest(starts), stop=starts)
            with Unwatched(own):
                found = forward(nodes, starts, tangents, own | bit, closed=True)
        return tuple(found.get(end) for end in ends)

    def transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        with Watch() as own:
            starts, ends = self._list(residuals, own | bit)
            seeds = [(end, c) for end, c in zip(ends, cotangent, strict=True) if c is not None]
            recorded = bool(bit & state.on)
            found = backward(seeds, starts, own | bit, free=not recorded, create_graph=recorded, stop=True)
        return [found.get(start) for start in starts]


def _is_equal(value: Any, before: Any) -> bool:
    """Whether a value is as before, but for rounding."""
    if type(value) is Abstract or type(before) is Abstract:
        return True
    rounding = numpy.sqrt(finfo(value.dtype).eps) if is_inexact(value.dtype) else 0.0
    return value.shape == before.shape and numpy.allclose(value, before, rounding, rounding, equal_nan=True)


def _oldest(nodes: Sequence[Node]) -> int:
    return max(node.sequence for node in nodes)
