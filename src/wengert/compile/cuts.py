"""What `backward()` must not follow: results that depend on something computed under ``no_grad()``.

The derivative of a compiled function, or of the body of a loop, is that of the whole, whoever asks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..control.subgraphs import chosen, parts, settled
from ..core.graph import Graph
from ..core.node import Node
from ..core.recording import PICK


class Reach(NamedTuple):
    """Where something goes along differentiable operations.

    Attributes:
        sources: nodes where it begins.
        blocks: nodes that it does not pass.
    """

    sources: Collection[Node] = ()
    blocks: Collection[Node] = ()

    def outputs(self, graph: Graph, inputs: Collection[Node] = ()) -> list[bool]:
        """Which outputs of a graph it arrives at, if it begins at these inputs too."""
        marked = set(inputs)
        picked: dict[Node, list[bool]] = {}
        for node in graph.nodes:
            operands = graph.operands(node)
            reads = [isinstance(o, Node) and o in marked for o in operands]
            inner = self.results(node, reads)
            if inner is not None:
                picked[node] = inner
            elif node.primitive is PICK and operands[0] in picked:
                marked |= {node} if picked[operands[0]][node.params["index"]] else set()
            elif node in self.sources or (any(reads) and self._passes(node)):
                marked.add(node)
        return [isinstance(o, Node) and o in marked for o in graph.outputs]

    def _passes(self, node: Node) -> bool:
        return node not in self.blocks and (node.primitive is PICK or node.primitive.differentiable)

    def results(self, node: Node, reads: Sequence[bool]) -> list[bool] | None:
        """The same for the results of a loop or a branch; ``None`` if the node is neither."""
        if "branches" in node.params:
            found = [self._from(branch, reads[1:]) for branch in node.params["branches"]]
            return [any(marks) for marks in zip(*found, strict=True)]
        if node.primitive.name not in ("scan", "while_loop"):
            return None
        captured, is_scan = node.params["captured"], "carried" in node.params
        end = captured + node.params["carried"] if is_scan else len(reads)
        body = node.params["body"]
        before, carry, after = parts(reads, captured, end - captured)
        carry = settled(carry, lambda marks: self._from(body, [*before, *marks, *after])[: len(marks)])
        found = self._from(body, [*before, *carry, *after])
        return found if is_scan else [*found, False]

    def _from(self, graph: Graph, marks: Sequence[bool]) -> list[bool]:
        return self.outputs(graph, chosen(graph.inputs, marks))
