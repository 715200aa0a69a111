"""The statements of a function: one for each operation, unless it is a short part of the only one that reads it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from typing import Any

from ...compile.passes.algebra import without_idle_operations
from ...compile.passes.common import without_repetitions
from ...compile.passes.constant import with_constants_evaluated
from ...compile.passes.idle import without_idle_results
from ...compile.passes.inlining import with_checkpoints_inside
from ...compile.passes.nested_graphs import with_simple_bodies
from ...compile.passes.rewriting import number_of_uses
from ...core.graph import Graph, GraphNode
from ...core.recording import PICK
from ..lines import shown, target_of
from ..recorded import Exported, distinct
from .loops import STATEMENTS
from .spelling import HELPERS, Expression, array_text, constant, expression_of

WIDEST = 60
"""The longest expression that is put into another, in characters."""
INDENT = "    "
RESERVED = ("np", "special", "slice", "range", "complex", *HELPERS)
"""Names that mean something in the source itself."""


def readable(graph: Graph) -> Graph:
    """The graph without what is idle, done twice, or known already; nothing is put in another shape for speed."""
    graph = with_simple_bodies(with_checkpoints_inside(graph), readable)
    for simplify in (with_constants_evaluated, without_idle_operations, without_repetitions, without_idle_results):
        graph = simplify(graph)
    return graph


def source_of(function: Exported) -> str:
    """The source of a module with a function of NumPy arrays."""
    writer = Writer(readable(function.graph))
    parameters = dict.fromkeys(argument.parameter for argument in function.arguments)
    writer.taken |= {*parameters}
    name = distinct(function.name, writer.taken)
    for argument, node in zip(function.arguments, writer.graph.inputs, strict=True):
        variable = argument.name if not argument.path else distinct(argument.name, writer.taken)
        writer.known[node] = Expression(variable)
        writer.write(f"{variable} = np.asarray({argument.parameter}{argument.path}, {node.form.dtype.name!r})")
    outputs = writer.graph_lines(writer.graph)
    writer.write(f"return {function.nested([o.text for o in outputs])!r}")
    head = [f"def {name}({', '.join(parameters)}):"]
    body = [INDENT + line for line in writer.lines]
    constants = [f"{name} = {text}" for name, text in writer.constants.items()]
    text = "\n".join([*constants, *([""] * (2 if constants else 0)), *head, *body]) + "\n"
    return "\n".join([*_imports(text), "", "", *_helpers(text), text])


def _imports(text: str) -> list[str]:
    return ["import numpy as np", *(["from scipy import special"] if "special." in text else [])]


def _helpers(text: str) -> list[str]:
    """The source of our own functions that are called, and of those that they call."""
    called = _names_called(text)
    while more := {n for name in called for n in _names_called(inspect.getsource(HELPERS[name]))} - called:
        called |= more
    return [f"{inspect.getsource(function)}\n" for name, function in HELPERS.items() if name in called]


def _names_called(text: str) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)} & HELPERS.keys()


class Writer:
    """The lines of a function, in the making.

    Attributes:
        graph: the list that is written.
        known: what stands for each value: a name, or an expression that is read once.
        taken: the names that are in use.
        constants: arrays of the module, by name.
        results: the variables of the results of loops and branches.
        line: the comment that was written last.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.known: dict[GraphNode, Expression] = {}
        self.taken: set[str] = set(RESERVED)
        self.lines: list[str] = []
        self.constants: dict[str, str] = {}
        self.results: dict[GraphNode, list[str]] = {}
        self.depth = 0
        self.number = 0
        self.line: str | None = None

    def write(self, line: str) -> None:
        self.lines.append(INDENT * self.depth + line)

    def name(self, stem: str | None = None) -> str:
        """A new name: as given, or the next of ``v1``, ``v2``, ..."""
        if stem is not None:
            return distinct(stem, self.taken)
        self.number += 1
        return distinct(f"v{self.number}", self.taken)

    def operand(self, value: Any, partners: Sequence[Any] = ()) -> Expression:
        """What stands for an operand, beside others."""
        if isinstance(value, GraphNode):
            return self.known[value]
        form = next((p.form for p in partners if isinstance(p, GraphNode) and hasattr(p.form, "dtype")), None)
        written = constant(value, form)
        if len(written.text) <= WIDEST:
            return written
        names = {text: name for name, text in self.constants.items()}
        if written.text not in names:
            names[written.text] = self.name(f"CONSTANT_{len(self.constants) + 1}")
            self.constants[names[written.text]] = array_text(value)
        return Expression(names[written.text])

    def variable(self, value: Any) -> Expression:
        """What stands for an operand that is read in every turn of a loop: a name or a number."""
        written = self.operand(value)
        if "(" not in written.text:
            return written
        name = self.name()
        self.write(f"{name} = {written.text}")
        return Expression(name)

    def graph_lines(self, graph: Graph) -> list[Expression]:
        """Write the operations of a graph, whose inputs are known; what stands for its outputs."""
        parts = _parts(graph)
        for node in graph.nodes:
            self._operation(node, node in parts)
        for output in graph.outputs:
            if isinstance(output, GraphNode) and not self.known[output].text.isidentifier():
                self._comment(output)
        return [self.operand(output) for output in graph.outputs]

    def _operation(self, node: GraphNode, may_be_part: bool) -> None:
        if node.primitive in STATEMENTS:
            self._comment(node)
            STATEMENTS[node.primitive](self, node)
        elif node.primitive is PICK and (names := self._results_of(node)):
            self.known[node] = Expression(names[node.params["index"]])
        else:
            self._value(node, may_be_part)

    def _value(self, node: GraphNode, may_be_part: bool) -> None:
        """An operation as a statement, or as what is put into another one."""
        written = expression_of(node, [self.operand(o, node.operands) for o in node.operands])
        if written is None:
            raise TypeError(
                f"[python] the operation {node.primitive.name} has no form in NumPy here, wanted arithmetic, "
                "functions, reductions, products, indices, solving and loops; write it with these"
            )
        target = target_of(node)
        is_part = may_be_part and target is None and len(written.text) <= WIDEST
        if not (is_part or node.primitive is PICK or written.text.isidentifier()):
            self._comment(node)
            name = self.name(target)
            self.write(f"{name} = {written.text}")
            written = Expression(name)
        self.known[node] = written

    def _results_of(self, pick: GraphNode) -> list[str] | None:
        """The variables of the results that a selection is made of, if a loop or a branch has made them."""
        (many,) = pick.operands
        return self.results.get(many)

    def _comment(self, node: GraphNode) -> None:
        """Name the user's line, where it is another one than before."""
        line = shown(node.line)
        if line is not None and line != self.line:
            self.write(f"# {line}")
            self.line = line

    def assign(self, names: Sequence[str], values: Sequence[Expression]) -> None:
        """All at once, as a turn of a loop does."""
        if names:
            self.write(f"{', '.join(names)} = {', '.join(value.text for value in values)}")


def _parts(graph: Graph) -> set[GraphNode]:
    """The operations that one other of the same graph reads, which is no loop, so that they may be a part of it."""
    uses = number_of_uses(graph)
    readers = (node for node in graph.nodes if node.primitive not in STATEMENTS)
    read = {o for node in readers for o in node.operands if isinstance(o, GraphNode)}
    given = {o for o in graph.outputs if isinstance(o, GraphNode)}
    return {node for node in read | given if uses[node] == 1}
