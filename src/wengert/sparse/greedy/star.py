"""Star colourings of a symmetric pattern: neighbours differ, and every path of four vertices has three colours.

Two colours induce a forest of stars, so each entry off the diagonal is alone with its colour in one of its two rows.

Source: A. H. Gebremedhin, A. Tarafdar, A. Pothen and A. Walther, "Efficient computation of sparse Hessians using
coloring and automatic differentiation" (2009), algorithm 4.1. Instead of all neighbours of a neighbour, the list of
their colours is gone through, which a vertex keeps once for each colour: a vertex that neighbours all others costs no
more than the others.
"""

from __future__ import annotations

from typing import Any

import numpy

from .adjacency import Adjacency
from .native import Indices, indices, native


@native
def forbid_around(w: int, turn: int, starts: Indices, seen: Indices, seen_colors: Indices, forbidden: Indices) -> int:
    """Forbid the colours of a vertex's neighbours."""
    place = starts[w]
    while place < starts[w] + seen[w]:
        forbidden[seen_colors[place]] = turn
        place += 1
    return 0


@native
def edge_of_color(
    w: int, color: int, starts: Indices, seen: Indices, seen_colors: Indices, seen_edges: Indices
) -> int:  # fmt: skip
    """The first edge of a vertex to a neighbour of a colour; -1 if there is none."""
    place = starts[w]
    while place < starts[w] + seen[w]:
        if seen_colors[place] == color:
            return seen_edges[place]
        place += 1
    return -1


@native
def note_color(
    w: int, color: int, edge: int, starts: Indices, seen: Indices, seen_colors: Indices, seen_edges: Indices
) -> int:  # fmt: skip
    """Note that a vertex has a neighbour of a colour, over an edge."""
    place = starts[w] + seen[w]
    seen_colors[place] = color
    seen_edges[place] = edge
    seen[w] += 1
    return 0


@native
def first_allowed(turn: int, forbidden: Indices) -> int:
    """The first colour that is not forbidden; colours count from 1."""
    color = 1
    while forbidden[color] == turn:
        color += 1
    return color


@native
def join_star(edge: int, hub: int, spoke: int, hub_of: Indices, starts: Indices, hubs: Indices, around: Indices) -> int:
    """Let an edge belong to a star with a hub, unless it does."""
    if hub_of[edge] != hub:
        hub_of[edge] = hub
        hubs[starts[spoke] + around[spoke]] = hub
        around[spoke] += 1
    return 0


@native
def forbid_for_stars(
    v: int, turn: int, starts: Indices, neighbors: Indices, edges: Indices, colors: Indices, forbidden: Indices,
    treated: Indices, first_turn: Indices, first_neighbor: Indices, first_edge: Indices, seen: Indices,
    seen_colors: Indices, hubs: Indices, around: Indices,
) -> int:  # fmt: skip
    """Forbid the colours that would make a path of four vertices with two colours."""
    place = starts[v]
    while place < starts[v + 1]:
        w = neighbors[place]
        color = colors[w]
        if color > 0:
            forbidden[color] = turn
            if first_turn[color] == turn:
                first = first_neighbor[color]
                if treated[first] != turn:
                    treated[first] = turn
                    forbid_around(first, turn, starts, seen, seen_colors, forbidden)
                treated[w] = turn
                forbid_around(w, turn, starts, seen, seen_colors, forbidden)
            else:
                first_turn[color] = turn
                first_neighbor[color] = w
                first_edge[color] = edges[place]
                hub = starts[w]
                while hub < starts[w] + around[w]:
                    forbidden[colors[hubs[hub]]] = turn
                    hub += 1
        place += 1
    return 0


@native
def join_stars(
    v: int, starts: Indices, neighbors: Indices, edges: Indices, ends: Indices, colors: Indices,
    first_neighbor: Indices, first_edge: Indices, seen: Indices, seen_colors: Indices, seen_edges: Indices,
    hub_of: Indices, hubs: Indices, around: Indices,
) -> int:  # fmt: skip
    """Let the edges of a vertex to neighbours with a colour belong to stars, now that it has one."""
    own = colors[v]
    place = starts[v]
    while place < starts[v + 1]:
        w = neighbors[place]
        color = colors[w]
        if color > 0:
            edge = edges[place]
            other = edge_of_color(w, own, starts, seen, seen_colors, seen_edges)
            if other >= 0:
                join_star(other, w, ends[other] - w, hub_of, starts, hubs, around)
                join_star(edge, w, v, hub_of, starts, hubs, around)
            else:
                note_color(w, own, edge, starts, seen, seen_colors, seen_edges)
                if first_neighbor[color] != w:
                    join_star(first_edge[color], v, first_neighbor[color], hub_of, starts, hubs, around)
                    join_star(edge, v, w, hub_of, starts, hubs, around)
            if first_neighbor[color] == w:
                note_color(v, color, edge, starts, seen, seen_colors, seen_edges)
        place += 1
    return 0


@native
def color_stars(
    starts: Indices, neighbors: Indices, edges: Indices, ends: Indices, order: Indices, count: int, most: int,
    colors: Indices, forbidden: Indices, treated: Indices, first_turn: Indices, first_neighbor: Indices,
    first_edge: Indices, seen: Indices, seen_colors: Indices, seen_edges: Indices, hub_of: Indices, hubs: Indices,
    around: Indices,
) -> int:  # fmt: skip
    """Colour the vertices in an order, unless it takes more than `most` colours; gives whether that is done.

    `ends` has the sum of the two ends of each edge. Of a vertex, `hubs` has the hubs of the stars in which it is no
    hub, as many as `around` says.
    """
    turn = 0
    while turn < count:
        v = order[turn]
        forbid_for_stars(
            v, turn, starts, neighbors, edges, colors, forbidden, treated, first_turn, first_neighbor, first_edge,
            seen, seen_colors, hubs, around,
        )  # fmt: skip
        colors[v] = first_allowed(turn, forbidden)
        if colors[v] > most:
            return 0
        join_stars(
            v, starts, neighbors, edges, ends, colors, first_neighbor, first_edge, seen, seen_colors, seen_edges,
            hub_of, hubs, around,
        )  # fmt: skip
        turn += 1
    return 1


def star_colors(graph: Adjacency, order: Any, most: int) -> Any:
    """The colour of each vertex, from 1 on; ``None`` if it takes more than `most` colours."""
    count, edges = graph.count, graph.edges.size
    colors, seen, around = (numpy.zeros(count, numpy.int32) for _ in range(3))
    forbidden, first_turn, first_neighbor, first_edge = (numpy.full(count + 2, -1, numpy.int32) for _ in range(4))
    seen_colors, seen_edges, hubs = (numpy.empty(edges + 1, numpy.int32) for _ in range(3))
    treated, hub_of = numpy.full(count, -1, numpy.int32), numpy.full(edges // 2 + 1, -1, numpy.int32)
    is_done = color_stars(
        *(graph.starts, graph.neighbors, graph.edges, graph.ends, indices(order), count, most, colors),
        *(forbidden, treated, first_turn, first_neighbor, first_edge),
        *(seen, seen_colors, seen_edges, hub_of, hubs, around),
    )
    return colors if is_done else None
