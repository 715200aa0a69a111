"""The native functions of a program: one for each run of stages between steps in NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llvmlite import ir

from ..ir.types import BYTES, Builder, Value
from ..machine.llvm import Source
from ..machine.module_parts import Module, parts_of
from ..machine.rounding import in_usual_mode
from ..schedule.arena import ArenaPlan
from ..schedule.stages import Schedule, Stage
from .emission import Emission, word
from .registers.stage_function import STATUS

# CPython: a tuple's items follow its head; an array's head is followed by the pointer to its data.
_TUPLE_ITEMS = tuple.__basicsize__ // 8
_ARRAY_DATA = object.__basicsize__ // 8
_ARRAYS = BYTES.as_pointer().as_pointer()


def written(
    schedule: Schedule, plan: ArenaPlan, places: Mapping[Any, int], runs: Mapping[str, Sequence[Stage]]
) -> Source:
    """The functions of these names, each of which does a run of stages.

    Of the facts, `room` are the bytes of arena that are needed, and `moved` those that kernels read and write.
    """
    emission = Emission(Module("wengert"), schedule, plan, places, _data)
    for name, run in runs.items():
        _write(emission, name, run)
    return Source(parts_of(emission.module), {"room": emission.room, "moved": emission.moved})


def _write(emission: Emission, name: str, run: Sequence[Stage]) -> None:
    """``status name(frame)`` does the stages of a run; it gives the number of the check that failed, or 0."""
    kind = ir.FunctionType(STATUS, [BYTES])
    stages, function = (ir.Function(emission.module, kind, n) for n in (f"{name}.stages", name))
    stages.linkage = "internal"
    builder = ir.IRBuilder(stages.append_basic_block())
    for stage in run:
        emission.stage(builder, stages.args[0], stage)
        emission.module.finish(unless=stages)
    builder.ret(STATUS(0))
    outside = ir.IRBuilder(function.append_basic_block())
    outside.ret(in_usual_mode(outside, lambda: outside.call(stages, [function.args[0]])))


def _data(builder: Builder, frame: Value, place: int) -> Value:
    """The data pointer of the array at a place of the frame, read from the Python objects."""
    return word(builder, word(builder, builder.bitcast(frame, _ARRAYS), _TUPLE_ITEMS + place), _ARRAY_DATA)
