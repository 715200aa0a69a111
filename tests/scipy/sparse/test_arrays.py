"""Sparse matrices as values."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import scipy.sparse

import wengert as wg
import wengert.numpy as np
from wengert.scipy import sparse

RNG = numpy.random.default_rng(3)
LEFT: Any = scipy.sparse.random_array((5, 4), density=0.5, rng=RNG, format="csr")
RIGHT: Any = scipy.sparse.random_array((4, 5), density=0.5, rng=RNG, format="csc")
OURS: dict[str, Any] = {"csr": sparse.csr_array, "csc": sparse.csc_array, "coo": sparse.coo_array}
of_every_format = pytest.mark.parametrize("format", OURS)


def same(ours: Any, theirs: Any) -> None:
    ours, theirs = (m.toarray() if hasattr(m, "toarray") else m for m in (ours, theirs))
    numpy.testing.assert_allclose(numpy.asarray(ours), theirs, rtol=1e-13)


@of_every_format
@pytest.mark.parametrize(
    "operation",
    [
        lambda a, b: a @ b,
        lambda a, b: b @ a,
        lambda a, b: a + b.T,
        lambda a, b: a - b.T,
        lambda a, b: a * b.T,
        lambda a, b: -a * 2.0 + 3.0 * a,
        lambda a, b: a / 4.0,
        lambda a, b: abs(-a),
        lambda a, b: a.power(3),
        lambda a, b: a.conj().astype("float32").astype("float64") - a.astype("float32"),
        lambda a, b: a.multiply(numpy.arange(4.0)),
        lambda a, b: a.tocsc()[:, 1:3],
        lambda a, b: a.tocsr()[[2, 0, 2]][:, ::2],
        lambda a, b: a.tocsr()[3, 1],
        lambda a, b: a.diagonal(1),
        lambda a, b: a.diagonal(-2),
        lambda a, b: a.trace(),
        lambda a, b: a.sum(),
        lambda a, b: a.sum(axis=1),
        lambda a, b: a.sum(axis=-1),
        lambda a, b: a.dot(numpy.ones((4, 2))),
        lambda a, b: numpy.ones(5) @ a,
        lambda a, b: a.T @ numpy.ones(5),
        lambda a, b: a.transpose().tocoo().tocsc().tocsr(),
        lambda a, b: a.asformat("csc"),
    ],
)
def test_as_scipys(format: str, operation: Callable[..., Any]) -> None:
    a, b = LEFT.asformat(format), RIGHT.asformat(format)
    same(operation(OURS[format](a), OURS[format](b)), operation(a, b))


@of_every_format
def test_with_a_constant_of_scipys(format: str) -> None:
    a = OURS[format](LEFT)
    same(a @ RIGHT, LEFT @ RIGHT)
    same(RIGHT @ a, RIGHT @ LEFT)
    same(a + LEFT, 2 * LEFT)
    same(LEFT - a, 0 * LEFT)


@of_every_format
def test_is_a_tree(format: str) -> None:
    a = OURS[format](LEFT)
    leaves, structure = wg.trees.flatten(a)
    assert len(leaves) == 1
    assert structure == wg.trees.flatten(a * 2.0)[1]
    assert structure != wg.trees.flatten(OURS[format](RIGHT))[1]
    assert type(wg.trees.unflatten(structure, leaves)) is OURS[format]
    gradient = wg.jit(wg.grad(lambda a: np.sum((a @ np.ones(4)) ** 2)))(a)
    assert type(gradient) is OURS[format]
    same(gradient, 2 * (LEFT @ numpy.ones(4))[:, None] * (LEFT.toarray() != 0))


@of_every_format
def test_copies_and_pickles(format: str) -> None:
    a = OURS[format](LEFT)
    for other in (copy.deepcopy(a), pickle.loads(pickle.dumps(a)), OURS[format](a)):
        same(other, LEFT)
        assert other.format == format


def test_numbers_of_one_place_are_added_up_with_their_derivatives() -> None:
    def f(data: Any) -> Any:
        return sparse.csr_array((data, ([0, 0, 1], [1, 1, 0])), shape=(2, 2)).data ** 2

    same(f(wg.tensor([1.0, 2.0, 5.0])), [9.0, 25.0])
    same(wg.jacobian(f)(numpy.array([1.0, 2.0, 5.0])), [[6.0, 6.0, 0.0], [0.0, 0.0, 10.0]])


def test_batched_over_numbers() -> None:
    batch = RNG.standard_normal((3, LEFT.nnz))
    ours = sparse.csr_array(LEFT)
    found = wg.vmap(lambda data, x: ours.with_data(data) @ x)(batch, numpy.ones((3, 4)))
    expected = [scipy.sparse.csr_array((data, LEFT.indices, LEFT.indptr), LEFT.shape) @ numpy.ones(4) for data in batch]
    same(found, numpy.array(expected))


def test_places_that_compiled_code_is_given_are_read() -> None:
    to_array = wg.jit(lambda i: sparse.csr_array(([1.0], i, [0, 1]), shape=(1, 2)).toarray())
    assert to_array(numpy.array([0])).tolist() == [[1.0, 0.0]]
    assert to_array(numpy.array([1])).tolist() == [[0.0, 1.0]]


def test_what_it_says() -> None:
    a: Any = sparse.csr_array(LEFT)
    assert repr(a) == "<csr_array of dtype float64, shape (5, 4), with 10 numbers>"
    assert (a.nnz, a.size, a.ndim, a.shape, a.dtype) == (10, 10, 2, (5, 4), numpy.dtype(float))
    assert type(a.to_scipy()) is scipy.sparse.csr_array
    assert sparse.csr_array((2, 3)).toarray().tolist() == [[0.0] * 3] * 2
    assert sparse.coo_array((2, 3)).nnz == 0
    numpy.testing.assert_array_equal(a.indptr, LEFT.indptr)
    assert sparse.csr_array(([], [], [0, 0, 0]), shape=(2, 5)).shape == (2, 5)


A: Any = sparse.csr_array(LEFT)

REFUSED = {
    "pointers": (
        lambda: sparse.csr_array(([1.0], [0], [0, 2])),
        "[csr_array] indptr goes from 0 to 2 for 1 indices, wanted numbers that ascend from 0 to the count of the "
        "indices; write (data, (row, col)) for places in any order",
    ),
    "rows": (
        lambda: sparse.csr_array(([1.0], [0], [0, 1]), shape=(2, 2)),
        "[csr_array] the shape is (2, 2) and indptr has 2 elements, wanted one more than there are rows; write "
        "shape=None to let it follow",
    ),
    "outside": (
        lambda: sparse.coo_array(([1.0], ([0], [3])), shape=(2, 2)),
        "[coo_array] a number is at column 3 of a matrix of shape (2, 2), wanted places within it, counted from 0; "
        "write shape=None to let it follow",
    ),
    "count": (
        lambda: sparse.csc_array(([1.0, 2.0], [0], [0, 1])),
        "[csc_array] the numbers have the shape (2,), and there are 1 rows and 1 columns, wanted a vector of numbers "
        "with a row and a column for each; write data.ravel() for an array",
    ),
    "pairs": (
        lambda: sparse.coo_array(([1.0], ([0], [0], [0]))),
        "[coo_array] the places are tuple of length 3, wanted two arrays, rows and columns; write (data, (row, col))",
    ),
    "floats": (
        lambda: sparse.csr_array(([1.0], [0.5], [0, 1])),
        "[csr_array] indices has the dtype float64, wanted integers; write indices.astype(int)",
    ),
    "no vector": (
        lambda: sparse.csr_array(([1.0], [[0]], [0, 1])),
        "[csr_array] indices has the shape (1, 1), wanted a vector; write indices.ravel()",
    ),
    "no values": (
        lambda: wg.vmap(lambda i: sparse.csr_array(([1.0], i, [0, 1])).toarray())(numpy.array([[0]])),
        "[csr_array] indices has no values here (within vmap or a loop), wanted fixed places of the numbers; make "
        "the matrix outside, and give it as an argument: its numbers may change, its places may not",
    ),
    "dense without values": (
        lambda: wg.vmap(lambda x: sparse.csr_array(x).toarray())(numpy.ones((1, 2, 2))),
        "[csr_array] an array without values was given (within vmap or a loop), wanted places that are known; "
        "write (data, indices, indptr) with fixed places",
    ),
    "dense": (
        lambda: sparse.csr_array([1.0, 2.0]),
        "[csr_array] an array of shape (2,) was given, wanted a matrix, with two axes; write x.reshape(1, -1) for a "
        "row, or (data, indices, indptr) for numbers and their places",
    ),
    "shape": (
        lambda: sparse.csr_array(([1.0], ([0], [0])), shape=(2,)),
        "[csr_array] the shape is (2,), wanted that of a matrix; write shape=(rows, columns)",
    ),
    "format": (
        lambda: A.asformat("dok"),
        "[asformat] the format is 'dok', wanted 'csr', 'csc', 'coo', 'bsr' or 'dia'; write "
        "A.to_scipy().asformat('dok') for a matrix of SciPy's, which has no derivative",
    ),
    "quotient": (
        lambda: A / numpy.ones((5, 4)),
        "[divide] a sparse matrix was divided by an array of shape (5, 4), wanted a number, since zeros divided are no "
        "zeros everywhere; write A * (1 / array), or A.toarray() / array",
    ),
    "sum": (
        lambda: A + 1.0,
        "[+] a sparse matrix and an operand of shape () were given, wanted two sparse matrices; write A.toarray() + "
        "other, whose result is dense",
    ),
    "shapes": (
        lambda: A + A.T,
        "[+] the shapes of two sparse matrices are (5, 4) and (4, 5), wanted the same; write A.T for a matrix "
        "transposed",
    ),
    "product": (
        lambda: A @ A,
        "[matmul] the shapes are (5, 4) and (5, 4), wanted the last axis of the first as long as the last but one of "
        "the second (or the only one of a vector); write A.T for a matrix transposed",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_says_what_to_write(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises((ValueError, TypeError)) as error:
        call()
    assert str(error.value).partition("\n")[0] == message


@pytest.mark.parametrize("format", ["csr", "csc"])
def test_numbers_of_scipys_matrices_are_inputs_of_programs(format: str) -> None:
    matrix, x = scipy.sparse.random_array((5, 4), density=0.6, format=format, rng=0), numpy.arange(4.0)
    wrapped = wg.jit(lambda x: sparse.csr_array(matrix) @ x)
    assert len(wrapped.lower(x).graph.inputs) == 2
    for _ in range(2):
        numpy.testing.assert_allclose(wrapped(x), matrix @ x, rtol=1e-13)
        matrix.data *= 2
