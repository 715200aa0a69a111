"""The list of a function at a point, as textbooks print it: primal, tangent and adjoint trace side by side.

Names after A. Griewank and A. Walther, "Evaluating Derivatives" (2008): inputs v(1-n) to v0, then v1, v2, ...
The three traces as in A. G. Baydin et al., "Automatic differentiation in machine learning: a survey" (2018),
tables 2 and 3.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ..core.node import UNTRACKED, Node
from ..core.recording import alias, residuals_of
from ..core.state import Unwatched, Watch
from ..core.tensor import Tensor
from ..core.trees import flatten, paths, unflatten
from ..transforms.derivatives import matching_leaves
from ..transforms.recorded import inexact_leaves
from ..walks.backward import backward
from ..walks.forward import ancestors, forward, push
from ..walks.point import quiet
from .listen import Operand, Step, listen
from .text import call, constant, weighted_sum


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list, with its three traces.

    Attributes:
        name: ``v1``; inputs have ``v0`` and below.
        operation: what was done; empty for an input.
        expression: the operation on its operands as one would write it, or the name of an input.
        reads: for each operand the name of its line, or ``None`` for a constant.
        value: the raw result, a tuple if there are many.
        tangent: its derivative along the direction; ``None`` if it has no derivative.
        adjoint: the derivative of the output with respect to it; ``None`` if it has none.
        partials: for each operand of a scalar operation on scalars the local derivative, else ``None``.
        tangent_terms: the tangent as a weighted sum of those of the operands, where all are scalars.
        adjoint_terms: the adjoint as a weighted sum of those of the lines that read this one, likewise.
    """

    name: str
    operation: str
    expression: str
    reads: tuple[str | None, ...]
    value: Any
    tangent: Any
    adjoint: Any
    partials: tuple[float | None, ...] = ()
    tangent_terms: str = ""
    adjoint_terms: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A function's list at a point.

    Attributes:
        function: its name.
        lines: inputs first, then operations in the order of their execution.
        inputs: how many of the lines are inputs.
        output: the name of the line that is the result; empty for a constant.
        value: the result.
        gradient: nested as the arguments.
        slope: the derivative of the result along the direction.
    """

    function: str
    lines: tuple[Line, ...]
    inputs: int
    output: str
    value: float
    gradient: tuple[Any, ...]
    slope: float

    @property
    def operations(self) -> tuple[Line, ...]:
        """The lines that are not inputs."""
        return self.lines[self.inputs :]


def trace(f: Callable[..., Any], args: Sequence[Any], direction: Any = None) -> Trace:
    """Run ``f(*args)``, and write its list with the three traces.

    Args:
        f: a function with a real scalar result.
        args: its arguments, nested as for `wengert.grad`.
        direction: the tangent of the arguments, nested as they are; by default the first unit vector.

    Raises:
        TypeError: an argument is not floating point, the direction is not nested as the arguments, or the
            result is not a real scalar.
    """
    leaves, structure = inexact_leaves(tuple(args), "explain", "arguments")
    leaves = [leaf._value if type(leaf) is Tensor else leaf for leaf in leaves]
    tangents = directed(direction, leaves, structure)
    with Watch() as bit:
        inputs = [alias(leaf, bit) for leaf in leaves]
        result, steps, output = listen(lambda: f(*unflatten(structure, inputs)), inputs)
        value = scalar(result)
        walked = _Walked(steps, output, tangents, bit)
        lines = _lines(steps, input_names(f, args), walked)
    gradient = unflatten(structure, [line.adjoint for line in lines[: len(inputs)]])
    name = _reference(output, _names(steps, len(inputs))) or ""
    return Trace(name_of(f), tuple(lines), len(inputs), name, value, gradient, walked.slope(output))


def name_of(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", type(f).__name__)


def directed(direction: Any, leaves: Sequence[Any], structure: Any) -> list[Any]:
    """The tangent of each input."""
    if direction is not None:
        return matching_leaves(direction, leaves, structure, "explain", "direction")
    tangents = [numpy.zeros(leaf.shape, leaf.dtype) for leaf in leaves]
    first = next((t for t in tangents if t.size), None)
    if first is not None:
        first[(0,) * first.ndim] = 1
    return tangents


def input_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """The inputs as the function calls them: ``x``, ``weights['bias']``."""
    try:
        parameters = list(inspect.signature(f).bind(*args).arguments.items())
    except (TypeError, ValueError):
        parameters = [(f"x{i + 1}", arg) for i, arg in enumerate(args)]
    kinds = _kinds(f)
    names: list[str] = []
    for name, value in parameters:
        if kinds.get(name) is inspect.Parameter.VAR_POSITIONAL:
            names.extend(f"{name}[{i}]{place}" for i, v in enumerate(value) for place in paths(flatten(v)[1]))
        else:
            names.extend(name + place for place in paths(flatten(value)[1]))
    return names


def _kinds(f: Callable[..., Any]) -> dict[str, Any]:
    try:
        return {name: p.kind for name, p in inspect.signature(f).parameters.items()}
    except (TypeError, ValueError):
        return {}


def scalar(result: Any) -> float:
    """The result as a number.

    Raises:
        TypeError: it is not one real number.
    """
    given = describe(result)
    if type(result) is Tensor:
        result = result._value
    if type(result) is float or (getattr(result, "shape", None) == () and result.dtype.kind == "f"):
        return float(result)
    raise TypeError(
        f"[explain] the function returned {given}, wanted one real number, since a gradient belongs to one; "
        "write its sum, one of its elements, or abs(z) for a complex one"
    )


def describe(result: Any) -> str:
    """What a function returned, in words."""
    if hasattr(result, "shape") and hasattr(result, "dtype"):
        return f"shape {result.shape} of dtype {result.dtype}"
    return "nothing" if result is None else f"an object of type {type(result).__name__}"


class _Walked:
    """The tangents and adjoints of every node between the inputs and the output."""

    def __init__(self, steps: Sequence[Step], output: Operand, tangents: Sequence[Any], bit: int) -> None:
        ends = [step.node for step in steps if step.node is not UNTRACKED]
        ends += [node for step in steps for node in step.results if node is not UNTRACKED]
        starts = [step.node for step in steps[: len(tangents)]]
        oldest = max((node.sequence for node in starts), default=0)
        self.bit = bit
        self.tangents = forward(ancestors(ends, bit, oldest), starts, tangents, bit)
        end = node_of(output)
        seeds = [] if end is None else [(end, numpy.ones((), output.value.dtype))]
        self.adjoints = backward(seeds, ends, bit)

    def tangent(self, step: Step) -> Any:
        return self._of(step, self.tangents)

    def adjoint(self, step: Step) -> Any:
        return self._of(step, self.adjoints)

    def slope(self, output: Operand) -> float:
        """The tangent of the output."""
        end = node_of(output)
        return 0.0 if end is None or end not in self.tangents else float(self.tangents[end])

    def _of(self, step: Step, found: dict[Node, Any]) -> Any:
        """The (co)tangent at a step: zeros where none arrived, ``None`` where there is no derivative."""
        if step.node is UNTRACKED:
            return None
        if not step.results:
            return _raw(found.get(step.node), step.value)
        many = found.get(step.node) or (None,) * len(step.value)
        return tuple(_raw(one, value) for one, value in zip(many, step.value, strict=True))

    def partials(self, step: Step) -> tuple[float | None, ...]:
        return tuple(self._partial(step, i) for i in range(len(step.operands)))

    def _partial(self, step: Step, position: int) -> float | None:
        """The local derivative of a scalar operation with respect to a scalar operand."""
        operand = step.operands[position]
        if step.node is UNTRACKED or step.results or node_of(operand) is None:
            return None
        if not (_is_real_scalar(step) and _is_real_scalar(operand)):
            return None
        unit: list[Any] = [None] * len(step.operands)
        unit[position] = numpy.ones((), operand.value.dtype)
        with Unwatched(self.bit) as on, quiet():
            pushed = push(step.primitive, step.node, unit, residuals_of(step.node, on & ~self.bit), self.bit)
        return 0.0 if pushed is None else float(pushed)


def node_of(operand: Operand) -> Node | None:
    """The node that an operand comes from, if it has a derivative."""
    step = operand.source
    if step is None or step.node is UNTRACKED:
        return None
    return step.node if operand.index is None else step.results[operand.index]


def _raw(found: Any, like: Any) -> Any:
    if found is None:
        return numpy.zeros(like.shape, like.dtype)
    return found._value if type(found) is Tensor else found


def _is_real_scalar(holder: Step | Operand) -> bool:
    value = holder.value
    return getattr(value, "shape", None) == () and value.dtype.kind == "f"


def _names(steps: Sequence[Step], inputs: int) -> dict[Step, str]:
    return {step: f"v{i - inputs + 1}" for i, step in enumerate(steps)}


def _reference(operand: Operand, names: dict[Step, str]) -> str | None:
    """How a line refers to an operand; ``None`` for a constant."""
    if operand.source is None:
        return None
    name = names[operand.source]
    return name if operand.index is None else f"{name}[{operand.index}]"


def _lines(steps: Sequence[Step], inputs: Sequence[str], walked: _Walked) -> list[Line]:
    names = _names(steps, len(inputs))
    partials = {step: walked.partials(step) for step in steps}
    readers = _readers(steps, partials)
    lines = []
    for i, step in enumerate(steps):
        references = [_reference(o, names) for o in step.operands]
        written = [r or constant(o.value) for r, o in zip(references, step.operands, strict=True)]
        lines.append(
            Line(
                names[step],
                "" if step.primitive is None else step.primitive.name,
                inputs[i] if step.primitive is None else call(step.primitive.name, written, step.params),
                tuple(None if o.source is None else names[o.source] for o in step.operands),
                step.value,
                walked.tangent(step),
                walked.adjoint(step),
                partials[step],
                _tangent_terms(step, partials[step], references),
                _adjoint_terms(readers[step], names),
            )
        )
    return lines


def _tangent_terms(step: Step, partials: Sequence[float | None], references: Sequence[str | None]) -> str:
    """The tangents of the operands with their weights, unless one of these is not a number."""
    tracked = [i for i, operand in enumerate(step.operands) if node_of(operand) is not None]
    weights = [p for p in partials if p is not None]
    return weighted_sum(weights, [f"d{references[i]}" for i in tracked]) if len(weights) == len(tracked) else ""


Readers = list[tuple[float | None, Step]]


def _readers(steps: Sequence[Step], partials: dict[Step, tuple[float | None, ...]]) -> dict[Step, Readers]:
    """For each step the steps that read it, with the local derivative of each there."""
    readers: dict[Step, Readers] = {step: [] for step in steps}
    for step in steps:
        for operand, partial in zip(step.operands, partials[step], strict=True):
            if node_of(operand) is not None and step.node is not UNTRACKED and operand.source is not None:
                readers[operand.source].append((None if operand.source.results else partial, step))
    return readers


def _adjoint_terms(readers: Readers, names: dict[Step, str]) -> str:
    """The adjoints of the readers with their weights, unless one of these is not a number."""
    weights = [weight for weight, _ in readers if weight is not None]
    return weighted_sum(weights, [f"a{names[step]}" for _, step in readers]) if len(weights) == len(readers) else ""
