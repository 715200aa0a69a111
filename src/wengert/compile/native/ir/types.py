"""Types of LLVM for the dtypes of NumPy, in registers and in memory."""

from __future__ import annotations

from typing import Any

import numpy
from llvmlite import ir

from ..facts.registers import LANES

# What llvmlite declares for the results of its builder does not hold; so these two are left open.
Builder = Any
Value = Any

Array = Any
"""A NumPy array of objects: the elements."""

TYPES: dict[str, ir.Type] = {
    "float64": ir.DoubleType(),
    "float32": ir.FloatType(),
    "float16": ir.IntType(16),
    "bfloat16": ir.IntType(16),
    "int64": ir.IntType(64),
    "int32": ir.IntType(32),
    "uint64": ir.IntType(64),
    "uint32": ir.IntType(32),
    "int16": ir.IntType(16),
    "uint16": ir.IntType(16),
    "int8": ir.IntType(8),
    "uint8": ir.IntType(8),
    "bool": ir.IntType(1),
}
"""The types in registers; in memory a bool is a byte. Short floats are converted before they are computed with."""


class LaneBuilder(ir.IRBuilder):
    """Writes code that does several examples at a time: a number in a register is a vector of theirs."""


def register_type(builder: Builder, dtype: numpy.dtype) -> ir.Type:
    """The type of a number in a register."""
    return wide(builder, TYPES[dtype.name])


def wide(builder: Builder, kind: ir.Type) -> ir.Type:
    """The type of what each example has one of."""
    return ir.VectorType(kind, LANES) if isinstance(builder, LaneBuilder) else kind


INDEX = ir.IntType(64)
"""Of places in memory, and of turns."""

I32, I64 = ir.IntType(32), ir.IntType(64)

BYTES = ir.IntType(8).as_pointer()
"""An address."""


def memory_type(dtype: numpy.dtype) -> ir.Type:
    """The type in memory."""
    return ir.IntType(8) if dtype.kind == "b" else TYPES[dtype.name]
