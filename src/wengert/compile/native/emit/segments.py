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

_KIND = ir.FunctionType(STATUS, [BYTES])
MOST_STAGES = 64
"""Stages in a function: a longer one takes more than as much longer to compile."""


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
    stages = _stages(emission, f"{name}.stages", run)
    function = ir.Function(emission.module, _KIND, name)
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(in_usual_mode(builder, lambda: builder.call(stages, [function.args[0]])))


def _stages(emission: Emission, name: str, run: Sequence[Stage]) -> ir.Function:
    """The function of stages; of many, one that calls those of some each."""
    if len(run) <= MOST_STAGES:
        return _few_stages(emission, _internal(emission, name), run)
    parts = [_internal(emission, f"{name}.{begin}", "noinline") for begin in range(0, len(run), MOST_STAGES)]
    for number, part in enumerate(parts):
        _few_stages(emission, part, run[number * MOST_STAGES : (number + 1) * MOST_STAGES])
    return _one_by_one(_internal(emission, name), parts)


def _one_by_one(whole: ir.Function, parts: Sequence[ir.Function]) -> ir.Function:
    """A function that calls others, until one fails."""
    builder = ir.IRBuilder(whole.append_basic_block())
    for part in parts:
        status = builder.call(part, whole.args)
        with builder.if_then(builder.icmp_unsigned("!=", status, STATUS(0)), likely=False):
            builder.ret(status)
    builder.ret(STATUS(0))
    return whole


def _few_stages(emission: Emission, function: ir.Function, run: Sequence[Stage]) -> ir.Function:
    builder = ir.IRBuilder(function.append_basic_block())
    for stage in run:
        emission.stage(builder, function.args[0], stage)
        emission.module.finish(unless=function)
    builder.ret(STATUS(0))
    return function


def _internal(emission: Emission, name: str, *attributes: str) -> ir.Function:
    function = ir.Function(emission.module, _KIND, name)
    function.linkage = "internal"
    function.attributes.update(attributes)
    return function


def _data(builder: Builder, frame: Value, place: int) -> Value:
    """The data pointer of the array at a place of the frame, read from the Python objects."""
    return word(builder, word(builder, builder.bitcast(frame, _ARRAYS), _TUPLE_ITEMS + place), _ARRAY_DATA)
