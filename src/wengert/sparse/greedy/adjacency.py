"""The graph of a symmetric pattern: its vertices are the columns, its edges the entries off the diagonal."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy
from scipy import sparse

from .native import indices


class Adjacency:
    """The neighbours of each vertex, one after the other, and the edges that lead to them.

    Attributes:
        count: the number of vertices.
        starts: where the neighbours of each vertex begin.
        neighbors: those of the first vertex, of the second, ...
        edges: the number of the edge to each of them; an edge has one number, wherever it is seen from.
        ends: the sum of the two ends of each edge.
    """

    def __init__(self, pattern: Any) -> None:
        pattern = sparse.csr_array(pattern).astype(bool)
        rows = numpy.repeat(numpy.arange(pattern.shape[0]), numpy.diff(pattern.indptr))
        keep = rows != pattern.indices
        rows, columns = rows[keep], pattern.indices[keep]
        self.count = pattern.shape[0]
        self.starts: Any = indices(numpy.concatenate([[0], numpy.cumsum(numpy.bincount(rows, minlength=self.count))]))
        self.neighbors: Any = indices(columns)
        upper = columns > rows
        numbers = numpy.zeros(columns.size, numpy.int64)
        numbers[upper] = numpy.arange(upper.sum())
        shape = pattern.shape
        numbers = sparse.csr_array((numbers, self.neighbors, self.starts), shape)
        turned = numbers.T.tocsr()
        turned.sort_indices()
        self.edges: Any = indices(numpy.where(upper, numbers.data, turned.data))
        self.ends = indices((rows + columns)[upper]) if upper.any() else numpy.zeros(1, numpy.int32)

    @cached_property
    def incidence(self) -> Any:
        """The pattern in which each edge is a row, with its two ends: vertices meet there that are neighbours."""
        entries = numpy.ones(self.edges.size, bool)
        return sparse.csc_array((entries, self.edges, self.starts), (self.edges.size // 2, self.count)).tocsr()
