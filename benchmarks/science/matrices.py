"""Sparse matrices as values: products, their gradients, and linear equations; beside SciPy, JAX and PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy
import scipy.sparse
import scipy.sparse.linalg

import wengert as wg
import wengert.numpy as np
from wengert.scipy import sparse
from wengert.scipy.sparse import linalg

from ..rows import Call, Row

SIDE = 300
"""The products are with Poisson's matrix on a square of so many points."""

SOLVED_SIDE = 60
"""The equations are on a smaller one."""

TOLERANCE = 1e-8


def rows() -> Iterator[Row]:
    matrix = poisson(SIDE)
    x = numpy.random.default_rng(0).standard_normal(matrix.shape[0])
    columns = numpy.random.default_rng(3).standard_normal((matrix.shape[0], 16))
    limits = {"SciPy": 1.0, "JAX BCOO": 0.5, "PyTorch CSR": 1.5}
    yield Row("product, 90,000 rows", products(matrix, x), limits)
    yield Row("the same with 16 columns", products(matrix, columns), limits)
    yield Row("the same by columns", by_columns(matrix, x), {"SciPy": 1.0})
    yield Row("gradient in the numbers and x", gradients(matrix, x), {"JAX BCOO": 0.5})
    yield Row("Poisson by cg: gradient in b", by_iterations(), {"SciPy twice": 1.5, "JAX cg": 0.7}, tolerance=1e-5)
    yield Row("Poisson by spsolve: gradient", by_factors(), {"SciPy": 1.5})


def poisson(side: int) -> Any:
    """The five-point Laplacian on a square, as SciPy has it."""
    line = scipy.sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(side, side))
    one = scipy.sparse.eye_array(side)
    return (scipy.sparse.kron(line, one) + scipy.sparse.kron(one, line)).tocsr()


def products(matrix: Any, x: Any) -> dict[str, Call]:
    product = wg.jit(lambda x: matrix @ x)
    given = wg.tensor(x)
    calls: dict[str, Call] = {
        "wengert": lambda: product(given),
        "eager": lambda: matrix @ given,
        "SciPy": lambda: matrix @ x,
    }
    if find_spec("jax"):
        import jax

        theirs, x_of_jax = _of_jax(matrix), jax.numpy.asarray(x)
        multiply = jax.jit(lambda A, x: A @ x)
        calls["JAX BCOO"] = lambda: multiply(theirs, x_of_jax).block_until_ready()
    if find_spec("torch"):
        import torch

        of_torch, x_of_torch = _of_torch(matrix), torch.tensor(x)
        calls["PyTorch CSR"] = lambda: (of_torch @ x_of_torch).numpy()
    return calls


def by_columns(matrix: Any, x: Any) -> dict[str, Call]:
    """The product with numbers that are sorted by columns, which are an argument."""
    turned = matrix.tocsc()
    ours = sparse.csc_array(turned)
    product = wg.jit(lambda data, x: ours.with_data(data) @ x)
    data, given = wg.tensor(turned.data), wg.tensor(x)
    return {
        "wengert": lambda: product(data, given),
        "eager": lambda: turned @ given,
        "SciPy": lambda: turned @ x,
    }


def gradients(matrix: Any, x: Any) -> dict[str, Call]:
    """Of the sum of the squares of the product, in the numbers of the matrix and in x.

    PyTorch is not asked: its gradient in a sparse matrix is made as a dense one, of 65 gigabytes.
    """
    ours = sparse.csr_array(matrix)
    derive = wg.grad(lambda data, x: np.sum((ours.with_data(data) @ x) ** 2), (0, 1))
    compiled = wg.jit(derive)
    data, given = wg.tensor(matrix.data), wg.tensor(x)
    calls: dict[str, Call] = {"wengert": lambda: compiled(data, given), "eager": lambda: derive(data, given)}
    if find_spec("jax"):
        import jax
        from jax.experimental.sparse import BCOO

        theirs, x_of_jax = _of_jax(matrix), jax.numpy.asarray(x)

        def loss(data: Any, x: Any) -> Any:
            return jax.numpy.sum((BCOO((data, theirs.indices), shape=theirs.shape) @ x) ** 2)

        of_jax = jax.jit(jax.grad(loss, (0, 1)))
        calls["JAX BCOO"] = lambda: jax.block_until_ready(of_jax(theirs.data, x_of_jax))
    return calls


def by_iterations() -> dict[str, Call]:
    """The gradient of the sum of squares of a solution: two solutions by conjugate gradients."""
    matrix = poisson(SOLVED_SIDE)
    b = numpy.random.default_rng(1).standard_normal(matrix.shape[0])
    derive = wg.jit(wg.grad(lambda b: np.sum(linalg.cg(matrix, b, rtol=TOLERANCE)[0] ** 2)))
    given = wg.tensor(b)

    def twice() -> Any:
        x, _ = scipy.sparse.linalg.cg(matrix, b, rtol=TOLERANCE)
        return scipy.sparse.linalg.cg(matrix, 2 * x, rtol=TOLERANCE)[0]

    calls: dict[str, Call] = {"wengert": lambda: derive(given), "SciPy twice": twice}
    if find_spec("jax"):
        import jax

        theirs, b_of_jax = _of_jax(matrix), jax.numpy.asarray(b)

        def loss(b: Any) -> Any:
            return jax.numpy.sum(jax.scipy.sparse.linalg.cg(lambda x: theirs @ x, b, tol=TOLERANCE)[0] ** 2)

        of_jax = jax.jit(jax.grad(loss))
        calls["JAX cg"] = lambda: of_jax(b_of_jax).block_until_ready()
    return calls


def by_factors() -> dict[str, Call]:
    """The gradient in the numbers of the matrix, by one factorisation; by hand for SciPy."""
    matrix = poisson(SOLVED_SIDE).tocsc()
    ours = sparse.csc_array(matrix)
    b = numpy.random.default_rng(2).standard_normal(matrix.shape[0])
    derive = wg.grad(lambda data: np.sum(linalg.spsolve(ours.with_data(data), b) ** 2))
    data = wg.tensor(matrix.data)
    places = matrix.tocoo()

    def by_hand() -> Any:
        factors = scipy.sparse.linalg.splu(matrix)
        x = factors.solve(b)
        multiplier = factors.solve(2 * x, "T")
        return -multiplier[places.row] * x[places.col]

    return {"wengert": lambda: derive(data), "SciPy": by_hand}


def _of_jax(matrix: Any) -> Any:
    from jax.experimental.sparse import BCOO

    return BCOO.from_scipy_sparse(matrix)


def _of_torch(matrix: Any) -> Any:
    import torch

    parts = (torch.tensor(part) for part in (matrix.indptr, matrix.indices, matrix.data))
    return torch.sparse_csr_tensor(*parts, size=matrix.shape)
