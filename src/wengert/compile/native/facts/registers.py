"""What is done in registers: small arrays, loops and branches of them, and systems of few equations.

There every element is a value of its own, so what counts is how many scalar operations a graph would be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy

from ....control.loop_primitives import PULLBACK
from ....core.abstract import Abstract, form_of
from ....core.graph import Graph, GraphNode, subgraphs
from ....core.primitive import primitives
from ....core.recording import PICK
from ....ops import contract, join, shape as s
from ....ops.after import after
from ....ops.axes import reduce as r, scan
from ....ops.broadcast import broadcast_to
from ....ops.facts import facts_of
from ....ops.indexing import gather as g
from ....ops.matrices import determinants, solving as linalg
from ....ops.threefry import random_words
from .lowered import NATIVE_DTYPES, SINGLE_OR_DOUBLE, dtype_of, is_elementary, is_lowered

MOST_ELEMENTS = 64
"""Larger arrays are not kept in registers."""
MOST_OPERATIONS = 3000
"""Longer code is not worth its compilation."""
CALL_COST = 5
"""Operations that a call of an elementary function is worth, about."""
WORD_COST = 700
"""Operations that a random word counts as: straight-line code with more than a few takes seconds to compile."""

MOST_ROWS = 8
"""Larger systems are always LAPACK's."""
MOST_ALONE, MOST_IN_STACKS, MANY = 200, 700, 64
"""Operations for a matrix up to which a system is worth compiling: on its own, or one of many."""

LANES = 8
"""Turns that are done side by side: a vector of AVX-512, or two of AVX2; the same on all machines."""

MOVES = primitives(
    *(s.reshape, s.transpose, broadcast_to, g.block, g.slice_set, after),
    *(join.stack, join.concatenate, join.split, join.unstack),
)
"""Operations that only move elements, as NumPy moves them."""

ELIMINATED = primitives(
    *(linalg.solve, linalg.solve_triangular, linalg.inv, linalg.inverse_where_possible),
    *(determinants.det, determinants.slogdet, linalg.cholesky),
)
"""Operations on matrices that have straight-line code."""

_EXTREMES = primitives(r.max, r.min, r.argmax, r.argmin)
_CHOICES = primitives(g.gather, g.scatter_set, g.scatter_add, g.last_writes)
"""Every element of the result chooses among all of an operand."""

IN_REGISTERS = (
    MOVES
    | ELIMINATED
    | _EXTREMES
    | _CHOICES
    | primitives(
        *(g.unslice, g.ravel_index, scan.shift, scan.cumsum, scan.cumprod, contract.matmul),
        *(r.sum, r.prod, r.any, r.all, r.count_nonzero),
        random_words,
    )
)
"""Operations that are not elementwise and have straight-line code."""

_NOT_OF_FLAGS = _EXTREMES | primitives(contract.matmul, g.scatter_add)
"""These are not done to bools."""


# -- operations ------------------------------------------------------------------------------------


def operations(node: GraphNode, operands: Sequence[Any]) -> float:
    """How many scalar operations a node is, about; infinity if it cannot be done in registers."""
    primitive = node.primitive
    if not is_small(node, operands):
        return math.inf
    forms = _forms(node, operands)
    if primitive in ELIMINATED:
        return work_of_elimination(forms[: len(operands)])
    if primitive is PICK or primitive in MOVES:
        return 0
    if primitive in IN_REGISTERS:
        is_refused = primitive in _NOT_OF_FLAGS and any(f.dtype.kind == "b" for f in forms)
        return math.inf if is_refused else _work(node, forms)
    if not is_lowered(primitive, [dtype_of(o) for o in operands], forms[-1].dtype):
        return math.inf
    return forms[-1].size * (CALL_COST if is_elementary(primitive) else 1)


def is_small(node: GraphNode, operands: Sequence[Any]) -> bool:
    """Whether all arrays of a node may be in registers."""
    return all(map(_is_small, _forms(node, operands)))


def _is_small(form: Abstract) -> bool:
    return form.dtype.name in NATIVE_DTYPES and 0 < form.size <= MOST_ELEMENTS


def _work(node: GraphNode, forms: Sequence[Abstract]) -> int:
    if node.primitive is contract.matmul.primitive:
        return forms[-1].size * forms[0].shape[-1]
    if node.primitive is random_words.primitive:
        return forms[-1].size * WORD_COST
    return 2 * max(f.size for f in forms) ** 2 if node.primitive in _CHOICES else forms[0].size


def _forms(node: GraphNode, operands: Sequence[Any]) -> list[Abstract]:
    forms = [o.form if isinstance(o, GraphNode) else Abstract(numpy.shape(o), dtype_of(o)) for o in operands]
    return [f for form in (*forms, node.form) for f in (form if isinstance(form, tuple) else (form,))]


# -- graphs ----------------------------------------------------------------------------------------


def work_of(graph: Graph) -> float:
    """How many scalar operations a graph is, about; infinity if it cannot be done in registers."""
    results = [o for o in graph.outputs if not isinstance(o, GraphNode)]
    if not all(map(_is_small, [*(node.form for node in graph.inputs), *map(form_of, results)])):
        return math.inf
    return sum(_inner_work(node, node.operands) for node in graph.nodes)


def _inner_work(node: GraphNode, operands: Sequence[Any]) -> float:
    if not facts_of(node.primitive).has_graphs:
        return operations(node, operands)
    if not is_small(node, operands) or _keeps_few(node):
        return math.inf
    return sum(map(work_of, subgraphs(node).values()))


def _keeps_few(node: GraphNode) -> bool:
    """Whether it is a pullback within a budget of memory."""
    return node.primitive is PULLBACK and node.params["memory"] is not None


def fits_registers(graphs: Iterable[Graph]) -> bool:
    """Whether graphs are done in registers: small arrays, and not too much code."""
    return sum(map(work_of, graphs)) <= MOST_OPERATIONS


def lives_in_registers(node: GraphNode) -> bool:
    """Whether a loop or a branch is done in registers as a whole."""
    return not _keeps_few(node) and fits_registers(subgraphs(node).values())


# -- systems of equations --------------------------------------------------------------------------


def stands_alone(node: GraphNode, operands: Sequence[Any]) -> bool:
    """Whether an operation is done by elimination outside of straight-line code: small, no stacks that broadcast."""
    if node.primitive not in ELIMINATED:
        return False
    forms = [o.form if isinstance(o, GraphNode) else form_of(o) for o in operands]
    dtype, count = node.result_forms[0].dtype, math.prod(forms[0].shape[:-2])
    return (
        all(form.dtype == dtype for form in forms)
        and dtype.name in SINGLE_OR_DOUBLE
        and len({form.shape[:-2] for form in forms}) == 1
        and work_of_elimination(forms) <= count * (MOST_IN_STACKS if count >= MANY else MOST_ALONE)
    )


def work_of_elimination(operands: Sequence[Abstract]) -> float:
    """How many operations the elimination for each matrix is, about; infinity if there are too many rows."""
    rows, columns = operands[0].shape[-1], operands[-1].shape[-1]
    count = math.prod(numpy.broadcast_shapes(*(form.shape[:-2] for form in operands)))
    return count * rows**2 * (rows + 2 * columns) if rows <= MOST_ROWS else math.inf
