"""Acyclic colourings of a symmetric pattern: neighbours differ, and every cycle has three colours.

Two colours induce a forest, from the leaves of which on the entries are found by substitution.

Source: A. H. Gebremedhin, A. Tarafdar, A. Pothen and A. Walther, "Efficient computation of sparse Hessians using
coloring and automatic differentiation" (2009), algorithm 3.1. The edges of a vertex to neighbours of one colour are in
one tree, so one of them is asked for all.
"""

from __future__ import annotations

from typing import Any

import numpy

from .adjacency import Adjacency
from .native import Indices, indices, native
from .star import edge_of_color, first_allowed, note_color


@native
def tree_of(edge: int, parents: Indices) -> int:
    """The edge that stands for a tree, which the way there is made shorter by."""
    while parents[edge] != edge:
        parents[edge] = parents[parents[edge]]
        edge = parents[edge]
    return edge


@native
def join_trees(first: int, second: int, parents: Indices) -> int:
    """Make one tree of two."""
    parents[tree_of(first, parents)] = tree_of(second, parents)
    return 0


@native
def forbid_for_forests(
    v: int, turn: int, starts: Indices, neighbors: Indices, colors: Indices, forbidden: Indices, visit_turn: Indices,
    visit_from: Indices, seen: Indices, seen_colors: Indices, seen_edges: Indices, parents: Indices,
) -> int:  # fmt: skip
    """Forbid the colours of neighbours, and those that would close a tree to a cycle with two colours."""
    place = starts[v]
    while place < starts[v + 1]:
        forbidden[colors[neighbors[place]]] = turn
        place += 1
    place = starts[v]
    while place < starts[v + 1]:
        w = neighbors[place]
        if colors[w] > 0:
            other = starts[w]
            while other < starts[w] + seen[w]:
                if forbidden[seen_colors[other]] != turn:
                    tree = tree_of(seen_edges[other], parents)
                    if visit_turn[tree] != turn:
                        visit_turn[tree] = turn
                        visit_from[tree] = w
                    elif visit_from[tree] != w:
                        forbidden[seen_colors[other]] = turn
                other += 1
        place += 1
    return 0


@native
def grow_trees(
    v: int, turn: int, starts: Indices, neighbors: Indices, edges: Indices, colors: Indices, first_turn: Indices,
    first_edge: Indices, seen: Indices, seen_colors: Indices, seen_edges: Indices, parents: Indices,
) -> int:  # fmt: skip
    """Let the edges of a vertex to neighbours with a colour belong to trees, now that it has one."""
    own = colors[v]
    place = starts[v]
    while place < starts[v + 1]:
        w = neighbors[place]
        color = colors[w]
        if color > 0:
            edge = edges[place]
            if first_turn[color] != turn:
                first_turn[color] = turn
                first_edge[color] = edge
                note_color(v, color, edge, starts, seen, seen_colors, seen_edges)
            else:
                join_trees(edge, first_edge[color], parents)
            other = edge_of_color(w, own, starts, seen, seen_colors, seen_edges)
            if other >= 0:
                join_trees(edge, other, parents)
            else:
                note_color(w, own, edge, starts, seen, seen_colors, seen_edges)
        place += 1
    return 0


@native
def color_forests(
    starts: Indices, neighbors: Indices, edges: Indices, order: Indices, count: int, colors: Indices,
    forbidden: Indices, first_turn: Indices, first_edge: Indices, visit_turn: Indices, visit_from: Indices,
    seen: Indices, seen_colors: Indices, seen_edges: Indices, parents: Indices,
) -> int:  # fmt: skip
    """Colour the vertices in an order."""
    turn = 0
    while turn < count:
        v = order[turn]
        forbid_for_forests(
            v, turn, starts, neighbors, colors, forbidden, visit_turn, visit_from, seen, seen_colors, seen_edges,
            parents,
        )  # fmt: skip
        colors[v] = first_allowed(turn, forbidden)
        grow_trees(
            v, turn, starts, neighbors, edges, colors, first_turn, first_edge, seen, seen_colors, seen_edges, parents,
        )  # fmt: skip
        turn += 1
    return 0


def acyclic_colors(graph: Adjacency, order: Any) -> Any:
    """The colour of each vertex, from 1 on."""
    count, places = graph.count, graph.edges.size
    colors, seen = numpy.zeros(count, numpy.int32), numpy.zeros(count, numpy.int32)
    forbidden, first_turn, first_edge = (numpy.full(count + 2, -1, numpy.int32) for _ in range(3))
    visit_turn, visit_from = numpy.full(places // 2 + 1, -1, numpy.int32), numpy.empty(places // 2 + 1, numpy.int32)
    seen_colors, seen_edges = (numpy.empty(places + 1, numpy.int32) for _ in range(2))
    color_forests(
        *(graph.starts, graph.neighbors, graph.edges, indices(order), count, colors),
        *(forbidden, first_turn, first_edge, visit_turn, visit_from),
        *(seen, seen_colors, seen_edges, indices(numpy.arange(places // 2 + 1))),
    )
    return colors
