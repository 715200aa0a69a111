"""Sparse matrices of derivatives by CasADi and asdex, where these are installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy
from scipy import sparse


class Peer(NamedTuple):
    """What a library has prepared.

    Attributes:
        call: computes the nonzero elements.
        matrix: gives the matrix, to be compared.
    """

    call: Callable[[], Any]
    matrix: Callable[[], Any]


def casadi(build: Callable[[Any], tuple[Any, Any]], derivative: str, x: Any) -> Peer | None:
    """CasADi's, without its Python interface: ``build(casadi)`` gives a symbol and the expression."""
    if not find_spec("casadi"):
        return None
    import casadi as ca  # pyright: ignore[reportMissingImports]

    symbol, result = build(ca)
    matrix = ca.jacobian(result, symbol) if derivative == "jacobian" else ca.hessian(result, symbol)[0]
    f = ca.Function("f", [symbol], [matrix])
    buffer, call = f.buffer()
    given, found = numpy.array(x), numpy.zeros(matrix.nnz())
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(found))
    columns, rows = matrix.sparsity().get_ccs()

    def evaluate() -> Any:
        call()
        return found, given, buffer, f  # which the call needs to be alive

    def as_matrix() -> Any:
        call()
        return sparse.csc_array((found.copy(), numpy.array(rows), numpy.array(columns)), matrix.shape)

    return Peer(evaluate, as_matrix)


def asdex(f: Callable[[Any], Any], derivative: str, x: Any) -> Peer | None:
    """asdex's, of a function of `jax.numpy`, compiled by JAX."""
    if not find_spec("asdex"):
        return None
    import asdex as library  # pyright: ignore[reportMissingImports]
    import jax

    point = jax.numpy.asarray(x)
    derive = getattr(library, derivative)(f, point)
    elements = jax.jit(lambda x: derive(x).data)

    def as_matrix() -> Any:
        found = derive(point)
        return sparse.coo_array((numpy.asarray(found.data), numpy.asarray(found.indices).T), found.shape)

    return Peer(lambda: elements(point).block_until_ready(), as_matrix)
