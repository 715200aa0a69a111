"""A finished list: inputs, nodes and outputs, and no values."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ..html import preformatted
from .abstract import Abstract, form_of
from .node import Node
from .primitive import Primitive
from .python.source import SourceLine
from .recording import PICK, UNFOLLOWED, aliased, record, unfollowed

INPUT = Primitive("input", lambda: None, (), lambda: None, moves=True)


class GraphNode:
    """One line of a graph: a primitive, what it is applied to, and the form of what it gives.

    Attributes:
        primitive: the operation.
        operands: for each operand the node that makes it, or the constant that it is.
        params: the keyword parameters of the operation.
        form: the shape and dtype of the result: an `Abstract`, or a tuple of them.
        line: where the user wrote it; ``None`` for what a walk or a pass has made.
    """

    __slots__ = ("form", "line", "operands", "params", "primitive")

    def __init__(
        self,
        primitive: Primitive,
        operands: Iterable[Any],
        params: dict[str, Any],
        form: Any,
        line: SourceLine | None = None,
    ) -> None:
        self.primitive: Primitive = primitive
        self.operands: tuple[Any, ...] = tuple(operands)
        self.params: dict[str, Any] = params
        self.form: Any = form
        self.line: SourceLine | None = line

    @property
    def result_forms(self) -> tuple[Abstract, ...]:
        """The form of each result."""
        return self.form if isinstance(self.form, tuple) else (self.form,)

    @property
    def operand_forms(self) -> list[Any]:
        """The form of each operand."""
        return [form_of_operand(operand) for operand in self.operands]


class Graph:
    """A program as a list of nodes: what `wengert.jit` lowers a function to. Called, it gives a tuple of its outputs.

    Attributes:
        inputs: the nodes whose values are given at each call; nothing is behind them, so that who looks at what made
            an operand never leaves the graph (`cut` sees to it).
        nodes: the operations, each after those whose results it uses.
        outputs: what the program returns: nodes, or constants.
    """

    def __init__(self, inputs: Sequence[GraphNode], nodes: Sequence[GraphNode], outputs: Sequence[Any]) -> None:
        self.inputs: list[GraphNode] = list(inputs)
        self.nodes: list[GraphNode] = list(nodes)
        self.outputs: list[Any] = list(outputs)
        assert not any(map(_is_made, self.inputs)), "an input of a graph has something behind it: cut it off"

    def reached(self, starts: Iterable[GraphNode], passes: Callable[[GraphNode], bool] | None = None) -> set[GraphNode]:
        """The nodes that depend on `starts`, these included, through nodes that `passes` lets through."""
        found = set(starts)
        for node in self.nodes:
            if (passes is None or passes(node)) and any(isinstance(o, GraphNode) and o in found for o in node.operands):
                found.add(node)
        return found

    def needed(self, ends: Iterable[Any]) -> set[GraphNode]:
        """The nodes that `ends` depend on, these included."""
        found = {end for end in ends if isinstance(end, GraphNode)}
        for node in reversed(self.nodes):
            if node in found:
                found.update(o for o in node.operands if isinstance(o, GraphNode))
        return found

    def pruned(self) -> Graph:
        """The graph without the operations that its outputs do not depend on."""
        needed = self.needed(self.outputs)
        return Graph(self.inputs, [node for node in self.nodes if node in needed], self.outputs)

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        """Perform the operations on arrays or tensors, to be recorded in their turn where somebody records."""
        values: dict[GraphNode, Any] = dict(zip(self.inputs, inputs, strict=True))
        for node in self.nodes:
            values[node] = performed(node, [values[o] if isinstance(o, GraphNode) else o for o in node.operands])
        return tuple([values[o] if isinstance(o, GraphNode) else o for o in self.outputs])

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The graph as a document that loads again with `from_json`: text, from which nothing is ever executed.

        ``graph.schema.json`` in ``wengert/export/documents`` is the JSON schema of such documents.

        Args:
            path: a file to write it to as well, whole or not at all.

        Raises:
            TypeError: an operation is not of this package (it has a rule of the user's), or a parameter of it is no
                plain value.

        >>> import wengert as wg, wengert.numpy as np
        >>> graph = wg.jit(wg.grad(lambda x: np.sum(np.sin(x)))).lower(np.zeros(3)).graph
        >>> graph.to_json()[:40]
        '{"format": "wengert.graph", "version": 1'
        >>> wg.Graph.from_json(graph.to_json())(np.zeros(3))
        (tensor([1., 1., 1.]),)
        """
        return documents().to_json(self, path)

    @staticmethod
    def from_json(source: str | os.PathLike[str]) -> Graph:
        """The graph of a document that `to_json` has written.

        Args:
            source: the text of the document (it begins with a brace), or the path of its file.

        Raises:
            ValueError: the document is damaged, of another version, or of another kind.
        """
        return documents().from_json(source)

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def _repr_html_(self) -> str:
        return preformatted(str(self), f"{len(self.nodes)} operations")


_offered: list[Callable[[], Any]] = []


def offer_documents(load: Callable[[], Any]) -> None:
    """Let a later folder write and read documents of graphs; `load` gives its module when one is first asked for."""
    _offered.append(load)


def documents() -> Any:
    """The module that writes and reads documents of graphs."""
    return _offered[-1]()


def performed(node: GraphNode, given: Sequence[Any]) -> Any:
    """The result of a node's operation, which is recorded where somebody records."""
    if node.primitive is PICK:
        return PICK.evaluate(*given, **node.params)
    return unfollowed(*given) if node.primitive is UNFOLLOWED else record(node.primitive, given, node.params)


def form_of_operand(operand: Any) -> Abstract:
    """The shape and dtype of a node's result, or of a constant."""
    return operand.form if isinstance(operand, GraphNode) else form_of(operand)


def standing_for(operands: Iterable[Any], replaced: Mapping[GraphNode, Any]) -> list[Any]:
    """The operands, with what replaces those nodes that are replaced."""
    return [replaced.get(o, o) if isinstance(o, GraphNode) else o for o in operands]


def input_node(form: Abstract) -> GraphNode:
    """A new input of a graph."""
    return GraphNode(INPUT, (), {}, Abstract(form.shape, form.dtype))


def _is_made(node: GraphNode) -> bool:
    """Whether an operation made what a node stands for."""
    return any(isinstance(operand, GraphNode) for operand in node.operands)


def cut(inputs: Sequence[GraphNode], nodes: Sequence[GraphNode], outputs: Sequence[Any]) -> Graph:
    """A part of a graph as one: new inputs, with nothing behind them, stand for those that were made."""
    replaced = {node: input_node(node.form) for node in inputs if _is_made(node)}
    within = [_rereading(node, replaced) for node in nodes]
    ends = standing_for(outputs, replaced)
    return Graph([replaced.get(node, node) for node in inputs], within, ends)


def _rereading(node: GraphNode, replaced: dict[GraphNode, GraphNode]) -> GraphNode:
    """The node, or a copy of it that reads what stands for its operands, noted as what stands for the node."""
    operands = standing_for(node.operands, replaced)
    if all(new is old for new, old in zip(operands, node.operands, strict=True)):
        return node
    copy = GraphNode(node.primitive, operands, node.params, node.form, node.line)
    replaced[node] = copy
    return copy


# -- from a recording to a graph ------------------------------------------------------------------


NOTHING: Mapping[Node, Any] = MappingProxyType({})


class Finished(NamedTuple):
    """A recording as a graph.

    Attributes:
        graph: the graph.
        standing: for each node of the recording what stands for it, a node of the graph or a constant.
    """

    graph: Graph
    standing: dict[Node, Any]


def finished(
    inputs: Mapping[Node, GraphNode],
    nodes: Iterable[Node],
    outputs: Sequence[Any],
    constants: Mapping[Node, Any] = NOTHING,
    lines: Mapping[Node, SourceLine | None] = NOTHING,
) -> Finished:
    """The graph of recorded nodes, each after those whose results it uses; inputs and constants stand for others.

    `lines` says where the user wrote the nodes.
    """
    standing: dict[Node, Any] = {**inputs, **constants}
    given = len(standing)
    ends = continued(standing, nodes, outputs, lines)
    within = list(standing.values())[given:]
    return Finished(Graph(list(inputs.values()), within, ends), standing)


def continued(
    standing: dict[Node, Any],
    nodes: Iterable[Node],
    outputs: Sequence[Any],
    lines: Mapping[Node, SourceLine | None] = NOTHING,
) -> list[Any]:
    """What stands for recorded outputs in a graph, after lines for the nodes have been added to those that stand."""
    for node in nodes:
        if node not in standing and aliased(node) is None:
            standing[node] = _without_values(node, standing, lines.get(node))
    return [_standing_for(o, None, standing) if isinstance(o, Node) else o for o in outputs]


def _without_values(node: Node, standing: Mapping[Node, Any], line: SourceLine | None) -> GraphNode:
    """The line of a graph that a recorded node is."""
    pairs = zip(node.parents, node.residuals, strict=False)
    operands = [_standing_for(parent, value, standing) for parent, value in pairs]
    form = operands[0].form[node.params["index"]] if node.primitive is PICK else _form_of_result(node.residuals[-1])
    return GraphNode(node.primitive, operands, node.params, form, line)


def _form_of_result(result: Any) -> Any:
    """The form of what an operation gave, which has a value where a recording was made of values."""
    if type(result) is tuple:
        return tuple(map(_form_of_result, result))
    return result if type(result) is Abstract else form_of(result)


def _standing_for(node: Node, value: Any, standing: Mapping[Node, Any]) -> Any:
    """What stands for a recorded node, or for the first of those that it is an alias of; else its value, a constant."""
    name: Node | None = node
    while name is not None and name not in standing:
        name = aliased(name)
    return value if name is None else standing[name]


# -- texts ----------------------------------------------------------------------------------------


def _lines(graph: Graph, title: str = "program") -> Iterator[str]:
    names = dict(zip((*graph.inputs, *graph.nodes), _names(), strict=False))
    shown = ", ".join(f"{names[node]}: {_form(node.form)}" for node in graph.inputs)
    yield f"{title}({shown}):"
    for node in graph.nodes:
        operands = [names[o] if isinstance(o, GraphNode) else _constant(o) for o in node.operands]
        inner = subgraphs(node)
        params = [f"{key}={value}" for key, value in node.params.items() if not any(key in at for at in inner)]
        call = f"    {names[node]} = {node.primitive.name}({', '.join([*operands, *params])})"
        yield f"{call:<60}  # {_form(node.form)}"
        for (key, *place), subgraph in inner.items():
            yield from ("        " + line for line in _lines(subgraph, key + "".join(f"[{i}]" for i in place)))
    yield "    return " + ", ".join(names[o] if isinstance(o, GraphNode) else _constant(o) for o in graph.outputs)


def subgraphs(node: Node | GraphNode) -> dict[tuple[Any, ...], Graph]:
    """The graphs within a node, by the name of their parameter, and their place in it if it holds several."""
    found: dict[tuple[Any, ...], Graph] = {}
    for name, value in node.params.items():
        if isinstance(value, Graph):
            found[name,] = value
        elif isinstance(value, tuple):
            found |= {(name, i): part for i, part in enumerate(value) if isinstance(part, Graph)}
    return found


def _names() -> Iterator[str]:
    """a, b, ..., z, aa, ab, ..."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    for length in itertools.count(1):
        for name in itertools.product(letters, repeat=length):
            yield "".join(name)


def _form(form: Any) -> str:
    if isinstance(form, Abstract):
        return f"{form.dtype}{list(form.shape)}"
    return "(" + ", ".join(map(_form, form)) + ")"


def _constant(value: Any) -> str:
    if getattr(value, "size", 1) == 1:
        return str(value.item() if hasattr(value, "item") else value)
    return f"<{value.dtype}{list(value.shape)}>"
