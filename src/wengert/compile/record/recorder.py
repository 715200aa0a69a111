"""The recorder: state that a function reads and writes outside becomes inputs and outputs of its graph."""

from __future__ import annotations

import gc
import operator
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy

from ...core.abstract import Abstract, Recording, form_of
from ...core.dtypes.kinds import result_type
from ...core.kin import View
from ...core.lending import is_lent, own
from ...core.node import Leaf, Node
from ...core.number import NUMBERS, Number, among_arrays, asked
from ...core.primitive import Primitive, primitives
from ...core.python.source import SourceLine, at_line, user_line
from ...core.recording import (
    ALIAS,
    NO_PARAMS,
    PICK,
    READ,
    abstract_alias,
    aliased,
    named_by,
)
from ...core.state import DEFINE_BY_RUN, observers, state
from ...core.tensor import Tensor
from ...core.views import taken_again
from ...numpy.methods.elements import guard
from ...ops import elementwise as e
from ...ops.elementwise import astype
from ...ops.indexing.gather import INDEXED
from ...ops.matrices.solving import RAISING
from ...walks.forward import ancestors
from ..state.arrays import ArrayPlace, ArrayReader, NeededAsArraysError
from ..state.body_writes import Writes
from ..state.numbers import NumberRecorder
from ..state.places import (
    GradientPlace,
    HandlePlace,
    Place,
    Writable,
)
from ..state.survey import Survey
from .decisions import (
    FAILURES,
    MOST_DECISIONS,
    Decision,
    FailsOnValues,
    TooManyDecisions,
    decision,
)
from .joined import JoinedTensors, JoinedWrittenError

OPERATORS = primitives(
    e.add, e.subtract, e.multiply, e.divide, e.floor_divide, e.remainder, e.power, e.negative, e.positive, e.absolute
)
"""Python's operators on numbers."""


class ReadsEnclosing(BaseException):
    """A recording is abandoned: a captured tensor belongs to an enclosing `vmap`, and has no value to read."""


class Captured:
    """A captured place: its value on entry and its current value, as tensors of the recording.

    What a place held matters only if it was read before it was written. It is read where calls will find it.
    """

    __slots__ = ("current", "found", "given", "place", "read", "written")

    def __init__(self, place: Writable, given: Tensor | None, current: Tensor | None, read: bool = False) -> None:
        self.place: Writable = place
        self.found: Place = place
        self.read: bool = read
        self.given: Tensor | None = given
        self.current: Tensor | None = current
        self.written: bool = False


class Recorder:
    """The compilation in progress in a thread.

    Attributes:
        source: the function from which state is found; ``None`` if there is none.
        captured: by identity of the handle or leaf, in the order in which they were met.
        consumed: results from which ``backward()`` went, so that they cannot be walked again.
        weak: what stands for Python numbers, and for what Python operators made of them: they take the dtype of
            the arrays that they meet.
        outside: what stands for tensors whose derivative goes on outside, where no walk of ours can follow.
        arguments: by identity of a tensor that was given, the handle that the function has been given for it.
        met: the tensors among the arguments that the function reads or writes outside as well.
        leaves: what stands for the arguments that are leaves.
        lines: where the user wrote the operations.
        raising: results of operations that the user wrote, and that may raise, outside of bodies of loops and sides of
            branches.
        writes: what the body of a loop, or the side of a branch, writes while it is recorded.
        examples: raw values of inputs, and of what was computed from them for decisions.
        decisions: the values that Python has asked for.
        numbers: the Python numbers that are followed.
        arrays: the NumPy arrays outside that are inputs, and `array_inputs`, which input is which.
        joined: the tensors that may be one and the same, as values decide.
        found: what is found outside; ``None`` if there is no `source`.
        undecided: statements that are not recorded as one node.
        exports: whether a number was made that eager code refuses to make where a derivative is being recorded.
    """

    def __init__(self, bit: int, source: Callable[..., Any] | None = None) -> None:
        self.bit = bit
        self.source = source
        self.recording: Recording = Recording("jit")
        self.captured: dict[tuple[type, int], Captured] = {}
        self.consumed: set[Node] = set()
        self.outside: set[Node] = set()
        self.weak: set[Node] = set()
        self.arguments: dict[int, Tensor] = {}
        self.met: dict[int, Tensor] = {}
        self.leaves: dict[Node, Tensor] = {}
        self.overwritten: dict[int, HandlePlace] = {}
        self.lines: dict[Node, SourceLine | None] = {}
        self.raising: list[Tensor] = []
        self.writes: Writes = Writes(self)
        self.examples: dict[Node, Any] = {}
        self.decisions: list[Decision] = []
        self.numbers: NumberRecorder = NumberRecorder(self)
        self.arrays: ArrayReader = ArrayReader()
        self.array_inputs: dict[Node, ArrayPlace] = {}
        self.exports = False
        self.joined: JoinedTensors = JoinedTensors(self.lasts)
        self.undecided: Container[Any] = frozenset()
        self.found: Survey | None = None

    def argument(self, value: Any) -> tuple[Node, Tensor]:
        """Make the input for an argument, and its stand-in; a tensor that is passed twice has one.

        It is watched as the argument is.
        """
        if type(value) is not Tensor:
            given = self.number(value)
            return given._node, given
        given = self._stand_in(value, value._node.watch & DEFINE_BY_RUN)
        if type(value._node) is Leaf:
            self.leaves[given._node] = value
        return given._node, self.arguments.setdefault(id(value), given)

    def number(self, value: Any) -> Tensor:
        """Make the input for a number or a NumPy array."""
        given = abstract_alias(form_of(value), self.bit, self.recording)
        if type(value) in NUMBERS:
            self.weak.add(given._node)
        if type(value) is not Abstract:
            self.examples[given._node] = numpy.asarray(value)
        return given

    def is_number(self, tensor: Tensor) -> bool:
        """Whether a tensor stands for an (immutable) Python number."""
        return tensor._node in self.weak

    def _stand_in(self, tensor: Tensor, followed: int) -> Tensor:
        """Make an abstract tensor, which the define-by-run watch follows if it is `followed`."""
        given = abstract_alias(form_of(tensor._value), self.bit | followed, self.recording)
        self.examples[given._node] = tensor._value
        if followed:
            self.outside.add(given._node)
        return given

    def admit_all(self, primitive: Primitive, operands: Sequence[Any]) -> list[Any]:
        """Map the operands of an operation to their stand-ins, weak Python numbers cast to the dtype of the others.

        Loops, branches and calls, which have many results, take each operand as it is.
        """
        admitted = [self.admit(o) if type(o) is Tensor else among_arrays(o) for o in operands]
        if not self.weak or primitive.many or "index" in primitive.operands:
            return admitted
        weak = [type(o) is Tensor and o._node in self.weak for o in admitted]
        if not any(weak):
            return admitted
        dtypes = [o.dtype for o, is_weak in zip(admitted, weak, strict=True) if not is_weak and hasattr(o, "dtype")]
        return [self._fitted(o, dtypes) if is_weak else o for o, is_weak in zip(admitted, weak, strict=True)]

    def admit_params(self, params: dict[str, Any]) -> dict[str, Any]:
        """Concretise the parameters of an operation: a tensor in a slice becomes a number, under a guard."""
        if any(type(value) is Number for value in params.values()):
            params = {name: asked(value) for name, value in params.items()}
        index = params.get("index")
        if not isinstance(index, tuple) or not any(type(i) is slice and Tensor in map(type, _ends(i)) for i in index):
            return params
        numbers = [slice(*map(_number, _ends(i))) if type(i) is slice else i for i in index]
        return {**params, "index": tuple(numbers)}

    def _fitted(self, number: Tensor, dtypes: Sequence[Any]) -> Tensor:
        dtype = result_type(*dtypes, number.dtype.type(0).item()) if dtypes else number.dtype
        return number if dtype == number.dtype else astype(number, dtype=dtype)

    def note(self, primitive: Primitive, operands: Sequence[Any], result: Any) -> None:
        """Propagate weak typing: the result of a Python operator on Python numbers is weak."""
        if primitive in OPERATORS and not any(
            hasattr(o, "dtype") and not (type(o) is Tensor and o._node in self.weak) for o in operands
        ):
            self.weak.add(result._node)

    def admit(self, tensor: Tensor) -> Tensor:
        """Map an operand to its stand-in, capturing it if it is state."""
        if id(tensor) in self.arguments:
            self.met[id(tensor)] = tensor
            return self.arguments[id(tensor)]
        captured = self.captured.get((HandlePlace, id(tensor)))
        if captured is not None and captured.current is not None:
            return captured.current
        if type(tensor._value) is Abstract:
            recording = tensor._value.recording
            if recording is not None and recording.is_open and recording.number < self.recording.number:
                raise ReadsEnclosing
            return tensor
        current = self._capture_handle(tensor).current
        assert current is not None
        return current

    def passed(self, tensor: Tensor) -> Tensor | Captured:
        """Map the tensor that a name is bound to; one from outside to its captured stand-in."""
        array = self.arrays.place(tensor)
        if array is not None:
            return self.captured[HandlePlace, id(array.tensor)]
        admitted = self.admit(tensor)
        captured = self.captured.get((HandlePlace, id(tensor)))
        return admitted if captured is None or _is_young(tensor) else captured

    def write(self, tensor: Tensor, result: Tensor) -> None:
        """Record a write to a handle."""
        statement = self.joined.statement_of(tensor)
        if statement is not None:
            raise JoinedWrittenError(statement)
        if tensor._node in self.leaves:
            guard(self.leaves[tensor._node], "jit")
        if id(tensor) in self.arguments:
            self.met[id(tensor)] = tensor
            self.overwritten.setdefault(id(tensor), HandlePlace(tensor))
            given = self.arguments[id(tensor)]
            self.writes.handle(given)
            given._value, given._node = result._value, result._node
            return
        captured = self.captured.get((HandlePlace, id(tensor)))
        if captured is None:
            if type(tensor._value) is Abstract:
                self.writes.handle(tensor)
                return
            captured = self._capture_handle(tensor)
        self.writes.place(captured)
        captured.written = True
        captured.current = self.as_read(self.admit(result), tensor._node)

    def read_gradient(self, leaf: Leaf) -> Tensor | None:
        """Read ``.grad`` of a leaf as of this point of the recording."""
        captured = self.captured.get((GradientPlace, id(leaf)))
        if captured is None:
            captured = self._capture(GradientPlace(leaf), leaf.grad)
        return captured.current

    def write_gradient(self, leaf: Leaf, gradient: Tensor | None) -> None:
        """Record a write to ``.grad`` of a leaf."""
        key = (GradientPlace, id(leaf))
        captured = self.captured.get(key)
        if captured is None:
            captured = self.captured[key] = Captured(GradientPlace(leaf), None, None)
        self.writes.place(captured)
        captured.written = True
        captured.current = gradient

    def forget(self) -> None:
        """Drop all references to abstract tensors and example values."""
        self.captured.clear()
        self.raising.clear()
        self.arguments.clear()
        self.examples.clear()
        self.numbers.inputs.clear()
        self.arrays.handles.clear()
        self.joined.clear()

    # -- decisions ---------------------------------------------------------------------------------

    def decide(self, tensor: Tensor, op: str) -> Any:
        """Concretise a tensor under a new guard; ``None`` if it has no example value.

        Raises:
            TooManyDecisions: there is no end of them.
        """
        held = self.admit(tensor)
        if type(held._value) is not Abstract:
            return held._value
        node = named_by(held._node)
        if held._value.recording is not self.recording or not self._evaluate(node):
            return None
        raw = self.examples[node]
        if any(d.node is node and d.op == op for d in self.decisions):
            return raw
        self._refuse_constants(node)
        line = user_line()
        if len(self.decisions) == MOST_DECISIONS:
            raise TooManyDecisions(line)
        self.decisions.append(decision(node, op, raw, line))
        return raw

    def show(self, tensor: Tensor) -> None:
        """Abandon a recording that is about to show as a tensor what depends on arrays outside alone."""
        self._refuse_constants(named_by(tensor._node))

    def _refuse_constants(self, node: Node) -> None:
        """Abandon a recording that concretises a value which depends on arrays outside alone."""
        arrays = self._arrays_behind(node)
        if arrays:
            raise NeededAsArraysError(arrays)

    def _arrays_behind(self, node: Node) -> list[ArrayPlace]:
        """The arrays outside on which alone a value depends; none if it depends on other inputs."""
        if not self.array_inputs:
            return []
        starts = [n for n in ancestors([node], self.bit, float("inf")) if n.primitive is ALIAS and aliased(n) is None]
        found = [self.array_inputs.get(start) for start in starts]
        return [place for place in found if place is not None] if None not in found else []

    def array(self, place: ArrayPlace) -> Tensor:
        """Capture a NumPy array outside; its stand-in."""
        captured = self._capture(place, place.tensor)
        assert captured.given is not None
        self.array_inputs[captured.given._node] = place
        return captured.given

    def as_tensor(self, tensor: Tensor) -> Tensor:
        """The tensor itself; a copy of the stand-in of an array outside."""
        return tensor if self.arrays.place(tensor) is None else Tensor(tensor._value, tensor._node)

    def refuse_arrays(self, bound: Iterable[Tensor]) -> None:
        """Abandon a recording in which arrays outside, or values of them alone, are written to or escape by name."""
        written = [p for p, handle in self.arrays.handles.items() if self.array_inputs.get(handle._node) is not p]
        if written:
            raise NeededAsArraysError(written)
        for tensor in bound:
            self._refuse_constants(named_by(tensor._node))

    def example(self, tensor: Tensor) -> Any:
        """The example value of an abstract tensor; ``None`` if it has none."""
        node = named_by(tensor._node)
        return self.examples[node] if self._evaluate(node) else None

    def _evaluate(self, node: Node) -> bool:
        """Evaluate a node and its dependencies on example values; false if an input has none."""
        stack = [node]
        with numpy.errstate(all="ignore"):
            while stack:
                makers = [named_by(parent) for parent in stack[-1].parents]
                waiting = [m for m in makers if m.watch & self.bit and m not in self.examples]
                if stack[-1] in self.examples:
                    stack.pop()
                elif stack[-1].primitive is ALIAS:
                    return False
                elif waiting:
                    stack.extend(waiting)
                else:
                    self._compute(stack.pop(), makers)
        return True

    def _compute(self, node: Node, makers: Sequence[Node]) -> None:
        pairs = zip(makers, node.residuals, strict=False)
        operands = [self.examples.get(maker, constant) for maker, constant in pairs]
        try:
            self.examples[node] = node.primitive.evaluate(*operands, **node.params)
        except FAILURES as error:
            raise FailsOnValues from error

    def lasts(self, tensor: Tensor) -> bool:
        """Whether a tensor outlives the recording: it is reachable from outside, or older than it."""
        return self.is_shared(tensor) or self.is_outside(tensor)

    def has_names(self, tensor: Any) -> bool:
        """Whether a tensor is reachable from outside by several names."""
        ways = self.found.incoming.get(id(tensor), ()) if self.found is not None else ()
        return len({way.place for way in ways}) > 1

    def is_shared(self, tensor: Tensor) -> bool:
        """Whether a tensor is an argument or state that is also reachable from outside."""
        return any(tensor is given for given in self.arguments.values()) or (HandlePlace, id(tensor)) in self.captured

    def is_outermost(self, result: Tensor) -> bool:
        """Whether a result is computed at the top level: in no loop body, branch or batch."""
        return not self.writes.open and getattr(result._value, "recording", None) is self.recording

    def is_outside(self, tensor: Tensor) -> bool:
        """Whether a concrete tensor is older than the recording."""
        return type(tensor._value) is not Abstract and not _is_young(tensor)

    def constant(self, node: Node) -> Any:
        """The raw value of a result that depends on constants of the recording only.

        Raises:
            RuntimeError: it depends on state from outside, or on an argument.
        """
        if self.reads_outside(node):
            raise RuntimeError(
                "[jit] the derivative of a loop or a branch reads a tensor from outside, wanted a rule that is "
                "given all that it reads; pass the tensor to the function with the custom rule as an "
                f"argument{at_line()}"
            )
        self._evaluate(node)
        return self.examples[node]

    def reads_outside(self, node: Node, own: int = 0) -> bool:
        """Whether a result depends on state from outside, or on an argument that is not watched by `own`."""
        held = {c.given._node: c.place.read() for c in self.captured.values() if c.given is not None}
        reached = (start for start in ancestors([node], self.bit, float("inf")) if not start.watch & own)
        starts = [start for start in reached if start.primitive is ALIAS and aliased(start) is None]
        if any(start in self.array_inputs for start in starts):
            return True
        return any(tensor is None or self.is_outside(tensor) for tensor in map(held.get, starts))

    def refuse_outside(self, output: Tensor) -> None:
        """Refuse ``backward()`` from an output where a part of the gradients would belong outside.

        Raises:
            RuntimeError: the output depends on an argument that requires grad, or on a result computed outside.
        """
        beyond = self.outside.intersection(ancestors([output._node], DEFINE_BY_RUN, float("inf")))
        if beyond:
            shapes = ", ".join(str(node.residuals[-1].shape) for node in beyond)
            raise RuntimeError(
                f"[backward] inside jit, the output depends on a tensor of shape {shapes} that is an argument or was "
                "computed outside, and whose gradient belongs outside, wanted only leaves that the function reads "
                "from closures or objects; call backward() outside on what the function returns, or write "
                f"x.detach(){at_line()}"
            )

    def _capture_handle(self, tensor: Tensor) -> Captured:
        """Capture a tensor; if it shares an array that was made inside, its value is copied."""
        if is_lent(tensor) and not self.is_outside(tensor):
            tensor._value = own(tensor._value)
        return self._capture(HandlePlace(tensor), tensor)

    def _capture(self, place: HandlePlace | GradientPlace, held: Tensor | None) -> Captured:
        given = current = None
        if held is not None:
            followed = 0 if type(held._node) is Leaf else held._node.watch & DEFINE_BY_RUN
            given = self._stand_in(held, followed)
            current = self._of_a_leaf(held) if followed and _shows_leaf(held) else self.as_read(given, held._node)
        key = id(place.tensor if isinstance(place, HandlePlace) else place.leaf)
        kind = HandlePlace if isinstance(place, HandlePlace) else GradientPlace
        captured = self.captured[kind, key] = Captured(place, given, current, read=True)
        return captured

    def _of_a_leaf(self, seen: Tensor) -> Tensor:
        """Rebuild a view of a leaf outside from its steps, so that a backward walk reaches the leaf."""
        self.admit(seen._kin.root)
        return taken_again(seen)

    def as_read(self, value: Tensor, node: Node) -> Tensor:
        """A tensor of this value whose backward walk ends at the place, if that is a leaf."""
        if type(node) is not Leaf:
            return value
        watch = value._node.watch | node.watch & DEFINE_BY_RUN
        return Tensor(value._value, Node(READ, (value._node, node), (None, None, None), NO_PARAMS, None, watch))

    def __enter__(self) -> Recorder:
        if state.recorder is not None:
            raise RuntimeError("[jit] a recording began within a recording, wanted one; call the function itself")
        state.recorder = self
        self.joined.begin = sys._getframe(1).f_code
        observers.append(_look)
        return self

    def __exit__(self, *exception: Any) -> None:
        """Restore the state outside."""
        observers.remove(_look)
        state.recorder = None
        for captured in self.captured.values():
            captured.place.restore()
        for place in self.overwritten.values():
            place.restore()
        self.recording.is_open = False


def _shows_leaf(tensor: Tensor) -> bool:
    return type(tensor._kin) is View and type(tensor._kin.root._node) is Leaf


def _is_young(tensor: Tensor) -> bool:
    """Whether a tensor is younger than the recording."""
    return any(map(operator.is_, gc.get_objects(generation=0), repeat(tensor)))


def _ends(index: slice) -> tuple[Any, Any, Any]:
    return index.start, index.stop, index.step


def _number(end: Any) -> Any:
    return None if end is None else operator.index(end)


_MAY_RAISE = RAISING | INDEXED


def _look(primitive: Primitive, operands: Sequence[Any], params: dict[str, Any], result: Any) -> None:
    """The observer of operations: their source lines, weak types, and results that may raise.

    While there is one, every operation goes through `record`.
    """
    recorder = state.recorder
    if not isinstance(recorder, Recorder):
        return
    if recorder.weak:
        recorder.note(primitive, operands, result)
    results, line = result if primitive.many else (result,), user_line()
    for one in results:
        recorder.lines.setdefault(one._node, line)
        if one._node.primitive is PICK:
            recorder.lines.setdefault(one._node.parents[0], line)
    if primitive in _MAY_RAISE and line is not None and recorder.is_outermost(result):
        recorder.raising.append(Tensor(result._value, result._node))
