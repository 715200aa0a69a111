"""What a backward walk over a graph keeps and what it computes again, within a budget of memory.

The operations stand in an order; the graph is cut into segments. A segment is either kept, with all that its pullback
reads, or computed again from the values that cross into it, after which that memory is free again.

Sources: T. Chen, B. Xu, C. Zhang and C. Guestrin, "Training deep nets with sublinear memory cost" (2016), for
segments; P. Jain et al., "Checkmate: breaking the memory wall with optimal tensor rematerialization" (2020), for costs.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from ..core.graph import Graph, GraphNode, cut, form_of_operand, subgraphs
from ..core.primitive import primitives
from ..core.recording import PICK
from ..ops.after import after
from ..ops.broadcast import broadcast_to
from ..ops.contract import matmul
from ..ops.facts import facts_of
from ..ops.indexing.gather import block
from ..ops.shape import reshape, transpose
from ..ops.windows.correlate import correlate


class Segment(NamedTuple):
    """Consecutive operations.

    Attributes:
        graph: from what is read from before to what is read later.
        inputs, outputs: the nodes of the whole graph that these are.
        is_kept: whether its pullback reads what was kept, rather than what is computed again.
        inner: how it is computed again, if in segments as well.
    """

    graph: Graph
    inputs: list[GraphNode]
    outputs: list[GraphNode]
    is_kept: bool = False
    inner: MemoryPlan | None = None


class MemoryPlan(NamedTuple):
    """The segments of a graph, with what they take.

    Attributes:
        segments: in the order of the operations.
        budget: bytes that may be held.
        peak: bytes that a backward walk will hold at most, about; the arguments, results and gradients not counted.
        without: the same if everything is kept.
        again: how often the operations are computed again, on an average weighed by their work.
    """

    segments: list[Segment]
    budget: int
    peak: int
    without: int
    again: float

    def __str__(self) -> str:
        again = sum(not segment.is_kept for segment in self.segments)
        return (
            f"at most {readable(self.peak)} of {readable(self.budget)} (everything kept: {readable(self.without)}): "
            f"{again} of {len(self.segments)} segments are computed again, {self.again:.2f} of the forward pass"
        )

    __repr__ = __str__


def planned(graph: Graph, budget: int, temporaries: int = 0) -> MemoryPlan:
    """The plan that computes least again within a budget.

    Args:
        graph: what is to be differentiated.
        budget: in bytes.
        temporaries: so many more values of the largest size are held, where operations are run one by one.

    Raises:
        ValueError: no plan is within it; the message says what the least one takes.
    """
    costs = _Costs(graph, temporaries)
    whole = [len(graph.nodes)]
    without = costs.peak(whole, {}, {0})
    if without <= budget:
        kept = [piece._replace(is_kept=True) for piece in _segments(graph, whole)]
        return MemoryPlan(kept, budget, without, without, 0.0)
    plan = _in_segments(graph, costs, budget, 0 if temporaries else DEEPEST)
    if plan.peak > budget:
        raise ValueError(
            f"[checkpoint] memory is {readable(budget)}, wanted at least {readable(plan.peak)} for this function (with "
            f"everything kept it takes {readable(without)}); write memory={plan.peak}, or call it on smaller batches"
        )
    return plan._replace(without=without)


MOST_SEGMENTS, DEEPEST = 64, 4


def _in_segments(graph: Graph, costs: _Costs, budget: int, depth: int) -> MemoryPlan:
    """Segments, within the budget or of about the least peak that there is; those too large inside are cut as well."""
    counts = range(1, min(len(costs.sizes), MOST_SEGMENTS) + 1)
    cuts = min(map(costs.cuts, counts), key=lambda cuts: costs.peak(cuts, {}))
    inner: dict[int, MemoryPlan] = {}
    pieces = _segments(graph, cuts)
    if depth and len(cuts) > 1 and costs.peak(cuts, {}) > budget:
        inside = [costs.inside(*ends) + costs.transient(*ends) for ends in pairwise([0, *cuts])]
        for i, held in enumerate(costs.before(cuts)):
            if held + inside[i] > budget and len(pieces[i].graph.nodes) > 1:
                part = pieces[i].graph
                found = _in_segments(part, _Costs(part, 0), budget - held, depth - 1)
                if found.peak < inside[i]:
                    inner[i] = found
    taken = {i: plan.peak for i, plan in inner.items()}
    kept = _worth_keeping(costs, cuts, budget, taken)
    again = [
        costs.work(begin, end) * (1 + (inner[i].again if i in inner else 0))
        for i, (begin, end) in enumerate(pairwise([0, *cuts]))
        if i not in kept
    ]
    share = sum(again) / costs.work_before[-1] if costs.work_before[-1] else 0.0
    peak = costs.peak(cuts, taken, kept)
    found = [piece._replace(is_kept=i in kept, inner=inner.get(i)) for i, piece in enumerate(pieces)]
    return MemoryPlan(found, budget, peak, peak, share)


def _worth_keeping(costs: _Costs, cuts: Sequence[int], budget: int, taken: dict[int, int]) -> set[int]:
    """The segments that there is room to keep, those first that cost most to compute again for their size."""
    kept: set[int] = set()
    ends = list(pairwise([0, *cuts]))
    order = sorted(range(len(cuts)), key=lambda i: -costs.work(*ends[i]) / max(costs.inside(*ends[i]), 1))
    for i in order:
        if costs.peak(cuts, taken, kept | {i}) <= budget:
            kept.add(i)
    return kept


class _Costs:
    """Bytes and operations of a graph, by the positions of its nodes.

    Attributes:
        sizes: for each node its bytes; none if it looks at the memory of another.
        spare: the bytes of what is held besides while one operation after the other is evaluated.
        held: the same as `sizes` for those that a pullback reads.
        last: for each node the position of its last reader.
        final: the positions of outputs, which are held in any case.
        crossing: for each position the bytes of what is made before it and read from it on.
        apart: positions where the graph is not cut.
    """

    def __init__(self, graph: Graph, temporaries: int) -> None:
        nodes = graph.nodes
        position = {node: i for i, node in enumerate(nodes)}
        read = {_owner(node) for node in _read_by_pullbacks(graph)}
        self.sizes = [_bytes(node) if _owner(node) is node else 0 for node in nodes]
        self.spare = temporaries * max(self.sizes, default=0)
        self.held = [size if node in read else 0 for node, size in zip(nodes, self.sizes, strict=True)]
        self.last = list(range(len(nodes)))
        for i, node in enumerate(nodes):
            for operand in map(_owner, node.operands):
                if operand in position:
                    self.last[position[operand]] = i
        self.final = {position[o] for o in map(_owner, graph.outputs) if o in position}
        self.work_before = list(accumulate((_work(node) for node in nodes), initial=0.0))
        self.held_before = list(accumulate(self.held, initial=0))
        self.crossing = self._crossing()
        self.apart = self._apart(graph, position)

    def _crossing(self) -> list[int]:
        change = [0] * (len(self.sizes) + 2)
        for i, (size, last) in enumerate(zip(self.sizes, self.last, strict=True)):
            change[i + 1] += size
            change[last + 1] -= size
        return list(accumulate(change))[:-1]

    def _apart(self, graph: Graph, position: dict[GraphNode, int]) -> set[int]:
        """The positions that come between an operation with many results and one of these, where nothing is cut."""
        picks = [(position[node.operands[0]], i) for i, node in enumerate(graph.nodes) if node.primitive is PICK]
        return {place for made, picked in picks for place in range(made + 1, picked + 1)}

    def cuts(self, count: int) -> list[int]:
        """The ends of so many segments of about the same size inside, each where little crosses."""
        total, found = self.held_before[-1], []
        for k in range(1, count):
            low, high = (self._position(total * (k + shift) / count) for shift in (-0.5, 0.5))
            begin = max(low, found[-1] + 1 if found else 1)
            if begin < min(high, len(self.sizes)):
                middle = self._position(total * k / count)
                places = [i for i in range(begin, high) if i not in self.apart]
                found += sorted(places, key=lambda i: (self.crossing[i], abs(i - middle)))[:1]
        return [*found, len(self.sizes)]

    def _position(self, held: float) -> int:
        return min(bisect_left(self.held_before, held), len(self.sizes))

    def peak(self, cuts: Sequence[int], taken: dict[int, int], kept: Set[int] = frozenset()) -> int:
        """The bytes that are held at most: what crosses from before, and a segment's inside with its cotangents.

        Some segments are `kept`; others have `taken` so many bytes when they are walked, cotangents included.
        """
        found = 0
        for i, held in enumerate(self.before(cuts, kept)):
            begin, end = (cuts[i - 1] if i else 0), cuts[i]
            inside = self.inside(begin, end) + self.transient(begin, end)
            inside = inside + self.spare if i in kept else taken.get(i, inside + 2 * self.spare)
            found = max(found, held + inside)
        return found

    def transient(self, begin: int, end: int) -> int:
        """The bytes of cotangents while a segment is walked."""
        return max(self.crossing[begin + 1 : end + 1], default=0)

    def before(self, cuts: Sequence[int], kept: Set[int] = frozenset()) -> list[int]:
        """For each segment the bytes that are held for it and those before."""
        found, held = [], 0
        for i, (begin, end) in enumerate(pairwise([0, *cuts])):
            found.append(held)
            crossing = sum(self.sizes[j] for j in range(begin, end) if self.last[j] >= end and j not in self.final)
            held += max(self.inside(begin, end), crossing) if i in kept else crossing
        return found

    def work(self, begin: int, end: int) -> float:
        return self.work_before[end] - self.work_before[begin]

    def inside(self, begin: int, end: int) -> int:
        """The bytes that the pullback of a segment reads of its own."""
        return self.held_before[end] - self.held_before[begin]


def _segments(graph: Graph, cuts: Sequence[int]) -> list[Segment]:
    last = {node: i for i, n in enumerate(graph.nodes) for node in n.operands if isinstance(node, GraphNode)}
    last |= {o: len(graph.nodes) for o in graph.outputs if isinstance(o, GraphNode)}
    found = []
    for begin, end in pairwise([0, *cuts]):
        nodes = graph.nodes[begin:end]
        own = set(nodes)
        inputs = list(dict.fromkeys(o for n in nodes for o in n.operands if isinstance(o, GraphNode) and o not in own))
        outputs = [node for node in nodes if last.get(node, -1) >= end]
        found.append(Segment(cut(inputs, nodes, outputs), inputs, outputs))
    return found


def _read_by_pullbacks(graph: Graph) -> Iterator[Any]:
    """The nodes whose values the rules of the operations read."""
    for node in graph.nodes:
        if node.primitive is not PICK and node.primitive.differentiable:
            keeps = node.primitive.keeps(tuple([isinstance(o, GraphNode) for o in node.operands]))
            yield from (o for o, is_kept in zip((*node.operands, node), keeps, strict=True) if is_kept)


LOOKING_ELSEWHERE = primitives(reshape, transpose, broadcast_to, block, after)


def _owner(node: Any) -> Any:
    """The node in whose memory a value is."""
    while isinstance(node, GraphNode) and (node.primitive in LOOKING_ELSEWHERE or node.primitive is PICK):
        node = node.operands[0]
    return node if isinstance(node, GraphNode) else None


# -- what an operation takes -----------------------------------------------------------------------

FUNCTION_COST = 8
"""Operations that an elementary function of one number counts as."""


def _bytes(node: GraphNode) -> int:
    return sum(math.prod(form.shape) * form.dtype.itemsize for form in node.result_forms)


def _work(node: GraphNode) -> float:
    """About how many operations a node takes."""
    size = sum(math.prod(form.shape) for form in node.result_forms)
    if node.primitive is matmul.primitive:
        return 2.0 * size * form_of_operand(node.operands[0]).shape[-1]
    if node.primitive is correlate.primitive:
        return 2.0 * size * math.prod(form_of_operand(node.operands[1]).shape[1:])
    inner = sum(sum(map(_work, graph.nodes)) for graph in subgraphs(node).values())
    turns = node.params.get("length") or 1
    return inner * turns + size * (1 if facts_of(node.primitive).is_cheap else FUNCTION_COST)


# -- sizes as users write them -----------------------------------------------------------------------

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def bytes_of(memory: str | int) -> int:
    """A size in bytes, as ``"200MB"``, ``"1.5 GiB"`` or a number.

    Raises:
        ValueError: it is none.
    """
    if isinstance(memory, int) and not isinstance(memory, bool) and memory > 0:
        return memory
    text = memory.strip() if isinstance(memory, str) else ""
    number = text.rstrip("".join(UNITS)).strip()
    unit = text[len(number) :].strip()
    try:
        found = float(number) * UNITS[unit or "B"]
    except (ValueError, KeyError):
        found = math.nan
    if not (math.isfinite(found) and found > 0):
        raise ValueError(
            f"[checkpoint] memory is {memory!r}, wanted a size in bytes; write memory='200MB' (units: "
            f"{', '.join(UNITS)})"
        )
    return int(found)


def readable(size: int) -> str:
    """Bytes in a unit of powers of ten."""
    unit = next((name for name in ("GB", "MB", "kB") if size >= UNITS[name]), "B")
    return f"{size / UNITS[unit]:.3g} {unit}"
