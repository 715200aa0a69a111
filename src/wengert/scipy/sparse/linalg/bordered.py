"""Linear equations of the tangents and cotangents of eigenvalues and eigenvectors, at pairs that have been found.

With A v = l M v and v M v = 1 the tangents solve (A - l M) dv - M v dl = r and -v M dv = s, which are their own
transposes. Along the other vectors that were found this is a division by differences of values; what is orthogonal to
all of them is solved for by MINRES, for which products are enough.

Vectors of equal values may be any basis of their space. What treats equal values alike does not ask how they turn, so
that its cotangents are solved for as if they did not; a tangent is right if it does not mix them.

Source: R. B. Nelson, "Simplified calculation of eigenvector derivatives" (1976).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import wengert.numpy as np

from ...recording import is_recorded
from .methods import System, length, minimal_residuals

UNIT = float(numpy.finfo(float).eps) ** 0.75
"""Numbers differ if they do by more than this, relative to the largest."""

SOLVED, ALLOWED = 1e-13, 1e-8
"""To which part of the right-hand side equations are to be solved, and are solved well enough."""

ROUNDING = 1e-14
"""So small a part of what they were projected from is rounding."""


class Pairs(NamedTuple):
    """Eigenvalues, of shape (k,), and vectors, of shape (n, k)."""

    values: Any
    vectors: Any


def flat(pairs: Pairs) -> Any:
    return np.concatenate([np.asarray(pairs.values), np.ravel(pairs.vectors)])


def pairs_of(x: Any, count: int) -> Pairs:
    return Pairs(x[:count], np.reshape(x[count:], (-1, count)))


def solvers_at(name: str, pairs: Pairs, images: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What solves for tangents, and what solves for cotangents; `images` are the products of M and the vectors."""
    return _Bordered(name, pairs, images, _mixed_by_tangents), _Bordered(name, pairs, images, _mixed_by_cotangents)


def _mixed_by_tangents(sizes: Any, within: Any, rounding: Any) -> Any:
    """Which pairs of vectors a tangent couples."""
    return _counts(within, rounding)


def _mixed_by_cotangents(sizes: Any, within: Any, rounding: Any) -> Any:
    """Which pairs a cotangent tells apart: by their values, or by how their vectors turn.

    Of vectors alone it asks that by its antisymmetric part. Beside a cotangent of values a symmetric part may belong to
    a product of values and vectors, which would turn with both.
    """
    turns = np.where(np.any(sizes != 0), within, within - within.T)
    values = _counts(sizes[:, None] - sizes, UNIT * np.max(np.abs(sizes)))
    return values | _counts(turns, rounding)


def _counts(x: Any, rounding: Any) -> Any:
    apart = np.abs(x) > rounding
    return apart | apart.T


class _Bordered:
    """Solves the equations at pairs that have been found, of which equal ones are not to be told apart."""

    def __init__(self, name: str, pairs: Pairs, images: Any, mixed: Callable[..., Any]) -> None:
        self.name, self.images, self.mixed = name, images, mixed
        self.values, self.vectors = pairs

    def __call__(self, product: Callable[[Any], Any], b: Any) -> Any:
        sizes, right = pairs_of(b, self.values.size)
        within = self.vectors.T @ right
        gaps, largest = self.values[:, None] - self.values, np.max(np.abs(self.values))
        are_equal = np.abs(gaps) <= UNIT * largest
        among = np.max(np.abs(self.vectors).T @ np.abs(right))
        counting = np.where(np.abs(sizes) * largest <= ROUNDING * among, 0.0, sizes)
        told_apart = are_equal & self.mixed(counting, within, UNIT * among) & ~numpy.eye(self.values.size, dtype=bool)
        self._check(np.any(told_apart), lambda: self._told_apart(numpy.asarray(told_apart)))
        turned = np.where(are_equal, np.diag(-sizes), within / np.where(are_equal, 1.0, gaps))
        along = np.where(told_apart, numpy.nan, turned)
        beyond = self._beyond(product, right, within)
        return flat(Pairs(-np.diagonal(within), self.vectors @ along + beyond))

    def _told_apart(self, flags: Any) -> str:
        i, j = numpy.argwhere(flags)[0]
        return (
            f"value number {i} and number {j} are equal ({float(self.values[i]):.6g}), and the derivative that was "
            "asked for depends on the choice of their vectors, of their order, or (in forward mode) on what is between "
            "them; wanted that of a function which treats them alike, in reverse mode; write np.sum(values) or "
            "vectors @ vectors.T, or a function of wengert.numpy.linalg.eigh(A.toarray())"
        )

    def _beyond(self, product: Callable[[Any], Any], right: Any, within: Any) -> Any:
        """What is orthogonal to all vectors that were found; nothing where no more than rounding asks for it."""
        count = self.values.size

        def shifted(z: Any) -> Any:
            given = Pairs(np.zeros(count), self._outside(np.reshape(z, right.shape)))
            image = pairs_of(product(flat(given)), count).vectors
            return np.ravel(image - self.images @ (self.vectors.T @ image))

        b = np.ravel(right - self.images @ within)
        size, rounding = length(b), ROUNDING * length(np.ravel(right))
        most = max(1000, 20 * right.shape[0])
        system = System(shifted, lambda z: z, b, np.maximum(SOLVED * size, rounding), most)
        end = minimal_residuals(system, np.zeros_like(b), lambda z: z)
        is_wrong = ~(end.residual <= np.maximum(ALLOWED * size, rounding))
        self._check(is_wrong, lambda: NOT_SOLVED)
        return self._outside(np.reshape(np.where(is_wrong, numpy.nan, end.x), right.shape))

    def _outside(self, x: Any) -> Any:
        """The part of columns that is orthogonal to all vectors that were found."""
        return x - self.vectors @ (self.images.T @ x)

    def _check(self, is_wrong: Any, text: Callable[[], str]) -> None:
        if not is_recorded(is_wrong) and bool(is_wrong):
            raise numpy.linalg.LinAlgError(f"[{self.name}] {text()}")


NOT_SOLVED = (
    "the equations of a derivative were not solved, wanted values that differ from those that were not found; write a "
    "larger k, so that all values that are equal or nearly so are found"
)
