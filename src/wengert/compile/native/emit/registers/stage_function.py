"""The functions of loops and branches: what they are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from llvmlite import ir

from .....core.graph import GraphNode
from ...facts.turns import are_apart
from ...ir.types import BYTES, INDEX, Value

STATUS = ir.IntType(32)


def stage_type(node: GraphNode) -> ir.FunctionType:
    """``status(operands..., results..., room, runtime)``: addresses; a result that nobody uses has none.

    That of a loop whose turns are apart is told as well which turn is the first, and which one is behind the last.
    """
    count = len(node.operands) + len(node.result_forms)
    return ir.FunctionType(STATUS, [BYTES] * (count + 2) + [INDEX] * (2 * are_apart(node)))


def new_stage(module: ir.Module, name: str, node: GraphNode) -> tuple[ir.Function, StageArguments]:
    """A function whose results are in memory of their own, and its arguments."""
    function = ir.Function(module, stage_type(node), name)
    function.linkage = "internal"
    arguments = StageArguments.of(function, node)
    for address in (*arguments.operands, *arguments.results, arguments.room, arguments.runtime):
        address.add_attribute("noalias")
    return function, arguments


class StageArguments(NamedTuple):
    """The arguments of the function of a loop or a branch.

    Attributes:
        turns: from which one to (not with) which, if the turns are apart; else nothing.
    """

    operands: Sequence[Value]
    results: Sequence[Value]
    room: Value
    runtime: Value
    turns: Sequence[Value]

    @classmethod
    def of(cls, function: ir.Function, node: GraphNode) -> StageArguments:
        """Those of a function of `stage_type`."""
        count, end = len(node.operands), len(node.operands) + len(node.result_forms)
        given = function.args
        return cls(given[:count], given[count:end], given[end], given[end + 1], given[end + 2 :])

    def bounds(self, length: int) -> Sequence[Value]:
        """From which turn to which, of so many."""
        return self.turns or [INDEX(0), INDEX(length)]
