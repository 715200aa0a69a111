"""Gathers and scatters at constant indices that go along an axis in a few runs, as they do around a ring: as slices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy

from ....core.graph import Graph, GraphNode
from ....core.primitive import primitives
from ....ops import elementwise as e, join
from ....ops.indexing import gather as g
from ...passes.rewriting import apply, rewritten

MOST_RUNS = 3
"""Slices that one gather is worth."""
LEAST_GATHERED = 512
"""A smaller array is gathered in no time."""
GATHERS = primitives(g.gather, g.scatter_add)
Lead = tuple[slice, ...]
"""The part of an index before the axis."""


def with_slices_for_runs(graph: Graph) -> Graph:
    """The graph with slices for such gathers and scatters."""
    if not any(node.primitive in GATHERS for node in graph.nodes):
        return graph

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is g.gather.primitive:
            return _gathered(node, operands)
        return _scattered(node, operands) if node.primitive is g.scatter_add.primitive else None

    return rewritten(graph, rewrite)


def _gathered(node: GraphNode, operands: Sequence[Any]) -> Any:
    """The slices, one behind the other."""
    x, index = operands
    runs = _runs_of(index, x, node.params["axis"])
    return None if runs is None else _joined(x, runs, (slice(None),) * node.params["axis"])


def _scattered(node: GraphNode, operands: Sequence[Any]) -> Any:
    """If each place is met once the slices of the inverse permutation; else the sum of what is put in each."""
    (v, index), axis, shape = operands, node.params["axis"], node.form.shape
    runs = _runs_of(index, node, axis)
    if runs is None or not isinstance(v, GraphNode):
        return None
    lead, parts = (slice(None),) * axis, _places(runs)
    if sorted(i for run in runs for i in range(run.start, run.stop)) == list(range(shape[axis])):
        return _joined(v, [part for _, part in sorted(zip(runs, parts, strict=True), key=_start)], lead)
    return reduce(
        _added, [_put(_slice(v, part, lead), run, lead, shape) for run, part in zip(runs, parts, strict=True)]
    )


def _start(pair: tuple[slice, slice]) -> int:
    return pair[0].start


def _joined(x: Any, runs: Sequence[slice], lead: Lead) -> Any:
    parts = [_slice(x, run, lead) for run in runs]
    return parts[0] if len(parts) == 1 else apply(join.concatenate.primitive, parts, {"axis": len(lead)})


def _slice(x: Any, run: slice, lead: Lead) -> Any:
    return apply(g.block.primitive, [x], {"index": (*lead, run)})


def _put(part: Any, run: slice, lead: Lead, shape: tuple[int, ...]) -> Any:
    return apply(g.unslice.primitive, [part], {"index": (*lead, run), "shape": shape})


def _added(x: Any, y: Any) -> Any:
    return apply(e.add.primitive, [x, y], {})


def _runs_of(index: Any, whole: Any, axis: int) -> list[slice] | None:
    """The slices that an index is made of; ``None`` if it is no constant, or of many, or leaves the axis."""
    if isinstance(index, GraphNode) or numpy.ndim(index) != 1 or not isinstance(whole, GraphNode):
        return None
    length = whole.form.shape[axis]
    if whole.form.size < LEAST_GATHERED or not len(index) or (index < -length).any() or (index >= length).any():
        return None
    places = numpy.where(index < 0, index + length, index)
    starts = [0, *(numpy.flatnonzero(numpy.diff(places) != 1) + 1).tolist(), len(places)]
    if len(starts) > MOST_RUNS + 1:
        return None
    return [slice(int(places[start]), int(places[stop - 1]) + 1) for start, stop in pairwise(starts)]


def _places(runs: Sequence[slice]) -> list[slice]:
    """Where along the index each run is."""
    ends = numpy.cumsum([run.stop - run.start for run in runs]).tolist()
    return [slice(end - (run.stop - run.start), end) for run, end in zip(runs, ends, strict=True)]
