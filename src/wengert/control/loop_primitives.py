"""The primitives of loops, and their evaluation.

Derivatives and batches of each are written in all of them; so they are in files of their own (`scan_rules`,
`while_rules`, `pullback_rules`), and given to the primitives when all are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

from ..core.abstract import Abstract
from ..core.graph import Graph
from ..core.primitive import Primitive
from ..core.recording import general
from ..core.replay import interpreted
from ..ops.facts import Facts, state_facts
from ..walks.point import zeros
from .bodies import turns
from .revolve import go_back
from .subgraphs import chosen, output_forms, parts, with_axis

# -- a known number of turns ----------------------------------------------------------------------


def _evaluate_scan(
    *operands: Any, body: Graph, captured: int, carried: int, length: int, reverse: bool, memory: int | None
) -> tuple[Any, ...]:
    shared, carry, xs = parts(operands, captured, carried)
    run = interpreted(body)
    ys = [numpy.empty((length, *form.shape), form.dtype) for form in output_forms(body)[carried:]]
    for t in turns(length, reverse):
        carry, slices = parts(run([*shared, *carry, *[x[t] for x in xs]]), carried)
        for y, value in zip(ys, slices, strict=True):
            y[t] = value
    return (*(carry if length else map(numpy.array, carry)), *ys)


def _shape_scan(
    *operands: Any, body: Graph, captured: int, carried: int, length: int, reverse: bool, memory: int | None
) -> tuple[Abstract, ...]:
    carry, ys = parts(output_forms(body), carried)
    return (*carry, *(with_axis(y, length) for y in ys))


SCAN = Primitive("scan", _evaluate_scan, ("*operands",), _shape_scan, many=True, moves=True)
scan: Final = general(SCAN)
SCAN.operation = scan
"""``scan(*captured, *carry, *xs, body=graph, captured=, carried=, length=, reverse=, memory=)``: the carry, and stacks.

Turn `t` runs the body on what is captured, the carry, and ``x[t]``; it gives the next carry and ``y[t]``.
"""

state_facts(Facts(has_graphs=True, never_raises=True), SCAN)


# -- while a test holds ---------------------------------------------------------------------------


def _evaluate_while(*operands: Any, test: Graph, body: Graph, captured: int, memory: int | None) -> tuple[Any, ...]:
    shared, carry = parts(operands, captured)
    goes_on, run = interpreted(test), interpreted(body)
    turns = 0
    while goes_on([*shared, *carry])[0]:
        carry = run([*shared, *carry])
        turns += 1
    return (*(carry if turns else map(numpy.array, carry)), numpy.asarray(turns, numpy.int64))


def _shape_while(*operands: Any, test: Graph, body: Graph, captured: int, memory: int | None) -> tuple[Abstract, ...]:
    return (*output_forms(body), COUNT)


COUNT = Abstract((), numpy.dtype(numpy.int64))
"""The form of a number of turns."""


WHILE = Primitive("while_loop", _evaluate_while, ("*operands",), _shape_while, many=True, moves=True)
while_loop: Final = general(WHILE)
WHILE.operation = while_loop
"""``while_loop(*captured, *carry, test=graph, body=graph, captured=, memory=)``: the last carry, and the turns made."""

state_facts(Facts(has_graphs=True), WHILE)


# -- back through a loop --------------------------------------------------------------------------


class _Going:
    """The state of a walk back through a loop on raw values."""

    def __init__(self, turns: int, operands: Sequence[Any], params: dict[str, Any]) -> None:
        body, captured, carried, moving = (params[name] for name in ("body", "captured", "carried", "moving"))
        self.turns = turns
        self.reverse = params["reverse"]
        self.carried = carried
        self.body, self.back = interpreted(body), interpreted(params["back"])
        self.shared, self.carry, rest = parts(operands, captured, carried)
        self.xs, rest = parts(rest, len(body.inputs) - captured - carried)
        self.cotangents, self.ys = parts(rest, sum(params["ends"][:carried]))
        forms = output_forms(params["back"])
        counts = sum(moving[:captured]), sum(moving[captured : captured + carried])
        sums, _, slices = parts(forms, *counts)
        self.counts = counts
        self.sums: list[Any] = [zeros(form) for form in sums]
        lengths = [x.shape[0] for x in chosen(self.xs, moving[captured + carried :])]
        self.found = [numpy.empty((n, *f.shape), f.dtype) for n, f in zip(lengths, slices, strict=True)]

    def slices(self, t: int) -> list[Any]:
        return [x[self.place(t)] for x in self.xs]

    def place(self, t: int) -> int:
        return self.turns - 1 - t if self.reverse else t

    def advance(self, carry: Sequence[Any], first: int, last: int) -> Sequence[Any]:
        for t in range(first, last):
            carry = self.body([*self.shared, *carry, *self.slices(t)])[: self.carried]
        return carry

    def step(self, t: int, carry: Sequence[Any]) -> None:
        ends = [y[self.place(t)] for y in self.ys]
        found = self.back([*self.shared, *carry, *self.slices(t), *self.cotangents, *ends])
        sums, self.cotangents, slices = parts(found, *self.counts)
        self.sums = [total + part for total, part in zip(self.sums, sums, strict=True)]
        for stack, value in zip(self.found, slices, strict=True):
            stack[self.place(t)] = value


def _evaluate_pullback(
    turns: Any, *operands: Any, memory: int | None, length: int | None, **params: Any
) -> tuple[Any, ...]:
    going = _Going(int(turns), operands, params)
    go_back(going.turns, going.carry, memory, going.advance, going.step)
    return (*going.sums, *map(numpy.array, going.cotangents), *going.found)


def _shape_pullback(turns: Any, *operands: Any, body: Graph, back: Graph, **params: Any) -> tuple[Abstract, ...]:
    start = params["captured"] + params["carried"]
    moving = params["moving"]
    stacks = chosen(operands[start : len(body.inputs)], moving[start:])
    found = output_forms(back)
    return (*found[: len(found) - len(stacks)], *stacks)


PULLBACK = Primitive(
    "loop_pullback", _evaluate_pullback, ("turns", "*operands"), _shape_pullback, many=True, moves=True
)
loop_pullback: Final = general(PULLBACK)
PULLBACK.operation = loop_pullback
"""``loop_pullback(turns, *captured, *carry, *xs, *cotangents, ...)``: the cotangents of a loop's moving operands.

The cotangents are those of the results that `ends` marks (carry, then stacks); `back` takes the inputs of `body` and
the cotangents of one turn, and gives those of the inputs in `moving`. At most `memory` carries are kept at a time.
"""

state_facts(Facts(has_graphs=True), PULLBACK)
