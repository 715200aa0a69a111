"""Whether all numbers of a large array are finite, which a backward walk asks of what it makes."""

from __future__ import annotations

from cmath import isfinite
from typing import Any

import numpy
from numpy import add, maximum, minimum

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.routines import routine_of
from ..facts import HARMLESS, state_facts

WORTH_A_SEARCH = 1 << 15
"""Elements from which machine code, if there is some already, takes less time than NumPy."""


def _are_finite(x: Any) -> bool:
    if x.size >= WORTH_A_SEARCH and (routine := routine_of(ARE_FINITE)):
        found = routine(x)
        if found is not None:
            return found
    if x.dtype.kind == "c":
        return isfinite(add.reduce(x, axis=None))
    return isfinite(maximum.reduce(x, axis=None)) and isfinite(minimum.reduce(x, axis=None))


ARE_FINITE = Primitive("are_finite", _are_finite, ("x",), lambda x: Abstract((), numpy.dtype(bool)))
"""Of a raw array, whether all of its numbers are finite: a Python bool."""

state_facts(HARMLESS, ARE_FINITE)
