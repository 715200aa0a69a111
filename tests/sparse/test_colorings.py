"""Colourings tell all entries apart, by the definition of each kind, with few colours."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy
import pytest
from hypothesis.extra.numpy import arrays
from scipy import sparse

import wengert as wg
from wengert.sparse.colorings import as_pattern
from wengert.sparse.greedy.acyclic import acyclic_colors
from wengert.sparse.greedy.adjacency import Adjacency
from wengert.sparse.greedy.orders import ORDERS
from wengert.sparse.greedy.star import star_colors

from .matrices import arrow, banded, grid, random_pattern, random_patterns, symmetric

coloring = wg.sparse.coloring


def neighbors_of(pattern: Any) -> list[set[int]]:
    rows = [set(pattern.indices[a:b].tolist()) for a, b in zip(pattern.indptr, pattern.indptr[1:], strict=False)]
    return [row - {v} for v, row in enumerate(rows)]


def is_proper(colors: Any, neighbors: list[set[int]]) -> bool:
    return all(colors[v] != colors[w] for v, around in enumerate(neighbors) for w in around)


def has_stars(colors: Any, neighbors: list[set[int]]) -> bool:
    """Whether no path of four vertices has two colours."""
    for w, around in enumerate(neighbors):
        for v, x in combinations(around, 2):
            if colors[v] == colors[x] and any(
                colors[y] == colors[w] for z in (v, x) for y in neighbors[z] - {w}
            ):  # fmt: skip
                return False
    return True


def has_forests(colors: Any, neighbors: list[set[int]]) -> bool:
    """Whether any two colours induce a graph with fewer edges than vertices in each component."""
    for pair in combinations(sorted(set(colors.tolist())), 2):
        inside = [v for v in range(len(neighbors)) if colors[v] in pair]
        edges = [(v, w) for v in inside for w in neighbors[v] if v < w and colors[w] in pair]
        ends = numpy.array(edges, int).reshape(-1, 2).T
        graph = sparse.coo_array((numpy.ones(len(edges)), (ends[0], ends[1])), (len(neighbors),) * 2)
        if len(edges) != len(neighbors) - sparse.csgraph.connected_components(graph, directed=False)[0]:
            return False
    return True


def products(matrix: Any, found: Any) -> Any:
    """The products that a colouring asks for."""
    columns = [matrix @ (found.columns == color) for color in range(1, found.column_count + 1)]
    rows = [matrix.T @ (found.rows == color) for color in range(1, found.row_count + 1)]
    return numpy.concatenate([*columns, *rows, numpy.zeros(0)])


@pytest.mark.part(2)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["column", "row", "bidirectional"])
def test_each_entry_is_alone_in_a_product(kind: str, order: str) -> None:
    for matrix in random_patterns(30):
        found = coloring(matrix, kind, order)
        assert found.is_enough
        dense = matrix.toarray() != 0
        for i, j in zip(*dense.nonzero(), strict=True):
            by_column = found.columns[j] and (dense[i] & (found.columns == found.columns[j])).sum() == 1
            by_row = found.rows[i] and (dense[:, j] & (found.rows == found.rows[i])).sum() == 1
            assert by_column or by_row


@pytest.mark.parametrize("order", ORDERS)
def test_symmetric_colorings_are_what_they_are_called(order: str) -> None:
    for seed in range(40):
        pattern = as_pattern(symmetric(random_pattern(22, 22, 0.02 + seed / 200, seed)))
        graph, neighbors = Adjacency(pattern), neighbors_of(pattern)
        given = ORDERS[order](graph.incidence)
        stars, forests = star_colors(graph, given, graph.count), acyclic_colors(graph, given)
        assert stars.min() == forests.min() == 1
        assert is_proper(stars, neighbors)
        assert has_stars(stars, neighbors)
        assert is_proper(forests, neighbors)
        assert has_forests(forests, neighbors)
        for kind in ("star", "acyclic"):
            assert coloring(pattern, kind, order).is_enough


@hypothesis.settings(max_examples=60)
@hypothesis.given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_any_pattern_is_colored(pattern: Any) -> None:
    for kind in ("column", "row", "bidirectional"):
        assert coloring(pattern, kind).is_enough
    square = pattern[: min(pattern.shape), : min(pattern.shape)]
    for kind in ("star", "acyclic"):
        assert coloring(square | square.T, kind).is_enough


@pytest.mark.parametrize(
    ("matrix", "kind", "colors"),
    [
        (arrow(100), "column", 100),
        (arrow(100), "star", 2),
        (arrow(100), "acyclic", 2),
        (arrow(100), "bidirectional", 3),
        (banded(100, 1), "column", 3),
        (banded(100, 1), "star", 3),
        (banded(100, 1), "acyclic", 2),
        (banded(100, 3), "column", 7),
        (banded(100, 3), "acyclic", 4),
        (grid(10, 2), "column", 7),
        (grid(10, 2), "star", 5),
        (grid(10, 2), "acyclic", 4),
        (grid(6, 3), "star", 10),
        (sparse.eye_array(5), "star", 1),
        (sparse.csr_array((4, 3)), "column", 0),
        (sparse.csr_array((4, 3)), "bidirectional", 0),
        (numpy.ones((3, 40)), "row", 3),
        (numpy.ones((3, 40)), "bidirectional", 3),
    ],
)
def test_few_colors_are_enough(matrix: Any, kind: str, colors: int) -> None:
    assert coloring(matrix, kind).count <= colors


def test_an_arrow_of_any_size_takes_no_longer_than_its_entries() -> None:
    matrix = arrow(100_000)
    assert [coloring(matrix, kind).count for kind in ("star", "acyclic", "bidirectional")] == [2, 2, 3]


def test_a_planted_color_is_caught() -> None:
    for kind in ("column", "star", "acyclic"):
        found = coloring(grid(6, 2), kind)
        for colors in (found.columns * 0 + 1, numpy.where(found.columns == 1, 2, found.columns), found.columns * 0):
            planted = wg.sparse.Coloring(found.pattern, kind, "natural", colors.astype(numpy.int32), found.rows)
            assert not planted.is_enough


def test_a_coloring_says_what_it_is() -> None:
    assert repr(coloring(numpy.eye(3), "star")) == "<star coloring of 3 x 3, 3 nonzeros: 1 color>"
    assert repr(coloring(arrow(9), "bidirectional")) == (
        "<bidirectional coloring of 9 x 9, 25 nonzeros: 2 + 1 colors>"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"kind": "rows"},
            "[coloring] kind='rows', wanted one of 'column', 'row', 'bidirectional', 'star', 'acyclic'; write "
            "kind='column' for a Jacobian",
        ),
        (
            {"order": "random"},
            "[coloring] order='random', wanted one of 'natural', 'largest-first', 'smallest-last', "
            "'dynamic-largest-first'; write order='natural'",
        ),
        (
            {"kind": "star"},
            "[coloring] kind='star' of a pattern of shape (2, 3) that is not symmetric, wanted a symmetric one, as of "
            "a Hessian; write kind='column', 'row' or 'bidirectional', or pattern + pattern.T",
        ),
    ],
)
def test_bad_input_is_refused(given: dict[str, str], text: str) -> None:
    with pytest.raises(ValueError, match="coloring") as refused:
        coloring(numpy.ones((2, 3)), **given)
    assert str(refused.value) == text


def test_products_of_a_coloring_give_the_matrix() -> None:
    from wengert.sparse.recovery import places_in_symmetric, places_of_entries, substitution

    for seed, matrix in enumerate(random_patterns(20)):
        for kind in ("column", "row", "bidirectional"):
            found = coloring(matrix, kind)
            places = places_of_entries(found.sides, (found.column_count, found.row_count))
            numpy.testing.assert_allclose(products(matrix, found)[places], matrix.data)
        square = symmetric(random_pattern(15, 15, 0.2, seed))
        stars, forests = coloring(square, "star"), coloring(square, "acyclic")
        numpy.testing.assert_allclose(products(square, stars)[places_in_symmetric(stars.sides)], square.data)
        sums = substitution(forests.pattern, forests.columns)
        numpy.testing.assert_allclose(sums @ products(square, forests), square.data, atol=1e-13)


def test_deep_trees_are_refused() -> None:
    from wengert.sparse import recovery

    path = banded(3000, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery, "MOST_TERMS", 10_000)
        with pytest.raises(MemoryError) as refused:
            recovery.substitution(as_pattern(path), coloring(path, "acyclic").columns)
    assert str(refused.value).startswith(
        "[coloring] the trees of an acyclic coloring are so deep that substitution takes "
    )  # fmt: skip
