"""Whether numbers are finite, of any number: a task that is compiled once, and told the sizes in a frame."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy
from llvmlite import ir

from ..facts.lowered import NATIVE_FLOATS
from ..ir.loops import emit_fold, smaller
from ..ir.types import INDEX, TYPES, Value
from ..machine.llvm import Source
from ..machine.module_parts import Module, parts_of
from ..machine.pool_code import TASK


class FiniteFrame(NamedTuple):
    """What the task is told, in words of 64 bits.

    Attributes:
        numbers: the address of the numbers, of which there are `count`, and in a chunk `chunk`.
        found: that of a word for each chunk, which becomes 0 if all of its numbers are finite.
    """

    numbers: Any
    count: Any
    chunk: Any
    found: Any


def task_of_finite(dtype: numpy.dtype) -> str:
    """The name of the task."""
    return f"finite_{dtype.name}"


def written_finite() -> Source:
    """The tasks of both dtypes."""
    module = Module("finite")
    for dtype in NATIVE_FLOATS:
        _emit_task(module, dtype)
    return Source(parts_of(module), {})


def _emit_task(module: ir.Module, dtype: numpy.dtype) -> None:
    """A number is not finite if all bits of its exponent are set."""
    builder = ir.IRBuilder(ir.Function(module, TASK, task_of_finite(dtype)).append_basic_block())
    words, number = builder.function.args
    words = builder.bitcast(words, INDEX.as_pointer())
    told = FiniteFrame(*(builder.load(builder.gep(words, [INDEX(i)])) for i in range(len(FiniteFrame._fields))))
    bits = TYPES[f"int{8 * dtype.itemsize}"]
    exponent = bits(int(numpy.array(numpy.inf, dtype).view(f"int{8 * dtype.itemsize}")))
    begin = builder.mul(number, told.chunk)
    count = smaller(builder, told.chunk, builder.sub(told.count, begin))
    place = builder.gep(builder.inttoptr(told.numbers, bits.as_pointer()), [begin])

    def turn(index: Value, found: Value) -> Value:
        given = builder.and_(builder.load(builder.gep(place, [index])), exponent)
        return builder.or_(found, builder.zext(builder.icmp_unsigned("==", given, exponent), bits))

    found = emit_fold(builder, count, bits(0), turn)
    found = found if bits == INDEX else builder.zext(found, INDEX)
    builder.store(found, builder.gep(builder.inttoptr(told.found, INDEX.as_pointer()), [number]))
    builder.ret_void()
