"""Models for any number of examples: what differs between one for so many and one for more is made of the number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy
import onnx_ir as ir  # pyright: ignore[reportMissingImports]

from .nodes import Nodes

BATCH = "batch"
"""What the number of examples is called."""


def freed_of_size(nodes: Nodes, other: Nodes, example: Any, size: int) -> None:
    """Let the nodes of a model for `size` examples be for any number, by those of the model for one more.

    Args:
        nodes: the nodes, to which some are added, and whose constants are replaced.
        other: the nodes for one example more.
        example: an input whose first axis is that of the examples.
        size: the number of examples.

    Raises:
        TypeError: the two differ in more than whole multiples and fractions of the number.
    """
    pairs = list(zip(_every(nodes.open[0]), _every(other.open[0]), strict=False))
    if len(nodes.constants) != len(other.constants) or any(_differ(a, b) for a, b in pairs):
        raise _refused("operations")
    begin = Nodes(f"{BATCH}_")
    count = begin.call("Shape", example, start=0, end=1)
    replaced = {}
    for value, more in zip(nodes.constants, other.constants, strict=True):
        a, b = value.const_value.numpy(), more.const_value.numpy()
        if a.shape != b.shape:
            raise _refused("a constant array")
        if a.tobytes() != b.tobytes():
            replaced[value] = _of_number(begin, count, a, b, size)
    for node, _ in pairs:
        for place, value in enumerate(node.inputs):
            if value in replaced:
                node.replace_input_with(place, replaced[value])
    nodes.open[0][:0] = begin.open[0]
    nodes.constants = [*begin.constants, *(value for value in nodes.constants if value not in replaced)]


def _every(nodes: Sequence[Any]) -> Iterator[Any]:
    """Nodes, and those within their graphs."""
    for node in nodes:
        yield node
        for attribute in node.attributes.values():
            if attribute.type == ir.AttributeType.GRAPH:
                yield from _every(list(attribute.value))


def _differ(node: Any, other: Any) -> bool:
    """Whether two nodes are not the same operator with the same attributes."""
    if node.op_type != other.op_type or len(node.inputs) != len(other.inputs):
        return True
    plain = [a for a in node.attributes.values() if a.type != ir.AttributeType.GRAPH]
    return any(a.value != other.attributes[a.name].value for a in plain)


def _of_number(nodes: Nodes, count: Any, a: Any, b: Any, size: int) -> Any:
    """A constant of the number of examples: each element as it is, a multiple, or a fraction of it."""
    parts = [_element(nodes, count, x, y, size) for x, y in zip(a.reshape(-1), b.reshape(-1), strict=True)]
    return nodes.reshape(nodes.call("Concat", *parts, axis=0), a.shape)


def _element(nodes: Nodes, count: Any, x: Any, y: Any, size: int) -> Any:
    if x == y:
        return nodes.constant(numpy.asarray([x]))
    if x * (size + 1) == y * size:
        whole = nodes.constant(numpy.asarray([x / size], x.dtype))
        return nodes.call("Mul", nodes.cast(count, x.dtype), whole)
    if x.dtype.kind == "f" and numpy.isclose(x * size, y * (size + 1), rtol=1e-6):
        return nodes.call("Div", nodes.constant(numpy.asarray([x * size], x.dtype)), nodes.cast(count, x.dtype))
    raise _refused("a number")


def _refused(what: str) -> TypeError:
    return TypeError(
        f"[onnx] {what} of the model depends on the number of examples, and not as its multiple or fraction, wanted "
        "a function of each example, and sums and means over them; write it without batch="
    )
