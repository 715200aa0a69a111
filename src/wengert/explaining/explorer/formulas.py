"""The formula of a rule, from the rule itself: it is recorded on names, and what it did is written down."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy

from ...compile.jit import jit
from ...core.abstract import Abstract, form_of
from ...core.dtypes.kinds import is_inexact
from ...core.graph import Graph, GraphNode
from ...core.primitive import Primitive
from ...ops.facts import facts_of
from ...transforms.derivatives import jvp, vjp
from ..listen import Operand, Step
from ..text import constant
from . import mathml
from .mathml import ATOM
from .model import Formula, Rule, RuleMap

LONGEST = 24
"""So many operations a formula may have, each as often as it is written."""
RESULT = "v"
Term = tuple[Formula, int]


class Rules:
    """The rules of operations; those of one kind and form share one, which is written once."""

    def __init__(self) -> None:
        self.known: dict[Hashable, Rule | None] = {}

    def of(self, step: Step, tangent: str, adjoint: str) -> Rule | None:
        """The rule of an operation, with what is put before names for tangents and adjoints."""
        key = (_kind_of(step), tangent, adjoint)
        if key not in self.known:
            self.known[key] = rule_of(step, tangent, adjoint)
        return self.known[key]


def _kind_of(step: Step) -> Hashable:
    """What operations have in common that have the same formulas: elementwise ones whatever their shapes."""
    return step.primitive, tuple(_form_of_operand(o, step) for o in step.operands), repr(step.params)


def _form_of_operand(operand: Operand, step: Step) -> Hashable:
    if operand.source is None:
        return constant(operand.value)
    return () if step.primitive.is_elementwise else numpy.shape(operand.value), operand.value.dtype


def rule_of(step: Step, tangent: str, adjoint: str) -> Rule | None:
    """The rule of an operation, with what is put before names for tangents and adjoints; ``None`` without formulas."""
    primitive = step.primitive
    if not primitive.differentiable or primitive.many or facts_of(primitive).has_graphs:
        return None
    return _Writing(step, tangent, adjoint).rule()


class _Writing:
    """Writes the formulas of an operation on operands that are names, but for numbers.

    Attributes:
        named: the places of the operands that are names.
        moving: those of them that have derivatives.
    """

    def __init__(self, step: Step, tangent: str, adjoint: str) -> None:
        self.primitive: Primitive = step.primitive
        self.params = step.params
        self.values = [operand.value for operand in step.operands]
        self.names = operand_names(self.primitive, len(step.operands))
        self.named = [i for i, o in enumerate(step.operands) if o.source is not None or numpy.ndim(o.value)]
        self.moving = [i for i in self.named if is_inexact(form_of(self.values[i]).dtype)]
        self.result = step.value
        self.tangent, self.adjoint = tangent, adjoint

    def rule(self) -> Rule | None:
        """The rule; ``None`` if the derivative is not written yet."""
        moving = [self.values[i] for i in self.moving]
        try:
            pushed, pulled = self._recorded(self._push, moving), self._recorded(self._pull, [self.result])
        except NotImplementedError:
            return None
        tangents = [self._derivative(self.tangent, self.names[i]) for i in self.moving]
        tangent = self._formulas(pushed, tangents)[0]
        adjoints = self._formulas(pulled, [self._derivative(self.adjoint, RESULT)])
        return Rule(
            operation=self.primitive.name,
            value=mathml.written(self.primitive, [self._operand(i) for i in range(len(self.values))])[0],
            tangent=tangent,
            adjoints=[RuleMap(self.names[i], f) for i, f in zip(self.moving, adjoints, strict=True) if f is not None],
            steps=len(pulled.nodes),
        )

    def _derivative(self, prefix: str, name: str) -> Term:
        return mathml.row(mathml.name(prefix), mathml.name(name)), ATOM

    def _operand(self, place: int) -> Term:
        """An operand as it is written: by its name, or as the number that it is."""
        return (mathml.name(self.names[place]), ATOM) if place in self.named else _number(self.values[place])

    def _recorded(self, walk: Callable[..., Any], vectors: Sequence[Any]) -> Graph:
        """What a walk does on the operands that are names, and on the vectors that it carries."""
        return jit(walk).lower(*(self._stand_in(v) for v in (*(self.values[i] for i in self.named), *vectors))).recorded

    def _stand_in(self, value: Any) -> Any:
        """What a rule is recorded at: one number for what works element by element."""
        form: Abstract = form_of(value)
        return numpy.broadcast_to(numpy.ones((), form.dtype), () if self.primitive.is_elementwise else form.shape)

    def _push(self, *given: Any) -> Any:
        operands, tangents = given[: len(self.named)], given[len(self.named) :]
        return jvp(self._of_moving(operands), self._chosen(operands), tuple(tangents))[1]

    def _pull(self, *given: Any) -> Any:
        *operands, cotangent = given
        return vjp(self._of_moving(operands), *self._chosen(operands))[1](cotangent)

    def _chosen(self, operands: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(operands[self.named.index(i)] for i in self.moving)

    def _of_moving(self, operands: Sequence[Any]) -> Callable[..., Any]:
        """The operation as a function of the operands that have derivatives."""

        def f(*moving: Any) -> Any:
            all_of_them = dict(enumerate(self.values)) | dict(zip(self.named, operands, strict=True))
            all_of_them |= dict(zip(self.moving, moving, strict=True))
            return self.primitive.operation(*all_of_them.values(), **self.params)

        return f

    def _formulas(self, graph: Graph, vectors: Sequence[Term]) -> list[Formula | None]:
        """The outputs of a graph of operands and vectors."""
        terms = [*(self._operand(i) for i in self.named), *vectors]
        known = dict(zip(graph.inputs, terms, strict=True))
        return [_Terms(known, self._is_result).written(end) for end in graph.outputs]

    def _is_result(self, node: GraphNode, terms: Mapping[GraphNode, Term]) -> bool:
        """Whether a node is the operation itself."""
        if node.primitive is not self.primitive or len(node.operands) != len(self.values):
            return False
        own = [self._operand(i) for i in range(len(self.values))]
        return own == [terms.get(o) if isinstance(o, GraphNode) else _number(o) for o in node.operands]


class _Terms:
    """Writes nodes of a graph as formulas, until these are too long."""

    def __init__(self, known: Mapping[GraphNode, Term], is_result: Callable[..., bool]) -> None:
        self.known = known
        self.is_result = is_result
        self.left = LONGEST

    def written(self, end: Any) -> Formula | None:
        """The formula of a node or constant; ``None`` if it is too long."""
        formula = self._term(end)[0]
        return None if self.left < 0 else formula

    def _term(self, operand: Any) -> Term:
        if not isinstance(operand, GraphNode):
            return _number(operand)
        if operand in self.known:
            return self.known[operand]
        if self.is_result(operand, self.known):
            return mathml.name(RESULT), ATOM
        self.left -= 1
        if self.left < 0:
            return mathml.name("..."), ATOM
        return mathml.written(operand.primitive, [self._term(o) for o in operand.operands])


def _number(value: Any) -> Term:
    text = constant(value)
    return mathml.number(text), mathml.PRODUCT - 1 if text.startswith("-") else ATOM


def operand_names(primitive: Primitive, count: int) -> Sequence[str]:
    """What a rule calls its operands; those of a variadic one are numbered."""
    if primitive.operands and primitive.operands[0].startswith("*"):
        return [f"x{i + 1}" for i in range(count)]
    return primitive.operands
