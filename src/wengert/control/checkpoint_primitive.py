"""The primitive of checkpointing: a graph whose pullback keeps its inputs only, and runs it again.

Source: A. Griewank, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
differentiation" (1992).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..core.abstract import Abstract
from ..core.graph import Graph
from ..core.node import Node
from ..core.primitive import OPERANDS, Primitive
from ..core.python.search import first
from ..core.recording import general
from ..core.replay import interpreted
from ..ops.after import after
from ..transforms.following import followed_params
from .active import moving_outputs
from .subgraphs import (
    batched_call,
    chosen,
    forms_of,
    inexact,
    output_forms,
    pull,
    push,
    spread,
    zeros_for,
)


def _evaluate(*operands: Any, graph: Graph) -> tuple[Any, ...]:
    return tuple(interpreted(graph)(operands))


def _shape(*operands: Any, graph: Graph) -> tuple[Abstract, ...]:
    return tuple(output_forms(graph))


class _Map:
    """The linear map of a checkpointed graph, at a point that it computes again."""

    needs = OPERANDS

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
        operands, graph = residuals[:-1], node.params["graph"]
        moving = [t is not None and inexact(o) for t, o in zip(tangents, operands, strict=True)]
        ends = moving_outputs(graph, moving)
        return tuple(spread(push(graph, operands, chosen(tangents, moving), moving, ends)[1], ends))

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        operands, graph = residuals[:-1], followed_params(node, bit)["graph"]
        moving = [bool(w) and inexact(o) for w, o in zip(wanted, operands, strict=True)]
        ends = moving_outputs(graph, moving)
        event = first(c for c in cotangent if c is not None)
        again = [after(operand, event) for operand in operands]
        cotangents = zeros_for(cotangent, forms_of(node)[-1], ends)
        return spread(pull(graph, again, cotangents, moving, ends)[1], moving)


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
    return tuple(batched_call(node.params["graph"], size, operands, batched))


CHECKPOINT = Primitive(
    "checkpoint", _evaluate, ("*operands",), _shape, joint=_Map(), batch=_batch, many=True, moves=True
)
checkpointed: Final = general(CHECKPOINT)
CHECKPOINT.operation = checkpointed
"""``checkpointed(*operands, graph=)``: the results of the graph."""
