"""Loops that may take long look now and then whether the user wants them to end.

Python notes a signal when it comes, and calls its handler when the main thread gets to it: within machine code, never.
So such a loop asks Python itself (``PyErr_CheckSignals``), as C code that takes long is asked to. If the handler
raises, as it does for Ctrl-C, the loop ends as one that has failed, before anything is written outside the program, and
the exception stays with the thread. What is long, and how often to look, is by the number of operations, about: too
seldom by the hundredfold is still often enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from typing import Any

from llvmlite import ir

from ..ir.types import BYTES, I32, I64, Builder, Value
from .addresses import LOOK, POOL

BETWEEN_LOOKS = 50_000
"""So many operations are between two looks: some ten microseconds, of which a look takes thirty nanoseconds."""

LOOK_TYPE = ir.FunctionType(I32, [BYTES])


# -- in loops --------------------------------------------------------------------------------------


class Pauses:
    """What a loop does now and then.

    Attributes:
        turns: after so many turns each time, a power of two; a turn is about so many operations as its `work`.
    """

    def __init__(self, runtime: Value, work: float, leave: Callable[[Value, Any], None]) -> None:
        self.runtime = runtime
        self.turns: int = 1 << max(0, int(math.log2(BETWEEN_LOOKS / work)))
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
        table = builder.bitcast(self.runtime, I64.as_pointer())
        pool, look = (builder.load(builder.gep(table, [I64(place)])) for place in (POOL, LOOK))
        asked = builder.call(builder.inttoptr(look, LOOK_TYPE.as_pointer()), [builder.inttoptr(pool, BYTES)])
        self.leave(builder.icmp_unsigned("!=", asked, I32(0)), after)
