"""Operations that can end a call: an index out of bounds, a negative exponent, a singular matrix, no memory, a signal.

A check is an operation whose first operand is a flag, and whose result is the flag as well. Machine code leaves with
the number of the check that failed, before anything outside is written to; Python then evaluates the operation on the
values of the call, and that raises.
"""

from __future__ import annotations

from typing import Any, Final

import numpy

from ....control.loop_primitives import PULLBACK
from ....core.abstract import Abstract
from ....core.graph import GraphNode, subgraphs
from ....core.primitive import Primitive, primitives
from ....core.recording import general as bind_general
from ....ops.axes import sort
from ....ops.indexing import gather as g
from ....ops.indexing.gather import normal_index
from ....ops.matrices import solving as linalg
from . import lapack_routines as lapack
from .duration import is_long
from .turns import chunks_of


def _check_index(is_inside: Any, index: Any, axis: int, length: int) -> Any:
    if not is_inside:
        normal_index(index, length, axis)
    return is_inside


CHECK_INDEX = Primitive(
    "check_index", _check_index, ("is_inside", "index"), lambda *forms, **params: Abstract((), numpy.dtype(bool))
)
"""``check_index(is_inside, index, axis=, length=)``: raises what indexing an axis of this length raises."""


def _check_exponent(is_fine: Any, exponent: Any) -> Any:
    if not is_fine:
        numpy.power(2, exponent)
    return is_fine


CHECK_EXPONENT = Primitive(
    "check_exponent", _check_exponent, ("is_fine", "exponent"), lambda *forms: Abstract((), numpy.dtype(bool))
)
check_exponent: Final = bind_general(CHECK_EXPONENT)
CHECK_EXPONENT.operation = check_exponent
"""``check_exponent(is_fine, exponent)``: raises what a power of integers raises whose exponent is negative."""

CHECKS = frozenset((CHECK_INDEX, CHECK_EXPONENT))

_MAY_FAIL = (
    linalg.RAISING
    | lapack.CHECKED
    | primitives(
        *(PULLBACK, *CHECKS, g.gather, g.ravel_index, g.scatter_add, g.scatter_set, sort.permute, sort.inverse)
    )
)


def may_fail(node: GraphNode) -> bool:
    """Whether a native operation can end the call."""
    if node.primitive in _MAY_FAIL or is_long(node) or chunks_of(node) is not None:
        return True
    return any(may_fail(inner) for graph in subgraphs(node).values() for inner in graph.nodes)
