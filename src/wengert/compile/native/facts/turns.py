"""Loops whose turns do not wait for each other: threads share them.

The turns of a scan are apart if it carries nothing, as that over the examples of a batch; or sums only, to which each
turn adds what it has made of its slices, as the way back through such a loop: then a chunk of turns has sums of its
own, and these are added up in the order of the chunks. What a chunk is does not depend on the number of threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ....control.loop_primitives import SCAN
from ....core.graph import Graph, GraphNode, subgraphs
from ....ops.elementwise import add
from .duration import work
from .lowered import NATIVE_DTYPES
from .registers import LANES, lives_in_registers

CHUNK_OPERATIONS = 1 << 16
"""Operations in a chunk, at least: some ten microseconds, for which a thread is worth waking."""
MOST_TURN_CHUNKS = 512
"""Many, since turns may take very different times."""
BYTES_OF_SUMS = 1 << 22
"""Room for the sums of all chunks."""


class TurnChunks(NamedTuple):
    """Turns in chunks.

    Attributes:
        length: the turns in each; the last may have less.
        count: how many chunks there are.
    """

    length: int
    count: int


def are_apart(node: GraphNode) -> bool:
    """Whether the turns of a loop do not wait for each other."""
    if node.primitive is not SCAN:
        return False
    body, captured, carried = (node.params[name] for name in ("body", "captured", "carried"))
    return not carried or all(_are_sums(body, captured, carried))


def _are_sums(body: Graph, captured: int, carried: int) -> Iterator[bool]:
    """Of each carried value, whether it is only added to, and read by nobody else."""
    uses = Counter([*(o for node in body.nodes for o in _nodes(node.operands)), *_nodes(body.outputs)])
    for total, made in zip(body.inputs[captured : captured + carried], body.outputs, strict=False):
        is_sum = isinstance(made, GraphNode) and made.primitive is add.primitive and total in _nodes(made.operands)
        yield is_sum and uses[total] == uses[made] == 1 and made.form == total.form and _adds_up(total)


def _nodes(values: Sequence[Any]) -> list[GraphNode]:
    return [value for value in values if isinstance(value, GraphNode)]


def _adds_up(total: GraphNode) -> bool:
    dtype = total.form.dtype
    return dtype.name in NATIVE_DTYPES and dtype.kind in "iuf" and dtype.itemsize >= 4


def goes_in_lanes(node: GraphNode) -> bool:
    """Whether turns are done side by side in vectors: those that are loops in registers."""
    if not are_apart(node) or node.params["length"] < LANES // 2 or not lives_in_registers(node):
        return False
    return any(subgraphs(part) for graph in subgraphs(node).values() for part in graph.nodes)


def chunks_of(node: GraphNode) -> TurnChunks | None:
    """The chunks of turns that threads share; ``None`` if there is only one."""
    if not are_apart(node):
        return None
    length, body = node.params["length"], node.params["body"]
    sums = sum(form.size * form.dtype.itemsize for form in node.result_forms[: node.params["carried"]])
    most = min(MOST_TURN_CHUNKS, length, BYTES_OF_SUMS // max(sums, 1))
    count = max(1, min(int(length * work([body]) // CHUNK_OPERATIONS), most))
    chunk = -(-length // count)
    if goes_in_lanes(node):
        chunk = -(-chunk // LANES) * LANES
    return TurnChunks(chunk, -(-length // chunk)) if chunk < length else None
