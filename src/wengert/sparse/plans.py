"""Plans: pattern, colouring and compiled products of a sparse matrix of derivatives, made once and used often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy
from scipy import sparse

import wengert as wg
import wengert.numpy as np

from .arguments import Subject, in_a_row
from .colorings import Coloring, as_pattern, coloring as colored_as
from .patterns import gradient_of, pattern_of, symmetric_pattern
from .recovery import places_in_symmetric, places_of_entries, substitution


class Plan:
    """A sparse matrix of derivatives, prepared for arguments of certain shapes: ``plan(x)`` gives it at `x`.

    Attributes:
        coloring: the pattern and its colours.
        shape: how many numbers the result has, and the arguments.
        is_certain: whether the pattern was found for all arguments; else it is tried at each call.
    """

    name = "derivative"
    """What the matrix is called."""

    def __init__(self, subject: Subject, coloring: Coloring, is_certain: bool) -> None:
        self.subject = subject
        self.coloring = coloring
        self.shape = tuple(coloring.pattern.shape)
        self.is_certain = is_certain
        self._colors = wg.tensor(coloring.columns), wg.tensor(coloring.rows)
        self._elements, self._values_and_elements = wg.jit(self.nonzeros), wg.jit(self._with_values)
        self._product = wg.jit(subject.push)
        self._recorded = 0

    def __repr__(self) -> str:
        (rows, columns), nonzeros = self.shape, self.pattern.nnz
        return f"<plan of a {rows} x {columns} {self.name}: {nonzeros} nonzeros, {self.coloring.count} products>"

    def prepare(self, args: Sequence[Any]) -> None:
        """Compile a product, the size of which tells whether the pattern may be that of the function."""
        rows = self._product(args, self._direction).size if self.pattern.shape[1] == self.subject.size else None
        if rows != self.shape[0]:
            wanted = f"one with {self.subject.size} columns" + ("" if rows is None else f" and {rows} rows")
            raise ValueError(
                f"[{self.subject.op}] the pattern has shape {self.shape}, wanted {wanted}: a row for each number of "
                f"the result, and a column for each of the arguments; write {self.subject.op}(f, x) to have it "
                "found"
            )

    @property
    def pattern(self) -> Any:
        """Where the matrix may be nonzero: a CSR array of truth values."""
        return self.coloring.pattern

    # -- calls -------------------------------------------------------------------------------------

    def __call__(self, *args: Any) -> Any:
        """The matrix, a CSR array; all of a plan share their index arrays, which are read-only.

        Raises:
            TypeError: the arguments are not nested as those that the plan was made for, or have other shapes or dtypes.
            RuntimeError: more elements are nonzero than the pattern has.
        """
        return self._matrix(self._run(self._elements, args))

    def value_and(self, *args: Any) -> tuple[Any, ...]:
        """What the function gives, and the matrix; of a Hessian the value, the gradient and the matrix."""
        nonzeros, values = self._run(self._values_and_elements, args, lambda found: found[0])
        return (*values, self._matrix(nonzeros))

    def _with_values(self, *args: Any) -> tuple[Any, tuple[Any, ...]]:
        return self.nonzeros(*args), self._values(args)

    def _values(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """What comes with the matrix."""
        raise NotImplementedError

    def nonzeros(self, *args: Any) -> Any:
        """The elements at the pattern, in the order of a CSR array: a tensor, which has derivatives."""
        self.subject.check(args)
        parts = [*self._column_products(args), *self._row_products(args)]
        if not parts:
            return np.zeros(0)
        products = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return products[self._places] if self._sums is None else self._summed(products)

    def _column_products(self, args: Sequence[Any]) -> list[Any]:
        if not self.coloring.column_count:
            return []
        colors = self._colors[0]
        push = lambda color: self.subject.push(args, np.equal(colors, color).astype(float))
        return [np.ravel(wg.vmap(push)(np.arange(1, self.coloring.column_count + 1)))]

    def _row_products(self, args: Sequence[Any]) -> list[Any]:
        if not self.coloring.row_count:
            return []
        colors = self._colors[1]
        value, pull = wg.vjp(self.subject.of_chosen(args), *self.subject.chosen(args))
        row = lambda color: in_a_row(wg.trees.leaves(pull(np.equal(colors, color).astype(value.dtype))))
        return [np.ravel(wg.vmap(row)(np.arange(1, self.coloring.row_count + 1)))]

    # -- from products to the matrix ---------------------------------------------------------------

    @cached_property
    def _sums(self) -> Any:
        """The elements as sums of elements of the products, where that takes sums."""
        if self.coloring.kind != "acyclic":
            return None
        found = substitution(self.pattern, self.coloring.columns)
        return found.tocoo() if found.nnz > found.shape[0] else None

    @cached_property
    def _places(self) -> Any:
        """Where in the products the elements are."""
        coloring = self.coloring
        if coloring.kind == "acyclic":
            return substitution(self.pattern, coloring.columns).indices
        if coloring.kind == "star":
            return places_in_symmetric(coloring.sides)
        return places_of_entries(coloring.sides, (coloring.column_count, coloring.row_count))

    def _summed(self, products: Any) -> Any:
        terms = products[self._sums.coords[1]] * self._sums.data
        return np.bincount(self._sums.coords[0], terms, self.pattern.nnz)

    def _matrix(self, nonzeros: Any) -> Any:
        """The matrix; what holds the elements now is not needed any more."""
        elements = nonzeros.numpy()
        elements.flags.writeable = True
        return sparse.csr_array((elements, *self._lines), self.shape)

    @cached_property
    def _lines(self) -> tuple[Any, Any]:
        """Columns and starts of rows, which all matrices share; SciPy refuses to change what is read-only."""
        lines = self.pattern.indices.copy(), self.pattern.indptr.copy()
        for array in lines:
            array.flags.writeable = False
        return lines

    def plot(self, axes: Any = None) -> Any:
        """A picture of pattern and colouring; see `Coloring.plot`."""
        return self.coloring.plot(axes)

    # -- trials ------------------------------------------------------------------------------------

    def _run(self, compiled: Any, args: Sequence[Any], elements: Callable[[Any], Any] = lambda found: found) -> Any:
        """What a compiled function gives; where that is not certain, the pattern is tried."""
        found = compiled(*args)
        recorded = _recordings(self._elements) + _recordings(self._values_and_elements)
        if recorded != self._recorded or not self.is_certain:
            self._try(args, self._matrix(elements(found)))
            self._recorded = recorded
        return found

    def _try(self, args: Sequence[Any], matrix: Any) -> None:
        """Compare a product with the matrix with the derivative along that direction; on a new path, the patterns too.

        Raises:
            RuntimeError: they differ.
        """
        paths = _recordings(self._product)
        wanted = numpy.asarray(self._product(args, self._direction))
        found, sizes = matrix @ self._direction, abs(matrix) @ self._direction
        precision = numpy.sqrt(numpy.finfo(wanted.dtype).eps)
        known = numpy.isfinite(wanted) & numpy.isfinite(found)
        self._refuse(known & (abs(found - wanted) > precision * (sizes + abs(wanted))))
        if self.is_certain and _recordings(self._product) > paths > 0:
            lacking = pattern_of(self.subject, args, False) > self.pattern
            self._refuse(numpy.diff(sparse.csr_array(lacking).indptr) > 0)

    def _refuse(self, lacking: Any) -> None:
        if lacking.any():
            raise RuntimeError(
                f"[{self.subject.op}] in {lacking.sum()} of {lacking.size} rows, row {lacking.argmax()} among them, "
                "there are derivatives that the pattern lacks: it depends on the point, and was found at another one, "
                "or is not that of this function; wanted a pattern that holds at all points where it is used; write "
                f"{self.subject.op}(f, x) without local=True or pattern=, or make another plan at this point"
            )

    @cached_property
    def _direction(self) -> Any:
        """A direction in which nothing cancels."""
        return numpy.random.default_rng(0).uniform(0.5, 1.5, self.shape[1])


def _recordings(compiled: Any) -> int:
    """How many times a compiled function has been recorded."""
    return sum(map(len, compiled.programs.values()))


class JacobianPlan(Plan):
    """The Jacobian of a function, prepared by `plan_jacobian`."""

    name = "Jacobian"

    def _values(self, args: Sequence[Any]) -> tuple[Any, ...]:
        return (self.subject.f(*args),)


class HessianPlan(Plan):
    """The Hessian of a scalar function, prepared by `plan_hessian`."""

    name = "Hessian"

    def __init__(self, f: Callable[..., Any], subject: Subject, coloring: Coloring, is_certain: bool) -> None:
        self._scalar = f
        super().__init__(subject, coloring, is_certain)

    def _values(self, args: Sequence[Any]) -> tuple[Any, ...]:
        value, gradient = wg.value_and_grad(self._scalar, self.subject.places)(*args)
        return value, gradient[0] if len(gradient) == 1 else gradient


# -- making them ----------------------------------------------------------------------------------


def plan_jacobian(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    coloring: str | Coloring = "auto",
    order: str = "natural",
    local: bool = False,
    pattern: Any = None,
) -> JacobianPlan:
    """Prepare the sparse Jacobian of a function: find the pattern, colour it, compile what gives the elements.

    Args:
        f: a function of nested arrays, whose results are nested arrays.
        args: arguments of the shapes in question.
        argnums: which positional argument(s) to differentiate.
        coloring: ``"column"``, ``"row"``, ``"bidirectional"``, or ``"auto"``, whichever has the fewest products; or a
            `Coloring`, and with it the pattern.
        order: in which columns and rows are coloured (see `coloring`).
        local: find the pattern at this point only.
        pattern: the pattern, if it is known.

    Returns:
        A `JacobianPlan`. At each call its elements are computed in compiled code, a product for each colour; a
        pattern that is local or given is tried at each call along one more direction.

    Raises:
        TypeError: an argument is not real floating point.
        RuntimeError: the pattern lacks elements.

    >>> import wengert as wg, wengert.numpy as np
    >>> plan = wg.sparse.plan_jacobian(lambda x: x[1:] * x[:-1], np.ones(5))
    >>> plan
    <plan of a 4 x 5 Jacobian: 8 nonzeros, 2 products>
    >>> print(plan(np.arange(5.0)).toarray())
    [[1. 0. 0. 0. 0.]
     [0. 2. 1. 0. 0.]
     [0. 0. 3. 2. 0.]
     [0. 0. 0. 4. 3.]]

    Source: A. Curtis, M. Powell and J. Reid, "On the estimation of sparse Jacobian matrices" (1974); Griewank and
    Walther (2008), chapter 8.
    """
    subject = Subject(f, args, argnums, "plan_jacobian")
    found, is_certain = _prepared(pattern_of, subject, args, coloring, order, local, pattern)
    plan = JacobianPlan(subject, found, is_certain)
    plan.prepare(args)
    return plan


def plan_hessian(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    coloring: str | Coloring = "star",
    order: str = "natural",
    local: bool = False,
    pattern: Any = None,
) -> HessianPlan:
    """Prepare the sparse Hessian of a scalar function.

    Arguments are those of `plan_jacobian`, but for the colouring: ``"star"``, ``"acyclic"``, which has fewer products
    and then subtractions, or ``"column"``.

    >>> import wengert as wg, wengert.numpy as np
    >>> plan = wg.sparse.plan_hessian(lambda x: np.sum(x[1:] ** 2 * x[:-1]), np.ones(4))
    >>> plan
    <plan of a 4 x 4 Hessian: 9 nonzeros, 3 products>
    >>> value, gradient, matrix = plan.value_and(np.arange(4.0))
    >>> value, gradient
    (tensor(22.), tensor([ 1.,  4., 13., 12.]))
    >>> print(matrix.toarray())
    [[0. 2. 0. 0.]
     [2. 0. 4. 0.]
     [0. 4. 2. 6.]
     [0. 0. 6. 4.]]

    Source: A. H. Gebremedhin, A. Tarafdar, A. Pothen and A. Walther, "Efficient computation of sparse Hessians using
    coloring and automatic differentiation" (2009).
    """
    subject = gradient_of(f, args, argnums, "plan_hessian")
    found, is_certain = _prepared(symmetric_pattern, subject, args, coloring, order, local, pattern)
    plan = HessianPlan(f, subject, found, is_certain)
    plan.prepare(args)
    return plan


def _prepared(
    find: Callable[..., Any],
    subject: Subject,
    args: Sequence[Any],
    coloring: str | Coloring,
    order: str,
    local: bool,
    pattern: Any,
) -> tuple[Coloring, bool]:
    """The colouring of the pattern, and whether that was found for all arguments."""
    if isinstance(coloring, Coloring):
        return coloring, False
    found = find(subject, args, local) if pattern is None else as_pattern(pattern)
    return _colored(found, coloring, order), pattern is None and not local


def _colored(pattern: Any, kind: str, order: str) -> Coloring:
    """The colouring of a kind; by default that of columns or rows, or where that takes many colours of both."""
    if kind != "auto":
        return colored_as(pattern, kind, order)
    longest = [int(numpy.diff(p.indptr).max(initial=0)) for p in (pattern, pattern.tocsc())]
    if min(longest) <= MANY:
        return colored_as(pattern, "column" if longest[0] <= longest[1] else "row", order)
    kinds = ("column", "row", "bidirectional") if min(longest) <= TOO_MANY else ("bidirectional",)
    return min((colored_as(pattern, kind, order) for kind in kinds), key=lambda coloring: coloring.count)


MANY, TOO_MANY = 32, 4096
"""Beyond so many entries in a line that colours of both kinds are tried; and only these."""
