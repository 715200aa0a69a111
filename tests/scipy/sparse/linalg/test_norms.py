"""Norms of sparse matrices."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.sparse.linalg

import wengert as wg
from wengert.scipy import sparse
from wengert.scipy.sparse.linalg import norm

MATRIX: Any = scipy.sparse.random_array((5, 4), density=0.5, rng=numpy.random.default_rng(0), format="csr")


@pytest.mark.parametrize("ord", [None, "fro", 1, numpy.inf])
def test_as_scipys(ord: Any) -> None:
    numpy.testing.assert_allclose(norm(-MATRIX, ord).numpy(), scipy.sparse.linalg.norm(MATRIX, ord), rtol=1e-13)


def test_gradient() -> None:
    gradient = wg.grad(norm)(sparse.csr_array(MATRIX)).data
    numpy.testing.assert_allclose(gradient.numpy(), MATRIX.data / scipy.sparse.linalg.norm(MATRIX), rtol=1e-13)


def test_says_what_to_write() -> None:
    with pytest.raises(ValueError, match="norm") as error:
        norm(MATRIX, 2)
    assert str(error.value) == (
        "[norm] ord is 2, wanted None, 'fro', 1 or inf; write wengert.numpy.linalg.norm(A.toarray(), ord) for a small "
        "matrix"
    )
