"""A loop whose turns are apart, by all threads: each chunk of turns has room, and sums, of its own."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy
from llvmlite import ir

from ....core.abstract import Abstract
from ....core.graph import GraphNode
from ..facts.duration import is_long
from ..facts.layout import ALIGNMENT
from ..facts.turns import TurnChunks
from ..ir.loops import emit_loop, smaller
from ..ir.scalar import load, store
from ..ir.types import BYTES, INDEX, Builder, Value, memory_type
from ..machine.addresses import SHARE, SHARE_LONG
from ..machine.pool_code import TASK
from .memory_loops.frames import bytes_of, clear_bytes, rounded
from .registers.control import aligned, allocate, constant_memory, release
from .registers.stage_function import STATUS

FLAG = ALIGNMENT
"""The room for whether a chunk has failed: a cache line."""


class SharedTurns:
    """The chunks of a loop, called by the threads that share them.

    Attributes:
        function: the loop, from a turn to another.
        room: the bytes that the function needs.
        size: the bytes that all chunks need together.
    """

    def __init__(self, emission: Any, node: GraphNode, function: ir.Function, room: int, chunks: TurnChunks) -> None:
        self.emission = emission
        self.node = node
        self.function = function
        self.room = room
        self.chunks = chunks
        self.sums: tuple[Abstract, ...] = node.result_forms[: node.params["carried"]]
        self.offsets: list[int] = list(itertools.accumulate([rounded(bytes_of(form)) for form in self.sums], initial=0))
        self.size: int = FLAG + chunks.count * self.offsets[-1]

    def emit(self, builder: Builder, frame: Value) -> Value:
        """Do all turns; whether one has failed."""
        memory = self._memory(builder, frame)
        clear_bytes(builder, memory, FLAG)
        entry = SHARE_LONG if is_long(self.node) else SHARE
        stopped = self.emission.share(builder, frame, self._task(), self.chunks.count, entry)
        for index, address in enumerate(self.emission.result_addresses(builder, frame, self.node)[: len(self.sums)]):
            if address is not None:
                self._add_up(builder, frame, memory, index, address)
        failed = builder.load(_status(builder, memory))
        return builder.icmp_unsigned("!=", builder.or_(stopped, failed), STATUS(0))

    def _memory(self, builder: Builder, frame: Value) -> Value:
        """Where the status is, and behind it the sums of each chunk."""
        return self.emission.behind(builder, frame, 0, self.size)

    # -- a chunk -----------------------------------------------------------------------------------

    def _task(self) -> ir.Function:
        """``task(frame, chunk)``: nothing if another chunk has failed."""
        task = ir.Function(self.emission.module, TASK, self.function.name + "_chunk")
        builder = ir.IRBuilder(task.append_basic_block())
        frame, chunk = task.args
        memory = self._memory(builder, frame)
        status = _status(builder, memory)
        before = builder.load_atomic(status, "monotonic", 4)
        with builder.if_then(builder.icmp_unsigned("!=", before, STATUS(0)), likely=False):
            builder.ret_void()
        self._with_room(builder, status, lambda room: self._run(builder, frame, chunk, memory, room))
        builder.ret_void()
        return task

    def _with_room(self, builder: Builder, status: Value, run: Any) -> None:
        """Run a chunk with memory of its own; note whether it has failed."""
        if not self.room:
            _note(builder, status, run(BYTES(None)))
            return
        memory = allocate(builder, INDEX(self.room + ALIGNMENT))
        with builder.if_else(builder.icmp_unsigned("==", memory, BYTES(None)), likely=False) as (missing, there):
            with missing:
                _note(builder, status, STATUS(1))
            with there:
                _note(builder, status, run(aligned(builder, memory)))
        release(builder, memory)

    def _run(self, builder: Builder, frame: Value, chunk: Value, memory: Value, room: Value) -> Value:
        """The turns of a chunk, with sums that begin with zero."""
        operands = self.emission.operand_addresses(builder, frame, self.node)
        results = self.emission.result_addresses(builder, frame, self.node)
        for index, form in enumerate(self.sums):
            operands[self.node.params["captured"] + index] = self._zeros(builder, form)
            if results[index] is not None:
                results[index] = self._part(builder, memory, chunk, index)
        given = [BYTES(None) if address is None else address for address in results]
        runtime = self.emission.runtime(builder, frame)
        return builder.call(self.function, [*operands, *given, room, runtime, *self._bounds(builder, chunk)])

    def _zeros(self, builder: Builder, form: Abstract) -> Value:
        zeros = numpy.zeros(form.shape, form.dtype)
        return builder.bitcast(constant_memory(self.emission.module, zeros), BYTES)

    def _bounds(self, builder: Builder, chunk: Value) -> Sequence[Value]:
        length = INDEX(self.chunks.length)
        begin = builder.mul(chunk, length)
        return begin, smaller(builder, builder.add(begin, length), INDEX(self.node.params["length"]))

    # -- sums --------------------------------------------------------------------------------------

    def _part(self, builder: Builder, memory: Value, chunk: Value, index: int) -> Value:
        """Where the sum of a chunk is."""
        offset = builder.add(builder.mul(chunk, INDEX(self.offsets[-1])), INDEX(FLAG + self.offsets[index]))
        return builder.gep(memory, [offset])

    def _add_up(self, builder: Builder, frame: Value, memory: Value, index: int, result: Value) -> None:
        """What there is before the first turn, and the sums of all chunks, in order."""
        form = self.sums[index]
        kind = memory_type(form.dtype).as_pointer()
        first = self.emission.operand_addresses(builder, frame, self.node)[self.node.params["captured"] + index]

        def place(address: Value, element: Value) -> Value:
            return builder.gep(builder.bitcast(address, kind), [element])

        def element_of(element: Value) -> None:
            store(builder, load(builder, place(first, element), form.dtype), place(result, element))

        def add_part(chunk: Value) -> None:
            part = self._part(builder, memory, chunk, index)

            def add(element: Value) -> None:
                total = load(builder, place(result, element), form.dtype)
                store(builder, total + load(builder, place(part, element), form.dtype), place(result, element))

            emit_loop(builder, INDEX(0), INDEX(form.size), add)

        if form.size:
            emit_loop(builder, INDEX(0), INDEX(form.size), element_of)
            emit_loop(builder, INDEX(0), INDEX(self.chunks.count), add_part)


def _status(builder: Builder, memory: Value) -> Value:
    return builder.bitcast(memory, STATUS.as_pointer())


def _note(builder: Builder, status: Value, found: Value) -> None:
    """Note that a chunk has failed, if it has."""
    with builder.if_then(builder.icmp_unsigned("!=", found, STATUS(0)), likely=False):
        builder.store_atomic(found, status, "monotonic", 4)
