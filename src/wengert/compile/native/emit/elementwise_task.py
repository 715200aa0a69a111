"""A formula of elements of arrays, of any number: a task that is compiled once, and told the addresses in a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy
from llvmlite import ir

from ....core.graph import Graph, GraphNode
from ..facts.lowered import dtype_of
from ..ir.loops import emit_loop, smaller
from ..ir.scalar import Scalar, literal, load, store
from ..ir.types import INDEX, Builder, Value, memory_type
from ..machine.llvm import Source
from ..machine.module_parts import Module, parts_of
from ..machine.pool_code import TASK
from .scalars.elementwise import lower

TASK_OF_ELEMENTS = "elements"
"""The name of the task."""


class ElementsFrame(NamedTuple):
    """What the task is told, in words of 64 bits, before the addresses of the operands.

    Attributes:
        count: how many elements there are.
        chunk: how many of them are a chunk.
        result: the address of the result.
    """

    count: Any
    chunk: Any
    result: Any


class Operand(NamedTuple):
    """What the formula is given.

    Attributes:
        is_array: whether there is one for each element, or one for all.
    """

    dtype: numpy.dtype
    is_array: bool


def written_elements(formula: Graph, operands: Sequence[Operand]) -> Source:
    """The task of a graph of scalars with one output."""
    module = Module("elements")
    (end,) = formula.outputs
    types = [memory_type(dtype).as_pointer() for dtype in (end.form.dtype, *(o.dtype for o in operands))]
    nest = _emit_nest(module, types, formula, operands)
    function = ir.Function(module, TASK, TASK_OF_ELEMENTS)
    builder = ir.IRBuilder(function.append_basic_block())
    frame, chunk = function.args
    words = builder.bitcast(frame, INDEX.as_pointer())
    told = [builder.load(builder.gep(words, [INDEX(i)])) for i in range(len(ElementsFrame._fields) + len(operands))]
    sizes = ElementsFrame(*told[: -len(operands)])
    begin = builder.mul(chunk, sizes.chunk)
    end_of_chunk = smaller(builder, builder.add(begin, sizes.chunk), sizes.count)
    addresses = (sizes.result, *told[-len(operands) :])
    places = [builder.inttoptr(address, kind) for address, kind in zip(addresses, types, strict=True)]
    builder.call(nest, [*places, begin, end_of_chunk])
    builder.ret_void()
    return Source(parts_of(module), {})


def _emit_nest(module: ir.Module, types: Sequence[Any], formula: Graph, operands: Sequence[Operand]) -> ir.Function:
    """The loop over a chunk, whose arrays do not overlap with the result."""
    kind = ir.FunctionType(ir.VoidType(), [*types, INDEX, INDEX])
    function = ir.Function(module, kind, "nest")
    function.linkage = "internal"
    for argument in function.args[: len(types)]:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block())
    result, *places, begin, end = function.args
    numbers = [None if o.is_array else load(builder, p, o.dtype) for p, o in zip(places, operands, strict=True)]

    def turn(index: Value) -> None:
        given = [
            load(builder, builder.gep(place, [index]), operand.dtype) if number is None else number
            for place, operand, number in zip(places, operands, numbers, strict=True)
        ]
        store(builder, _computed(builder, formula, given), builder.gep(result, [index]))

    emit_loop(builder, begin, end, turn)
    builder.ret_void()
    return function


def _computed(builder: Builder, formula: Graph, given: Sequence[Scalar]) -> Scalar:
    found = dict(zip(formula.inputs, given, strict=True))

    for node in formula.nodes:
        operands = [found[o] if isinstance(o, GraphNode) else _constant(builder, o, node) for o in node.operands]
        found[node] = lower(node.primitive, operands, node.form.dtype)
    return found[formula.outputs[0]]


def _constant(builder: Builder, number: Any, node: GraphNode) -> Scalar:
    """A number; one of Python takes the dtype that its partners give it."""
    partners = [o for o in node.operands if hasattr(o, "dtype") or isinstance(o, GraphNode)]
    dtype = number.dtype if hasattr(number, "dtype") else numpy.result_type(*map(dtype_of, partners), number)
    return Scalar(builder, literal(numpy.asarray(number).item(), dtype), dtype)
