"""Sparse matrices whose numbers are an argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import scipy.sparse

from wengert.scipy import sparse

from .case import EVERY, REAL, Case, Maker, uniform

POINTERS, INDICES = [0, 2, 2, 5, 6], [0, 2, 0, 1, 2, 1]
"""Places in a matrix of shape (4, 3), of which the second row is empty."""

DATA = uniform((6,))


def _of(name: str, f: Callable[..., Any], *arguments: Maker, dtypes: tuple[str, ...] = REAL) -> Case:
    """A function of a matrix and arrays, as one of its numbers: of ours, and of SciPy's."""

    def of(kind: Any) -> Callable[..., Any]:
        return lambda data, *args: _dense(f(kind((data, INDICES, POINTERS), shape=(4, 3)), *args))

    return Case(name, of(sparse.csr_array), (DATA, *arguments), of(scipy.sparse.csr_array), dtypes)


def _dense(result: Any) -> Any:
    return result.toarray() if hasattr(result, "toarray") else result


CONSTANT = scipy.sparse.csr_array((numpy.arange(1, 7, dtype="float32"), INDICES, POINTERS), shape=(4, 3))

CASES = [
    _of("vector", lambda A, x: A @ x, uniform((3,)), dtypes=EVERY),
    _of("columns", lambda A, x: A @ x, uniform((3, 2)), dtypes=EVERY),
    _of("from_left", lambda A, x: x @ A, uniform((4,)), dtypes=EVERY),
    _of("rows", lambda A, x: x @ A, uniform((2, 4)), dtypes=EVERY),
    _of("transposed", lambda A, x: A.T @ x, uniform((4, 2))),
    _of("by_columns", lambda A, x: A.tocsc() @ x, uniform((3,))),
    _of("square", lambda A: A @ A.T, dtypes=EVERY),
    _of("sum", lambda A, c: A * c + A, uniform(())),
    _of("elements", lambda A: A.multiply(A.tocsc())),
    _of("part", lambda A: A[1:, [2, 0]]),
    _of("toarray", lambda A: A, dtypes=EVERY),
    _of("diagonal", lambda A: A.diagonal(-1)),
    _of("sum_of_columns", lambda A: A.sum(axis=0)),
    Case(
        "stacks",
        lambda data, x: sparse.csr_array((data, INDICES, POINTERS), shape=(4, 3)) @ x,
        (DATA, uniform((2, 3, 2))),
        lambda data, x: scipy.sparse.csr_array((data, INDICES, POINTERS), shape=(4, 3)).toarray() @ x,
    ),
    Case(
        "kron",
        lambda a, b: sparse.kron(sparse.diags_array(a), sparse.csr_array((b, INDICES, POINTERS))).toarray(),
        (uniform((2,)), DATA),
        lambda a, b: scipy.sparse.kron(
            scipy.sparse.diags_array(a), scipy.sparse.csr_array((b, INDICES, POINTERS))
        ).toarray(),
    ),
    Case(
        "added_up",
        lambda data: sparse.coo_array((data, ([0, 1, 0, 2, 0, 1], [1, 0, 1, 2, 1, 0])), shape=(3, 4)).tocsr().toarray(),
        (DATA,),
        lambda data: scipy.sparse.coo_array((data, ([0, 1, 0, 2, 0, 1], [1, 0, 1, 2, 1, 0])), shape=(3, 4)).toarray(),
    ),
    Case("constant", lambda x: CONSTANT @ x, (uniform((3, 2)),), lambda x: CONSTANT.toarray() @ x, dtypes=EVERY),
    Case("constant_from_left", lambda x: x @ CONSTANT, (uniform((4,)),), lambda x: x @ CONSTANT.toarray()),
    Case(
        "blocks",
        lambda a, b: sparse.block_array(
            [[sparse.diags_array(a), None], [None, sparse.diags_array(b, offsets=1)]]
        ).toarray(),
        (uniform((2,)), uniform((1,))),
        lambda a, b: scipy.sparse.block_diag([numpy.diag(a), scipy.sparse.diags_array(b, offsets=1)]).toarray(),
    ),
]
