"""`coloring`: groups of columns, or rows, that are told apart in one product each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy
from scipy import sparse

from .greedy.acyclic import acyclic_colors
from .greedy.adjacency import Adjacency
from .greedy.distance import colored_columns
from .greedy.orders import ORDERS
from .greedy.star import star_colors
from .pictures import drawn
from .recovery import Side, by_column, by_row, needed_colors, renumbered, substitution_is_enough


@dataclass(frozen=True, eq=False)
class Coloring:
    """Colours of the columns and rows of a pattern.

    Columns of one colour are summed up to one product with the matrix, rows of one colour to one from the left; colour
    0 takes no part.

    Attributes:
        pattern: the pattern, a CSR array of truth values.
        kind: ``"column"``, ``"row"``, ``"bidirectional"``, ``"star"`` or ``"acyclic"``.
        order: the order in which vertices were coloured.
        columns: the colour of each column, from 1 on.
        rows: the colour of each row.
    """

    pattern: Any
    kind: str
    order: str
    columns: Any
    rows: Any

    @cached_property
    def column_count(self) -> int:
        """How many colours the columns have: products with the matrix."""
        return int(self.columns.max(initial=0))

    @cached_property
    def row_count(self) -> int:
        """How many colours the rows have: products from the left."""
        return int(self.rows.max(initial=0))

    @property
    def count(self) -> int:
        """How many colours there are."""
        return self.column_count + self.row_count

    @property
    def sides(self) -> tuple[Side, Side]:
        """The two ways to find an entry: of a symmetric matrix in its own row, or in that of its mirror image."""
        if self.kind in SYMMETRIC:
            mirrored = by_row(self.pattern, self.columns)
            return by_column(self.pattern, self.columns), mirrored
        return by_column(self.pattern, self.columns), by_row(self.pattern, self.rows)

    @cached_property
    def is_enough(self) -> bool:
        """Whether all entries can be found: each alone in a product, or after others that are.

        It is looked for by the definition, not by how the colours were found.
        """
        if self.kind == "acyclic":
            return substitution_is_enough(self.pattern, self.columns)
        first, second = self.sides
        return bool((first.alone | second.alone).all())

    @cached_property
    def product_of_entries(self) -> Any:
        """For each entry the product that it is found in, from 1 on: those of columns, then those of rows."""
        first, second = self.sides
        if self.kind in SYMMETRIC:
            return numpy.where(first.alone, first.colors, second.colors)
        return numpy.where(first.alone, first.colors, self.column_count + second.colors)

    def plot(self, axes: Any = None) -> Any:
        """A picture of the pattern, each entry in the colour of the product that it is found in (with Matplotlib).

        Args:
            axes: where it is drawn; axes of their own by default.

        Returns:
            The axes.
        """
        return drawn(self, axes)

    def __repr__(self) -> str:
        rows, columns = self.pattern.shape
        return f"<{self.kind} coloring of {rows} x {columns}, {self.pattern.nnz} nonzeros: {_counted(self)}>"


def _counted(coloring: Coloring) -> str:
    if coloring.kind == "bidirectional":
        return f"{coloring.column_count} + {coloring.row_count} colors"
    return f"{coloring.count} color{'s' if coloring.count != 1 else ''}"


def coloring(pattern: Any, kind: str = "column", order: str = "natural") -> Coloring:
    """Colour the columns and rows of a matrix, so that few products give all its entries.

    Args:
        pattern: a matrix, dense or of `scipy.sparse`, whose nonzero elements are the pattern.
        kind: ``"column"``: columns of one colour do not meet in a row. ``"row"``: the same of rows.
            ``"bidirectional"``: columns and rows together, so that each entry is alone in a product of either. Of a
            symmetric pattern: ``"star"``, each entry is alone in its row or in that of its mirror image;
            ``"acyclic"``, entries are found one after the other by substitution.
        order: in which vertices are coloured: ``"natural"``, ``"largest-first"``, ``"smallest-last"`` or
            ``"dynamic-largest-first"``.

    Returns:
        The `Coloring`. It has as few colours as the greedy algorithm finds, which is not always the least number.
        The counts that are published, of ColPack and of SparseMatrixColorings.jl, are of matrices of the SuiteSparse
        collection, which no package brings along; those here are tried on bands, grids, arrowheads and random patterns.

    Raises:
        ValueError: kind or order is another, or the pattern is not symmetric where it has to be.

    >>> import numpy, wengert as wg
    >>> arrow = numpy.eye(6)
    >>> arrow[0], arrow[:, 0] = 1, 1
    >>> for kind in ("column", "star", "bidirectional"):
    ...     print(wg.sparse.coloring(arrow, kind))
    <column coloring of 6 x 6, 16 nonzeros: 6 colors>
    <star coloring of 6 x 6, 16 nonzeros: 2 colors>
    <bidirectional coloring of 6 x 6, 16 nonzeros: 2 + 1 colors>

    Source: A. H. Gebremedhin, F. Manne and A. Pothen, "What color is your Jacobian? Graph coloring for computing
    derivatives" (2005).
    """
    if kind not in KINDS:
        raise ValueError(
            f"[coloring] kind={kind!r}, wanted one of {_listed(KINDS)}; write kind='column' for a Jacobian"
        )
    if order not in ORDERS:
        raise ValueError(f"[coloring] order={order!r}, wanted one of {_listed(ORDERS)}; write order='natural'")
    found = as_pattern(pattern)
    if kind in SYMMETRIC:
        _check_symmetric(found, kind)
    return Coloring(found, kind, order, *KINDS[kind](found, order))


def as_pattern(matrix: Any) -> Any:
    """The nonzero elements of a matrix as a CSR array of truth values."""
    found: Any = sparse.csr_array(matrix).astype(bool)
    found.eliminate_zeros()
    found.sum_duplicates()
    return found


def _listed(table: dict[str, Any]) -> str:
    return ", ".join(map(repr, table))


def _check_symmetric(pattern: Any, kind: str) -> None:
    if pattern.shape[0] != pattern.shape[1] or (pattern != pattern.T).nnz:
        raise ValueError(
            f"[coloring] kind={kind!r} of a pattern of shape {pattern.shape} that is not symmetric, wanted a symmetric "
            "one, as of a Hessian; write kind='column', 'row' or 'bidirectional', or pattern + pattern.T"
        )


# -- one direction --------------------------------------------------------------------------------

Colors = tuple[Any, Any]
"""Those of columns and of rows."""


def _of_columns(pattern: Any, order: str) -> Colors:
    colors = colored_columns(pattern, ORDERS[order](pattern))
    used = numpy.bincount(pattern.indices, minlength=pattern.shape[1]) > 0
    return numpy.where(used, colors, 0).astype(numpy.int32), _none(pattern.shape[0])


def _of_rows(pattern: Any, order: str) -> Colors:
    return _of_columns(pattern.T.tocsr(), order)[::-1]


def _none(count: int) -> Any:
    return numpy.zeros(count, numpy.int32)


# -- symmetric ------------------------------------------------------------------------------------


def _of_stars(pattern: Any, order: str) -> Colors:
    graph = Adjacency(pattern)
    colors = star_colors(graph, ORDERS[order](graph.incidence), graph.count)
    sides = by_column(pattern, colors), by_row(pattern, colors)
    return renumbered(colors, needed_colors(sides, [side.colors for side in sides])), _none(pattern.shape[0])


def _of_forests(pattern: Any, order: str) -> Colors:
    graph = Adjacency(pattern)
    used = numpy.diff(pattern.indptr) > 0
    colors = acyclic_colors(graph, ORDERS[order](graph.incidence))
    return numpy.where(used, colors, 0).astype(numpy.int32), _none(pattern.shape[0])


SYMMETRIC = ("star", "acyclic")

# -- both directions ------------------------------------------------------------------------------


def _of_both(pattern: Any, order: str) -> Colors:
    """The fewest colours of: stars among columns and rows together; few full rows apart; few full columns apart."""
    turned = pattern.T.tocsr()
    apart = [*_with_rows_apart(pattern, order), *(found[::-1] for found in _with_rows_apart(turned, order))]
    fewest = min(apart, key=_total, default=(_none(pattern.shape[1]), _none(pattern.shape[0])))
    stars = _of_bipartite_stars(pattern, order, 4 * _total(fewest))
    return fewest if stars is None or _total(stars) >= _total(fewest) else stars


def _total(colors: Colors) -> int:
    return int(sum(part.max(initial=0) for part in colors))


def _of_bipartite_stars(pattern: Any, order: str, most: int) -> Colors | None:
    """A star colouring of the graph in which each entry joins its column and its row; ``None`` if too many."""
    graph = Adjacency(sparse.block_array([[None, pattern.T], [pattern, None]], format="csr"))
    colors = star_colors(graph, ORDERS[order](graph.incidence), most)
    if colors is None:
        return None
    columns, rows = colors[: pattern.shape[1]], colors[pattern.shape[1] :]
    sides = by_column(pattern, columns), by_row(pattern, rows)
    after = int(columns.max(initial=0)) + 1
    kept = needed_colors(sides, [sides[0].colors, sides[1].colors + after])
    return (
        renumbered(columns, {color for color in kept if color < after}),
        renumbered(rows, {color - after for color in kept if color >= after}),
    )


def _with_rows_apart(pattern: Any, order: str) -> list[Colors]:
    """Rows with many entries by themselves, the others by their columns; for some numbers that are many.

    Source: T. F. Coleman and A. Verma, "The efficient computation of sparse Jacobian matrices using automatic
    differentiation" (1998), of which this is the simplest case.
    """
    lengths = numpy.diff(pattern.indptr)
    found: list[Colors] = []
    bound = int(lengths.max(initial=0))
    while bound and (lengths > bound).sum() < min(map(_total, found), default=numpy.inf):
        others = lengths[lengths <= bound].astype(float)
        if bound == 1 or (others**2).sum() <= MOST_MEETINGS:
            columns = _of_columns(_rows_where(pattern, lengths <= bound), order)[0]
            rows = _of_rows(_rows_where(pattern, lengths > bound), order)[1]
            found.append((columns, rows))
        bound //= 2
    return found


MOST_MEETINGS = 1e9
"""The most pairs of columns in a row that are gone through in search of fewer colours."""


def _rows_where(pattern: Any, mask: Any) -> Any:
    """The pattern with the rows in the mask only, at their places."""
    kept = numpy.repeat(mask, numpy.diff(pattern.indptr))
    starts = numpy.concatenate([[0], numpy.cumsum(numpy.where(mask, numpy.diff(pattern.indptr), 0))])
    return sparse.csr_array((pattern.data[kept], pattern.indices[kept], starts), pattern.shape)


KINDS: dict[str, Callable[[Any, str], Colors]] = {
    "column": _of_columns,
    "row": _of_rows,
    "bidirectional": _of_both,
    "star": _of_stars,
    "acyclic": _of_forests,
}
