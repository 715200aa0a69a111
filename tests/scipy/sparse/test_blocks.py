"""Sparse matrices of blocks and of diagonals, beside SciPy's."""

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
ONE: Any = scipy.sparse.random_array((6, 4), density=0.5, rng=RNG, format="csr")
OTHER: Any = scipy.sparse.random_array((4, 6), density=0.5, rng=RNG, format="csc")
OURS: dict[str, Any] = {"bsr": sparse.bsr_array, "dia": sparse.dia_array}
THEIRS: dict[str, Any] = {"bsr": lambda a: a.tobsr((2, 2)), "dia": lambda a: a.todia()}
of_either_format = pytest.mark.parametrize("format", OURS)


def same(ours: Any, theirs: Any) -> None:
    ours, theirs = (m.toarray() if hasattr(m, "toarray") else m for m in (ours, theirs))
    numpy.testing.assert_allclose(numpy.asarray(ours), theirs, rtol=1e-13, atol=1e-14)


def both(format: str, given: Any) -> tuple[Any, Any]:
    theirs = THEIRS[format](given)
    parts = (theirs.data, theirs.indices, theirs.indptr) if format == "bsr" else (theirs.data, theirs.offsets)
    return OURS[format](parts, shape=theirs.shape), theirs


@of_either_format
@pytest.mark.parametrize(
    "operation",
    [
        lambda a, b: a @ b,
        lambda a, b: b @ a,
        lambda a, b: a + b.T,
        lambda a, b: a.multiply(b.T),
        lambda a, b: -a * 2.0 + 3.0 * a,
        lambda a, b: abs(-a) / 2.0,
        lambda a, b: a.T,
        lambda a, b: a.T @ numpy.ones(6),
        lambda a, b: a @ numpy.arange(4.0),
        lambda a, b: a @ numpy.arange(8.0).reshape(4, 2),
        lambda a, b: numpy.arange(6.0) @ a,
        lambda a, b: a.diagonal(1),
        lambda a, b: a.sum(axis=1),
        lambda a, b: a.sum(),
        lambda a, b: a.tocsr()[1:3],
        lambda a, b: a.astype("float32").astype("float64") - a.astype("float32"),
    ],
)
def test_as_scipys(format: str, operation: Callable[..., Any]) -> None:
    (a, their_a), (b, their_b) = both(format, ONE), both(format, OTHER)
    same(operation(a, b), operation(their_a.tocsr(), their_b.tocsr()))


@of_either_format
@pytest.mark.parametrize("other", ["csr", "csc", "coo", "bsr", "dia"])
def test_formats(format: str, other: str) -> None:
    a, _ = both(format, ONE)
    for made in (a.asformat(other), OURS[format](sparse.csr_array(ONE).asformat(other)), OURS[format](ONE)):
        same(made, ONE)
    assert a.asformat(other).format == other
    assert a.to_scipy().format == format
    same(a.to_scipy(), ONE)


@of_either_format
def test_is_a_tree(format: str) -> None:
    a, _ = both(format, ONE)
    leaves, structure = wg.trees.flatten(a)
    assert len(leaves) == 1
    assert structure == wg.trees.flatten(a * 2.0)[1]
    assert structure != wg.trees.flatten(both(format, OTHER)[0])[1]
    assert type(wg.trees.unflatten(structure, leaves)) is OURS[format]
    for other in (copy.deepcopy(a), pickle.loads(pickle.dumps(a)), OURS[format](a)):
        same(other, ONE)
        assert other.format == format


@of_either_format
def test_derivatives(format: str) -> None:
    """In the numbers and in what they multiply, to second order, eager and compiled."""
    a, _ = both(format, ONE)
    x = RNG.standard_normal((4, 2))

    def f(data: Any, x: Any, dense: bool = False) -> Any:
        matrix = a.with_data(data)
        return np.sum(((matrix.toarray() if dense else matrix) @ x) ** 3)

    for derive in (wg.grad(f, (0, 1)), wg.hessian(f, (0, 1))):
        expected = wg.trees.leaves(derive(a.data, x, True))
        for found in (derive(a.data, x), wg.jit(derive)(a.data, x)):
            for one, other in zip(wg.trees.leaves(found), expected, strict=True):
                numpy.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_a_block_size_is_found_or_given() -> None:
    given = scipy.sparse.block_diag([numpy.ones((2, 3))] * 4, format="csr")
    assert sparse.bsr_array(given).blocksize == given.tobsr().blocksize
    assert sparse.bsr_array(given, blocksize=(4, 6)).data.shape == (2, 4, 6)
    assert sparse.csr_array(given).tobsr((2, 3)).indices.tolist() == [0, 1, 2, 3]


def test_many_diagonals() -> None:
    full = RNG.standard_normal((40, 30))
    same(sparse.dia_array(full) @ numpy.ones(30), full @ numpy.ones(30))


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "blocks": (
        lambda: sparse.bsr_array((numpy.ones(1), [0], [0, 1])),
        "[bsr_array] the numbers have the shape (1,), wanted blocks, of shape (count, rows, columns); write csr_array "
        "for single numbers",
    ),
    "not filled": (
        lambda: sparse.bsr_array(ONE, blocksize=(4, 2)),
        "[bsr_array] the shape is (6, 4) and blocks have (4, 2), wanted a shape that blocks fill; write "
        "blocksize=(1, 1), or csr_array",
    ),
    "twice": (
        lambda: sparse.bsr_array((numpy.ones((2, 1, 1)), [0, 0], [0, 2])),
        "[bsr_array] 2 blocks have 1 places, wanted one place for each; write their sums",
    ),
    "no shape": (
        lambda: sparse.dia_array((numpy.ones((1, 3)), [0])),
        "[dia_array] no shape was given, wanted that of the matrix; write shape=(rows, columns)",
    ),
    "offsets": (
        lambda: sparse.dia_array((numpy.ones((2, 3)), [0, 0]), shape=(3, 3)),
        "[dia_array] the numbers have the shape (2, 3) and the offsets are [0, 0], wanted a line of numbers for each "
        "offset, and each offset once; write diags_array for diagonals of any lengths",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_says_what_to_write(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises(ValueError, match=r"\[") as error:
        call()
    assert str(error.value).partition("\n")[0] == message
