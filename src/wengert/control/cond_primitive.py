"""The primitive of a branch: one of several graphs, chosen by a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..core.abstract import Abstract
from ..core.graph import Graph
from ..core.node import Node
from ..core.primitive import Primitive
from ..core.recording import general
from ..core.replay import interpreted
from ..ops.broadcast import broadcast_to
from ..ops.elementwise import equal, where
from ..ops.facts import Facts, state_facts
from ..ops.shape import reshape
from ..transforms.following import followed_params
from .active import moving_ends
from .rule_loops import per_example
from .subgraphs import (
    EVERYTHING,
    batched_call,
    batched_outputs,
    chosen,
    forms_of,
    graph_of,
    holds_graph,
    inexact,
    input_forms,
    output_forms,
    pull,
    push,
    spread,
    with_axis,
    zeros_for,
)


def _evaluate(index: Any, *operands: Any, branches: Sequence[Graph]) -> tuple[Any, ...]:
    position = min(max(int(index), 0), len(branches) - 1)
    return tuple(interpreted(branches[position])(operands))


def _shape(index: Any, *operands: Any, branches: Sequence[Graph]) -> tuple[Abstract, ...]:
    return tuple(output_forms(branches[0]))


class _Map:
    """The linear map of a branch: a branch of linear maps, on the side that was taken."""

    needs = EVERYTHING

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
        index, *operands = residuals[:-1]
        branches = node.params["branches"]
        moving = [t is not None and inexact(o) for t, o in zip(tangents[1:], operands, strict=True)]
        ends = moving_ends(branches, moving)
        count = len(operands)

        def pushed(branch: Graph) -> Graph:
            def f(*values: Any) -> Sequence[Any]:
                return push(branch, values[:count], values[count:], moving, ends)[1]

            return graph_of(f, [*input_forms(branch), *chosen(input_forms(branch), moving)])

        found = cond(index, *operands, *chosen(tangents[1:], moving), branches=tuple(map(pushed, branches)))
        return tuple(spread(found, ends))

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        index, *operands = residuals[:-1]
        branches = followed_params(node, bit)["branches"]
        moving = [bool(w) and inexact(o) for w, o in zip(wanted[1:], operands, strict=True)]
        ends = moving_ends(branches, moving)
        count = len(operands)
        cotangents = zeros_for(cotangent, forms_of(node)[-1], ends)

        def pulled(branch: Graph) -> Graph:
            def f(*values: Any) -> Sequence[Any]:
                return pull(branch, values[:count], values[count:], moving, ends)[1]

            return graph_of(f, [*input_forms(branch), *chosen(output_forms(branch), ends)])

        found = cond(index, *operands, *cotangents, branches=tuple(map(pulled, branches)))
        return [None, *spread(found, moving)]


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
    """A common choice takes the branch for all; where each example chooses, small branches are both computed."""
    index, *shared = operands
    branches = node.params["branches"]
    if not batched[0]:
        return _of_batches(size, index, shared, batched[1:], branches)
    if all(map(_is_cheap, branches)):
        return _selected(size, index, shared, batched[1:], branches)
    return per_example(size, operands, batched, node)


def _of_batches(size: int, index: Any, shared: Sequence[Any], batched: Sequence[bool], branches: Any) -> Any:
    forms = [with_axis(f, size) if b else f for f, b in zip(input_forms(branches[0]), batched, strict=True)]

    def of_batch(branch: Graph) -> Graph:
        return graph_of(lambda *values: _whole_batches(branch, size, values, batched), forms)

    return cond(index, *shared, branches=tuple(map(of_batch, branches)))


def _whole_batches(branch: Graph, size: int, values: Sequence[Any], batched: Sequence[bool]) -> list[Any]:
    """The outputs of a branch, each with a batch axis."""
    outputs = batched_call(branch, size, values, batched)
    marks = batched_outputs(branch, batched)
    forms = output_forms(branch)
    return [o if m else broadcast_to(o, shape=(size, *f.shape)) for o, m, f in zip(outputs, marks, forms, strict=True)]


def _selected(size: int, index: Any, shared: Sequence[Any], batched: Sequence[bool], branches: Any) -> Any:
    """Every branch computed, and the result of the chosen one selected for each example."""
    results = [_whole_batches(branch, size, shared, batched) for branch in branches]
    chosen_ones = results[-1]
    for position in range(len(branches) - 2, -1, -1):
        taken = index <= position if position == 0 else equal(index, position)
        chosen_ones = [_where(taken, a, b) for a, b in zip(results[position], chosen_ones, strict=True)]
    return tuple(chosen_ones)


def _where(taken: Any, a: Any, b: Any) -> Any:
    return where(reshape(taken, shape=(*taken.shape, *(1,) * (len(a.shape) - 1))), a, b)


def _is_cheap(branch: Graph) -> bool:
    """Whether a branch costs so little that to compute it for nothing is cheaper than a loop over examples."""
    return len(branch.nodes) <= SMALL_BRANCH and not any(map(holds_graph, branch.nodes))


SMALL_BRANCH = 32
"""The most operations of a branch that is computed for all examples, whether they take it or not."""

COND = Primitive("cond", _evaluate, ("index", "*operands"), _shape, joint=_Map(), batch=_batch, many=True, moves=True)
cond: Final = general(COND)
COND.operation = cond
"""``cond(index, *operands, branches=graphs)``: the results of the graph chosen; the index is clamped."""

state_facts(Facts(has_graphs=True, never_raises=True), COND)
