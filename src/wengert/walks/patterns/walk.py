"""The walk: ascend a graph with what each element depends on.

What does not depend on the inputs in question is evaluated, as far as it is known; a factor that is known to be zero
passes nothing on. So with all other inputs known the dependence is that at a point, and without it is that at all
points.

Source: A. Griewank and A. Walther, "Evaluating Derivatives" (2008), section 7.1; A. Hill and G. Dalle, "Sparser,
better, faster, stronger: sparsity detection for efficient automatic differentiation" (2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ...core.dtypes.kinds import is_inexact
from ...core.graph import Graph, GraphNode, form_of_operand
from ...ops.facts import facts_of
from .dependence import Dependence, nothing, own
from .loops import OF_LOOPS
from .passage import Passage, PassageRule, Reach
from .structure import dense, rule_of
from .trying import is_tried, tried


def pattern_of_graph(graph: Graph, moving: int, values: Sequence[Any]) -> Dependence:
    """What the first output of a graph depends on among the elements of one input; the others are known, or not."""
    width = graph.inputs[moving].form.size
    found: list[Reach] = [own(0, width, width) if i == moving else None for i in range(len(graph.inputs))]
    rows = dependences(graph, found, values)[0][0]
    if rows is None:
        return nothing(form_of_operand(graph.outputs[0]).size, width)
    rows.sort_indices()
    return rows


def dependences(graph: Graph, found: Sequence[Reach], values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """What each output of a graph depends on, and its value where that is known, given the same of its inputs."""
    passed: dict[GraphNode, Any] = dict(zip(graph.inputs, found, strict=True))
    known: dict[GraphNode, Any] = dict(zip(graph.inputs, values, strict=True))
    for node in graph.nodes:
        passage = Passage(node, *_of_operands(node.operands, passed, known), dependences)
        if any(map(_depends, passage.found)):
            passed[node] = _without_counts(_rule(passage)(passage), node)
        elif _can_be_evaluated(passage):
            with numpy.errstate(all="ignore"):
                known[node] = node.primitive.evaluate(*passage.values, **node.params)
    return _of_operands(graph.outputs, passed, known)


def _of_operands(
    operands: Sequence[Any], passed: dict[GraphNode, Any], known: dict[GraphNode, Any]
) -> tuple[list[Any], list[Any]]:
    found = [passed.get(o) if isinstance(o, GraphNode) else None for o in operands]
    return found, [known.get(o) if isinstance(o, GraphNode) else o for o in operands]


def _depends(found: Any) -> bool:
    return any(part is not None for part in found) if isinstance(found, tuple) else found is not None


def _can_be_evaluated(passage: Passage) -> bool:
    """Whether all operands are known, and it costs little: a loop may be long, or have no end."""
    return all(value is not None for value in passage.values) and not facts_of(passage.node.primitive).has_graphs


def _rule(passage: Passage) -> PassageRule:
    stated = rule_of(passage.node.primitive) or OF_LOOPS.get(passage.node.primitive)
    return stated or (tried if is_tried(passage) else dense)


def _without_counts(found: Any, node: GraphNode) -> Any:
    """Whole numbers and truth values depend on nothing, as far as derivatives go."""
    if isinstance(found, tuple):
        return tuple(f if is_inexact(form.dtype) else None for f, form in zip(found, node.result_forms, strict=True))
    return found if is_inexact(node.form.dtype) else None
