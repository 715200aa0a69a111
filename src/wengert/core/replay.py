"""Going through a finished list again with numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy

from .graph import Graph, GraphNode


class Interpreted:
    """Evaluates the nodes of a graph one by one.

    Attributes:
        overwritten: the inputs that are written to: none.
        why: the reason, for reports.
        shared: the outputs that are inputs or constants, of which a caller gets a copy.
    """

    overwritten: tuple[int, ...] = ()

    def __init__(self, graph: Graph, why: str = "it is not compiled") -> None:
        self.why = why
        slots: dict[GraphNode, int] = {node: i for i, node in enumerate((*graph.inputs, *graph.nodes))}
        self.constants: list[Any] = []

        def slot_of(operand: Any) -> int:
            if isinstance(operand, GraphNode):
                return slots[operand]
            self.constants.append(operand)
            return len(slots) + len(self.constants) - 1

        self.room: list[None] = [None] * len(graph.nodes)
        steps = [
            (node.primitive.evaluate, [slot_of(o) for o in node.operands], node.params, slots[node])
            for node in graph.nodes
        ]
        self.ends: list[int] = [slot_of(o) for o in graph.outputs]
        used_up = self._used_up(steps)
        self.steps: list[tuple[Any, ...]] = [(*step, dead) for step, dead in zip(steps, used_up, strict=True)]
        made = {slots[node] for node in graph.nodes}
        self.shared: list[int] = [
            i for i, end in enumerate(self.ends) if end not in made and graph.outputs[i] is not None
        ]

    def _used_up(self, steps: Sequence[Any]) -> list[list[int]]:
        """For each step the places of results that nothing reads after it, whose memory is free again."""
        last: dict[int, int] = {}
        for number, (_, operands, _, place) in enumerate(steps):
            last.update(dict.fromkeys((place, *operands), number))
        dead: list[list[int]] = [[] for _ in steps]
        for place in {place for *_, place in steps}.difference(self.ends):
            dead[last[place]].append(place)
        return dead

    def __call__(self, inputs: Sequence[Any], spare: Mapping[int, Any] | None = None) -> list[Any]:
        values = [*inputs, *self.room, *self.constants]
        with numpy.errstate(all="ignore"):  # as machine code, which does not warn
            for evaluate, operands, params, place, dead in self.steps:
                values[place] = evaluate(*[values[i] for i in operands], **params)
                for i in dead:
                    values[i] = None
        outputs = [values[i] for i in self.ends]
        for i in self.shared:
            outputs[i] = numpy.array(outputs[i])
        return outputs

    def facts(self) -> list[str]:
        """What a report says of it."""
        return [f"{len(self.steps)} NumPy steps: no native code, since {self.why}"]


_made: WeakKeyDictionary[Graph, Interpreted] = WeakKeyDictionary()


def interpreted(graph: Graph) -> Interpreted:
    """The graph ready to be evaluated; made once."""
    found = _made.get(graph)
    if found is None:
        found = _made[graph] = Interpreted(graph)
    return found
