"""Sums of parts that lie beside each other in zeros, as these parts joined: so is the gradient of a split made."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ...core.graph import Graph, GraphNode
from ...ops import elementwise as e, join
from ...ops.indexing import gather
from .rewriting import apply, number_of_uses, rewritten, with_operands

Stretch = tuple[int, int]
"""Where a part begins and ends along an axis."""


def with_parts_joined(graph: Graph) -> Graph:
    """The graph with concatenations for sums of parts of one whole, which they make up without meeting."""
    uses = number_of_uses(graph)
    sums: dict[Any, list[Any]] = {}  # the terms of those that nobody uses twice

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is not e.add.primitive:
            return None
        terms = [term for o in operands for term in (sums.get(o, [o]) if isinstance(o, GraphNode) else [o])]
        if not all(map(_is_part, terms)):
            return None
        made = _joined(terms, node.form.shape) or with_operands(node, operands)
        if uses[node] == 1:
            sums[made] = terms
        return made

    return rewritten(graph, rewrite)


def _is_part(term: Any) -> bool:
    """Whether a term is a regular part of zeros."""
    if not isinstance(term, GraphNode) or term.primitive is not gather.unslice.primitive:
        return False
    slices = [entry for entry in term.params["index"] if entry is not ...]
    return all(isinstance(entry, slice) and entry.step in (None, 1) for entry in slices)


def _joined(terms: Sequence[GraphNode], shape: tuple[int, ...]) -> GraphNode | None:
    """The parts one behind the other along the axis that they divide; ``None`` if they meet or leave something out."""
    stretches = {term: _stretches(term.params["index"], shape) for term in terms}
    divided = {axis for each in stretches.values() for axis, n in enumerate(shape) if each[axis] != (0, n)}
    if len(divided) != 1 or len(stretches) != len(terms) or any(t.params["shape"] != shape for t in terms):
        return None
    (axis,) = divided
    parts = sorted(terms, key=lambda term: stretches[term][axis])
    ends = [(0, 0), *(stretches[part][axis] for part in parts), (shape[axis], shape[axis])]
    if any(one[1] != following[0] for one, following in pairwise(ends)):
        return None
    return apply(join.concatenate.primitive, [part.operands[0] for part in parts], {"axis": axis})


def _stretches(index: Sequence[Any], shape: tuple[int, ...]) -> list[Stretch]:
    """Along each axis."""
    place = index.index(...) if ... in index else len(index)
    before, after = index[:place], index[place + 1 :]
    whole = (*before, *[slice(None)] * (len(shape) - len(before) - len(after)), *after)
    return [entry.indices(length)[:2] for entry, length in zip(whole, shape, strict=True)]
