"""The slope of numbers that are computed from others one by one, read from the list.

A list tells more than derivatives: of a vector g and a vector w, that each g_i was computed from w_i alone, as g(w_i).
Where two w are equal, its slope there is what (g_i - g_j) / (w_i - w_j) tends to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Any, NamedTuple

import numpy

from ..core.abstract import Abstract
from ..core.node import UNTRACKED, Node
from ..core.primitive import primitives
from ..core.recording import PICK, named_by, residuals_of
from ..core.state import derivative_watches, state
from ..core.tensor import Tensor
from .elementwise import CASTS, equal, is_half, isfinite, logical_and, power, sqrt, where
from .factors import ElementwiseShape, scale_alone
from .idle_guards import is_never_zero_with
from .indexing.gather import block, unslice
from .matrices.decompositions import DECOMPOSITIONS
from .matrices.parts import total
from .shape import reshape

MOVE_NOTHING = primitives(reshape, *CASTS)
"""These leave each element at its place."""
ALL = slice(None)


class Slope(NamedTuple):
    """How a vector depends on another.

    Attributes:
        value: the derivative of each element by the element at its place; ``None`` if there is none.
        has_others: whether something else that is watched enters.
    """

    value: Any
    has_others: bool


def slope(node: Node, of: Node, shape: tuple[int, ...], bit: int, farthest: float = inf, parts: Any = None) -> Slope:
    """The slope of the result of a node with respect to that of an earlier one, along the list of the watch `bit`.

    Both have `shape`, but for axes of length 1. If more than `farthest` nodes are between them it is not known.
    If the result of the earlier one is given as `parts`, functions of its elements that are put together again count.
    """
    chain, has_others = _between(node, of, shape, bit, farthest, parts)
    slopes: dict[Node, Any] = {}
    for member in chain:
        if is_same(member, of):
            slopes[member] = numpy.ones(shape)
        elif _puts_back(member, parts):
            slopes[member] = _put_back(member, parts, bit)
        else:
            slopes[member] = _pushed(member, slopes)
    value = slopes.get(node)
    return Slope(None if value is None else reshape(value, shape=shape), has_others)


def _puts_back(node: Node, parts: Any) -> bool:
    """Whether a node puts something at its place in zeros that have the elements of `parts`, if these are given."""
    if parts is None or node.primitive is not unslice.primitive:
        return False
    return _long_axes(node.params["shape"]) == _long_axes(parts.shape)


def _put_back(node: Node, of: Any, bit: int) -> Any:
    """The slope of what is put at an index of zeros, by what is taken there; ``None`` if it does not depend on that."""
    part = block(_in_shape(of, node.params["shape"]), index=node.params["index"])
    inner = slope(node.parents[0], part._node, part.shape, bit, FARTHEST, part).value
    return None if inner is None else unslice(reshape(inner, shape=part.shape), **node.params)


def is_same(node: Node, other: Node, depth: int = 6) -> bool:
    """Whether two nodes stand for the same result, or for one that is given or, in few steps, computed twice."""
    node, other = named_by(node), named_by(other)
    if node is other:
        return node is not UNTRACKED
    if depth == 0 or not node.parents or not other.parents:
        return False
    if is_root(node) and is_root(other):
        return is_same(node.parents[0], other.parents[0], depth - 1)
    if node.primitive is not other.primitive:
        return False
    if node.primitive is PICK:
        return node.parents == other.parents and _place(node) == _place(other)
    if len(node.parents) != len(other.parents) or not _are_same(node.params, other.params):
        return False
    return all(
        is_same(one, another, depth - 1) or _are_same_numbers(node, other, place)
        for place, (one, another) in enumerate(zip(node.parents, other.parents, strict=True))
    )


def is_root(node: Node) -> bool:
    """Whether a node is a square root, also one that is written as a power."""
    if node.primitive is not power.primitive:
        return node.primitive is sqrt.primitive
    return node.residuals is not None and is_half(node.residuals[1])


def _are_same_numbers(node: Node, other: Node, place: int) -> bool:
    """Whether the operands at a place are kept, and are the same Python number."""
    if node.residuals is None or other.residuals is None:
        return False
    one, another = node.residuals[place], other.residuals[place]
    return type(one) is type(another) and type(one) in (int, float, complex) and one == another


def _are_same(params: dict[str, Any], others: dict[str, Any]) -> bool:
    """Whether two operations have the same parameters, none of them arrays."""
    return params is others or (all(map(_is_plain, params.values())) and params == others)


def _is_plain(param: Any) -> bool:
    return all(map(_is_plain, param)) if type(param) is tuple else type(param) in PLAIN


PLAIN = (int, bool, str, slice, type(None), type(Ellipsis))
"""Types of parameters that are compared as a whole."""


def _place(pick: Node) -> int:
    """Which of many results it is; the last one of a decomposition is one of the others again."""
    index, known = pick.params["index"], DECOMPOSITIONS.get(pick.parents[0].primitive)
    return index if known is None or index < pick.params["count"] - 1 else known.values


def _between(
    node: Node, of: Node, shape: tuple[int, ...], bit: int, farthest: float, parts: Any
) -> tuple[list[Node], bool]:
    """The nodes that lead from one result to another element by element, the earliest first; and if others enter."""
    found: set[Node] = set()
    waiting, has_others = [node] if node.watch & bit else [], False
    while waiting:
        member = waiting.pop()
        if member in found:
            continue
        if len(found) >= farthest:
            return [], True
        if is_same(member, of) or _puts_back(member, parts):
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
    waiting, seen = [node], set()
    while waiting and len(seen) < FARTHEST:
        member = named_by(waiting.pop())
        if member in seen:
            continue
        seen.add(member)
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
    if not isinstance(primitive.shape, ElementwiseShape) and primitive not in MOVE_NOTHING and not _takes_all(node):
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


def _pushed(node: Node, slopes: dict[Node, Any]) -> Any:
    """The slope of a result, in its shape, from those of its operands; ``None`` if it does not depend on them.

    A node without forms has the shape of its operands.
    """
    if named_by(node) is not node:
        return slopes.get(node.parents[0])
    residuals = residuals_of(node, state.on)
    parts = []
    for place, (parent, linear_map) in enumerate(zip(node.parents, node.primitive.maps, strict=True)):
        incoming = slopes.get(parent)
        if incoming is not None and linear_map is not None:
            parts.append(_applied(linear_map, incoming, residuals, node, place))
    return total(*parts) if parts else None


def _applied(linear_map: Any, incoming: Any, residuals: Sequence[Any], node: Node, place: int) -> Any:
    if node.forms is None:
        return linear_map.apply(incoming, residuals, node)
    given = reshape(incoming, shape=node.forms[place].shape)
    return reshape(linear_map.apply(given, residuals, node), shape=node.forms[-1].shape)


def limit_at_zero(x: Any, y: Any) -> Any:
    """What x / y tends to where both are 0: the slope of x by y, if the list tells. It is 0 elsewhere.

    An infinite one counts as 0. ``None`` if it is not known, if no derivative of it can be asked for, or if x is never
    0 where y is.
    """
    if type(x) is not Tensor or type(y) is not Tensor or x.shape != y.shape:
        return None
    watch = x._node.watch & y._node.watch & derivative_watches()
    if not watch or (type(y._value) is not Abstract and numpy.all(y._value)) or is_never_zero_with(x, y):
        return None
    limit = slope(x._node, y._node, y.shape, watch, FARTHEST, y).value
    if limit is None:
        return None
    limit = where(logical_and(isfinite(limit), logical_and(equal(x, 0), equal(y, 0))), limit, 0)
    _refuse_curved(limit, y, watch)
    return limit


def _refuse_curved(limit: Any, y: Tensor, watch: int) -> None:
    """Refuse to be differentiated three times further: a slope by y has other second derivatives than x / y.

    Where there are no values it is not known whether y is 0 anywhere, and nothing is refused.

    Raises:
        NotImplementedError: these are not 0 somewhere where y is.
    """
    curvature = limit
    for _ in range(2 if watch.bit_count() > 2 else 0):
        if type(curvature) is not Tensor:
            return
        curvature = slope(curvature._node, y._node, y.shape, watch, inf, y).value
    value = curvature._value if type(curvature) is Tensor else curvature
    if curvature is not limit and value is not None and type(value) is not Abstract and numpy.any(value):
        raise NotImplementedError(
            "[norm] the fourth derivative of a function of a size (a norm, abs, hypot or sqrt) was asked for where the "
            "size is 0, wanted derivatives up to the third there; write the function in terms of the square: "
            "(x @ x)**2 for norm(x)**4, x**4 for abs(x)**4"
        )


def part_at_zero(ct: Any, x: Any, out: Any) -> Any:
    """The product of x and what ct / out tends to at 0; ``None`` if that is not known.

    It is 0 where the size `out` is not, though x may be infinite there.
    """
    limit = limit_at_zero(ct, out)
    return None if limit is None else scale_alone(limit, x)


def limits_of_product(tangent: Tensor, by: Tensor) -> Iterator[Any]:
    """What the product tends to, for each noted tangent of a size in the tangent (see `wengert.ops.sizes`)."""
    watch = tangent._node.watch & by._node.watch & derivative_watches()
    if not watch or (type(by._value) is not Abstract and numpy.all(by._value)):
        return
    noted = dict(elementwise_sources(tangent._node, tangent.shape, _noted))
    for node, (size, dividend) in noted.items():
        limit = limit_at_zero(_in_shape(by, size.shape), size)
        share = None if limit is None else slope(tangent._node, node, tangent.shape, watch, FARTHEST).value
        if share is not None:
            factor = limit * _in_shape(share, size.shape)
            _refuse_curved(factor, size, watch)
            yield reshape(scale_alone(factor, dividend()), shape=tangent.shape)


def _in_shape(x: Any, shape: tuple[int, ...]) -> Any:
    """The same elements, where only axes of length 1 differ."""
    return reshape(x, shape=shape) if x.shape != shape and _long_axes(x.shape) == _long_axes(shape) else x


def _noted(node: Node) -> Any:
    """A node, and the size and dividend of which it, or what it is a block of, is noted as the tangent."""
    if state.sizes and node in state.sizes:
        return node, state.sizes[node]
    if node.primitive is block.primitive and (found := _noted(named_by(node.parents[0]))):
        size, dividend = found[1]
        return node, (block(size, **node.params), lambda: block(dividend(), **node.params))
    return None
