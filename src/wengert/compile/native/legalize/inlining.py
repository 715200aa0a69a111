"""Functions of tensors, recorded where a node was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ....core.abstract import Recording
from ....core.graph import GraphNode, continued
from ....core.node import Node
from ....core.recording import abstract_alias
from ....core.state import Watch
from ....core.tensor import Tensor
from ....walks.forward import ancestors


def inlined(f: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """What a function of the operands is: the last of its operations, or a constant; of several results a tuple."""
    with Watch(abstract=True) as bit:
        recording = Recording("jit")
        given = [abstract_alias(o.form, bit, recording) if isinstance(o, GraphNode) else o for o in operands]
        made = f(*given)
        results = made if type(made) is tuple else (made,)
        ends = [result._node if type(result) is Tensor else result for result in results]
        known = {x._node: o for x, o in zip(given, operands, strict=True) if isinstance(o, GraphNode)}
        nodes = ancestors([end for end in ends if isinstance(end, Node)], bit, float("inf"))
    found = tuple(continued(known, nodes, ends))
    return found if type(made) is tuple else found[0]
