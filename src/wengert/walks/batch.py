"""Vectorisation: ascend the list with a leading batch axis.

A function is recorded once on one example without values; each primitive on the way is then evaluated
for all examples at once by its batch rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from ..core.node import UNTRACKED, Node, is_left_out
from ..core.primitive import Primitive
from ..core.recording import PICK, as_handle, general
from ..core.state import LENDING, Unwatched, no_grad, walk_observers
from ..core.tensor import Tensor
from ..ops.examples import ALL_EXAMPLES, whole
from ..ops.join import stack
from .point import observed, quiet

SUM_OVER_EXAMPLES = Primitive("sum_over_examples", lambda x: x, ("x",), lambda x: x, moves=True)
sum_over_examples: Final = general(SUM_OVER_EXAMPLES)
SUM_OVER_EXAMPLES.operation = sum_over_examples
"""Stands, where one example is recorded, for the weighted sum over all; so what is made of it is there once."""


def batch(
    nodes: Sequence[Node],
    inputs: Sequence[Node],
    values: Sequence[Any],
    size: int,
    bit: int,
    summed: Callable[[Any], Any] | None = None,
) -> dict[Node, Any]:
    """Walk up `nodes` (earliest first) with the inputs' values, which carry a leading batch axis.

    Args:
        summed: the sum over the examples of a batch, where `sum_over_examples` is asked for it.

    Returns:
        For every node that depends on an input its value (a tuple if it has many) with a batch axis; without one, if
        it is a sum over all examples or what they all have, or is made of these.
    """
    found = dict(zip(inputs, values, strict=True))
    once: set[Node] = set()
    with Unwatched(LENDING | bit), quiet():
        for node in nodes:
            if node not in found:
                operands = [_operand(node, i, found) for i in range(len(node.parents))]
                batched = [parent in found and parent not in once for parent in node.parents]
                if node.primitive is ALL_EXAMPLES and batched[1]:
                    once.add(node)
                    found[node] = whole(size, operands[0], batched[0])
                elif node.primitive is SUM_OVER_EXAMPLES or not any(batched):
                    once.add(node)
                    found[node] = summed(*operands) if any(batched) else _of_sums(node, operands)  # type: ignore[misc]
                else:
                    found[node] = _pass(node, size, operands, batched)
    return found


def _of_sums(node: Node, operands: Sequence[Any]) -> Any:
    return node.primitive.evaluate(*operands, **node.params) if node.primitive is PICK else _operation(node)(*operands)


def _operation(node: Node) -> Callable[..., Any]:
    operation = partial(node.primitive.operation, **node.params)
    return no_grad()(operation) if is_left_out(node) else operation


def _pass(node: Node, size: int, operands: Sequence[Any], batched: Sequence[bool]) -> Any:
    rule = _rule(node)
    if not walk_observers:
        return rule(size, operands, batched, node)
    return observed("batch", node, operands, lambda: rule(size, operands, batched, node))


def _operand(node: Node, position: int, found: dict[Node, Any]) -> Any:
    parent = node.parents[position]
    if parent in found:
        return found[parent]
    value = node.residuals[position]
    return as_handle(value) if parent is UNTRACKED else Tensor(value, parent)


def _rule(node: Node) -> Callable[..., Any]:
    rule = node.primitive.batch or loop_over_examples
    return no_grad()(rule) if is_left_out(node) else rule


def loop_over_examples(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> Any:
    """Evaluate example by example and stack: correct for every primitive."""
    operation = node.primitive.operation
    results = [
        operation(*[o[i] if b else o for o, b in zip(operands, batched, strict=True)], **node.params)
        for i in range(size)
    ]
    if node.primitive.many:
        return tuple(stack(*column, axis=0) for column in zip(*results, strict=True))
    return stack(*results, axis=0)
