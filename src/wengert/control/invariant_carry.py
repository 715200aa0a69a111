"""Loop-invariant carries: what the body leaves as it is, it captures instead.

So what a turn computes of it alone is computed once, before the loop, and its derivative once, after the loop's. A
loop that perhaps makes no turn is left as it is if its body may raise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.graph import Graph, GraphNode, subgraphs
from ..core.recording import alias
from ..core.tensor import Tensor
from ..ops.elementwise import power, power_raises
from ..ops.facts import facts_of
from ..transforms.closures import Subgraph, subgraph
from .subgraphs import (
    chosen,
    spread,
)


class Fixed:
    """The parts of a carry that turns leave as they are.

    Attributes:
        turning: which parts are not.
    """

    def __init__(self, body: Subgraph, carry: Sequence[Tensor], turns: bool) -> None:
        """`turns` tells whether there is a turn at all."""
        inputs = body.graph.inputs[len(body.captured) :]
        is_left = not turns and not _never_raises(body.graph)
        self.turning: list[bool] = [
            is_left or o is not i for o, i in zip(body.graph.outputs[: len(carry)], inputs, strict=False)
        ]
        self.held: list[Tensor] = [t if moves else alias(t, 0) for t, moves in zip(carry, self.turning, strict=True)]

    @property
    def first(self) -> list[Tensor]:
        """The rest of the carry, before the loop."""
        return chosen(self.held, self.turning)

    def after(self, results: Sequence[Tensor]) -> list[Tensor]:
        """The whole carry after the loop, from the rest of it."""
        return [h if r is None else r for h, r in zip(self.held, spread(results, self.turning), strict=True)]

    def captured_by(self, name: str, sub: Subgraph, is_body: bool = True) -> Subgraph:
        """A body, or a test, that is not given what is fixed."""
        if all(self.turning):
            return sub
        inputs = sub.graph.inputs[len(sub.captured) :]
        given = [*self.turning, *(True,) * (len(inputs) - len(self.turning))]
        kept = [*self.turning, *(True,) * (len(sub.graph.outputs) - len(self.turning))] if is_body else [True]

        def turn(*values: Any) -> list[Any]:
            own = [self.held[i] if v is None else v for i, v in enumerate(spread(values, given))]
            return chosen(sub.graph(*sub.captured, *own), kept)

        return subgraph(name, turn, [node.form for node in chosen(inputs, given)])


def _never_raises(graph: Graph) -> bool:
    return all(map(is_harmless, graph.nodes))


def is_harmless(node: GraphNode) -> bool:
    """Whether an operation is known not to raise, and to end."""
    if node.primitive is power.primitive and power_raises(node.form.dtype):
        return False
    return facts_of(node.primitive).never_raises and all(map(_never_raises, subgraphs(node).values()))
