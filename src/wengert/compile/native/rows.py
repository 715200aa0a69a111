"""Formulas of rows of raw arrays in machine code of any sizes: what an eager call of many elements takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

from ...core.primitive import Primitive
from ..interpreter.layouts import address_of
from .emit.rows_task import ROW_FORMULAS, RowsFrame, written_rows
from .facts.lowered import NATIVE_FLOATS
from .machine.disk_cache import key_of
from .machine.llvm import NativeModule
from .machine.pool import Task, prepare_pool

__all__ = ["ROW_FORMULAS", "routine_with", "task_for"]

ELEMENTS_IN_ROWS = 1 << 13
"""About as many are in the rows of a chunk: less would not be worth waking a thread for."""


def routine_with(task_of: Callable[[numpy.dtype], Task]) -> Callable[..., Any]:
    """The function of raw operands, axes and a number, which gives ``None`` for those that it does not know."""
    prepare_pool()
    tasks: dict[numpy.dtype, Task] = {}

    def routine(*operands: Any, axis: tuple[int, ...], number: float = 0.0) -> Any:
        x = operands[0]
        layout = layout_of(x.shape, axis)
        if layout is None or x.dtype not in NATIVE_FLOATS or not all(_is_like(o, x) for o in operands):
            return None
        if x.dtype not in tasks:
            tasks[x.dtype] = task_of(x.dtype)
        return _made(tasks[x.dtype], operands, layout, number)

    return routine


def task_for(primitive: Primitive, dtype: numpy.dtype) -> Task:
    """The task of a formula of rows."""
    module = NativeModule(lambda: written_rows(primitive, dtype), key_of("rows", primitive.name, dtype.name))
    return Task(module, module.address(primitive.name))


def _is_like(operand: Any, x: Any) -> bool:
    return operand.shape == x.shape and operand.dtype == x.dtype and operand.flags.c_contiguous


def layout_of(shape: tuple[int, ...], axis: tuple[int, ...]) -> tuple[int, ...] | None:
    """(rows, row, parts, part, length) of rows along these axes, see `RowsFrame`.

    ``None`` if they are neither the last axes, nor all but one that is not the last.
    """
    kept = [i for i in range(len(shape)) if i not in axis]
    behind = len(shape) - len(axis)
    if kept == list(range(behind)):
        length = math.prod(shape[behind:])
        return math.prod(shape[:behind]), length, 1, 0, length
    if len(kept) == 1 and kept[0] < len(shape) - 1:
        length = math.prod(shape[kept[0] + 1 :])
        return shape[kept[0]], length, math.prod(shape[: kept[0]]), shape[kept[0]] * length, length
    return None


def _made(task: Task, operands: tuple[Any, ...], layout: tuple[int, ...], number: float) -> Any:
    rows, row, parts, part, length = layout
    first, second = operands[0], operands[-1]
    out, told = numpy.empty_like(first), numpy.array(number, first.dtype)
    chunk = max(1, ELEMENTS_IN_ROWS // (parts * length))
    addresses = (address_of(first), address_of(second), address_of(out), address_of(told))
    task.run(RowsFrame(*addresses, rows, chunk, row, parts, part, length), math.ceil(rows / chunk))
    return out
