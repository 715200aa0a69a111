"""What is compiled of a plan: the function that gives the elements of a matrix at its pattern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from ..walks.patterns.elements import Carried, NotCarriedError, Terms, carried, total
from .arguments import Subject, in_a_row
from .colorings import Coloring
from .recovery import entries, places_in_symmetric, places_of_entries, substitution

OF_A_PRODUCT, OF_AN_ELEMENT = 0.09, 0.6
"""How long a number of a product takes, and to put an element in its place, where to carry a number takes 1 (measured).

Numbers of products are many and take little, since they are computed in few loops and most of them not written.
"""


class Fixed(NamedTuple):
    """An array that stays as it is: kept as bytes, it is a constant to who records, and compared with nothing."""

    contents: bytes
    dtype: str

    @property
    def array(self) -> Any:
        """The array, read-only."""
        return numpy.frombuffer(self.contents, self.dtype)


def fixed(array: Any) -> Fixed:
    """An array as it is now."""
    return Fixed(numpy.ascontiguousarray(array).tobytes(), array.dtype.str)


METHODS = ("auto", "elements", "products")


class Recipe(NamedTuple):
    """Gives the elements of a matrix, row by row: each carried along by itself, or all by products, whichever is less.

    It is a tuple, which stays as it is, so that compiled code does not look at each call whether it does.

    Attributes:
        subject: the function.
        values: gives what comes with the matrix.
        method: one of `METHODS`.
        is_certain: whether the pattern was found for all arguments.
        shape, nonzeros: of the matrix, and how many elements it has.
        column_count, row_count: how many products there are of each kind.
        columns, rows: their colours.
        keys: the places of the elements, counted row by row.
        places, sums: where in the products the elements are; for sums of them the element and the sign of each term.
    """

    subject: Subject
    values: Callable[..., tuple[Any, ...]]
    method: str
    is_certain: bool
    shape: tuple[int, int]
    nonzeros: int
    column_count: int
    row_count: int
    columns: Fixed
    rows: Fixed
    keys: Fixed
    places: Fixed
    sums: tuple[Fixed, Fixed] | None

    def values_and_elements(self, *args: Any) -> tuple[Any, ...]:
        """What comes with the matrix, and its elements."""
        return (*self.values(*args), self.elements(*args))

    def elements(self, *args: Any) -> Any:
        """The elements."""
        self.subject.check(args)
        found = None if self.method == "products" else self._carried(args)
        return self._from_products(args) if found is None else found

    # -- one by one --------------------------------------------------------------------------------

    def _carried(self, args: Sequence[Any]) -> Any:
        """The elements, each carried along by itself; ``None`` if products are less work, or all there is."""
        leaves, structure = wg.trees.flatten(args)
        push = lambda *given: self.subject.push(wg.trees.unflatten(structure, given[:-1]), given[-1])
        try:
            found = carried(push, leaves, self.subject.size)
        except NotCarriedError:
            return None
        if self.method != "elements" and self._is_less_by_products(found):
            return None
        keys = self.keys.array
        lacking = self._lacking(found.terms, keys)
        if lacking.any() and not self.is_certain:
            return None
        self.subject.refuse(lacking)
        return np.asarray(total(found.terms, keys)).astype(found.dtype)

    def _is_less_by_products(self, found: Carried) -> bool:
        """Whether products take less time than to carry elements."""
        moving = found.work + sum(term.weights.size for term in found.terms if term.source is not None)
        numbers = (self.column_count + self.row_count) * found.width
        return OF_A_PRODUCT * numbers + self.nonzeros < moving + OF_AN_ELEMENT * self.nonzeros

    def _lacking(self, terms: Terms, keys: Any) -> Any:
        """In which rows there are elements that the pattern lacks."""
        lacking = numpy.zeros(self.shape[0], bool)
        for term in terms:
            spots = numpy.minimum(numpy.searchsorted(keys, term.keys), keys.size - 1)
            lacking[term.rows[keys[spots] != term.keys] if keys.size else term.rows] = True
        return lacking

    # -- by products -------------------------------------------------------------------------------

    def _from_products(self, args: Sequence[Any]) -> Any:
        parts = [*self._column_products(args), *self._row_products(args)]
        if not parts:
            return np.zeros(0)
        products = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if self.sums is None:
            return products[self.places.array]
        rows, signs = (fixed.array for fixed in self.sums)
        return np.bincount(rows, products[self.places.array] * signs, self.nonzeros)

    def _column_products(self, args: Sequence[Any]) -> list[Any]:
        """The products with sums of columns, in a row."""
        colors = self.columns.array
        push = lambda color: self.subject.push(args, np.equal(colors, color).astype(float))
        return [np.ravel(wg.vmap(push)(np.arange(1, self.column_count + 1)))] if self.column_count else []

    def _row_products(self, args: Sequence[Any]) -> list[Any]:
        """The products of sums of rows with the matrix, in a row."""
        if not self.row_count:
            return []
        colors = self.rows.array
        value, pull = wg.vjp(self.subject.of_chosen(args), *self.subject.chosen(args))
        row = lambda color: in_a_row(wg.trees.leaves(pull(np.equal(colors, color).astype(value.dtype))))
        return [np.ravel(wg.vmap(row)(np.arange(1, self.row_count + 1)))]


def recipe_of(
    subject: Subject, values: Callable[..., tuple[Any, ...]], coloring: Coloring, method: str, is_certain: bool
) -> Recipe:
    """What gives the elements that a colouring has."""
    pattern = coloring.pattern
    rows, columns = entries(pattern)
    places, sums = _recovery(coloring)
    return Recipe(
        subject,
        values,
        method,
        is_certain,
        shape=(pattern.shape[0], pattern.shape[1]),
        nonzeros=pattern.nnz,
        column_count=coloring.column_count,
        row_count=coloring.row_count,
        columns=fixed(coloring.columns),
        rows=fixed(coloring.rows),
        keys=fixed(rows * pattern.shape[1] + columns),
        places=places,
        sums=sums,
    )


def _recovery(coloring: Coloring) -> tuple[Fixed, tuple[Fixed, Fixed] | None]:
    """Where in the products the elements are; for sums of them the element and the sign of each term."""
    if coloring.kind == "star":
        return fixed(places_in_symmetric(coloring.sides)), None
    if coloring.kind != "acyclic":
        return fixed(places_of_entries(coloring.sides, (coloring.column_count, coloring.row_count))), None
    sums = substitution(coloring.pattern, coloring.columns)
    if sums.nnz == sums.shape[0]:
        return fixed(sums.indices), None
    terms = sums.tocoo()
    return fixed(terms.coords[1]), (fixed(terms.coords[0]), fixed(terms.data.astype(float)))
