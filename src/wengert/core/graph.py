"""A finished list: inputs, nodes and outputs, and no values."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .abstract import Abstract
from .node import Node
from .primitive import Primitive
from .recording import PICK, UNTRACKED, aliased, named_by
from .state import RECORDING

INPUT = Primitive("input", lambda: None, (), lambda: None)


class Graph:
    """A program as a list of nodes.

    Attributes:
        inputs: the nodes whose values are given at each call; nothing is behind them, so that who looks at what made
            an operand never leaves the graph (`cut` sees to it).
        nodes: the operations, each after those whose results it uses.
        outputs: what the program returns: nodes, or constants.
    """

    def __init__(self, inputs: Sequence[Node], nodes: Sequence[Node], outputs: Sequence[Any]) -> None:
        self.inputs = list(inputs)
        self.nodes = list(nodes)
        self.outputs = list(outputs)
        self._known = frozenset((*self.inputs, *self.nodes))
        assert not any(map(_is_made, self.inputs)), "an input of a graph has something behind it: cut it off"

    def operands(self, node: Node) -> list[Any]:
        """For each operand the node of the graph that makes it, or the constant that it is."""
        makers = map(named_by, node.parents)
        return [maker if maker in self._known else v for maker, v in zip(makers, node.residuals, strict=False)]

    def reached(self, starts: Iterable[Node], passes: Callable[[Node], bool] | None = None) -> set[Node]:
        """The nodes that depend on `starts`, these included, through nodes that `passes` lets through."""
        found = set(starts)
        for node in self.nodes:
            if (passes is None or passes(node)) and any(
                isinstance(o, Node) and o in found for o in self.operands(node)
            ):
                found.add(node)
        return found

    def needed(self, ends: Iterable[Any]) -> set[Node]:
        """The nodes that `ends` depend on, these included."""
        found = {end for end in ends if isinstance(end, Node)}
        for node in reversed(self.nodes):
            if node in found:
                found.update(o for o in self.operands(node) if isinstance(o, Node))
        return found

    def pruned(self) -> Graph:
        """The graph without the operations that its outputs do not depend on."""
        needed = self.needed(self.outputs)
        return Graph(self.inputs, [node for node in self.nodes if node in needed], self.outputs)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def input_node(form: Abstract, watch: int = RECORDING) -> Node:
    """A new input of a graph."""
    return Node(INPUT, (), (Abstract(form.shape, form.dtype),), {}, None, watch)


def _is_made(node: Node) -> bool:
    """Whether an operation made what a node stands for."""
    return any(parent is not UNTRACKED for parent in node.parents)


def cut(
    inputs: Sequence[Node], nodes: Sequence[Node], outputs: Sequence[Any], given: Mapping[Node, Node] | None = None
) -> Graph:
    """A part of a longer list as a graph: new inputs, with nothing behind them, stand for those that were made.

    `given` are the new inputs; by default they are made from what the nodes tell of their results.
    """
    if given is None:
        given = {node: input_node(form_of_node(node), node.watch) for node in inputs if _is_made(node)}
    replaced = dict(given)
    within = [_rereading(node, replaced) for node in nodes]
    ends = [replaced.get(o, o) if isinstance(o, Node) else o for o in outputs]
    return Graph([replaced.get(node, node) for node in inputs], within, ends)


def _rereading(node: Node, replaced: dict[Node, Node]) -> Node:
    """The node, or a copy of it that reads what stands for its operands, noted as what stands for the node."""
    parents = tuple([_replaced(parent, replaced) for parent in node.parents])
    if all(new is old for new, old in zip(parents, node.parents, strict=True)):
        return node
    copy = Node(node.primitive, parents, node.residuals, node.params, node.forms, node.watch)
    replaced[node] = copy
    return copy


def _replaced(node: Node, replaced: Mapping[Node, Node]) -> Node:
    """What stands for a node, or for the first of those that it is an alias of."""
    name: Node | None = node
    while name is not None and name not in replaced:
        name = aliased(name)
    return node if name is None else replaced[name]


def form_of_node(node: Node) -> Any:
    """The shape and dtype of a node's result: an `Abstract`, or a tuple of them."""
    if node.primitive is PICK:
        return form_of_node(node.parents[0])[node.params["index"]]
    return node.residuals[-1]


def forms_of(node: Node) -> tuple[Abstract, ...]:
    """The shape and dtype of each result of a node."""
    form = form_of_node(node)
    return form if isinstance(form, tuple) else (form,)


def _lines(graph: Graph, title: str = "program") -> Iterator[str]:
    names = dict(zip((*graph.inputs, *graph.nodes), _names(), strict=False))
    shown = ", ".join(f"{names[node]}: {_form(form_of_node(node))}" for node in graph.inputs)
    yield f"{title}({shown}):"
    for node in graph.nodes:
        operands = [names[o] if isinstance(o, Node) else _constant(o) for o in graph.operands(node)]
        inner = subgraphs(node)
        params = [f"{key}={value}" for key, value in node.params.items() if not any(key in at for at in inner)]
        call = f"    {names[node]} = {node.primitive.name}({', '.join([*operands, *params])})"
        yield f"{call:<60}  # {_form(form_of_node(node))}"
        for (key, *place), subgraph in inner.items():
            yield from ("        " + line for line in _lines(subgraph, key + "".join(f"[{i}]" for i in place)))
    yield "    return " + ", ".join(names[o] if isinstance(o, Node) else _constant(o) for o in graph.outputs)


def subgraphs(node: Node) -> dict[tuple[Any, ...], Graph]:
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
