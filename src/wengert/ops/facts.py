"""What is known of a primitive beyond its derivative, where several readers ask: one row of facts each.

A family of primitives states its rows where it is defined. What a single reader asks for is a table of that reader's,
keyed by primitives as well.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.primitive import Primitive, primitive_of
from ..core.recording import PICK, UNFOLLOWED


class Facts(NamedTuple):
    """One row; its defaults hold for a primitive of which nothing is stated, as for one of a user's.

    Attributes:
        is_pointwise: a function of numbers, element by element, that may be evaluated at any numbers to learn of it.
        is_cheap: it is computed again in less time than its result is written and read.
        never_raises: whatever the values of its operands are, it ends and raises nothing. A loop or a branch: if this
            holds for what it runs. A power: unless it is one of integers.
        has_graphs: it runs graphs: a loop or a branch.
        is_reduction: elements are combined along axes, by an operation of two numbers.
        is_guard: its first operand, but zero where a guarded product with the second would be.
        is_finite_of_finite: finite wherever its operand is.
        is_zero_of_zero: zero only where its operand is (no multiple of pi but 0 is a floating number).
        is_never_zero: not zero anywhere.
    """

    is_pointwise: bool = False
    is_cheap: bool = False
    never_raises: bool = False
    has_graphs: bool = False
    is_reduction: bool = False
    is_guard: bool = False
    is_finite_of_finite: bool = False
    is_zero_of_zero: bool = False
    is_never_zero: bool = False


UNKNOWN = Facts()

FUNCTION = Facts(is_pointwise=True, never_raises=True)
"""An elementary function."""

ARITHMETIC = FUNCTION._replace(is_cheap=True)
"""A function of a few instructions."""

MOVEMENT = Facts(is_cheap=True, never_raises=True)
"""What moves, repeats or converts elements."""

HARMLESS = Facts(never_raises=True)

REDUCTION = HARMLESS._replace(is_reduction=True)

_ROWS: dict[Primitive, Facts] = {PICK: HARMLESS, UNFOLLOWED: HARMLESS}


def facts_of(primitive: Primitive) -> Facts:
    """The row of a primitive."""
    return _ROWS.get(primitive, UNKNOWN)


def state_facts(facts: Facts, *operations: Any) -> None:
    """State the row of primitives, given as such or by the functions that call them; each has one."""
    for primitive in map(primitive_of, operations):
        assert primitive not in _ROWS, f"the facts of {primitive} are stated twice"
        _ROWS[primitive] = facts
