"""Going through a graph with some values in pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .....core.abstract import Abstract
from .....core.graph import Graph, GraphNode, form_of_operand
from .....core.primitive import Primitive
from ....passes.rewriting import rewritten, with_operands
from ....passes.squeezing import is_elementwise
from .boxes import Boxes, own_box
from .pieces import Box, Cuts, Pieces, boxes_of, number_of_boxes, uncut, within


class Limits:
    """How much is done piece by piece.

    Attributes:
        boxes: into how many a value is cut at most.
        operations: how many elementwise operations on boxes are made at most, and how many are done again.
    """

    def __init__(self, boxes: int, operations: int) -> None:
        self.boxes = boxes
        self.operations = operations


class Piecewise:
    """One run over a graph.

    Attributes:
        rules: for each primitive ``rule(run, node, operands, cuts)``: the result in pieces, cut there at least.
        begun: values that are in pieces whatever their operands are, and where they are cut at least.
        pieces: those of joined values.
        left: how many operations on boxes may still be made.
    """

    def __init__(
        self, graph: Graph, rules: Mapping[Primitive, PieceRule], begun: Mapping[GraphNode, Cuts], limits: Limits
    ) -> None:
        self.graph = graph
        self.rules = rules
        self.begun = begun
        self.limits = limits
        self.left = limits.operations
        self.boxes: Boxes = Boxes(graph, waiting_values(graph, rules), limits.operations)
        self.pieces: dict[GraphNode, Pieces] = {}

    def result(self) -> Graph:
        """The graph with operations on values in pieces done piece by piece."""
        return rewritten(self.graph, self._rewrite)

    def _rewrite(self, node: GraphNode, operands: list[Any]) -> Any:
        made = self._in_pieces(node, operands)
        if made is None:
            result = with_operands(node, operands)
            self.boxes.origin[result] = node
            return result
        joined = made.joined()
        if isinstance(joined, GraphNode):
            self.pieces[joined] = made
        return joined

    def _in_pieces(self, node: GraphNode, operands: list[Any]) -> Pieces | None:
        rule = self.rules.get(node.primitive)
        if rule is None or not isinstance(node.form, Abstract) or not node.form.size:
            return None
        if node not in self.begun and not any(isinstance(o, GraphNode) and o in self.pieces for o in operands):
            return None
        return rule(self, node, operands, self.begun.get(node) or uncut(node.form.shape))

    # -- for the rules -----------------------------------------------------------------------------

    def cuts_of(self, value: Any) -> Cuts:
        """Where a value is cut."""
        if isinstance(value, GraphNode) and value in self.pieces:
            return self.pieces[value].cuts
        return uncut(form_of_operand(value).shape)

    def part(self, value: Any, box: Box) -> Any:
        """The box of a value; ``None`` if nothing was put there."""
        if not (isinstance(value, GraphNode) and value in self.pieces):
            return self.boxes.of(value, box)
        pieces = self.pieces[value]
        around = pieces.around(box)
        cell = pieces.cells[around]
        return None if cell is None else self.boxes.of(cell, within(box, around))

    def aligned(self, value: Any, box: Box) -> Any:
        """The part of an operand that broadcasts to an array, for a box of that array."""
        return self.part(value, own_box(form_of_operand(value).shape, box))

    def made(self, node: GraphNode, cuts: Cuts, cell: Callable[[Box], Any]) -> Pieces | None:
        """A result with these cells; ``None`` if they are too many."""
        count = number_of_boxes(cuts)
        if count > min(self.limits.boxes, self.left):
            return None
        self.left -= count if is_elementwise(node) else 0
        return Pieces(node.form, cuts, {box: cell(box) for box in boxes_of(cuts)})


PieceRule = Callable[[Piecewise, GraphNode, Sequence[Any], Cuts], Pieces | None]


def readers_of(graph: Graph, rules: Mapping[Primitive, PieceRule]) -> dict[GraphNode, list[GraphNode]]:
    """For each value that nobody needs as a whole those who read it: operations that may be done piece by piece."""
    users: dict[GraphNode, list[GraphNode]] = {}
    whole = {output for output in graph.outputs if isinstance(output, GraphNode)}
    for node in graph.nodes:
        for operand in node.operands:
            if isinstance(operand, GraphNode):
                users.setdefault(operand, []).append(node)
                if node.primitive not in rules:
                    whole.add(operand)
    return {node: found for node, found in users.items() if node not in whole}


def waiting_values(graph: Graph, rules: Mapping[Primitive, PieceRule]) -> set[GraphNode]:
    """Results of elementwise operations that nobody needs as a whole."""
    return {node for node in readers_of(graph, rules) if is_elementwise(node)}
