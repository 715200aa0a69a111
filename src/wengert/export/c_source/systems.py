"""Systems of equations: Cholesky factors and triangular ones written out where they are small, else by functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy

from ...core.graph import GraphNode
from ...core.primitive import Primitive, by_primitive
from ...ops.matrices import determinants, solving
from .arrays import Array, Elements, Memory, elements_of, is_in_terms, new_memory, part, write
from .elementwise import Scalars
from .operations import Rule, refused
from .terms import CTYPES, Term

MOST_ROWS = 8
"""Factors of larger matrices are made in loops."""


def cholesky(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """The lower factor, column by column."""
    (x,), form = operands, node.form
    rows = form.shape[-1]
    if len(form.shape) > 2:
        raise refused(node)
    if rows > MOST_ROWS:
        return _by_function(c, "cholesky", x, rows)
    a, zero = elements_of(c.blocks, x), c.blocks.literal(0, form.dtype)
    low = numpy.full((rows, rows), zero, object)
    for j in range(rows):
        low[j, j] = c.call("sqrt", _less_products(c, a[j, j], low[j, :j], low[j, :j]))
        for i in range(j + 1, rows):
            low[i, j] = c.divide(_less_products(c, a[i, j], low[i, :j], low[j, :j]), low[j, j])
    return Elements(low, form.dtype)


def _less_products(c: Scalars, term: Term, xs: Iterable[Term], ys: Iterable[Term]) -> Term:
    for x, y in zip(xs, ys, strict=True):
        term = c.subtract(term, c.multiply(x, y))
    return term


def _by_function(c: Scalars, name: str, x: Array, rows: int) -> Memory:
    """What a function makes of a copy of a matrix, in its place."""
    memory = new_memory(c.blocks, x.shape, x.dtype)
    write(c.blocks, memory, x)
    c.blocks.write(f"{name}_{x.dtype.name}({rows}, {memory.name});")
    return memory


def solve_triangular(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """By substitution, forward or backward."""
    a, b = operands
    lower, has_ones = node.params["lower"], node.params["unit_diagonal"]
    rows = node.form.shape[-2]
    if len(node.form.shape) > 2:
        raise refused(node)
    if rows > MOST_ROWS or not is_in_terms(node.form.shape, operands):
        return _substituted(c, node, a, b)
    triangle, found = elements_of(c.blocks, a), elements_of(c.blocks, b).copy()
    order = range(rows) if lower else range(rows - 1, -1, -1)
    for column in range(found.shape[1]):
        for i in order:
            known = range(i) if lower else range(i + 1, rows)
            left = _less_products(
                c, found[i, column], [triangle[i, j] for j in known], [found[j, column] for j in known]
            )
            found[i, column] = left if has_ones else c.divide(left, triangle[i, i])
    return Elements(found, node.form.dtype)


def _substituted(c: Scalars, node: GraphNode, a: Array, b: Array) -> Memory:
    rows, columns = node.form.shape
    matrix, solution = (new_memory(c.blocks, array.shape, array.dtype) for array in (a, b))
    write(c.blocks, matrix, a)
    write(c.blocks, solution, b)
    flags = f"{int(node.params['lower'])}, {int(node.params['unit_diagonal'])}"
    c.blocks.write(f"substitute_{b.dtype.name}({rows}, {columns}, {flags}, {matrix.name}, {solution.name});")
    return solution


def solve(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """By elimination with pivots, on copies."""
    a, b = operands
    if len(node.form.shape) > 2 or a.dtype != b.dtype:
        raise refused(node)
    rows, columns = node.form.shape
    matrix, solution = (new_memory(c.blocks, array.shape, array.dtype) for array in (a, b))
    write(c.blocks, matrix, a)
    write(c.blocks, solution, b)
    c.blocks.write(f"solve_{b.dtype.name}({rows}, {columns}, {matrix.name}, {solution.name});")
    return part(solution, solution.view)


def inverse(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """The solution for the columns of the identity."""
    (a,), form = operands, node.form
    if len(form.shape) > 2:
        raise refused(node)
    rows = form.shape[0]
    identity = Elements(_terms(c, numpy.eye(rows, dtype=form.dtype)), form.dtype)
    return solve(c, node, [a, identity])


def _terms(c: Scalars, values: Any) -> Any:
    found = numpy.empty(values.shape, object)
    for index in numpy.ndindex(*values.shape):
        found[index] = c.blocks.literal(values[index], values.dtype)
    return found


def determinant(c: Scalars, node: GraphNode, operands: Sequence[Array]) -> Array:
    """The product of the pivots."""
    (a,) = operands
    if node.form.shape:
        raise refused(node)
    memory = new_memory(c.blocks, a.shape, a.dtype)
    write(c.blocks, memory, a)
    name = c.blocks.fresh("determinant")
    call = f"eliminate_{a.dtype.name}({a.shape[0]}, 0, {memory.name}, 0)"
    c.blocks.write(f"const {CTYPES[a.dtype.name]} {name} = {call};")
    found = numpy.empty((), object)
    found[()] = c.blocks.place(name, a.dtype)
    return Elements(found, a.dtype)


RULES: dict[Primitive, Rule] = by_primitive(
    {
        solving.cholesky: cholesky,
        solving.solve: solve,
        solving.solve_triangular: solve_triangular,
        solving.inv: inverse,
        solving.inverse_where_possible: inverse,
        determinants.det: determinant,
    }
)
"""Operations on matrices."""
