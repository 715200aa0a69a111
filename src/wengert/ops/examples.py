"""What all examples of a batch have, for each of them: the one way in which examples know of each other.

It stands where `vmap` records one example; its walk puts the batch itself in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.python.source import at_line
from ..core.recording import general
from .broadcast import broadcast_to, sum as sum_over
from .indexing.gather import gather
from .linear_maps import Map
from .shape import transpose


def _refuse(x: Any, number: Any, size: int) -> Any:
    raise ValueError(
        "[all_examples] it was called in a loop whose number of turns depends on the example, or in a function that "
        "goes over the examples one by one, wanted it where all examples take the same steps; write a scan, or call "
        f"it outside of the loop{at_line()}"
    )


def whole(size: int, x: Any, is_batched: bool) -> Any:
    """What all examples have: the batch, or what they share, repeated."""
    return x if is_batched else broadcast_to(x, shape=(size, *x.shape))


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    x, number = operands
    if batched[1]:
        shared = whole(size, x, batched[0])
        return broadcast_to(shared, shape=(size, *shared.shape))
    found = all_examples(x, number, **node.params)
    return transpose(found, axes=(1, 0, *range(2, len(found.shape))))


ALL_EXAMPLES = Primitive(
    "all_examples",
    _refuse,
    ("x", "number"),
    lambda x, number, size: Abstract((size, *x.shape), x.dtype),
    [
        Map(
            lambda dx, residuals, node: all_examples(dx, residuals[1], **node.params),
            lambda ct, residuals, node: _own(all_examples(ct, residuals[1], **node.params), residuals[1]),
            frozenset({1}),
        ),
        None,
    ],
    batch=_batch,
    moves=True,
)
all_examples: Final = general(ALL_EXAMPLES)
"""``all_examples(x, number, size=)``: the stacked `x` of all examples, which `number` is the number of one of."""
ALL_EXAMPLES.operation = all_examples


def _own(cotangents: Any, number: Any) -> Any:
    """The part of an example of the sum of what came to all of them."""
    return gather(sum_over(cotangents, axis=(0,), keepdims=False), number, axis=0)
