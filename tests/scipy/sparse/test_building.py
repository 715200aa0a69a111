"""Sparse matrices from diagonals, blocks and products."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.sparse
from tests.scipy.sparse.test_arrays import LEFT, RIGHT, same

import wengert as wg
import wengert.numpy as np
from wengert.scipy import sparse


@pytest.mark.parametrize("library", [sparse, scipy.sparse], ids=["ours", "theirs"])
@pytest.mark.parametrize("format", [None, "csr", "csc", "coo"])
def test_as_scipys(library: Any, format: str | None) -> None:
    """SciPy's own functions, in the second run, are what the first is compared with."""
    a, b = (LEFT, RIGHT) if library is scipy.sparse else (sparse.csr_array(LEFT), sparse.csc_array(RIGHT))
    same(library.eye_array(3, 4, k=-1, format=format), numpy.eye(3, 4, -1))
    same(library.vstack([a, b.T], format=format), numpy.vstack([LEFT.toarray(), RIGHT.toarray().T]))
    same(library.hstack([a, b.T], format=format), numpy.hstack([LEFT.toarray(), RIGHT.toarray().T]))
    same(library.kron(a, b, format=format), numpy.kron(LEFT.toarray(), RIGHT.toarray()))
    same(library.block_array([[a, None], [None, b]], format=format), scipy.sparse.block_diag([LEFT, RIGHT]).toarray())
    same(library.diags_array([[1.0, 2.0], [3.0]], offsets=[0, 1], format=format), [[1.0, 3.0], [0.0, 2.0]])
    same(library.diags_array([1.0, 2.0], format=format), numpy.diag([1.0, 2.0]))


def test_random_places_are_scipys() -> None:
    ours, theirs = (
        library.random_array((20, 30), density=0.1, rng=numpy.random.default_rng(5))
        for library in (sparse, scipy.sparse)
    )
    same(ours, theirs)


def test_derivative_of_diagonals() -> None:
    def f(d: Any) -> Any:
        return np.sum((sparse.diags_array([d, 2.0], offsets=[0, 1], shape=(3, 3)) @ np.arange(1.0, 4.0)) ** 2)

    d = numpy.array([1.0, -1.0, 0.5])
    x = numpy.arange(1.0, 4.0)
    expected = 2 * x * ((numpy.diag(d) + numpy.diag([2.0, 2.0], 1)) @ x)
    same(wg.grad(f)(d), expected)
    same(wg.jit(wg.grad(f))(d), expected)


def test_is_sparse() -> None:
    assert sparse.issparse(LEFT)
    assert sparse.issparse(sparse.coo_array(LEFT))
    assert not sparse.issparse(numpy.ones((2, 2)))


def test_says_what_to_write() -> None:
    with pytest.raises(ValueError, match="diags_array") as error:
        sparse.diags_array([[1.0, 2.0]], offsets=[0, 1])
    assert str(error.value) == (
        "[diags_array] there are 1 diagonals and 2 offsets, wanted one offset for each; write offsets=[...]"
    )
    with pytest.raises(ValueError, match="diags_array") as error:
        sparse.diags_array([[1.0, 2.0]], offsets=[0], shape=(3, 3))
    assert str(error.value) == (
        "[diags_array] the diagonal at offset 0 has 2 numbers, wanted 3 for the shape (3, 3), or one for all; write "
        "diagonal[:3]"
    )
