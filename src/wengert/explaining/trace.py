"""The list of a function at a point, as textbooks print it: primal, tangent and adjoint trace side by side.

Operations are named v1, v2, ... after A. Griewank and A. Walther, "Evaluating Derivatives" (2008); the three traces
are those of A. G. Baydin et al., "Automatic differentiation in machine learning: a survey" (2018), tables 2 and 3.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ..core.dtypes.kinds import is_floating
from ..core.node import Node
from ..core.primitive import Primitive
from ..core.python.source import name_of
from ..core.python.trees import accessors, flatten, unflatten
from ..core.recording import alias, residuals_of
from ..core.state import Unwatched, Watch, no_grad
from ..core.tensor import Tensor
from ..transforms.derivatives import matching_leaves
from ..transforms.recorded import inexact_leaves
from ..walks.backward import backward
from ..walks.forward import ancestors, forward, push
from ..walks.point import quiet
from .listen import Heard, Operand, Step, listen
from .modules import followed_modules
from .names import Names, names_for
from .notation import needs_brackets, written
from .parameters import Parameter, watched_parameters
from .text import constant, weighted_sum

MOST_DECISIONS = 3
"""So many decisions in a row are shown."""
DEEPEST_DECISION = 4
"""So many operations within each other the text of a decision shows."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list, with its three traces.

    Attributes:
        name: ``v1``; inputs have the name that the function gives them.
        operation: what was done; empty for an input.
        expression: the operation on its operands as one would write it, or the name of an input.
        reads: for each operand the name of its line, or ``None`` for a constant.
        value: the raw result, a tuple if there are many.
        tangent: its derivative along the direction; ``None`` if it has no derivative.
        adjoint: the derivative of the output with respect to it; ``None`` if it has none.
        partials: for each operand of a scalar operation on scalars the local derivative, else ``None``.
        tangent_terms: the tangent as a weighted sum of those of the operands, where all are scalars.
        adjoint_terms: the adjoint as a weighted sum of those of the lines that read this one, likewise.
        step: the operation as it was performed; ``None`` for a line that was made without.
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
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A truth value that Python, a loop or a branch asked for.

    Attributes:
        before: the number of the line that came next.
        text: what was compared.
        outcome: whether it was so.
    """

    before: int
    text: str
    outcome: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """A function's list at a point.

    Attributes:
        function: its name.
        lines: inputs first, then operations in the order of their execution.
        inputs: how many of the lines are inputs: the arguments, and then the parameters that were read.
        output: the name of the line that is the result; empty for a constant.
        value: the result.
        gradient: nested as the arguments.
        slope: the derivative of the result along the direction.
        names: how lines, tangents, adjoints and the result are called.
        decisions: what was decided on the way.
    """

    function: str
    lines: tuple[Line, ...]
    inputs: int
    output: str
    value: float
    gradient: tuple[Any, ...]
    slope: float
    names: Names
    decisions: tuple[Decision, ...] = ()

    @property
    def operations(self) -> tuple[Line, ...]:
        """The lines that are not inputs."""
        return self.lines[self.inputs :]

    @property
    def output_line(self) -> int | None:
        """The number of the line that is the result, or of which it is one of the results."""
        number = {line.name: i for i, line in enumerate(self.lines)}
        return number.get(self.output, number.get(self.output.rpartition("[")[0]))

    def decided(self) -> dict[int, list[str]]:
        """What was decided just before each line, in words; of many decisions the first."""
        found: dict[int, list[str]] = {}
        for decision in self.decisions:
            found.setdefault(decision.before, []).append(f"{decision.text} is {decision.outcome}")
        return {before: _first_of(told) for before, told in found.items()}


def _first_of(told: list[str]) -> list[str]:
    hidden = len(told) - MOST_DECISIONS
    return told if hidden <= 1 else [*told[:MOST_DECISIONS], f"and {hidden} more decisions"]


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
    with Watch() as bit, watched_parameters(f, bit) as known, followed_modules(f) as calls:
        inputs = [alias(leaf, bit) for leaf in leaves]
        heard = listen(lambda: f(*unflatten(structure, inputs)), inputs, [p.tensor for p in known], bit, calls)
        value = scalar(heard.result)
        named = [*input_names(f, args), *_names_of(heard, known)]
        with no_grad():
            walked = _Walked(heard, tangents, bit)
            written_out = _Writing(heard, names_for(named, len(heard.steps) - len(named)), walked)
            lines = written_out.lines()
    gradient = unflatten(structure, [line.adjoint for line in lines[: len(inputs)]])
    return Trace(
        function=name_of(f),
        lines=tuple(lines),
        inputs=len(named),
        output=written_out.reference(heard.output) or "",
        value=value,
        gradient=gradient,
        slope=walked.slope(heard.output),
        names=written_out.names,
        decisions=tuple(written_out.decisions()),
    )


def _names_of(heard: Heard, known: Sequence[Parameter]) -> list[str]:
    """The names of the parameters that the result was computed from."""
    names: dict[Node, str] = {parameter.node: parameter.name for parameter in known}
    return [names[step.node] for step in heard.steps if step.primitive is None and step.node in names]


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
            names.extend(written for i, v in enumerate(value) for written in _leaves(f"{name}[{i}]", v))
        else:
            names.extend(_leaves(name, value))
    return names


def _leaves(name: str, value: Any) -> list[str]:
    """The leaves of an argument, as one would write them."""
    return [accessor.codify(name) for accessor in accessors(flatten(value)[1])]


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
    given, instead = describe(result), _instead(result)
    if type(result) is Tensor:
        result = result._value
    if type(result) is float or (getattr(result, "shape", None) == () and is_floating(result.dtype)):
        return float(result)
    raise TypeError(
        f"[explain] the function returned {given}, wanted one real number, since a gradient belongs to one; {instead}"
    )


def _instead(result: Any) -> str:
    """What to do about a result that is not one real number."""
    if result is None:
        return "write return before what it computes"
    if isinstance(result, (tuple, list, dict)) or numpy.ndim(result) > 0:
        return "write component=0 (or --component 0) for one of its elements"
    if getattr(result, "dtype", numpy.dtype(int)).kind == "c":
        return "write abs(z), or np.real(z), of it"
    return "write a function whose result is a floating-point number"


def describe(result: Any) -> str:
    """What a function returned, in words."""
    if hasattr(result, "shape") and hasattr(result, "dtype"):
        return f"shape {result.shape} of dtype {result.dtype}"
    return "nothing" if result is None else f"an object of type {type(result).__name__}"


class _Walked:
    """The tangents and adjoints of every node between the inputs and the output."""

    def __init__(self, heard: Heard, tangents: Sequence[Any], bit: int) -> None:
        nodes = [node for step in heard.steps for node in (step.node, *step.results)]
        ends = [node for node in nodes if node.watch & bit]
        starts = [step.node for step in heard.steps[: len(tangents)]]
        oldest = max((step.node.sequence for step in heard.steps if step.primitive is None), default=0)
        self.bit = bit
        self.tangents = forward(ancestors(ends, bit, oldest), starts, tangents, bit)
        end = self.node_of(heard.output)
        seeds = [] if end is None else [(end, numpy.ones((), heard.output.value.dtype))]
        self.adjoints = backward(seeds, ends, bit)

    def node_of(self, operand: Operand) -> Node | None:
        """The node that an operand comes from, if it depends on the inputs and has a derivative."""
        step = operand.source
        if step is None or not step.node.watch & self.bit:
            return None
        return step.node if operand.index is None else step.results[operand.index]

    def tangent(self, step: Step) -> Any:
        return self._of(step, self.tangents)

    def adjoint(self, step: Step) -> Any:
        return self._of(step, self.adjoints)

    def slope(self, output: Operand) -> float:
        """The tangent of the output."""
        end = self.node_of(output)
        return 0.0 if end is None or end not in self.tangents else float(self.tangents[end])

    def _of(self, step: Step, found: dict[Node, Any]) -> Any:
        """The (co)tangent at a step: zeros where none arrived, ``None`` where there is no derivative."""
        if not step.node.watch & self.bit:
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
        if not step.node.watch & self.bit or step.results or self.node_of(operand) is None:
            return None
        if not (_is_real_scalar(step) and _is_real_scalar(operand)):
            return None
        unit: list[Any] = [None] * len(step.operands)
        unit[position] = numpy.ones((), operand.value.dtype)
        with Unwatched(self.bit) as on, quiet():
            pushed = push(step.primitive, step.node, unit, residuals_of(step.node, on & ~self.bit), self.bit)
        return 0.0 if pushed is None else float(pushed)


def _raw(found: Any, like: Any) -> Any:
    if found is None:
        return numpy.zeros(like.shape, like.dtype)
    return found._value if type(found) is Tensor else found


def _is_real_scalar(holder: Step | Operand) -> bool:
    value = holder.value
    return getattr(value, "shape", None) == () and is_floating(value.dtype)


class _Writing:
    """The steps as lines, with names and terms."""

    def __init__(self, heard: Heard, names: Names, walked: _Walked) -> None:
        self.heard = heard
        self.names = names
        self.walked = walked
        self.name = dict(zip(heard.steps, names.lines, strict=True))
        self.partials = {step: walked.partials(step) for step in heard.steps}

    def lines(self) -> list[Line]:
        readers = self._readers()
        return [self._line(step, readers[step]) for step in self.heard.steps]

    def _line(self, step: Step, readers: Readers) -> Line:
        return Line(
            self.name[step],
            "" if step.primitive is None else step.primitive.name,
            self.name[step] if step.primitive is None else self.expression(step),
            tuple(None if o.source is None else self.name[o.source] for o in step.operands),
            step.value,
            self.walked.tangent(step),
            self.walked.adjoint(step),
            self.partials[step],
            self._tangent_terms(step),
            self._adjoint_terms(readers),
            step,
        )

    def reference(self, operand: Operand) -> str | None:
        """How a line refers to an operand; ``None`` for a constant."""
        if operand.source is None:
            return None
        name = self.name[operand.source]
        return name if operand.index is None else f"{name}[{operand.index}]"

    def expression(self, step: Step, depth: int = 0) -> str:
        """The operation on its operands; those that are no lines are written out, to some depth."""
        operands = [self._operand(operand, depth, step.primitive) for operand in step.operands]
        ndim = numpy.ndim(step.operands[0].value) if len(step.operands) == 1 else None
        return written(step.primitive, operands, step.params, ndim)

    def _operand(self, operand: Operand, depth: int, reader: Primitive) -> str:
        source = operand.source
        if source is None:
            return constant(operand.value)
        if source in self.name:
            return self.reference(operand) or ""
        if depth == DEEPEST_DECISION:
            return "..."
        text = self.expression(source, depth + 1)
        return f"({text})" if needs_brackets(source.primitive, reader) else text

    def decisions(self) -> list[Decision]:
        return [Decision(before, self.expression(step), bool(step.value)) for before, step in self.heard.decisions]

    def _tangent_terms(self, step: Step) -> str:
        """The tangents of the operands with their weights, unless one of these is not a number."""
        tracked = [operand for operand in step.operands if self.walked.node_of(operand) is not None]
        weights = [p for p in self.partials[step] if p is not None]
        names = [f"{self.names.tangent}{self.reference(operand)}" for operand in tracked]
        return weighted_sum(weights, names) if len(weights) == len(tracked) else ""

    def _readers(self) -> dict[Step, Readers]:
        """For each step the steps that read it, with the local derivative of each there."""
        readers: dict[Step, Readers] = {step: [] for step in self.heard.steps}
        for step in self.heard.steps:
            for operand, partial in zip(step.operands, self.partials[step], strict=True):
                has_path = step.node.watch & self.walked.bit and self.walked.node_of(operand) is not None
                if has_path and operand.source is not None:
                    readers[operand.source].append((None if operand.source.results else partial, step))
        return readers

    def _adjoint_terms(self, readers: Readers) -> str:
        """The adjoints of the readers with their weights, unless one of these is not a number."""
        weights = [weight for weight, _ in readers if weight is not None]
        names = [f"{self.names.adjoint}{self.name[step]}" for _, step in readers]
        return weighted_sum(weights, names) if len(weights) == len(readers) else ""


Readers = list[tuple[float | None, Step]]
