"""The Jacobian of a system as a matrix: dense, sparse, or in bands; and linear equations in multiples of it.

Where values are known, sparse matrices are factorised by SuperLU. Where they are not, in compiled code, rows and
columns are put into an order in which what is not zero lies near the diagonal, and LAPACK solves with these bands.

Sources: A. Curtis, M. Powell and J. Reid, "On the estimation of sparse Jacobian matrices" (1974); E. Cuthill and
J. McKee, "Reducing the bandwidth of sparse symmetric matrices" (1969).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy
from scipy import sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import splu

import wengert as wg
import wengert.numpy as np
import wengert.scipy

from ...recording import unwatched
from ..leaves import Leaves
from ..system import System
from ..values import known, settled
from .jacobians import given_jacobian, jacobian, slope_of_vector
from .linear import Factors, factorised

LEAST_SPARSE = 256
"""From so many numbers on it is tried whether a Jacobian is sparse."""

MOST_FULL = 0.1
"""A matrix with more of its elements is not taken for sparse."""

MOST_BANDS = 0.5
"""With more bands than this part of its rows a matrix is dense."""

Pair = Callable[[Any, Any], tuple[Any, Any]]
"""What solves equations in two vectors, the real and the imaginary part of one."""


class Dense:
    """A matrix of shape (n, n)."""

    def __init__(self, system: System):
        self.system = system

    @cached_property
    def nothing(self) -> Any:
        """A matrix of zeros."""
        return numpy.zeros((self.system.size, self.system.size))

    def at(self, t: Any, y: Leaves) -> Any:
        """The Jacobian at a point."""
        return jacobian(self.system, t, y)

    def factorised(self, matrix: Any, scale: Any) -> Any:
        """``1 - scale * matrix`` in factors, with a method ``solve``, which loops can carry along."""
        return Factors.of(numpy.eye(self.system.size) - scale * matrix)

    def solver(self, matrix: Any, shift: Any) -> Callable[[Any], Any]:
        """What solves equations in ``shift - matrix``."""
        return factorised(numpy.eye(self.system.size) * shift - matrix)

    def pair_solver(self, matrix: Any, real: Any, imaginary: Any) -> Pair:
        """What solves equations in ``real + i * imaginary - matrix``."""
        size = self.system.size
        eye = numpy.eye(size)
        diagonal, other = eye * real - matrix, eye * imaginary
        rows = [numpy.concatenate([diagonal, -other], 1), numpy.concatenate([other, diagonal], 1)]
        solve = factorised(numpy.concatenate(rows))

        def solved(first: Any, second: Any) -> tuple[Any, Any]:
            found = solve(numpy.concatenate([first, second]))
            return found[:size], found[size:]

        return solved

    def differentiable(self, slope: Any) -> Matrices:
        """That with which a slope can be differentiated."""
        return self


class Sparse:
    """A matrix of SciPy's, where values are known."""

    def __init__(self, system: System, at: Callable[[Any, Any], Any]):
        self.system = system
        self._at = at
        self._eye = sparse.eye_array(system.size, format="csc")

    @cached_property
    def nothing(self) -> Any:
        """A matrix of zeros."""
        return sparse.csc_array((self.system.size, self.system.size))

    def at(self, t: Any, y: Leaves) -> Any:
        """The Jacobian at a point, as constants for every derivative."""
        with unwatched():
            return sparse.csc_array(self._at(t, y))

    def factorised(self, matrix: Any, scale: Any) -> Any:
        """``1 - scale * matrix`` in factors."""
        return _factors(self._eye - scale * matrix)

    def solver(self, matrix: Any, shift: Any) -> Callable[[Any], Any]:
        """What solves equations in ``shift - matrix``."""
        return _factors(shift * self._eye - matrix).solve

    def pair_solver(self, matrix: Any, real: Any, imaginary: Any) -> Pair:
        """What solves equations in ``real + i * imaginary - matrix``."""
        solve = self.solver(matrix, complex(real, imaginary))

        def solved(first: Any, second: Any) -> tuple[Any, Any]:
            found = solve(first + 1j * second)
            return found.real, found.imag

        return solved

    def differentiable(self, slope: Any) -> Matrices:
        """That with which a slope can be differentiated: a sparse one holds plain numbers."""
        return Dense(self.system) if type(slope) is wg.Tensor else self


def _factors(matrix: Any) -> Any:
    try:
        return splu(sparse.csc_array(matrix))
    except RuntimeError:  # which SuperLU raises for nothing else
        return _Singular()


class _Singular:
    """Factors of a matrix with which nothing can be solved, so that a step is not taken."""

    def solve(self, right: Any) -> Any:
        return numpy.full_like(right, numpy.nan)


class Banded:
    """A matrix whose rows and columns are in another order, as LAPACK has bands: of shape (below + 1 + above, n)."""

    def __init__(self, system: System, pattern: Any):
        self.system = system
        self._order = _order(pattern)
        self._back = numpy.argsort(self._order)
        self._coloring = wg.sparse.coloring(pattern, "column")
        rows, columns = pattern.nonzero()
        places = self._back[rows], self._back[columns]
        self._below, self._above = _widths(*places)
        self._places = self._in_bands(rows, columns, *places)

    @property
    def width(self) -> int:
        """How many bands there are."""
        return self._below + 1 + self._above

    @cached_property
    def nothing(self) -> Any:
        """A matrix of zeros."""
        return numpy.zeros((self.width, self.system.size))

    def at(self, t: Any, y: Leaves) -> Any:
        """The Jacobian at a point, from as many products as its columns have colours."""
        state, colors = self.system.vector(y), self._coloring.columns
        slope = slope_of_vector(self.system, t)
        seeds = (colors == numpy.arange(1, self._coloring.column_count + 1)[:, None]).astype(float)
        products = wg.vmap(lambda seed: wg.jvp(slope, (state,), (seed,))[1])(seeds)
        return known(np.concatenate([np.ravel(products), np.zeros(1)])[self._places])

    def factorised(self, matrix: Any, scale: Any) -> _Bands:
        """``1 - scale * matrix``, with a method ``solve``."""
        return _Bands(self._shifted(scale * matrix, 1.0), self)

    def solver(self, matrix: Any, shift: Any) -> Callable[[Any], Any]:
        """What solves equations in ``shift - matrix``."""
        bands = self._shifted(matrix, shift)
        return lambda right: self.solved(bands, right)

    def pair_solver(self, matrix: Any, real: Any, imaginary: Any) -> Pair:
        """What solves equations in ``real + i * imaginary - matrix``: in turns a real part and an imaginary one."""
        size, bands = self.system.size, self._shifted(matrix, real)
        apart = np.reshape(np.stack([bands, np.zeros(bands.shape)], 1), (2 * self.width, size))[:-1]
        is_second = numpy.arange(2 * size) % 2
        places = numpy.arange(2 * self.width - 1)[:, None] - 2 * self._above
        coupling = (places == 1) * (1 - is_second) - (places == -1) * is_second
        whole = np.repeat(apart, 2, axis=1) + coupling * imaginary
        widths = (2 * self._below, 2 * self._above)

        def solved(first: Any, second: Any) -> tuple[Any, Any]:
            both = np.ravel(np.stack([first[self._order], second[self._order]], 1))
            found = wengert.scipy.linalg.solve_banded(widths, whole, both)
            return found[::2][self._back], found[1::2][self._back]

        return solved

    def differentiable(self, slope: Any) -> Matrices:
        """That with which a slope can be differentiated."""
        return self

    def solved(self, bands: Any, right: Any) -> Any:
        """The solution of equations in these bands."""
        found = wengert.scipy.linalg.solve_banded((self._below, self._above), bands, right[self._order])
        return known(found[self._back])

    def _shifted(self, bands: Any, shift: Any) -> Any:
        diagonal = numpy.arange(self.width)[:, None] == self._above
        return diagonal * shift - bands

    def _in_bands(self, rows: Any, columns: Any, row_places: Any, column_places: Any) -> Any:
        """For each number in the bands its place among the products, the last one for those outside the pattern."""
        size = self.system.size
        places = numpy.full((self.width, size), self._coloring.column_count * size)
        colors = self._coloring.columns[columns]
        places[self._above + row_places - column_places, column_places] = (colors - 1) * size + rows
        return places


class _Bands:
    """A matrix in bands; it is factorised at each use."""

    def __init__(self, bands: Any, matrices: Banded):
        self.bands = bands
        self.matrices = matrices

    def solve(self, right: Any) -> Any:
        return self.matrices.solved(self.bands, right)


wg.trees.register(
    _Bands, lambda each: ([each.bands], each.matrices, ("bands",)), lambda matrices, leaves: _Bands(leaves[0], matrices)
)

Matrices = Dense | Sparse | Banded


def _order(pattern: Any) -> Any:
    return reverse_cuthill_mckee(sparse.csr_matrix(pattern + pattern.T), symmetric_mode=True)


def _widths(rows: Any, columns: Any) -> tuple[int, int]:
    """How many bands there are below the diagonal, and above."""
    return int((rows - columns).max(initial=1)), int((columns - rows).max(initial=1))


# -- which one -------------------------------------------------------------------------------------


def matrices_for(system: System, t: Any, sparsity: Any, is_recorded: bool) -> Matrices:
    """How the Jacobian of a system is kept, from a time at which it can be tried.

    Raises:
        ValueError: the sparsity has another shape.
    """
    pattern = None if sparsity is None else _pattern(system, sparsity)
    if is_recorded:
        return _recorded(system, pattern)
    t, y = settled(t), settled(system.start)
    if system.jac is not None:
        is_sparse = sparse.issparse(given_jacobian(system, t, y))
        return Sparse(system, lambda t, y: given_jacobian(system, t, y)) if is_sparse else Dense(system)
    slope = lambda y, t: slope_of_vector(system, t)(y)
    if pattern is None and not _is_sparse(slope, system.vector(y), t):
        return Dense(system)
    plan = wg.sparse.plan_jacobian(slope, system.vector(y), t, pattern=pattern)
    return Sparse(system, lambda t, y: plan(system.vector(y), t))


def _recorded(system: System, pattern: Any) -> Matrices:
    if pattern is None or system.jac is not None:
        return Dense(system)
    banded = Banded(system, pattern)
    return banded if banded.width <= MOST_BANDS * system.size else Dense(system)


def _pattern(system: System, sparsity: Any) -> Any:
    pattern: Any = sparse.csr_array(known(sparsity)) != 0
    if pattern.shape != (system.size, system.size):
        raise ValueError(
            f"[{system.op}] jac_sparsity has shape {pattern.shape}, wanted {(system.size, system.size)}: a row for "
            "each slope, a column for each number of the state; without jac_sparsity= it is found"
        )
    return pattern


def _is_sparse(slope: Callable[[Any, Any], Any], y: Any, t: Any) -> bool:
    if y.size < LEAST_SPARSE:
        return False
    try:
        pattern = wg.sparse.jacobian_pattern(slope, y, t)
    except Exception:  # what cannot be recorded has a dense Jacobian, or an error of its own
        return False
    return pattern.nnz <= MOST_FULL * y.size**2
