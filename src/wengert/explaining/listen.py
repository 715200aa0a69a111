"""Listening to a function: every operation it performs, with what each one read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.node import UNTRACKED, Node
from ..core.python.source import SourceLine, user_line
from ..core.recording import ALIAS, PICK
from ..core.state import observers, state
from ..core.tensor import Tensor
from .modules import Call


@dataclass(eq=False, slots=True)
class Operand:
    """What an operation read: a constant, an input or the result of an earlier step.

    Attributes:
        value: the raw value.
        source: the input or step it comes from; ``None`` for a constant.
        index: which result of the step, if that has many.
    """

    value: Any
    source: Step | None = None
    index: int | None = None


@dataclass(eq=False, slots=True)
class Step:
    """One operation that was performed (or, without a primitive, an input).

    Attributes:
        value: the raw result, a tuple if there are many.
        node: its place in the list; `UNTRACKED` if it has no derivative.
        results: the node of each result, if there are many.
        line: where the user wrote it.
        call: the innermost module that was being called.
    """

    value: Any
    node: Node = UNTRACKED
    primitive: Any = None
    operands: tuple[Operand, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    results: tuple[Node, ...] = ()
    line: SourceLine | None = None
    call: Call | None = None


class Listener:
    """Within it, notes each operation of this thread: ``with Listener(inputs) as listener``.

    A result that nobody watches has no node. It is known by its handle or, once a write in place has moved
    it to another handle, by its value; the listener keeps both alive, so that no other takes their identity.
    """

    def __init__(self, inputs: Sequence[Tensor], bit: int, calls: Sequence[Call] = ()) -> None:
        self.bit = bit
        self.calls = calls
        self.steps: list[Step] = [Step(tensor._value, tensor._node) for tensor in inputs]
        self._of_node: dict[Node, Operand] = {s.node: Operand(s.value, s) for s in self.steps}
        self._unseen: dict[Node, Step] = {}
        self._of_handle: dict[int, tuple[Tensor, Operand]] = {}
        self._of_value: dict[int, Operand] = {}

    def __enter__(self) -> Listener:
        self.thread: int = threading.get_ident()
        observers.append(self._note)
        state.followers += 1
        return self

    def __exit__(self, *exception: Any) -> None:
        observers.remove(self._note)
        state.followers -= 1

    def operand(self, given: Any) -> Operand:
        """Where a value comes from."""
        if type(given) is not Tensor:
            return Operand(given)
        node = given._node
        found = self._unwatched(given) if node is UNTRACKED else self._made(node, given._value)
        return Operand(given._value) if found is None else found

    def _made(self, node: Node, value: Any) -> Operand | None:
        """The result of a node; a node that was not observed becomes a step now."""
        while node not in self._of_node and node.primitive is ALIAS:
            node = node.parents[0]
        if node not in self._of_node and node.watch & self.bit:
            self._of_node[node] = self._unobserved(node, value)
        return self._of_node.get(node)

    def _unobserved(self, node: Node, value: Any) -> Operand:
        """What is known of a node that was made without an operation (`wengert.checkpoint` makes such)."""
        if node.primitive is PICK:
            many, index = node.parents[0], node.params["index"]
            step = self._step_of(many, many.forms[-1] if many.forms else ())
            step.value = (*step.value[:index], value, *step.value[index + 1 :])
            step.results = (*step.results[:index], node, *step.results[index + 1 :])
            return Operand(value, step, index)
        return Operand(value, self._step_of(node, value))

    def _step_of(self, node: Node, value: Any) -> Step:
        if node not in self._unseen:
            forms = node.forms or (value,) * len(node.parents)
            kept = node.residuals or (None,) * len(node.parents)
            values = [form if r is None else r for form, r in zip(forms, kept, strict=False)]
            reads = [self._made(parent, v) or Operand(v) for parent, v in zip(node.parents, values, strict=False)]
            results = (UNTRACKED,) * len(value) if node.primitive.many else ()
            self._unseen[node] = Step(value, node, node.primitive, tuple(reads), node.params, results)
            self.steps.append(self._unseen[node])
        return self._unseen[node]

    def _unwatched(self, given: Tensor) -> Operand | None:
        _, operand = self._of_handle.get(id(given), (None, None))
        if operand is not None and operand.value is given._value:
            return operand
        return self._of_value.get(id(given._value))

    def _note(self, primitive: Any, operands: Sequence[Any], params: dict[str, Any], result: Any) -> None:
        if threading.get_ident() != self.thread:
            return
        reads = tuple(self.operand(o) for o in operands)
        tensors: tuple[Tensor, ...] = result if primitive.many else (result,)
        nodes = tuple(t._node for t in tensors)
        if primitive.many:
            base = UNTRACKED if nodes[0] is UNTRACKED else nodes[0].parents[0]
            step = Step(tuple(t._value for t in tensors), base, primitive, reads, params, nodes)
        else:
            step = Step(tensors[0]._value, nodes[0], primitive, reads, params)
        step.line, step.call = user_line(), self.calls[-1] if self.calls else None
        self.steps.append(step)
        for index, tensor in enumerate(tensors):
            self._remember(tensor, Operand(tensor._value, step, index if primitive.many else None))

    def _remember(self, tensor: Tensor, operand: Operand) -> None:
        if tensor._node is UNTRACKED:
            self._of_handle[id(tensor)] = tensor, operand
            self._of_value[id(tensor._value)] = operand
        else:
            self._of_node[tensor._node] = operand


@dataclass(frozen=True, slots=True)
class Heard:
    """What a function did.

    Attributes:
        result: what it returned.
        output: where that comes from.
        steps: the inputs, and of the parameters and operations those that the result was computed from.
        decisions: truth values that it was not computed from, and so were asked for by Python (or a loop or branch);
            each with the number of steps before it.
    """

    result: Any
    output: Operand
    steps: list[Step]
    decisions: list[tuple[int, Step]]


def listen(
    f: Callable[[], Any],
    inputs: Sequence[Tensor],
    parameters: Sequence[Tensor],
    bit: int,
    calls: Sequence[Call] = (),
) -> Heard:
    """Call `f`, and tell what it did with its inputs, and with what else is watched, in which calls of modules."""
    with Listener([*inputs, *parameters], bit, calls) as listener:
        result = f()
    output = listener.operand(result)
    reached = _reached([output], listener.steps[: len(inputs)])
    steps = [step for step in listener.steps if step in reached]
    return Heard(result, output, steps, _decisions(listener.steps, reached))


def _reached(ends: Sequence[Operand], found: Sequence[Step]) -> set[Step]:
    """The steps that something was computed from, and those found already."""
    reached, waiting = set(found), list(ends)
    while waiting:
        source = waiting.pop().source
        if source is not None and source not in reached:
            reached.add(source)
            waiting.extend(source.operands)
    return reached


def _decisions(steps: Sequence[Step], reached: set[Step]) -> list[tuple[int, Step]]:
    read = {operand.source for step in steps if step not in reached for operand in step.operands}
    found: list[tuple[int, Step]] = []
    before = 0
    for step in steps:
        before += step in reached
        if step not in reached and step not in read and _is_truth_value(step) and _depends(step):
            found.append((before, step))
    return found


def _is_truth_value(step: Step) -> bool:
    return getattr(step.value, "shape", None) == () and step.value.dtype.kind == "b"


def _depends(step: Step) -> bool:
    return any(operand.source is not None for operand in step.operands)
