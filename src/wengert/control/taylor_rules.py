"""Series through loops and branches: the same loop or branch, of a graph that carries all coefficients along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.graph import Graph
from ..core.node import Node
from ..transforms.taylor import coefficients_of
from .active import moving_ends, moving_inputs
from .bodies import interleaved, inverse
from .checkpoint_primitive import checkpointed
from .cond_primitive import cond
from .loop_primitives import scan, while_loop
from .subgraphs import (
    chosen,
    graph_of,
    inexact,
    input_forms,
    of_moving,
    output_forms,
    parts,
    spread,
    zeros_for,
)

Raised = Sequence[Sequence[Any] | None]
"""For each operand its coefficients of degree 1 and above; ``None`` for one that does not move."""


def series_of_scan(node: Node, operands: Sequence[Any], raised: Raised, order: int) -> Sequence[Any]:
    """The coefficients, from 1 up to `order`, of the results of a counted loop."""
    params = dict(node.params)
    body, captured, carried = params.pop("body"), params.pop("captured"), params.pop("carried")
    moving, ends = moving_inputs(body, _marks(operands, raised), captured, carried)
    found = scan(
        *_given(operands, raised, moving, order, captured, carried),
        body=_raised_body(body, moving, ends, order, captured, carried),
        captured=captured + order * sum(moving[:captured]),
        carried=carried + order * sum(ends[:carried]),
        **params,
    )
    return _by_degree(found, ends, order, carried)


def series_of_while(node: Node, operands: Sequence[Any], raised: Raised, order: int) -> Sequence[Any]:
    """The same of a loop that runs while a test holds, which sees values alone; the number of turns stays."""
    body, captured = node.params["body"], node.params["captured"]
    carried = len(operands) - captured
    moving, ends = moving_inputs(body, _marks(operands, raised), captured, carried)
    run = _raised_body(body, moving, ends, order, captured, carried)
    straight = inverse(_layers(moving, order, captured, carried))[: len(operands)]
    test = node.params["test"]
    found = while_loop(
        *_given(operands, raised, moving, order, captured, carried),
        test=graph_of(lambda *values: test(*[values[i] for i in straight]), input_forms(run)),
        body=run,
        captured=captured + order * sum(moving[:captured]),
        memory=node.params["memory"],
    )
    return [(*row, None) for row in _by_degree(found[:-1], ends, order, carried)]


def series_of_cond(node: Node, operands: Sequence[Any], raised: Raised, order: int) -> Sequence[Any]:
    """The same of a branch: each side on series."""
    index, *given = operands
    branches = node.params["branches"]
    moving = _marks(given, raised[1:])
    ends = moving_ends(branches, moving)
    found = cond(
        *[index, *_given(given, raised[1:], moving, order, 0, 0)],
        branches=tuple([_raised_body(branch, moving, ends, order, 0, 0) for branch in branches]),
    )
    return _by_degree(found, ends, order, 0)


def series_of_checkpoint(node: Node, operands: Sequence[Any], raised: Raised, order: int) -> Sequence[Any]:
    """The same of a checkpointed graph, of which nothing is kept."""
    graph = node.params["graph"]
    moving = _marks(operands, raised)
    ends = moving_ends([graph], moving)
    found = _raised_body(graph, moving, ends, order, 0, 0)
    return _by_degree(checkpointed(*_given(operands, raised, moving, order, 0, 0), graph=found), ends, order, 0)


def _marks(operands: Sequence[Any], raised: Raised) -> list[bool]:
    return [row is not None and inexact(o) for o, row in zip(operands, raised, strict=True)]


def _given(
    operands: Sequence[Any], raised: Raised, moving: Sequence[bool], order: int, captured: int, carried: int
) -> list[Any]:
    """The operands of the loop that carries coefficients along."""
    degrees = [[None if row is None else row[d] for row in raised] for d in range(order)]
    flat = [c for degree in degrees for c in zeros_for(degree, operands, moving)]
    return interleaved([*operands, *flat], _layers(moving, order, captured, carried))


def _raised_body(
    body: Graph, moving: Sequence[bool], ends: Sequence[bool], order: int, captured: int, carried: int
) -> Graph:
    """The graph on series: values, and after those of each part their coefficients, degree by degree."""
    straight = inverse(_layers(moving, order, captured, carried))
    count, width = len(body.inputs), sum(moving)

    def f(*values: Any) -> Sequence[Any]:
        given, flat = parts([values[i] for i in straight], count)
        degrees = [flat[d * width : (d + 1) * width] for d in range(order)]
        outputs, rows = coefficients_of(
            of_moving(body, given, moving, ends), chosen(given, moving), list(zip(*degrees, strict=True)), order
        )
        forms = chosen(output_forms(body), ends)
        found = [c for row in rows for c in zeros_for(row, forms, [True] * len(forms))]
        return interleaved([*outputs, *found], _layers(ends, order, 0, carried))

    forms = input_forms(body)
    return graph_of(f, interleaved([*forms, *chosen(forms, moving) * order], _layers(moving, order, captured, carried)))


def _layers(marks: Sequence[bool], order: int, captured: int, carried: int) -> list[int]:
    """Where captured values, carry and slices, each followed by its coefficients, are in (values, coefficients)."""
    marked = chosen(range(len(marks)), marks)
    place = {i: len(marks) + rank for rank, i in enumerate(marked)}
    found: list[int] = []
    for part in parts(range(len(marks)), captured, carried):
        found += [*part, *(place[i] + d * len(marked) for d in range(order) for i in part if marks[i])]
    return found


def _by_degree(found: Sequence[Any], ends: Sequence[bool], order: int, carried: int) -> list[tuple[Any, ...]]:
    """The coefficients of the results, degree by degree."""
    straight = interleaved(found, inverse(_layers(ends, order, 0, carried)))
    width = sum(ends)
    start = [len(ends) + d * width for d in range(order)]
    return [tuple(spread(straight[i : i + width], ends)) for i in start]
