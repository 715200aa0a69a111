"""Liveness in loops and branches, and the node that is left of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy

from ...core.graph import Graph, GraphNode
from .rewriting import replayed_on


class Less:
    """The node without unused results, carries and inputs.

    Attributes:
        operands: what is left of them.
        params: with smaller graphs.
        forms: of the results that are left.
        results: which these are, by their former places.
        known: results that are known without it.
    """

    def __init__(
        self, node: GraphNode, operands: list[Any], params: dict[str, Any], results: list[int], known: dict[int, Any]
    ) -> None:
        self.operands = operands
        self.params: dict[str, Any] = {**node.params, **params}
        self.forms: tuple[Any, ...] = tuple([node.form[i] for i in results])
        self.results = results
        self.known = known


class Inputs:
    """Operands that are the same on every turn: each once, and numbers in the graphs themselves.

    Attributes:
        operands: those that are left.
    """

    def __init__(self, operands: Sequence[Any], places: Iterable[int]) -> None:
        self.operands: list[Any] = []
        self.first: dict[Any, int] = {}  # for each operand the place that stands for it
        self.same: dict[int, int] = {}
        self.numbers: dict[int, Any] = {}
        self.places: list[int] = []
        for place in places:
            self._add(operands[place], place)

    def _add(self, operand: Any, place: int) -> None:
        if not isinstance(operand, GraphNode) and numpy.size(operand) == 1:
            self.numbers[place] = operand
        elif id(operand) in self.first:
            self.same[place] = self.first[id(operand)]
        else:
            self.first[id(operand)] = place
            self.operands.append(operand)
            self.places.append(place)

    def of(self, graph: Graph, rest: Sequence[int], outputs: Sequence[int]) -> Graph:
        """A graph with these inputs and those at `rest`, and some of its outputs."""
        inputs = graph.inputs
        given: dict[GraphNode, Any] = {inputs[place]: inputs[first] for place, first in self.same.items()}
        for place, number in self.numbers.items():
            form = inputs[place].form
            given[inputs[place]] = numpy.asarray(number, form.dtype).reshape(form.shape)
        nodes, ends = replayed_on(graph, given)
        kept = [inputs[place] for place in (*self.places, *rest)]
        return Graph(kept, nodes, [ends[i] for i in outputs]).pruned()


def live_of(body: Graph, captured: int, carried: int, used: set[int], read: Iterable[int] = ()) -> list[int]:
    """The live carries: used outside, or to compute what is used."""
    live = {i for i in used if i < carried} | {i - captured for i in read if i >= captured}
    ends = {i for i in used if carried <= i < len(body.outputs)}
    while True:
        grown = live | {i - captured for i in reads_of(body, live | ends) if captured <= i < captured + carried}
        if grown == live:
            return sorted(live)
        live = grown


def reads_of(graph: Graph, outputs: Iterable[int]) -> set[int]:
    """The inputs that some outputs depend on, by their places."""
    needed = graph.needed(graph.outputs[i] for i in outputs)
    return {place for place, node in enumerate(graph.inputs) if node in needed}
