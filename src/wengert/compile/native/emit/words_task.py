"""Random words of many keys, of any number: a task that is compiled once, and told the sizes in a frame."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy
from llvmlite import ir

from ..ir.loops import emit_loop, smaller
from ..ir.scalar import Scalar, load, store
from ..ir.types import INDEX, TYPES, Value
from ..machine.llvm import Source
from ..machine.module_parts import Module, parts_of
from ..machine.pool_code import TASK
from .indexing import INT64
from .scalars.random_bits import UINT32, UINT64, random_word


class WordsFrame(NamedTuple):
    """What the task is told, in words of 64 bits.

    Attributes:
        keys: the address of two words for each key.
        starts: that of the first counter of each.
        result: that of the words that are made, `each` for a key.
        stretch: how many of them a cell makes, and a chunk is one cell; there are `stretches` of them for a key.
    """

    keys: Any
    starts: Any
    result: Any
    each: Any
    stretch: Any
    stretches: Any


def task_of_words(dtype: numpy.dtype) -> str:
    """The name of the task."""
    return f"words_{dtype.name}"


def written_words() -> Source:
    """The tasks of both dtypes."""
    module = Module("words")
    for dtype in (UINT32, UINT64):
        _emit(module, dtype)
    return Source(parts_of(module), {})


def _emit(module: ir.Module, dtype: numpy.dtype) -> None:
    function = ir.Function(module, TASK, task_of_words(dtype))
    builder = ir.IRBuilder(function.append_basic_block())
    frame, cell = function.args
    words = builder.bitcast(frame, INDEX.as_pointer())
    told = WordsFrame(*(builder.load(builder.gep(words, [INDEX(i)])) for i in range(len(WordsFrame._fields))))
    number, stretch = builder.udiv(cell, told.stretches), builder.urem(cell, told.stretches)

    def read(address: Value, place: Value, kind: numpy.dtype) -> Scalar:
        pointer = builder.inttoptr(address, TYPES[kind.name].as_pointer())
        return load(builder, builder.gep(pointer, [place]), kind)

    first = builder.mul(number, INDEX(2))
    given = [
        read(told.keys, first, UINT32),
        read(told.keys, builder.add(first, INDEX(1)), UINT32),
        read(told.starts, number, UINT64),
    ]
    out = builder.inttoptr(told.result, TYPES[dtype.name].as_pointer())
    out = builder.gep(out, [builder.mul(number, told.each)])
    begin = builder.mul(stretch, told.stretch)
    end = smaller(builder, builder.add(begin, told.stretch), told.each)

    def turn(count: Value) -> None:
        store(builder, random_word(given, Scalar(builder, count, INT64), (), dtype), builder.gep(out, [count]))

    emit_loop(builder, begin, end, turn)
    builder.ret_void()
