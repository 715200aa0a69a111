"""Forward mode: ascend the list with tangents.

The nodes between the inputs and the outputs are met earliest first; at each, the linear map of every
operand is applied to its tangent, and the results are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.node import Node
from ..core.primitive import JointMap, Primitive
from ..core.recording import residuals_of
from ..core.repeats import Repeats
from ..core.state import LENDING, Unwatched, walk_observers
from .backward import form_at, transpose_by_walking
from .point import fit_tangent, observed, plus, quiet, zeros


def ancestors(outputs: Sequence[Node], bit: int, oldest: float, stop: Sequence[Node] = ()) -> list[Node]:
    """The nodes that `outputs` depend on and that carry the watch, earliest first, none beyond `stop`."""
    ends = frozenset(stop)
    seen = {node for node in outputs if node.watch & bit and node.sequence <= oldest}
    stack = list(seen)
    while stack:
        node = stack.pop()
        for parent in () if node in ends else node.parents:
            if parent.watch & bit and parent.sequence <= oldest and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=_sequence, reverse=True)


def _sequence(node: Node) -> int:
    return node.sequence


def forward(
    nodes: Sequence[Node], inputs: Sequence[Node], tangents: Sequence[Any], bit: int, closed: bool = False
) -> dict[Node, Any]:
    """Walk up `nodes` (earliest first) from the inputs with their tangents; `closed` as in `backward`.

    Returns:
        The tangent of every node that depends on an input whose tangent is not ``None``.
    """
    found = {n: t for n, t in zip(inputs, tangents, strict=True) if t is not None}
    with Unwatched(LENDING | (0 if closed else bit)) as on, quiet(), Repeats():
        on &= ~bit
        for node in nodes:
            if node in found:
                continue
            incoming = [found.get(parent) for parent in node.parents]
            if any(t is not None for t in incoming):
                tangent = _pass(node, incoming, residuals_of(node, on), bit)
                if tangent is not None:
                    found[node] = tangent
    return found


def _pass(node: Node, incoming: Sequence[Any], residuals: Sequence[Any], bit: int) -> Any:
    if not walk_observers:
        return push(node.primitive, node, incoming, residuals, bit)
    return observed("forward", node, incoming, lambda: push(node.primitive, node, incoming, residuals, bit))


def push(primitive: Primitive, node: Node, tangents: Sequence[Any], residuals: Sequence[Any], bit: int) -> Any:
    """The tangent of a node's result from those of its operands (``None`` is zero)."""
    if primitive.joint is not None:
        tangent = _push_joint(primitive.joint, node, tangents, residuals, bit)
        return tangent if node.forms is None or tangent is None else _fit(tangent, node.forms[-1])
    total = None
    for tangent, linear_map in zip(tangents, primitive.maps, strict=False):
        if tangent is not None and linear_map is not None:
            part = linear_map.apply(tangent, residuals, node)
            total = plus(total, part if node.forms is None else _fit(part, node.forms[-1]))
    return total


def _fit(tangent: Any, form: Any) -> Any:
    if type(tangent) is tuple:
        return tuple(None if t is None else fit_tangent(t, f) for t, f in zip(tangent, form, strict=True))
    return fit_tangent(tangent, form)


def _push_joint(joint: JointMap, node: Node, tangents: Sequence[Any], residuals: Sequence[Any], bit: int) -> Any:
    if joint.apply is not None:
        return joint.apply(tangents, residuals, node, bit)
    return apply_by_transposing(joint, tangents, residuals, node, bit)


def apply_by_transposing(joint: Any, tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
    """The map itself, from its transpose: the transpose of the transpose."""
    wanted = [t is not None for t in tangents]
    form = form_at(node, -1, tangents[0])
    forms = form if type(form) is tuple else (form,)

    def transposed(*cotangents: Any) -> tuple[Any, ...]:
        cotangent = cotangents if type(form) is tuple else cotangents[0]
        return tuple(joint.transpose(cotangent, residuals, node, wanted, bit))

    found = transpose_by_walking(transposed, forms, tuple(tangents))
    filled = tuple(zeros(f) if t is None else t for t, f in zip(found, forms, strict=True))
    return filled if type(form) is tuple else filled[0]
