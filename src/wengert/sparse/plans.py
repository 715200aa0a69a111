"""Plans: pattern, colouring and compiled products of a sparse matrix of derivatives, made once and used often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import numpy
from scipy import sparse

import wengert as wg

from ..html import dots, preformatted
from .arguments import Subject, subject_of
from .colorings import Coloring, as_pattern, coloring as colored_as
from .patterns import gradient_of, pattern_of, pattern_of_recording, symmetric_pattern
from .recipe import METHODS, Recipe, recipe_of


class Plan:
    """A sparse matrix of derivatives, prepared for arguments of certain shapes: ``plan(x)`` gives it at `x`.

    Attributes:
        coloring: the pattern and its colours.
        shape: how many numbers the result has, and the arguments.
        is_certain: whether the pattern was found for all arguments; else it is tried at each call.
    """

    name = "derivative"
    """What the matrix is called."""

    def __init__(self, recipe: Recipe, coloring: Coloring) -> None:
        subject = recipe.subject
        self.subject: Subject = subject
        self.coloring = coloring
        self.shape: tuple[Any, ...] = tuple(coloring.pattern.shape)
        self.is_certain: bool = recipe.is_certain
        self._elements, self._values_and_elements = wg.jit(recipe.elements), wg.jit(recipe.values_and_elements)
        self._product = wg.jit(subject.push)
        self._recorded: list[Any] = []
        self._accepted: list[Any] = []

    def __repr__(self) -> str:
        (rows, columns), nonzeros = self.shape, self.pattern.nnz
        return f"<plan of a {rows} x {columns} {self.name}: {nonzeros} nonzeros, {self.coloring.count} products>"

    def _repr_html_(self) -> str:
        coordinates = self.pattern.tocoo()
        return preformatted(repr(self)) + dots(coordinates.row, coordinates.col, self.shape)

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
        self._accepted = _programs(self._product)

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
        *values, nonzeros = self._run(self._values_and_elements, args, lambda found: found[-1])
        return (*values, self._matrix(nonzeros))

    def nonzeros(self, *args: Any) -> Any:
        """The elements at the pattern, in the order of a CSR array: a tensor, which has derivatives."""
        return self._elements(*args)

    def _matrix(self, nonzeros: Any) -> Any:
        """The matrix; what holds the elements now is not needed any more."""
        elements = nonzeros.numpy()
        if elements.base.flags.writeable:
            elements.flags.writeable = True
        else:  # they are in memory of another backend
            elements = elements.copy()
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
        recorded = _programs(self._elements) + _programs(self._values_and_elements)
        if recorded != self._recorded or not self.is_certain:
            self._try(args, self._matrix(elements(found)))
            self._recorded = recorded
        return found

    def _try(self, args: Sequence[Any], matrix: Any) -> None:
        """Compare a product with the matrix with the derivative along that direction; on a new path, the patterns too.

        Raises:
            RuntimeError: they differ.
        """
        wanted = numpy.asarray(self._product(args, self._direction))
        found, sizes = matrix @ self._direction, abs(matrix) @ self._direction
        precision = numpy.sqrt(numpy.finfo(wanted.dtype).eps)
        known = numpy.isfinite(wanted) & numpy.isfinite(found)
        self.subject.refuse(known & (abs(found - wanted) > precision * (sizes + abs(wanted))))
        for program in _programs(self._product) if self.is_certain else ():
            if program not in self._accepted:
                lacking = pattern_of_recording(program.recorded, args) > self.pattern
                self.subject.refuse(numpy.diff(sparse.csr_array(lacking).indptr) > 0)
                self._accepted.append(program)

    @cached_property
    def _direction(self) -> Any:
        """A direction in which nothing cancels."""
        return numpy.random.default_rng(0).uniform(0.5, 1.5, self.shape[1])


def _programs(compiled: Any) -> list[Any]:
    """The programs of a compiled function; others take their place when what it reads has changed."""
    return [program for paths in compiled.programs.values() for program in paths]


class JacobianPlan(Plan):
    """The Jacobian of a function, prepared by `plan_jacobian`."""

    name = "Jacobian"


class HessianPlan(Plan):
    """The Hessian of a scalar function, prepared by `plan_hessian`."""

    name = "Hessian"


# -- making them ----------------------------------------------------------------------------------


def plan_jacobian(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    coloring: str | Coloring = "auto",
    order: str = "natural",
    local: bool = False,
    pattern: Any = None,
    method: str = "auto",
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
        method: how elements are computed, in compiled code: ``"products"``, one for each colour; ``"elements"``, each
            carried along by itself where the function has no loops; or ``"auto"``, whichever is less work.

    Returns:
        A `JacobianPlan`. A pattern that is local or given is tried at each call along one more direction.

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
    subject = subject_of(f, args, argnums, "plan_jacobian")
    values = lambda *given: (f(*given),)
    plan = JacobianPlan(*_prepared(pattern_of, subject, values, args, coloring, order, local, pattern, method))
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
    method: str = "auto",
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
    values = partial(_value_and_gradient, f, subject.places)
    plan = HessianPlan(*_prepared(symmetric_pattern, subject, values, args, coloring, order, local, pattern, method))
    plan.prepare(args)
    return plan


def _value_and_gradient(f: Callable[..., Any], places: tuple[int, ...], *args: Any) -> tuple[Any, Any]:
    value, gradient = wg.value_and_grad(f, places)(*args)
    return value, gradient[0] if len(gradient) == 1 else gradient


def _prepared(
    find: Callable[..., Any],
    subject: Subject,
    values: Callable[..., tuple[Any, ...]],
    args: Sequence[Any],
    coloring: str | Coloring,
    order: str,
    local: bool,
    pattern: Any,
    method: str,
) -> tuple[Recipe, Coloring]:
    """What is to be compiled, and the colouring that it is for."""
    if method not in METHODS:
        raise ValueError(
            f"[{subject.op}] method={method!r}, wanted 'auto', 'elements' or 'products'; write method='auto' to let "
            "the work decide"
        )
    if isinstance(coloring, Coloring):
        return recipe_of(subject, values, coloring, method, is_certain=False), coloring
    found = _colored(find(subject, args, local) if pattern is None else as_pattern(pattern), coloring, order)
    return recipe_of(subject, values, found, method, is_certain=pattern is None and not local), found


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
