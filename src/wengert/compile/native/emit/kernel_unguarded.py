"""Speculative kernels, without guards: a chunk whose results are not finite is done again with them."""

from __future__ import annotations

from typing import Any

import numpy

from ....core.graph import GraphNode
from ....core.primitive import Primitive
from ..ir.scalar import Scalar, literal
from ..ir.short_floats import SHORT_FLOATS
from ..ir.types import TYPES, Value
from ..machine.module_parts import Module
from ..schedule.stages import Group, Schedule
from .kernel import Kernel, Register
from .registers.speculation import lower_unguarded, reached_by_guards

LEAST_TURNS = 32
"""Of an innermost loop without guards."""


def kernel_of(module: Module, name: str, schedule: Schedule, group: Group) -> Kernel:
    """The function of a group, without guards at first where that is right and pays for two functions."""
    kernel = Kernel(module, name, schedule, group)
    if not (_pays(kernel) and kernel.can_be_repeated):
        return kernel
    marked = reached_by_guards(group.nodes, schedule.operands.__getitem__)
    return UnguardedKernel(kernel, marked) if marked else kernel


def _pays(kernel: Kernel) -> bool:
    """Whether there is much to do, and the innermost loop is long: after each one its vector of traces is added up."""
    return kernel.has_work_for_threads and not kernel.outer_reduced and kernel.axes[-1].length >= LEAST_TURNS


class UnguardedKernel(Kernel):
    """A kernel without guards, which calls the `careful` one for the same turns unless its results are finite.

    Attributes:
        careful: the kernel with guards.
        marked: the operations whose results are not finite if a guard was needed.
        traces: for each dtype the sum of results times zero, which is NaN if one of them was not finite.
    """

    def __init__(self, careful: Kernel, marked: set[GraphNode]) -> None:
        self.careful = careful
        self.marked = marked
        self.traces: dict[numpy.dtype, Register] = {}
        function = careful.function
        super().__init__(function.module, function.name + "_unguarded", careful.schedule, careful.group)

    def _emit(self) -> None:
        super()._emit()
        for trace in self.traces.values():
            with self.builder.if_then(self._read(trace).is_nan(), likely=False):
                self.builder.call(self.careful.function, self.function.args)
                self.builder.ret_void()

    def _lower(self, primitive: Primitive, operands: list[Scalar], result: numpy.dtype) -> Scalar:
        return lower_unguarded(primitive, operands, result)

    def _store(self, key: Any, value: Scalar, offsets: list[Value], distance: Value | None = None) -> None:
        super()._store(key, value, offsets, distance)
        if key[1] in self.marked:
            self._trace(value)

    def _trace(self, value: Scalar) -> None:
        """Remember if a result is infinite or NaN; in any order, so that it vectorises."""
        value = value.cast(numpy.dtype(numpy.float32)) if value.dtype.name in SHORT_FLOATS else value
        if value.dtype not in self.traces:
            self.traces[value.dtype] = self._place_for_trace(value.dtype)
        place, builder = self.traces[value.dtype], value.builder
        nothing = builder.fmul(value.value, value.constant(0.0).value, flags=("contract",))
        total = builder.fadd(self._read(place).value, nothing, flags=("reassoc", "contract"))
        self._write(place, value.like(total))

    def _place_for_trace(self, dtype: numpy.dtype) -> Register:
        with self.builder.goto_entry_block():
            place = Register(self.builder.alloca(TYPES[dtype.name]), dtype)
            self.builder.store(literal(0.0, dtype), place.pointer)
        return place
