"""A finished list: inputs, nodes and outputs, and no values."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .abstract import Abstract
from .node import Node
from .recording import PICK, named_by


class Graph:
    """A program as a list of nodes.

    Attributes:
        inputs: the nodes whose values are given at each call.
        nodes: the operations, each after those whose results it uses.
        outputs: what the program returns: nodes, or constants.
    """

    def __init__(self, inputs: Sequence[Node], nodes: Sequence[Node], outputs: Sequence[Any]) -> None:
        self.inputs = list(inputs)
        self.nodes = list(nodes)
        self.outputs = list(outputs)
        self._known = frozenset((*self.inputs, *self.nodes))

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
