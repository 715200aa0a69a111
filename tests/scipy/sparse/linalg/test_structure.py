"""Powers of sparse matrices and where their numbers are, and what SciPy has besides, beside SciPy."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.sparse
import scipy.sparse.linalg as theirs

import wengert as wg
import wengert.scipy.sparse as sparse
from wengert.scipy.sparse import linalg

MATRIX: Any = scipy.sparse.random_array((5, 5), density=0.4, rng=numpy.random.default_rng(2), format="csr")
DEPRECATED = {"dsolve", "eigen", "interface", "isolve", "matfuncs"}


@pytest.mark.parametrize("power", range(6))
def test_matrix_power(power: int) -> None:
    expected = numpy.linalg.matrix_power(MATRIX.toarray(), power)
    numpy.testing.assert_allclose(linalg.matrix_power(MATRIX, power).toarray(), expected, rtol=1e-12, atol=1e-14)


def test_derivative_of_a_power() -> None:
    ours = sparse.csr_array(MATRIX)
    found = wg.grad(lambda A: linalg.matrix_power(A, 3).sum())(ours).toarray()
    power, ones = MATRIX.toarray().T, numpy.ones((5, 5))
    whole = ones @ power @ power + power @ ones @ power + power @ power @ ones
    numpy.testing.assert_allclose(found, numpy.where(MATRIX.toarray() != 0, whole, 0), rtol=1e-12)


@pytest.mark.parametrize("given", [MATRIX, scipy.sparse.tril(MATRIX), scipy.sparse.triu(MATRIX, 1)])
def test_structure(given: Any) -> None:
    assert linalg.spbandwidth(given) == theirs.spbandwidth(given.tocsr())
    assert linalg.is_sptriangular(given) == theirs.is_sptriangular(given.tocsr())


def test_what_is_no_power() -> None:
    with pytest.raises(ValueError, match="matrix_power") as error:
        linalg.matrix_power(MATRIX, -1)
    assert str(error.value) == (
        "[matrix_power] the shape is (5, 5) and the power -1, wanted a square matrix and a whole number of at least 0; "
        "write spsolve(A, b) for the inverse times b"
    )


@pytest.mark.parametrize("name", sorted({*theirs.__all__} - DEPRECATED))
def test_each_name_of_scipys_is_there_or_says_what_to_write(name: str) -> None:
    if name in linalg.__all__:
        return
    with pytest.raises(AttributeError) as error:
        getattr(linalg, name)
    assert "which is another library's name; write " in str(error.value)
