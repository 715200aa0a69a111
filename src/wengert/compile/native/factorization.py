"""Factorisations of stacks of matrices, and solving by them: calls of LAPACK.

The names are LAPACK's, and so is the meaning of numbers and letters: E. Anderson et al., "LAPACK Users' Guide" (third
edition, 1999), https://netlib.org/lapack/lug. LAPACK has matrices column by column, so an array is here the transpose
of what LAPACK sees: the rows of `columns` are the columns of the matrix. Pivots count from 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy
from llvmlite import ir

from ...core.abstract import Abstract, form_of
from ...core.graph import forms_of
from ...core.node import Node
from ...core.primitive import Primitive
from ...core.recording import general
from .elimination import DOUBLE, eliminated
from .frames import Stage, bytes_of, clear_bytes, copy_bytes
from .kernel import INDEX, emit_loop
from .loops import BYTES, Stack, begin_straight, constant_memory
from .runtime import place_of
from .scalar import Value

INTEGER = numpy.dtype(numpy.int32)
I32 = ir.IntType(32)


# -- calling ---------------------------------------------------------------------------------------


class Calls:
    """Writes the calls for one matrix of each stack.

    Attributes:
        operands: where the operands are.
        results: where the results go.
    """

    def __init__(self, stage: Stage, number: Value) -> None:
        self.stage = stage
        self.builder = stage.builder
        self.number = number
        self.operand_forms = [form_of(o) for o in stage.node.residuals[:-1]]
        self.result_forms = forms_of(stage.node)
        self.count = stack_size(stage.node)
        self.operands = [self._member(*pair) for pair in zip(stage.operands, self.operand_forms, strict=True)]
        self.results = [self._member(stage.result(i), form) for i, form in enumerate(self.result_forms)]
        with self.builder.goto_entry_block():
            self.status = self.builder.bitcast(self.builder.alloca(I32), BYTES)

    def _member(self, start: Value, form: Abstract) -> Value:
        """Where the matrix (or its numbers) is in a stack."""
        return self.builder.gep(start, [self.builder.mul(self.number, INDEX(bytes_of(form) // self.count))])

    def is_used(self, index: int) -> bool:
        """Whether somebody uses a result."""
        return self.stage.results[index] is not None

    def copy(self, operand: int, result: int) -> Value:
        """An operand, where the routine overwrites it by a result."""
        size = bytes_of(self.operand_forms[operand]) // self.count
        copy_bytes(self.builder, self.results[result], self.operands[operand], size)
        return self.results[result]

    def identity(self, result: int) -> Value:
        """A result, which begins as the identity."""
        form, start = self.result_forms[result], self.results[result]
        size = form.shape[-1]
        clear_bytes(self.builder, start, bytes_of(form) // self.count)
        numbers = self.builder.bitcast(start, ir.DoubleType().as_pointer())

        def set_one(i: Value) -> None:
            place = self.builder.gep(numbers, [self.builder.mul(i, INDEX(size + 1))])
            self.builder.store(ir.DoubleType()(1.0), place)

        emit_loop(self.builder, INDEX(0), INDEX(size), set_one)
        return start

    def room(self, count: int, dtype: numpy.dtype = DOUBLE) -> Value:
        """Room for so many numbers."""
        return self.stage.room(count * dtype.itemsize)

    def call(self, routine: str, *arguments: Any) -> None:
        """Call a routine: every argument is an address, of a letter or of a number too. The status comes last."""
        builder = self.builder
        given = [self._address(argument) for argument in arguments]
        table = builder.bitcast(self.stage.runtime, INDEX.as_pointer())
        address = builder.load(builder.gep(table, [INDEX(place_of(routine))]))
        kind = ir.FunctionType(ir.VoidType(), [BYTES] * len(given)).as_pointer()
        builder.call(builder.inttoptr(address, kind), given)

    def _address(self, argument: Any) -> Value:
        if isinstance(argument, str | int):
            number = numpy.uint8(ord(argument)) if isinstance(argument, str) else numpy.int32(argument)
            return self.builder.bitcast(constant_memory(self.builder.module, number), BYTES)
        return argument

    def fail_unless_done(self) -> None:
        """Leave if the status says that something is wrong."""
        self.fail_if_set(self.status)

    def fail_if_set(self, place: Value) -> None:
        """Leave if a status is not 0."""
        status = self.builder.load(self.builder.bitcast(place, I32.as_pointer()))
        with self.builder.if_then(self.builder.icmp_unsigned("!=", status, I32(0)), likely=False):
            self.stage.fail()


def emit_factorization(module: ir.Module, name: str, node: Node, used: Sequence[bool]) -> tuple[ir.Function, int]:
    """The function of a factorisation, and the room that it needs."""
    stage = Stage(module, name, node, used, ())
    emit = _emit_calls if node.primitive.name in ROUTINES else _emit_in_registers
    emit_loop(stage.builder, INDEX(0), INDEX(stack_size(node)), lambda number: emit(stage, number))
    return stage.finish()


def _emit_calls(stage: Stage, number: Value) -> None:
    ROUTINES[stage.node.primitive.name](Calls(stage, number), **stage.node.params)


def _emit_in_registers(stage: Stage, number: Value) -> None:
    """By straight-line code, which says in the end whether it has failed."""
    straight = begin_straight(stage.builder)
    given = [form_of(o) for o in stage.node.residuals[:-1]]
    matrices = [
        Stack(straight, start, Abstract(form.shape[-2:], form.dtype)).read(number)
        for start, form in zip(stage.operands, given, strict=True)
    ]
    lead = len(given[0].shape) - 2
    for index, made in enumerate(eliminated(straight, stage.node, matrices)):
        form = stage.forms[index]
        stack = Stack(straight, stage.result(index), Abstract(form.shape[lead:], form.dtype))
        stack.write(number, numpy.asarray(made, object))
    with stage.builder.if_then(stage.builder.load(straight.failed), likely=False):
        stage.fail()


def stack_size(node: Node) -> int:
    """How many matrices there are."""
    return math.prod(node.residuals[0].shape[:-2])


def matrix_of(form: Abstract) -> tuple[int, int]:
    """The rows and columns that LAPACK sees."""
    return form.shape[-1], form.shape[-2]


BLOCK = 64
"""Columns that blocked routines take at a time, at most."""


# -- triangular factors ----------------------------------------------------------------------------


def _getrf(calls: Calls) -> None:
    rows, columns = matrix_of(calls.result_forms[0])
    factors = calls.copy(0, 0)
    calls.call("getrf", rows, columns, factors, rows, calls.results[1], calls.results[2])


def _factors(columns: Any) -> Any:
    """By SciPy: where the matrix is a constant."""
    from scipy.linalg import get_lapack_funcs

    (factor,) = get_lapack_funcs(("getrf",), (columns,))
    made = [factor(matrix.T) for matrix in columns.reshape(-1, *columns.shape[-2:])]
    factors, pivots, status = (numpy.array(part) for part in zip(*made, strict=True))
    lead = columns.shape[:-2]
    return (
        numpy.ascontiguousarray(numpy.swapaxes(factors, -1, -2)).reshape(columns.shape),
        (pivots + 1).astype(INTEGER).reshape(*lead, -1),
        status.astype(INTEGER).reshape(lead),
    )


def _getrf_forms(columns: Abstract) -> tuple[Abstract, ...]:
    *lead, n, m = columns.shape
    return columns, Abstract((*lead, min(m, n)), INTEGER), Abstract((*lead,), INTEGER)


def _getri(calls: Calls, may_fail: bool) -> None:
    size, _ = matrix_of(calls.operand_forms[0])
    if may_fail:
        calls.fail_if_set(calls.operands[2])
    room = BLOCK * size
    factors = calls.copy(0, 0)
    calls.call("getri", size, factors, size, calls.operands[1], calls.room(room), room, calls.status)


def _getrs(calls: Calls, transposed: bool, may_fail: bool) -> None:
    size, count = matrix_of(calls.operand_forms[3])
    factors, pivots, status, _ = calls.operands
    if may_fail:
        calls.fail_if_set(status)
    right = calls.copy(3, 0)
    calls.call("getrs", "T" if transposed else "N", size, count, factors, size, pivots, right, size, calls.status)


def _laswp(calls: Calls, size: int) -> None:
    calls.call("laswp", size, calls.identity(0), size, 1, calls.operand_forms[0].shape[-1], calls.operands[0], 1)


def _potrf(calls: Calls, triangle: str) -> None:
    size, _ = matrix_of(calls.result_forms[0])
    calls.call("potrf", triangle, size, calls.copy(0, 0), size, calls.status)
    calls.fail_unless_done()


def _trtrs(calls: Calls, triangle: str, transposed: bool, unit_diagonal: bool) -> None:
    size, count = matrix_of(calls.operand_forms[1])
    letters = triangle, "T" if transposed else "N", "U" if unit_diagonal else "N"
    right = calls.copy(1, 0)
    calls.call("trtrs", *letters, size, count, calls.operands[0], size, right, size, calls.status)
    calls.fail_unless_done()


# -- orthogonal factors ----------------------------------------------------------------------------


def _geqrf(calls: Calls) -> None:
    rows, columns = matrix_of(calls.result_forms[0])
    room = BLOCK * columns
    matrix = calls.copy(0, 0)
    calls.call("geqrf", rows, columns, matrix, rows, calls.results[1], calls.room(room), room, calls.status)


def _geqrf_forms(columns: Abstract) -> tuple[Abstract, ...]:
    *lead, n, m = columns.shape
    return columns, Abstract((*lead, min(m, n)), columns.dtype)


def _orgqr(calls: Calls) -> None:
    rows, columns = matrix_of(calls.result_forms[0])
    count, room = calls.operand_forms[1].shape[-1], BLOCK * columns
    matrix = calls.copy(0, 0)
    given = matrix, rows, calls.operands[1], calls.room(room), room
    calls.call("orgqr", rows, columns, count, *given, calls.status)


# -- eigenvalues and singular values ---------------------------------------------------------------


def _syevd(calls: Calls, triangle: str) -> None:
    size, _ = matrix_of(calls.operand_forms[0])
    vectors = calls.copy(0, 1)
    wanted = "V" if calls.is_used(1) else "N"
    room, integers = 1 + 6 * size + 2 * size**2, 3 + 5 * size
    rooms = calls.room(room), room, calls.room(integers, INTEGER), integers
    calls.call("syevd", wanted, triangle, size, vectors, size, calls.results[0], *rooms, calls.status)
    calls.fail_unless_done()


def _syevd_forms(columns: Abstract, triangle: str) -> tuple[Abstract, ...]:
    return Abstract(columns.shape[:-1], columns.dtype), columns


def _gesdd(calls: Calls, every: bool) -> None:
    rows, columns = matrix_of(calls.operand_forms[0])
    left, values, right = calls.results
    short, long = min(rows, columns), max(rows, columns)
    wanted = "N" if not (calls.is_used(0) or calls.is_used(2)) else "A" if every else "S"
    size = bytes_of(calls.operand_forms[0]) // calls.count
    matrix = calls.stage.room(size)
    copy_bytes(calls.builder, matrix, calls.operands[0], size)
    room = 4 * short**2 + 7 * short + BLOCK * (long + 2 * short)
    rooms = calls.room(room), room, calls.room(8 * short, INTEGER)
    sides = left, rows, right, columns if every else short
    calls.call("gesdd", wanted, rows, columns, matrix, rows, values, *sides, *rooms, calls.status)
    calls.fail_unless_done()


def _gesdd_forms(columns: Abstract, every: bool) -> tuple[Abstract, ...]:
    *lead, n, m = columns.shape
    count = min(m, n)
    shapes = (*lead, m if every else count, m), (*lead, count), (*lead, n, n if every else count)
    return tuple(Abstract(shape, columns.dtype) for shape in shapes)


# -- bands -----------------------------------------------------------------------------------------


def _gbsv(calls: Calls, below: int, above: int) -> None:
    size, count = matrix_of(calls.operand_forms[1])
    height, _ = matrix_of(calls.operand_forms[0])
    bytes_of_bands = bytes_of(calls.operand_forms[0]) // calls.count
    bands = calls.stage.room(bytes_of_bands)
    copy_bytes(calls.builder, bands, calls.operands[0], bytes_of_bands)
    right = calls.copy(1, 0)
    given = bands, height, calls.room(size, INTEGER), right, size
    calls.call("gbsv", size, below, above, count, *given, calls.status)
    calls.fail_unless_done()


# -- the table -------------------------------------------------------------------------------------

ROUTINES: dict[str, Callable[..., None]] = {}
"""What calls LAPACK for an operation, by the name of its primitive."""


def _in_machine_code(*operands: Any, **params: Any) -> Any:
    raise TypeError("[lapack] a call of LAPACK was evaluated by NumPy, wanted machine code")


def _define(emit: Any, operands: str, forms: Any, evaluate: Any = _in_machine_code, many: bool = False) -> Any:
    """An operation that is a call of LAPACK, and the function that records it."""
    name = emit.__name__.lstrip("_")
    primitive = Primitive(name, evaluate, operands.split(), forms, many=many)
    ROUTINES[name] = emit
    primitive.operation = general(primitive)
    return primitive.operation


def _form_of_last(*forms: Abstract, **params: Any) -> Abstract:
    return forms[-1]


getrf = _define(_getrf, "columns", _getrf_forms, _factors, many=True)
"""``getrf(columns)``: L and U packed, the pivots, and a status that is not 0 if the matrix is singular."""

getri = _define(_getri, "factors pivots status", lambda factors, pivots, status, may_fail: factors)
"""``getri(*factors, may_fail=)``: the inverse, by what `getrf` gave."""

getrs = _define(_getrs, "factors pivots status columns", _form_of_last)
"""``getrs(*factors, columns, transposed=, may_fail=)``: solves by what `getrf` gave."""

laswp = _define(_laswp, "pivots", lambda pivots, size: Abstract((*pivots.shape[:-2], size, size), DOUBLE))
"""``laswp(pivots, size=)``: the identity with rows exchanged, one after the other; the pivots are a row."""

potrf = _define(_potrf, "columns", lambda columns, triangle: columns)
"""``potrf(columns, triangle=)``: a Cholesky factor in one triangle; the other is as it was."""

trtrs = _define(_trtrs, "matrix columns", _form_of_last)
"""``trtrs(matrix, columns, triangle=, transposed=, unit_diagonal=)``: solves with one triangle of a matrix."""

geqrf = _define(_geqrf, "columns", _geqrf_forms, many=True)
"""``geqrf(columns)``: R, with reflections below it, and their factors."""

orgqr = _define(_orgqr, "columns factors", lambda columns, factors: columns)
"""``orgqr(columns, factors)``: Q of as many columns as are given, from the reflections."""

syevd = _define(_syevd, "columns", _syevd_forms, many=True)
"""``syevd(columns, triangle=)``: eigenvalues, and the columns of the eigenvectors."""

gesdd = _define(_gesdd, "columns", _gesdd_forms, many=True)
"""``gesdd(columns, every=)``: the columns of U, the singular values, and the columns of V transposed."""

gbsv = _define(_gbsv, "bands columns", _form_of_last)
"""``gbsv(bands, columns, below=, above=)``: solves with a band matrix, which has rows of room at its top."""
