"""Checks: flags that machine code looks at, and that end the call if they are not set.

A check is an operation whose first operand is the flag, and whose result is the flag as well. Machine code leaves
with the number of the check that failed, before anything outside is written to; Python then evaluates the
operation on the values of the call, and that raises.
"""

from __future__ import annotations

from typing import Any

import numpy

from ....core.abstract import Abstract
from ....core.primitive import Primitive
from ....ops.gather import normal_index


def _check_index(is_inside: Any, index: Any, axis: int, length: int) -> Any:
    if not is_inside:
        normal_index(index, length, axis)
    return is_inside


CHECK_INDEX = Primitive(
    "check_index", _check_index, ("is_inside", "index"), lambda *forms, **params: Abstract((), numpy.dtype(bool))
)
"""``check_index(is_inside, index, axis=, length=)``: raises what indexing an axis of this length raises."""

CHECKS = {CHECK_INDEX.name}
"""The names of operations that raise unless their first operand, one flag, is set."""

CHECKED = frozenset({"gather", "ravel_index", "scatter_add", "scatter_set", "permute", "inverse"})
"""The names of operations whose indices are checked."""
