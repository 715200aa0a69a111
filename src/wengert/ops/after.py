"""Order that no operand shows: a value that is not to be computed from before another one is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from .broadcast import broadcast_to
from .facts import HARMLESS, state_facts
from .linear_maps import Map


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    x, event = operands
    found = after(x, event)
    return found if batched[0] else broadcast_to(found, shape=(size, *x.shape))


AFTER = Primitive(
    "after",
    lambda x, event: x,
    ("x", "event"),
    lambda x, event: Abstract(x.shape, x.dtype),
    [Map(lambda dx, residuals, node: dx, lambda ct, residuals, node: ct, frozenset()), None],
    batch=_batch,
    moves=True,
)
after: Final = bind_general(AFTER)
AFTER.operation = after
"""``after(x, event)`` is `x`. What is computed from it is not what was computed from `x` before, but done again, once
`event` is known: so that nothing of it is kept until then."""

state_facts(HARMLESS, after)
