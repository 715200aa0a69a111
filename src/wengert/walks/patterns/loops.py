"""Dependences through loops and branches.

The graph of a turn is gone through once: how its outputs depend on its inputs is a matrix for each pair, and a turn is
a product with them. A loop of few steps is gone through turn by turn instead, so that what is known, such as a counter,
stays known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import accumulate, pairwise
from typing import Any

from scipy import sparse

from ...control.bodies import turns
from ...control.cond_primitive import cond
from ...control.loop_primitives import loop_pullback, scan, while_loop
from ...control.subgraphs import inexact, input_forms, output_forms, parts
from ...core.abstract import Abstract
from ...core.graph import Graph
from ...core.primitive import Primitive, by_primitive
from .dependence import collapsed, mapped, nothing, own, spread, united
from .passage import Passage, PassageRule, Reach

MOST_STEPS = 10_000
"""Up to so many operations in all turns, a loop is gone through turn by turn."""

MOST_TURNS = 4096
"""Up to so many turns, the carry of each is followed; beyond, all turns are taken together."""


class TurnDependence:
    """How the outputs of a graph depend on its inputs.

    Attributes:
        matrices: for each output and each input the dependence of their elements; ``None`` if there is none.
    """

    def __init__(self, passage: Passage, graph: Graph, values: Sequence[Any]) -> None:
        forms = input_forms(graph)
        ends = [0, *accumulate(form.size if inexact(form) else 0 for form in forms)]
        spans = list(pairwise(ends))
        given = [own(a, b - a, ends[-1]) if b > a else None for a, b in spans]
        outputs = passage.follow(graph, given, values)[0]
        self.matrices: list[list[Reach]] = [[_columns(found, *span) for span in spans] for found in outputs]

    def __call__(self, found: Sequence[Reach]) -> list[Reach]:
        """What the outputs depend on, from what the inputs depend on."""
        return [self.output(i, found) for i in range(len(self.matrices))]

    def output(self, i: int, found: Sequence[Reach]) -> Reach:
        """What one output depends on."""
        total = None
        for matrix, part in zip(self.matrices[i], found, strict=True):
            if matrix is not None and part is not None:
                total = united(total, matrix @ part)
        return total

    def stacked(self, i: int, shared: Sequence[Reach], stacks: Sequence[Reach], form: Abstract, length: int) -> Reach:
        """What one output of every turn depends on: through inputs that all turns share, or have each a part of."""
        once = self.output(i, shared)
        total = None if once is None else spread(once, (1, form.size), (length, form.size))
        for matrix, stack in zip(self.matrices[i], stacks, strict=True):
            if matrix is not None and stack is not None:
                total = united(total, mapped(sparse.kron(sparse.eye_array(length, dtype=bool), matrix), stack))
        return total


def _columns(found: Reach, start: int, end: int) -> Reach:
    if found is None or start == end:
        return None
    part = found[:, start:end]
    return part if part.nnz else None


def _settled(carry: Sequence[Reach], after: Callable[[Sequence[Reach]], Sequence[Reach]]) -> list[Reach]:
    """What a carry depends on after any number of turns, none included."""
    found = list(carry)
    while True:
        grown = [united(a, b) for a, b in zip(found, after(found), strict=True)]
        if list(map(_entries, grown)) == list(map(_entries, found)):
            return grown
        found = grown


def _entries(found: Reach) -> int:
    return 0 if found is None else found.nnz


def _any_turn(found: Reach, form: Abstract) -> Reach:
    """What an element of some turn's part of a stack depends on."""
    return None if found is None else collapsed(found, (found.shape[0] // form.size, form.size), (0,))[0]


# -- a known number of turns -----------------------------------------------------------------------


def through_scan(passage: Passage) -> tuple[Reach, ...]:
    """`scan`: turn by turn if that is quick; at once if no turn depends on another, or there are too many."""
    params = passage.node.params
    body, captured, carried, length = (params[name] for name in ("body", "captured", "carried", "length"))
    if 0 < length * len(body.nodes) <= MOST_STEPS:
        return _unrolled(passage, **params)
    shared, carry, stacks = parts(passage.found, captured, carried)
    turn = TurnDependence(passage, body, [*passage.values[:captured], *[None] * (carried + len(stacks))])
    forms = input_forms(body)[captured + carried :]
    slices = [_any_turn(found, form) for found, form in zip(stacks, forms, strict=True)]
    settled = _settled(carry, lambda c: turn([*shared, *c, *slices])[:carried])
    if length <= MOST_TURNS and any(found is not None for found in settled):
        return _turn_by_turn(turn, passage, shared, carry, stacks)
    common, own_parts = [*shared, *settled, *_none(stacks)], [*_none(shared), *_none(carry), *stacks]
    results = enumerate(output_forms(body)[carried:], carried)
    return (*settled, *(turn.stacked(i, common, own_parts, form, length) for i, form in results))


def _none(found: Sequence[Reach]) -> list[Reach]:
    return [None] * len(found)


def _unrolled(
    passage: Passage, body: Graph, captured: int, carried: int, length: int, reverse: bool, memory: int | None
) -> tuple[Reach, ...]:
    shared, carry, stacks = parts(passage.found, captured, carried)
    known_shared, known_carry, known_stacks = parts(passage.values, captured, carried)
    results: dict[int, list[Reach]] = {}
    for t in turns(length, reverse):
        slices = [_slice(found, t, length) for found in stacks]
        known = [None if value is None else value[t] for value in known_stacks]
        outputs, values = passage.follow(body, [*shared, *carry, *slices], [*known_shared, *known_carry, *known])
        carry, results[t], known_carry = outputs[:carried], outputs[carried:], values[:carried]
    return (*carry, *_stacks(results, output_forms(body)[carried:]))


def _turn_by_turn(
    turn: TurnDependence, passage: Passage, shared: Sequence[Reach], carry: Sequence[Reach], stacks: Sequence[Reach]
) -> tuple[Reach, ...]:
    body, carried, length = (passage.node.params[name] for name in ("body", "carried", "length"))
    results: dict[int, list[Reach]] = {}
    for t in turns(length, passage.node.params["reverse"]):
        outputs = turn([*shared, *carry, *(_slice(found, t, length) for found in stacks)])
        carry, results[t] = outputs[:carried], outputs[carried:]
    return (*carry, *_stacks(results, output_forms(body)[carried:]))


def _slice(found: Reach, t: int, length: int) -> Reach:
    """What the part of a stack at one turn depends on."""
    count = 0 if found is None else found.shape[0] // length
    return None if found is None else found[t * count : (t + 1) * count]


def _stacks(results: dict[int, list[Reach]], forms: Sequence[Abstract]) -> list[Reach]:
    """What stacks depend on, from what the results of each turn depend on."""
    return [_joined([results[t][i] for t in range(len(results))], form.size) for i, form in enumerate(forms)]


def _joined(found: Sequence[Reach], count: int) -> Reach:
    some = [part for part in found if part is not None]
    if not some:
        return None
    empty = nothing(count, some[0].shape[1])
    return sparse.vstack([empty if part is None else part for part in found], format="csr")


# -- while a test holds ---------------------------------------------------------------------------


def through_while(passage: Passage) -> tuple[Reach, ...]:
    """`while_loop`: what holds after any number of turns; the number of turns depends on nothing."""
    body, captured = passage.node.params["body"], passage.node.params["captured"]
    shared, carry = parts(passage.found, captured)
    turn = TurnDependence(passage, body, [*passage.values[:captured], *[None] * len(carry)])
    return (*_settled(carry, lambda c: turn([*shared, *c])), None)


# -- back through a loop --------------------------------------------------------------------------


def through_pullback(passage: Passage) -> tuple[Reach, ...]:
    """`loop_pullback`: carries and cotangents as after any number of turns."""
    loop = _Pullback(passage)
    carry = _settled(loop.carry, loop.after)
    cotangents = _settled(loop.cotangents, lambda c: loop.before(carry, c))
    common = loop.inputs(carry, loop.slices, cotangents, loop.end_slices)
    sums, first = loop.backward(common)[: loop.sums], loop.sums + len(cotangents)
    shared = loop.inputs(carry, _none(loop.slices), cotangents, _none(loop.end_slices))
    own_parts = [*_none([*loop.shared, *carry]), *loop.stacks, *_none(cotangents), *loop.ends]
    results = enumerate(output_forms(loop.back)[first:], first)
    return (*sums, *cotangents, *(loop.backward.stacked(i, shared, own_parts, f, loop.length) for i, f in results))


class _Pullback:
    """The parts of a passage back through a loop, and what one turn of it does.

    Attributes:
        shared, carry, stacks, cotangents, ends: what the operands depend on.
        slices, end_slices: what some turn's part of `stacks` and `ends` depends on.
        sums: how many results are added up over the turns.
    """

    def __init__(self, passage: Passage) -> None:
        params = passage.node.params
        body, captured, carried = params["body"], params["captured"], params["carried"]
        self.back: Graph = params["back"]
        self.length: int = params["length"] or 0
        self.sums = sum(params["moving"][:captured])
        self.carried = carried
        counts = captured, carried, len(body.inputs) - captured - carried, sum(params["ends"][:carried])
        self.shared, self.carry, self.stacks, self.cotangents, self.ends = parts(passage.found[1:], *counts)
        known = passage.values[1 : captured + 1]
        self.forward = TurnDependence(passage, body, [*known, *[None] * (len(body.inputs) - captured)])
        self.backward = TurnDependence(passage, self.back, [*known, *[None] * (len(self.back.inputs) - captured)])
        _, _, inner, _, ends = parts(input_forms(self.back), *counts)
        self.slices = [_any_turn(*pair) for pair in zip(self.stacks, inner, strict=True)]
        self.end_slices = [_any_turn(*pair) for pair in zip(self.ends, ends, strict=True)]

    def inputs(self, carry: Any, slices: Any, cotangents: Any, ends: Any) -> list[Reach]:
        return [*self.shared, *carry, *slices, *cotangents, *ends]

    def after(self, carry: Sequence[Reach]) -> Sequence[Reach]:
        return self.forward([*self.shared, *carry, *self.slices])[: self.carried]

    def before(self, carry: Sequence[Reach], cotangents: Sequence[Reach]) -> Sequence[Reach]:
        found = self.backward(self.inputs(carry, self.slices, cotangents, self.end_slices))
        return found[self.sums : self.sums + len(cotangents)]


# -- branches -------------------------------------------------------------------------------------


def through_branch(passage: Passage) -> tuple[Reach, ...]:
    """`cond`: the branch that is taken, if that is known; else what any of them depends on."""
    index, branches = passage.values[0], passage.node.params["branches"]
    if index is not None:
        branches = [branches[min(max(int(index), 0), len(branches) - 1)]]
    found = [passage.follow(branch, passage.found[1:], passage.values[1:])[0] for branch in branches]
    return tuple(reduce(united, outputs) for outputs in zip(*found, strict=True))


OF_LOOPS: dict[Primitive, PassageRule] = by_primitive(
    {
        scan: through_scan,
        while_loop: through_while,
        loop_pullback: through_pullback,
        cond: through_branch,
    }
)
"""How loops and branches pass dependences on."""
