"""What is done as late as it can be: short floats made long for products, since they take twice the memory then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ....core.dtypes.kinds import total_dtype
from ....core.graph import Graph, GraphNode
from ....core.primitive import primitives
from ....ops.contract import matmul
from ....ops.elementwise import CASTS
from ...passes.rewriting import rewritten
from ..facts.lagged import LAGGED
from ..facts.lowered import dtype_of
from ..facts.minimal import MINIMAL
from ..facts.views import is_view

WHOLE = primitives(matmul) | LAGGED | MINIMAL
"""Products whose operands are in memory as a whole."""


def is_widening(node: GraphNode) -> bool:
    """Whether an operation makes short floats long."""
    if node.primitive not in CASTS or not isinstance(node.operands[0], GraphNode):
        return False
    given = dtype_of(node.operands[0])
    return total_dtype(given) == dtype_of(node) != given


def converting_for_themselves(graph: Graph) -> Graph:
    """The graph in which each operation makes short floats long for itself.

    So what is used again much later, as by a derivative, is kept in short until then.
    """
    return rewritten(graph, _converting) if any(map(is_widening, graph.nodes)) else graph


def _converting(node: GraphNode, operands: list[Any]) -> Any:
    if not any(map(_converts, operands)):
        return None
    return GraphNode(node.primitive, list(map(_own, operands)), node.params, node.form)


def _own(operand: Any) -> Any:
    """Another conversion, or view of one; other operands as they are."""
    if not _converts(operand):
        return operand
    given = operand.operands if is_widening(operand) else [_own(operand.operands[0]), *operand.operands[1:]]
    return GraphNode(operand.primitive, given, operand.params, operand.form)


def late_operations(nodes: Sequence[GraphNode], outputs: Iterable[Any]) -> dict[GraphNode, list[GraphNode]]:
    """The conversions, and views of them, that only products ask for, with the operations that do."""
    if not any(map(is_widening, nodes)):
        return {}
    users: dict[Any, list[GraphNode]] = defaultdict(list)
    kept = {o for o in outputs if isinstance(o, GraphNode)}
    found: dict[GraphNode, list[GraphNode]] = {}
    for node in reversed(nodes):
        for operand in node.operands:
            if isinstance(operand, GraphNode):
                users[operand].append(node)
        asked = [user for user in users[node] if user not in found]
        if node not in kept and users[node] and all(user.primitive in WHOLE for user in asked) and _converts(node):
            found[node] = users[node]
    return found


def _converts(node: Any) -> bool:
    """Whether it is a conversion, or a view of one."""
    while isinstance(node, GraphNode) and is_view(node):
        node = node.operands[0]
    return isinstance(node, GraphNode) and is_widening(node)


def read_by(operand: Any, late: dict[GraphNode, list[GraphNode]]) -> Any:
    """What an operand is converted from, if that is done late."""
    while operand in late:
        operand = operand.operands[0]
    return operand
