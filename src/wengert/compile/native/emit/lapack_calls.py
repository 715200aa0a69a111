"""Factorisations of stacks of matrices, and solving by them: LAPACK called from machine code.

What a routine reads and what it gives is in `routines`. The arguments are the LAPACK Users' Guide's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy
from llvmlite import ir

from ....core.abstract import Abstract
from ....core.graph import GraphNode
from ....core.primitive import Primitive, by_primitive
from ..facts import lapack_routines as lapack
from ..facts.lapack_routines import LAPACK_INTEGER
from ..ir.loops import emit_loop
from ..ir.types import BYTES, I32, INDEX, Value
from ..machine.addresses import place_of
from .memory_loops.frames import (
    ControlFunction,
    bytes_of,
    clear_bytes,
    copy_bytes,
)
from .registers.control import (
    Stack,
    begin_straight,
    constant_memory,
)
from .registers.elimination import DOUBLE, eliminated

# -- calling ---------------------------------------------------------------------------------------


class Calls:
    """Writes the calls for one matrix of each stack.

    Attributes:
        operands: where the operands are.
        results: where the results go.
    """

    def __init__(self, stage: ControlFunction, number: Value) -> None:
        self.stage = stage
        self.builder = stage.builder
        self.number = number
        self.operand_forms: list[Any] = stage.node.operand_forms
        self.result_forms: tuple[Abstract, ...] = stage.node.result_forms
        self.count: int = stack_size(stage.node)
        self.operands: list[Value] = [
            self._member(*pair) for pair in zip(stage.operands, self.operand_forms, strict=True)
        ]
        self.results: list[Value] = [self._member(stage.result(i), form) for i, form in enumerate(self.result_forms)]
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


def emit_factorization(module: ir.Module, name: str, node: GraphNode, used: Sequence[bool]) -> tuple[ir.Function, int]:
    """The function of a factorisation, and the room that it needs."""
    stage = ControlFunction(module, name, node, used, ())
    emit = _emit_calls if node.primitive in CALLS else _emit_in_registers
    emit_loop(stage.builder, INDEX(0), INDEX(stack_size(node)), lambda number: emit(stage, number))
    return stage.finish()


def _emit_calls(stage: ControlFunction, number: Value) -> None:
    CALLS[stage.node.primitive](Calls(stage, number), **stage.node.params)


def _emit_in_registers(stage: ControlFunction, number: Value) -> None:
    """By straight-line code, which says in the end whether it has failed."""
    straight = begin_straight(stage.builder, stage.runtime)
    given = stage.node.operand_forms
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


def stack_size(node: GraphNode) -> int:
    """How many matrices there are."""
    return math.prod(node.operand_forms[0].shape[: -3 if node.primitive in lapack.OF_COMPLEX else -2])


def matrix_of(form: Abstract) -> tuple[int, int]:
    """The rows and columns that LAPACK sees."""
    return form.shape[-1], form.shape[-2]


LAPACK_BLOCK = 64
"""Columns that blocked routines take at a time, at most."""


# -- triangular factors ----------------------------------------------------------------------------


def _getrf(calls: Calls) -> None:
    rows, columns = matrix_of(calls.result_forms[0])
    factors = calls.copy(0, 0)
    calls.call("getrf", rows, columns, factors, rows, calls.results[1], calls.results[2])


def _getri(calls: Calls, may_fail: bool) -> None:
    size, _ = matrix_of(calls.operand_forms[0])
    if may_fail:
        calls.fail_if_set(calls.operands[2])
    room = LAPACK_BLOCK * size
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


def _zgetrf(calls: Calls) -> None:
    columns, rows, _ = calls.result_forms[0].shape[-3:]
    factors = calls.copy(0, 0)
    calls.call("zgetrf", rows, columns, factors, rows, calls.results[1], calls.results[2])


def _zgetri(calls: Calls) -> None:
    size = calls.operand_forms[0].shape[-2]
    calls.fail_if_set(calls.operands[2])
    room, factors = LAPACK_BLOCK * size, calls.copy(0, 0)
    calls.call("zgetri", size, factors, size, calls.operands[1], calls.room(2 * room), room, calls.status)


def _zgetrs(calls: Calls, transposed: bool) -> None:
    count, size, _ = calls.operand_forms[3].shape[-3:]
    factors, pivots, status, _ = calls.operands
    calls.fail_if_set(status)
    right = calls.copy(3, 0)
    calls.call("zgetrs", "T" if transposed else "N", size, count, factors, size, pivots, right, size, calls.status)


# -- orthogonal factors ----------------------------------------------------------------------------


def _geqrf(calls: Calls) -> None:
    rows, columns = matrix_of(calls.result_forms[0])
    room = LAPACK_BLOCK * columns
    matrix = calls.copy(0, 0)
    calls.call("geqrf", rows, columns, matrix, rows, calls.results[1], calls.room(room), room, calls.status)


def _orgqr(calls: Calls) -> None:
    rows, columns = matrix_of(calls.result_forms[0])
    count, room = calls.operand_forms[1].shape[-1], LAPACK_BLOCK * columns
    matrix = calls.copy(0, 0)
    given = matrix, rows, calls.operands[1], calls.room(room), room
    calls.call("orgqr", rows, columns, count, *given, calls.status)


# -- eigenvalues and singular values ---------------------------------------------------------------


def _syevd(calls: Calls, triangle: str) -> None:
    size, _ = matrix_of(calls.operand_forms[0])
    vectors = calls.copy(0, 1)
    wanted = "V" if calls.is_used(1) else "N"
    room, integers = 1 + 6 * size + 2 * size**2, 3 + 5 * size
    rooms = calls.room(room), room, calls.room(integers, LAPACK_INTEGER), integers
    calls.call("syevd", wanted, triangle, size, vectors, size, calls.results[0], *rooms, calls.status)
    calls.fail_unless_done()


def _gesdd(calls: Calls, every: bool) -> None:
    rows, columns = matrix_of(calls.operand_forms[0])
    left, values, right = calls.results
    short, long = min(rows, columns), max(rows, columns)
    wanted = "N" if not (calls.is_used(0) or calls.is_used(2)) else "A" if every else "S"
    size = bytes_of(calls.operand_forms[0]) // calls.count
    matrix = calls.stage.room(size)
    copy_bytes(calls.builder, matrix, calls.operands[0], size)
    room = 4 * short**2 + 7 * short + LAPACK_BLOCK * (long + 2 * short)
    rooms = calls.room(room), room, calls.room(8 * short, LAPACK_INTEGER)
    sides = left, rows, right, columns if every else short
    calls.call("gesdd", wanted, rows, columns, matrix, rows, values, *sides, *rooms, calls.status)
    calls.fail_unless_done()


# -- Schur forms -----------------------------------------------------------------------------------


def _gees(calls: Calls) -> None:
    size, _ = matrix_of(calls.operand_forms[0])
    matrix, room = calls.copy(0, 0), LAPACK_BLOCK * size
    unsorted = "N", BYTES(None)
    values = calls.room(1, LAPACK_INTEGER), calls.room(size), calls.room(size)
    rooms = calls.room(room), room, calls.room(size, LAPACK_INTEGER)
    calls.call("gees", "V", *unsorted, size, matrix, size, *values, calls.results[1], size, *rooms, calls.status)
    calls.fail_unless_done()


def _trsyl(calls: Calls) -> None:
    left, right, _ = calls.operands
    rows, columns = matrix_of(calls.result_forms[0])
    sizes = rows, columns, left, rows, right, columns
    calls.call("trsyl", "N", "T", 1, *sizes, calls.copy(2, 0), rows, calls.results[1], calls.status)


# -- bands -----------------------------------------------------------------------------------------


def _gbsv(calls: Calls, below: int, above: int) -> None:
    size, count = matrix_of(calls.operand_forms[1])
    height, _ = matrix_of(calls.operand_forms[0])
    bytes_of_bands = bytes_of(calls.operand_forms[0]) // calls.count
    bands = calls.stage.room(bytes_of_bands)
    copy_bytes(calls.builder, bands, calls.operands[0], bytes_of_bands)
    right = calls.copy(1, 0)
    given = bands, height, calls.room(size, LAPACK_INTEGER), right, size
    calls.call("gbsv", size, below, above, count, *given, calls.status)
    calls.fail_unless_done()


# -- the table -------------------------------------------------------------------------------------

CALLS: dict[Primitive, Callable[..., None]] = by_primitive(
    {
        lapack.gbsv: _gbsv,
        lapack.gees: _gees,
        lapack.geqrf: _geqrf,
        lapack.gesdd: _gesdd,
        lapack.getrf: _getrf,
        lapack.getri: _getri,
        lapack.getrs: _getrs,
        lapack.laswp: _laswp,
        lapack.orgqr: _orgqr,
        lapack.potrf: _potrf,
        lapack.syevd: _syevd,
        lapack.trsyl: _trsyl,
        lapack.trtrs: _trtrs,
        lapack.zgetrf: _zgetrf,
        lapack.zgetri: _zgetri,
        lapack.zgetrs: _zgetrs,
    }
)
"""What calls LAPACK for one matrix of each stack."""
