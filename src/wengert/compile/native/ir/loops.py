"""Native loops over a range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .types import INDEX, Builder, Value


def emit_loop(builder: Builder, begin: Value, end: Value, body: Callable[[Value], None], step: Any = 1) -> None:
    """``for i in range(begin, end, step)``, of at least one turn."""
    start, turn = builder.block, builder.append_basic_block()
    builder.branch(turn)
    builder.position_at_end(turn)
    index = builder.phi(INDEX)
    index.add_incoming(begin, start)
    body(index)
    step = INDEX(step) if isinstance(step, int) else step
    following = builder.add(index, step, flags=("nsw", "nuw"))
    index.add_incoming(following, builder.block)
    after = builder.append_basic_block()
    builder.cbranch(builder.icmp_unsigned("<", following, end), turn, after)
    builder.position_at_end(after)


def smaller(builder: Builder, x: Value, y: Value) -> Value:
    """The smaller of two numbers without sign."""
    return builder.select(builder.icmp_unsigned("<", x, y), x, y)


def emit_fold(builder: Builder, end: Value, start: Value, body: Callable[[Value, Value], Value]) -> Value:
    """What becomes of a value that is handed on from turn to turn, of at least one: ``value = body(i, value)``."""
    before, turn = builder.block, builder.append_basic_block()
    builder.branch(turn)
    builder.position_at_end(turn)
    index, value = builder.phi(INDEX), builder.phi(start.type)
    index.add_incoming(INDEX(0), before)
    value.add_incoming(start, before)
    made = body(index, value)
    following = builder.add(index, INDEX(1), flags=("nsw", "nuw"))
    index.add_incoming(following, builder.block)
    value.add_incoming(made, builder.block)
    after = builder.append_basic_block()
    builder.cbranch(builder.icmp_unsigned("<", following, end), turn, after)
    builder.position_at_end(after)
    return made
