"""Patterns and functions that several tests of sparse derivatives ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy
from scipy import sparse

import wengert.numpy as np


def random_pattern(rows: int, columns: int, density: float, seed: int) -> Any:
    """A pattern with numbers in it."""
    return sparse.random_array((rows, columns), density=density, rng=numpy.random.default_rng(seed), format="csr")


def random_patterns(count: int) -> Iterator[Any]:
    """Small patterns of many shapes."""
    for seed in range(count):
        sizes = numpy.random.default_rng(seed)
        rows, columns = (int(n) for n in sizes.integers(1, 25, 2))
        yield random_pattern(rows, columns, sizes.uniform(0.02, 0.4), seed)


def symmetric(matrix: Any) -> Any:
    """A symmetric pattern made of a square one."""
    return sparse.csr_array(matrix + matrix.T)


def arrow(n: int) -> Any:
    """A full first row and column, and the diagonal."""
    ends = numpy.zeros(n - 1, int), numpy.arange(1, n)
    rows, columns = numpy.concatenate([numpy.arange(n), *ends]), numpy.concatenate([numpy.arange(n), *ends[::-1]])
    return sparse.csr_array((numpy.ones(rows.size), (rows, columns)), (n, n))


def banded(n: int, width: int) -> Any:
    """Entries at most `width` beside the diagonal."""
    offsets = list(range(-width, width + 1))
    return sparse.csr_array(sparse.diags_array([numpy.ones(n)] * len(offsets), offsets=offsets, shape=(n, n)))


def grid(n: int, dimensions: int) -> Any:
    """Each point of a grid and its neighbours."""
    line = banded(n, 1)
    found = line
    for _ in range(dimensions - 1):
        found = sparse.kron(sparse.eye_array(n), found) + sparse.kron(line, sparse.eye_array(found.shape[0]))
    return sparse.csr_array(found)


def brusselator(u: Any) -> Any:
    """The right-hand side of a reaction with diffusion on a periodic grid, of two fields in a row."""
    n = int((u.size // 2) ** 0.5)
    fields = u.reshape(2, n, n)
    one, other = fields[0], fields[1]
    product = one**2 * other
    return np.stack([1 + product - 4.4 * one + _spread(one), 3.4 * one - product + _spread(other)]).ravel()


def _spread(field: Any) -> Any:
    around = np.roll(field, 1, 0) + np.roll(field, -1, 0) + np.roll(field, 1, 1) + np.roll(field, -1, 1)
    return 2 * (around - 4 * field)
