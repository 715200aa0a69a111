"""Loops that may take long look now and then whether the user wants them to end.

Python notes a signal when it comes, and calls its handler when the main thread gets to it: within machine code, never.
So such a loop asks Python itself (``PyErr_CheckSignals``), as C code that takes long is asked to. If the handler
raises, as it does for Ctrl-C, the loop ends as one that has failed, before anything is written outside the program, and
the exception stays with the thread. What is long, and how often to look, is by the number of operations, about: too
seldom by the hundredfold is still often enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from llvmlite import ir

from ....core.graph import Graph, GraphNode, subgraphs
from ..ir.scalar import Builder, Value
from .addresses import LOOK, POOL

LONG = 1e6
"""Operations that take a millisecond or so: what is shorter does not look."""
OFTEN = 50_000
"""So many operations are between two looks: some ten microseconds, of which a look takes thirty nanoseconds."""
SOME = 64
"""Turns of a loop whose number is not known: in a loop they may be few, or almost as many as at which it looks."""

WORD, HALF = ir.IntType(64), ir.IntType(32)
BYTES = ir.IntType(8).as_pointer()
LOOK_TYPE = ir.FunctionType(HALF, [BYTES])


# -- how long it takes -----------------------------------------------------------------------------


def is_long(node: GraphNode) -> bool:
    """Whether a loop, or one in it, may take so long that it has to look."""
    inner = subgraphs(node).values()
    if not inner:
        return False
    if node.primitive.name in ("while_loop", "loop_pullback") or _work(node) > LONG:
        return True
    return any(is_long(part) for graph in inner for part in graph.nodes)


def work(graphs: Iterable[Graph]) -> float:
    """About how many operations some graphs are."""
    return sum(1 + sum(map(_work, graph.nodes)) for graph in graphs)


def _work(node: GraphNode) -> float:
    inner = subgraphs(node)
    if not inner:
        return sum(form.size for form in node.result_forms)
    if node.primitive.name == "cond":
        return max(work([graph]) for graph in inner.values())
    turns = node.params.get("length")
    return (SOME if turns is None else turns) * work(inner.values())


# -- in loops --------------------------------------------------------------------------------------


class Pauses:
    """What a loop does now and then.

    Attributes:
        turns: after so many turns each time, a power of two.
    """

    def __init__(self, runtime: Value, graphs: Iterable[Graph], leave: Callable[[Value, Any], None]) -> None:
        self.runtime = runtime
        self.turns = 1 << max(0, int(math.log2(OFTEN / work(graphs))))
        self.leave = leave

    def each(self) -> Pauses:
        """The same after each turn."""
        every = copy(self)
        every.turns = 1
        return every

    def emit(self, builder: Builder, turn: Value, after: Any) -> None:
        """Look, if it is time after this turn; leave for a block if Python has raised something."""
        last = turn.type(self.turns - 1)
        with builder.if_then(builder.icmp_unsigned("==", builder.and_(turn, last), last), likely=False):
            self.look(builder, after)

    def look(self, builder: Builder, after: Any) -> None:
        table = builder.bitcast(self.runtime, WORD.as_pointer())
        pool, look = (builder.load(builder.gep(table, [WORD(place)])) for place in (POOL, LOOK))
        asked = builder.call(builder.inttoptr(look, LOOK_TYPE.as_pointer()), [builder.inttoptr(pool, BYTES)])
        self.leave(builder.icmp_unsigned("!=", asked, HALF(0)), after)
