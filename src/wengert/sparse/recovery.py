"""Where each entry of a matrix is found among the products of the matrix with sums of unit vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy
from scipy import sparse

from .greedy.leaves import peel
from .greedy.native import indices


class Side(NamedTuple):
    """One way to find entries: products with sums of columns (or rows) of one colour.

    Attributes:
        lines: for each entry the line of the product in which it appears: its row (or column).
        colors: for each entry the colour of the product.
        length: how many lines there are.
    """

    lines: Any
    colors: Any
    length: int

    @property
    def alone(self) -> Any:
        """Which entries appear alone in their place of a product."""
        width = int(self.colors.max(initial=0)) + 1
        places = self.lines.astype(numpy.int64) * width + self.colors
        slots, counts = slots_of(places)
        return (counts[slots] == 1) & (self.colors > 0)


def slots_of(places: Any) -> tuple[Any, Any]:
    """For each place its number among those that there are, ascending, and how often each of these is."""
    if not _are_near(places):
        return numpy.unique(places, return_inverse=True, return_counts=True)[1:]
    counts = numpy.bincount(places)
    return (numpy.cumsum(counts > 0) - 1)[places], counts[counts > 0]


def _present(numbers: Any) -> Any:
    """The numbers that there are, ascending."""
    return numpy.flatnonzero(numpy.bincount(numbers)) if _are_near(numbers) else numpy.unique(numbers)


def _are_near(numbers: Any) -> bool:
    """Whether numbers are counted rather than sorted."""
    return numbers.max(initial=0) < MOST_APART * numbers.size


MOST_APART = 16
"""The largest of numbers that are counted has so many for each of them, at most."""


def entries(pattern: Any) -> tuple[Any, Any]:
    """The row and the column of each entry of a pattern (CSR)."""
    rows = numpy.repeat(numpy.arange(pattern.shape[0]), numpy.diff(pattern.indptr))
    return rows, numpy.asarray(pattern.indices, numpy.int64)


def by_column(pattern: Any, colors: Any) -> Side:
    """Products with sums of columns."""
    rows, columns = entries(pattern)
    return Side(rows, numpy.asarray(colors)[columns], pattern.shape[0])


def by_row(pattern: Any, colors: Any) -> Side:
    """Products with sums of rows, from the left."""
    rows, columns = entries(pattern)
    return Side(columns, numpy.asarray(colors)[rows], pattern.shape[1])


def needed_colors(sides: Sequence[Side], labels: Sequence[Any]) -> set[int]:
    """Few colours that are enough: of two places where an entry is alone, one will do.

    `labels` names the colours of each side's entries, as whole numbers. A colour without which some entry is not found
    stays; of the others always the one goes on that finds the most entries of those pairs that are left.

    Source: M. Montoison, G. Dalle and A. Gebremedhin, "Revisiting sparse matrix coloring and bicoloring" (2025),
    section 4 (neutral colours).
    """
    first, second = (numpy.where(side.alone, label + 1, 0) for side, label in zip(sides, labels, strict=True))
    width = int(second.max(initial=0)) + 1
    pairs = {divmod(key, width) for key in _present(first * width + second).tolist()}
    kept = {first + second - 1 for first, second in pairs if (first == 0) != (second == 0)}
    left = {(first - 1, second - 1) for first, second in pairs if first and second}
    left = {pair for pair in left if not kept.intersection(pair)}
    while left:
        every = [color for pair in left for color in set(pair)]
        kept.add(max(sorted(set(every)), key=every.count))
        left = {pair for pair in left if not kept.intersection(pair)}
    return kept


def renumbered(colors: Any, kept: set[int]) -> Any:
    """The colours that are kept, counted from 1 on; 0 for others."""
    numbers = numpy.zeros(int(numpy.max(colors, initial=0)) + 1, numpy.int32)
    for number, color in enumerate(sorted(kept), 1):
        numbers[color] = number
    return numbers[colors]


# -- from products to entries ---------------------------------------------------------------------


def places_of_entries(sides: Sequence[Side], counts: Sequence[int]) -> Any:
    """Where in the products, one after the other, each entry is alone: those with columns first, then with rows.

    `counts` says how many products of each side there are.
    """
    first, second = sides
    from_columns = (first.colors - 1) * first.length + first.lines
    from_rows = counts[0] * first.length + (second.colors - 1) * second.length + second.lines
    return numpy.where(first.alone, from_columns, from_rows)


def places_in_symmetric(sides: Sequence[Side]) -> Any:
    """The same for a symmetric matrix, of which there are only products with columns."""
    first, second = ((side.colors - 1) * side.length + side.lines for side in sides)
    return numpy.where(sides[0].alone, first, second)


def substitution(pattern: Any, colors: Any) -> Any:
    """The entries of a symmetric matrix as sums of products' elements: a matrix of ones and minus ones.

    Source: A. H. Gebremedhin, A. Tarafdar, A. Pothen and A. Walther, "Efficient computation of sparse Hessians using
    coloring and automatic differentiation" (2009), section 5.3. What is subtracted on the way from the leaves is
    gathered beforehand, by repeated squaring.

    Raises:
        MemoryError: the trees are so deep that the sums are long.
    """
    side = by_column(pattern, colors)
    places = (side.colors - 1) * side.length + side.lines
    rows, columns = entries(pattern)
    mirrors = _mirrors(pattern)
    off = numpy.nonzero(rows != columns)[0]
    slots, _ = slots_of(places)
    taken = _from_the_leaves(slots, mirrors, off)
    edge = numpy.empty(rows.size, numpy.int64)
    edge[taken] = edge[mirrors[taken]] = numpy.arange(taken.size)
    shape = rows.size, int(numpy.max(colors, initial=0)) * side.length
    sums = _all_subtracted(_steps(slots, mirrors, taken)) @ _ones(taken.size, places[taken], shape[1])
    on = numpy.nonzero(rows == columns)[0]
    direct = sparse.coo_array((numpy.ones(on.size, numpy.int8), (on, places[on])), shape)
    chosen = sparse.coo_array((numpy.ones(off.size, numpy.int8), (off, edge[off])), (rows.size, taken.size))
    return (direct.tocsr() + chosen.tocsr() @ sums).tocsr()


def _ones(count: int, columns: Any, width: int) -> Any:
    """The matrix with a one in each row, in these columns."""
    return sparse.csr_array((numpy.ones(count, numpy.int8), columns, numpy.arange(count + 1)), (count, width))


def substitution_is_enough(pattern: Any, colors: Any) -> bool:
    """Whether the diagonal is alone in its products, and all other entries can be found from leaves on."""
    side = by_column(pattern, colors)
    rows, columns = entries(pattern)
    on, off = rows == columns, numpy.nonzero(rows != columns)[0]
    if (side.colors == 0).any() or not side.alone[on].all():
        return False
    places = side.lines * (int(side.colors.max(initial=0)) + 1) + side.colors
    slots, _ = slots_of(places)
    return 2 * _from_the_leaves(slots, _mirrors(pattern), off).size == off.size


def _mirrors(pattern: Any) -> Any:
    """For each entry of a symmetric pattern its mirror image."""
    numbers = sparse.csr_array((numpy.arange(pattern.nnz), pattern.indices, pattern.indptr), pattern.shape)
    return numbers.T.tocsr().data


def _from_the_leaves(slots: Any, mirrors: Any, off: Any) -> Any:
    """The entries off the diagonal, one of each pair, in the order in which they can be found."""
    count = int(slots.max(initial=-1)) + 1
    counts = indices(numpy.bincount(slots[off], minlength=count))
    mixtures = numpy.zeros(count, numpy.int32)
    numpy.bitwise_xor.at(mixtures, slots[off], off.astype(numpy.int32))
    queue, sequence = numpy.zeros(count, numpy.int32), numpy.zeros(off.size, numpy.int32)
    waiting = numpy.nonzero(counts == 1)[0]
    queue[: waiting.size] = waiting
    taken = peel(indices(slots), indices(mirrors), counts, mixtures, queue, waiting.size, sequence)
    return sequence[:taken]


def _steps(slots: Any, mirrors: Any, taken: Any) -> Any:
    """Which entries are subtracted where another one is found, all numbered in the order of `taken`."""
    number = numpy.full(slots.size, -1)
    number[slots[taken]] = numpy.arange(taken.size)
    later = number[slots[mirrors[taken]]]
    (earlier,) = numpy.nonzero(later >= 0)
    ones = numpy.ones(earlier.size, numpy.int8)
    return sparse.csr_array((ones, (later[earlier], earlier)), (taken.size, taken.size))


MOST_TERMS = 1 << 26
"""The most terms of all sums of a substitution."""


def _all_subtracted(steps: Any) -> Any:
    """The inverse of 1 + steps: 1 - steps + steps^2 - ..., by repeated squaring."""
    one = sparse.eye_array(steps.shape[0], format="csr").astype(numpy.int8)
    total, power = one - steps, steps @ steps
    while power.nnz:
        total, power = total @ (one + power), power @ power
        if total.nnz > MOST_TERMS:
            raise MemoryError(
                f"[coloring] the trees of an acyclic coloring are so deep that substitution takes {total.nnz} terms, "
                "wanted shallow ones; write coloring='star', which needs no substitution"
            )
    return total
