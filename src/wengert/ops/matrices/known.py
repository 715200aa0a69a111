"""Products and sums that are recorded as one operation, since it is known by the list what they are.

Nobody asks until something has been recorded by which they can be known: the lists are empty almost always.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Asked = list[Callable[..., Any]]

products: Asked = []
"""Functions of the two operands of a product of matrices, which give the result or ``None``."""

sums: Asked = []
"""Functions of the operand of a sum, its axes and ``keepdims``, which give the result or ``None``."""


def first_known(asked: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """What the first that knows it gives; ``None`` if nobody does."""
    for ask in asked:
        found = ask(*operands)
        if found is not None:
            return found
    return None
