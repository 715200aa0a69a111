"""The slope of numbers that are computed from others one by one, read from the list.

A list tells more than derivatives: of a vector g and a vector w, that each g_i was computed from w_i alone, as g(w_i).
Where two w are equal, its slope there is what (g_i - g_j) / (w_i - w_j) tends to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import Any, NamedTuple

import numpy

from ..core.node import Node
from ..core.recording import PICK, named_by, residuals_of
from ..core.state import derivative_watches, state
from ..core.tensor import Tensor
from .elementwise import equal, isfinite, logical_and, where
from .gather import block
from .linear_maps import ElementwiseShape
from .matrices import total
from .shape import reshape

MOVE_NOTHING = frozenset(["reshape", "astype"])
"""The names of operations that leave each element at its place."""
ALL = slice(None)


class Slope(NamedTuple):
    """How a vector depends on another.

    Attributes:
        value: the derivative of each element by the element at its place; ``None`` if there is none.
        has_others: whether something else that is watched enters.
    """

    value: Any
    has_others: bool


def slope(node: Node, of: Node, shape: tuple[int, ...], bit: int, farthest: float = inf) -> Slope:
    """The slope of the result of a node with respect to that of an earlier one, along the list of the watch `bit`.

    Both have `shape`, but for axes of length 1. If more than `farthest` nodes are between them it is not known.
    """
    chain, has_others = _between(node, of, shape, bit, farthest)
    slopes: dict[Node, Any] = {}
    for member in chain:
        slopes[member] = numpy.ones(shape) if is_same(member, of) else _pushed(member, slopes, shape)
    return Slope(slopes.get(node), has_others)


def is_same(node: Node, other: Node) -> bool:
    """Whether two nodes stand for the same result, or for one that is given twice."""
    node, other = named_by(node), named_by(other)
    if node is other:
        return True
    both_picked = node.primitive is other.primitive is PICK
    return both_picked and node.parents == other.parents and _place(node) == _place(other)


def _place(pick: Node) -> int:
    """Which of many results it is; the last one of a decomposition is one of the others again."""
    index, name = pick.params["index"], pick.parents[0].primitive.name
    return REPEATED[name] if name in REPEATED and index == pick.params["count"] - 1 else index


REPEATED = {"eigh": 0, "svd": 1}
"""Which of the results of a decomposition, its values, are given once more behind the others."""


def _between(node: Node, of: Node, shape: tuple[int, ...], bit: int, farthest: float) -> tuple[list[Node], bool]:
    """The nodes that lead from one result to another element by element, the earliest first; and if others enter."""
    found: set[Node] = set()
    waiting, has_others = [node] if node.watch & bit else [], False
    while waiting:
        member = waiting.pop()
        if member in found:
            continue
        if len(found) >= farthest:
            return [], True
        if is_same(member, of):
            found.add(member)
        elif _is_one_by_one(member, shape):
            found.add(member)
            waiting += [parent for parent in member.parents if parent.watch & bit]
        else:
            has_others = True
    return sorted(found, key=lambda member: -member.sequence), has_others


def elementwise_sources(node: Node, shape: tuple[int, ...], wanted: Callable[[Node], Any]) -> Iterator[Any]:
    """What `wanted` gives, if anything, for the nodes from which a result is computed element by element.

    It looks at `FARTHEST` nodes.
    """
    waiting, seen = [node], 0
    while waiting and seen < FARTHEST:
        member, seen = named_by(waiting.pop()), seen + 1
        found = wanted(member)
        if found is not None:
            yield found
        elif _is_one_by_one(member, shape):
            waiting += [parent for parent in member.parents if parent.watch]


FARTHEST = 64
"""So many nodes are looked at where that is done often and finds something seldom."""


def _is_one_by_one(node: Node, shape: tuple[int, ...]) -> bool:
    """Whether a node computes each element of such a result from those at the same place of its operands."""
    if named_by(node) is not node:
        return True
    primitive = node.primitive
    if (
        not isinstance(primitive.shape, ElementwiseShape)
        and primitive.name not in MOVE_NOTHING
        and not _takes_all(node)
    ):
        return False
    return node.forms is None or _long_axes(node.forms[-1].shape) == _long_axes(shape)


def _takes_all(node: Node) -> bool:
    """Whether a node is an index that only adds axes."""
    if node.primitive is not block.primitive:
        return False
    return all(entry is None or entry is Ellipsis or _is_all(entry) for entry in node.params["index"])


def _is_all(entry: Any) -> bool:
    """Whether an entry of an index is a whole axis (an array is none, and compares element by element)."""
    return type(entry) is slice and entry == ALL


def _long_axes(shape: tuple[int, ...]) -> list[int]:
    return [length for length in shape if length != 1]


def _pushed(node: Node, slopes: dict[Node, Any], shape: tuple[int, ...]) -> Any:
    """The slope of a result from those of its operands; ``None`` if it does not depend on them."""
    if named_by(node) is not node:
        return slopes.get(node.parents[0])
    residuals = residuals_of(node, state.on)
    parts = []
    for place, (parent, linear_map) in enumerate(zip(node.parents, node.primitive.maps, strict=True)):
        incoming = slopes.get(parent)
        if incoming is not None and linear_map is not None:
            given = incoming if node.forms is None else reshape(incoming, shape=node.forms[place].shape)
            parts.append(reshape(linear_map.apply(given, residuals, node), shape=shape))
    return total(*parts) if parts else None


def limit_at_zero(x: Any, y: Any) -> Any:
    """What x / y tends to where both are 0: the slope of x by y, if the list tells. It is 0 elsewhere.

    An infinite one counts as 0. ``None`` if it is not known, or if no derivative of it can be asked for.
    """
    if type(x) is not Tensor or type(y) is not Tensor or x.shape != y.shape:
        return None
    watch = x._node.watch & y._node.watch & derivative_watches()
    limit = slope(x._node, y._node, y.shape, watch, FARTHEST).value if watch else None
    if limit is None:
        return None
    return where(logical_and(isfinite(limit), logical_and(equal(x, 0), equal(y, 0))), limit, 0)
