"""What correlations of all kinds have in common: cells of work that are told how their operands lie in memory."""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from .....core.graph import GraphNode
from ...facts.lowered import dtype_of
from ...facts.views import StridedView
from ...ir.loops import emit_loop
from ...ir.types import INDEX, TYPES, Value
from ...machine.module_parts import Module
from ...schedule.stages import Schedule
from .product import CHUNK_FLOPS, MOST_PRODUCT_CHUNKS, Cells
from .tiles import lanes_of


class WindowCells(Cells):
    """The function of a correlation: ``cells(*operands, result, begin, end)``, for a range of cells."""

    def __init__(self, module: Module, name: str, schedule: Schedule, node: GraphNode) -> None:
        self.module = module
        self.node = node
        self.dtype = dtype_of(node)
        self.views: list[StridedView] = [schedule.views[operand] for operand in schedule.operands[node]]
        self.bases: list[Any] = [*(view.base for view in self.views), node]
        self.size: int = node.form.size
        self.lanes: int = lanes_of(self.dtype.name)
        self._cut()
        self.function: Any = module.import_from_library(self._cells(module.library, name))

    def _cut(self) -> None:
        raise NotImplementedError

    def _cell(self, number: Value) -> None:
        raise NotImplementedError

    def _prepare(self, module: ir.Module) -> None:
        """Make what all cells use."""

    def _cells(self, module: ir.Module, name: str) -> ir.Function:
        pointer = TYPES[self.dtype.name].as_pointer()
        signature = ir.FunctionType(ir.VoidType(), [pointer] * len(self.bases) + [INDEX] * 2)
        function = ir.Function(module, signature, name)
        self.builder = ir.IRBuilder(function.append_basic_block())
        *self.places, begin, end = function.args
        self._prepare(module)
        emit_loop(self.builder, begin, end, self._cell)
        self.builder.ret_void()
        return function

    def _into_chunks(self, cells: int, flops: float) -> None:
        """So many cells in chunks that are worth a thread."""
        wanted = max(1, min(int(flops / CHUNK_FLOPS), MOST_PRODUCT_CHUNKS, cells))
        self.length = cells
        self.chunk_length: int = math.ceil(cells / wanted)
        self.chunks: int = math.ceil(cells / self.chunk_length)

    def _unravel(self, number: Value, *lengths: int) -> list[Value]:
        """The place along each of some axes, of which the last varies fastest."""
        found = []
        for length in reversed(lengths):
            found.append(self.builder.urem(number, INDEX(length)) if length > 1 else INDEX(0))
            number = self.builder.udiv(number, INDEX(length)) if length > 1 else number
        return found[::-1]


def most_chunks(flops: float) -> int:
    """Into how many chunks so much work is divided, about."""
    return min(math.ceil(flops / CHUNK_FLOPS), MOST_PRODUCT_CHUNKS)
