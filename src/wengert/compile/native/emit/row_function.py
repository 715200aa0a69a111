"""The function of a block of rows: loop nests one after the other, for some rows at a time."""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from ....core.graph import GraphNode
from ..facts.lowered import dtype_of
from ..ir.loops import emit_loop, smaller
from ..ir.types import INDEX, Builder, Value, memory_type
from ..machine.module_parts import Module
from ..schedule.accesses import bytes_touched
from ..schedule.row_blocks import LINE, stride_along
from ..schedule.stages import RowBlocks, Schedule
from .kernel import CHUNK_WORK, MOST_CHUNKS
from .kernel_unguarded import kernel_of


class RowsFunction:
    """The function of groups in rows: ``rows(pointers..., begin, end)``.

    Attributes:
        bases: the values behind the pointers.
        length: the number of rows, in as many `chunks`, each of `chunk_length`.
        bytes_moved: what is read first and written last, if a block of rows stays in the cache.
    """

    def __init__(self, module: Module, name: str, schedule: Schedule, rows: RowBlocks) -> None:
        self.schedule = schedule
        self.rows = rows
        self.kernels = [kernel_of(module, module.get_unique_name("kernel"), schedule, group) for group in rows.groups]
        bases = dict.fromkeys(base for kernel in self.kernels for base in kernel.bases)
        self.bases: list[Any] = [base for base in bases if base not in schedule.scratch]
        self.length: int = rows.length
        self.strides: dict[Any, int] = self._strides()
        self.chunk_length, self.chunks = self._chunks()
        self.bytes_moved: int = self._bytes_moved()
        pointers = [memory_type(dtype_of(base)).as_pointer() for base in self.bases]
        self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), [*pointers, INDEX, INDEX]), name)
        self.function.linkage = "internal"
        self.builder: Builder = ir.IRBuilder(self.function.append_basic_block())
        self._emit()
        self.builder.ret_void()

    def _chunks(self) -> tuple[int, int]:
        work = sum(math.prod(group.domain) * len(group.nodes) for group in self.rows.groups)
        count = max(1, min(work // CHUNK_WORK, MOST_CHUNKS, self.length // self.rows.block))
        length = -(-self.length // (count * self.rows.block)) * self.rows.block
        return length, -(-self.length // length)

    def _strides(self) -> dict[Any, int]:
        """How far values are apart that belong to neighbouring rows, of what is made here."""
        return {
            view.base: stride_along(view, kernel.group.rows) or 0
            for kernel in self.kernels
            for (kind, _), (_, view) in kernel.accesses.items()
            if kind == "store"
        }

    def _bytes_moved(self) -> int:
        read: dict[Any, int] = {}
        written: dict[Any, int] = {}
        for kernel in self.kernels:
            for key, (_, view) in kernel.accesses.items():
                if view.base not in self.schedule.scratch and (key[0] == "store" or view.base not in written):
                    sizes = written if key[0] == "store" else read
                    sizes[view.base] = max(sizes.get(view.base, 0), bytes_touched(self.schedule, key, view))
        return sum(read.values()) + sum(written.values())

    def _emit(self) -> None:
        *pointers, begin, end = self.function.args
        memory = dict(zip(self.bases, pointers, strict=True))
        for node in self.schedule.scratch.keys() & {base for kernel in self.kernels for base in kernel.bases}:
            memory[node] = self._room_for(node)
        emit_loop(self.builder, begin, end, lambda start: self._block(memory, start, end), self.rows.block)

    def _room_for(self, node: GraphNode) -> Value:
        """Memory on the thread's own stack."""
        dtype = dtype_of(node)
        room = self.builder.alloca(ir.ArrayType(memory_type(dtype), self.schedule.scratch[node]))
        room.align = LINE
        return self.builder.bitcast(room, memory_type(dtype).as_pointer())

    def _block(self, memory: dict[Any, Value], start: Value, end: Value) -> None:
        """Every group, for the rows of a block."""
        stop = smaller(self.builder, self.builder.add(start, INDEX(self.rows.block)), end)
        for kernel in self.kernels:
            pointers = [self._as_seen(memory[base], base, start) for base in kernel.bases]
            self.builder.call(kernel.function, [*pointers, start, stop])

    def _as_seen(self, pointer: Value, base: GraphNode, start: Value) -> Value:
        """Where the first row would be: of what is kept for a block, before its memory."""
        if base not in self.schedule.scratch:
            return pointer
        stride = self.strides[base]
        return self.builder.gep(pointer, [self.builder.mul(self.builder.neg(start), INDEX(stride))])
