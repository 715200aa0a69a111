"""Elementwise operations on raw arrays in machine code of any sizes: what an eager call of many elements takes.

A formula is compiled once for the dtypes of its operands, whatever their shapes, and is kept on disk. Which elements a
thread does makes no difference to them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import is_short
from ...core.graph import GraphNode
from ...core.primitive import Primitive
from ..interpreter.layouts import address_of
from ..passes import simplified
from ..record.trace import record_graph
from .emit.elementwise_task import TASK_OF_ELEMENTS, ElementsFrame, Operand, written_elements
from .facts.lowered import NATIVE_DTYPES, NATIVE_FLOATS, is_lowered
from .legalize.expansions import expanded
from .machine.apart import apart
from .machine.disk_cache import key_of
from .machine.llvm import NativeModule
from .machine.pool import Task, prepare_pool

ELEMENTS_OF_CHUNK = 1 << 13
"""Less would not be worth waking a thread for."""


def routine_with(task_of: Callable[[tuple[Operand, ...]], Task | None]) -> Callable[..., Any]:
    """The function of raw operands, which gives ``None`` for those that it does not know."""
    prepare_pool()
    tasks: dict[tuple[Operand, ...], Task | None] = {}

    def routine(*operands: Any) -> Any:
        dtype = next((o.dtype for o in operands if type(o) is numpy.ndarray and _is_computed(o.dtype)), None)
        if dtype is None or not all(_is_known(o, dtype) for o in operands):
            return None
        shape = _common_shape([o.shape for o in operands if type(o) is numpy.ndarray])
        arrays = [_laid_out(o, shape) if type(o) is numpy.ndarray else numpy.asarray(o, dtype) for o in operands]
        key = tuple([Operand(array.dtype, array.ndim > 0) for array in arrays])
        if key not in tasks:
            tasks[key] = task_of(key)
        task = tasks[key]
        return None if task is None else _run(task, numpy.empty(shape, dtype), arrays)

    return routine


def _common_shape(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return shapes[0] if all(shape == shapes[0] for shape in shapes) else numpy.broadcast_shapes(*shapes)


def _is_known(operand: Any, dtype: numpy.dtype) -> bool:
    """Whether an operand is an array of a dtype or of truth values, or a number that takes the dtype."""
    if type(operand) is numpy.ndarray:
        return operand.dtype in (dtype, numpy.bool_)
    return type(operand) in (int, float, bool) and not (is_short(dtype) and numpy.asarray(operand, dtype) != operand)


def _is_computed(dtype: numpy.dtype) -> bool:
    return dtype in NATIVE_FLOATS or is_short(dtype)


def _laid_out(array: Any, shape: tuple[int, ...]) -> Any:
    """An element for each of the result, one after the other; one element stays one."""
    if array.shape == shape:
        return array if array.flags.c_contiguous else array.copy(order="C")
    return array.reshape(()) if array.size == 1 else numpy.ascontiguousarray(numpy.broadcast_to(array, shape))


def _run(task: Task, out: Any, arrays: Sequence[Any]) -> Any:
    sizes = ElementsFrame(out.size, ELEMENTS_OF_CHUNK, address_of(out))
    task.run([*sizes, *(address_of(array) for array in arrays)], math.ceil(out.size / ELEMENTS_OF_CHUNK))
    return out


def task_for(primitive: Primitive, operands: tuple[Operand, ...]) -> Task | None:
    """The task of a primitive for operands like these; ``None`` if there is none in machine code.

    Its formula is recorded in another thread, which knows nothing of what is being recorded here.
    """
    forms = [Abstract((), operand.dtype) for operand in operands]
    (formula,) = apart(lambda: expanded(simplified(record_graph(primitive.operation, forms))))
    if not all(map(_is_scalar, formula.nodes)) or formula.outputs[0].form.dtype not in [f.dtype for f in forms]:
        return None
    key = key_of("elements", str(formula), repr(operands))
    module = NativeModule(lambda: written_elements(formula, operands), key)
    return Task(module, module.address(TASK_OF_ELEMENTS))


def _is_scalar(node: GraphNode) -> bool:
    dtypes = [form.dtype for form in node.operand_forms]
    are_native = all(dtype.name in NATIVE_DTYPES or is_short(dtype) for dtype in dtypes)
    return are_native and is_lowered(node.primitive, dtypes, node.form.dtype)
