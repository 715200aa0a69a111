"""What gives the series of operations that run graphs: of loops and branches, which are stated where these are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...core.primitive import Primitive

Whole = Callable[[Any, Sequence[Any], Sequence[Any], int], Sequence[Any]]
"""Gives the coefficients of the results, from 1 up to some order, all at once.

From the node, the values of the operands, and the coefficients of each from 1 on (``None`` for one that stays).
"""

WHOLES: dict[Primitive, Whole] = {}
