"""Numbers in the making: LLVM values with Python's operators, so that formulas read as formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy
from llvmlite import ir

from .short_floats import SHORT_FLOATS
from .types import TYPES, Builder, Value, register_type


class Scalar:
    """A value of a NumPy dtype, at the place where `builder` is writing."""

    __slots__ = ("builder", "dtype", "value")

    def __init__(self, builder: Builder, value: Value, dtype: Any) -> None:
        self.builder: Builder = builder
        self.value: Value = value
        self.dtype: numpy.dtype[Any] = numpy.dtype(dtype)

    # -- making ------------------------------------------------------------------------------------

    def constant(self, number: Any) -> Scalar:
        """A constant of the same dtype."""
        if isinstance(number, Scalar):
            return number
        return constant(self.builder, number, self.dtype)

    def _type(self, dtype: numpy.dtype) -> ir.Type:
        return register_type(self.builder, dtype)

    def like(self, value: Value) -> Scalar:
        return Scalar(self.builder, value, self.dtype)

    @property
    def is_float(self) -> bool:
        return self.dtype.kind == "f"

    # -- arithmetic --------------------------------------------------------------------------------

    def _binary(self, other: Any, for_floats: str, for_integers: str) -> Scalar:
        name = for_floats if self.is_float else for_integers
        return self.like(getattr(self.builder, name)(self.value, self.constant(other).value))

    def __add__(self, other: Any) -> Scalar:
        return self._binary(other, "fadd", "add")

    def __sub__(self, other: Any) -> Scalar:
        return self._binary(other, "fsub", "sub")

    def __mul__(self, other: Any) -> Scalar:
        return self._binary(other, "fmul", "mul")

    def __truediv__(self, other: Any) -> Scalar:
        return self.like(self.builder.fdiv(self.value, self.constant(other).value))

    def __radd__(self, other: Any) -> Scalar:
        return self.constant(other) + self

    def __rsub__(self, other: Any) -> Scalar:
        return self.constant(other) - self

    def __rmul__(self, other: Any) -> Scalar:
        return self.constant(other) * self

    def __rtruediv__(self, other: Any) -> Scalar:
        return self.constant(other) / self

    def __neg__(self) -> Scalar:
        return self.like(self.builder.fneg(self.value)) if self.is_float else self.constant(0) - self

    def fma(self, factor: Any, addend: Any) -> Scalar:
        """``self * factor + addend``, rounded once."""
        operands = [self.value, self.constant(factor).value, self.constant(addend).value]
        return self.like(self._call("llvm.fma", operands))

    # -- comparison (ordered: false for NaN, except !=) --------------------------------------------

    def compare(self, operator: str, other: Any) -> Value:
        """A bit (i1)."""
        right = self.constant(other).value
        if self.dtype.kind in "bu":
            return self.builder.icmp_unsigned(operator, self.value, right)
        if not self.is_float:
            return self.builder.icmp_signed(operator, self.value, right)
        if operator == "!=":
            return self.builder.fcmp_unordered(operator, self.value, right)
        return self.builder.fcmp_ordered(operator, self.value, right)

    def is_nan(self) -> Value:
        return self.builder.fcmp_unordered("uno", self.value, self.value)

    def where(self, condition: Value, other: Any) -> Scalar:
        """`self` where the bit is set, else `other`."""
        return self.like(self.builder.select(condition, self.value, self.constant(other).value))

    # -- functions that are instructions -----------------------------------------------------------

    def _call(self, intrinsic: str, operands: list[Value]) -> Value:
        kind, module = operands[0].type, self.builder.module
        name = f"{intrinsic}.{_suffix(kind)}"
        signature = ir.FunctionType(kind, [kind] * len(operands))
        return self.builder.call(module.globals.get(name) or ir.Function(module, signature, name), operands)

    def absolute(self) -> Scalar:
        return self.like(self._call("llvm.fabs", [self.value]))

    def sqrt(self) -> Scalar:
        return self.like(self._call("llvm.sqrt", [self.value]))

    def floor(self) -> Scalar:
        return self.like(self._call("llvm.floor", [self.value]))

    def copysign(self, sign: Scalar) -> Scalar:
        return self.like(self._call("llvm.copysign", [self.value, sign.value]))

    # -- bits --------------------------------------------------------------------------------------

    @property
    def bits_dtype(self) -> numpy.dtype:
        return numpy.dtype("int64" if self.dtype.itemsize == 8 else "int32")

    def bits(self) -> Scalar:
        """The bits as an integer."""
        return Scalar(self.builder, self.builder.bitcast(self.value, self._type(self.bits_dtype)), self.bits_dtype)

    def as_float(self) -> Scalar:
        """An integer's bits as a float."""
        dtype = numpy.dtype("float64" if self.dtype.itemsize == 8 else "float32")
        return Scalar(self.builder, self.builder.bitcast(self.value, self._type(dtype)), dtype)

    def __lshift__(self, count: Any) -> Scalar:
        return self.like(self.builder.shl(self.value, self.constant(count).value))

    def __rshift__(self, count: Any) -> Scalar:
        shift = self.builder.lshr if self.dtype.kind == "u" else self.builder.ashr
        return self.like(shift(self.value, self.constant(count).value))

    def __and__(self, mask: Any) -> Scalar:
        return self.like(self.builder.and_(self.value, self.constant(mask).value))

    def __or__(self, mask: Any) -> Scalar:
        return self.like(self.builder.or_(self.value, self.constant(mask).value))

    def __xor__(self, mask: Any) -> Scalar:
        return self.like(self.builder.xor(self.value, self.constant(mask).value))

    def to_float(self, dtype: Any) -> Scalar:
        """An integer's number as a float."""
        return self.cast(numpy.dtype(dtype))

    def cast(self, dtype: numpy.dtype) -> Scalar:
        """The same number in another dtype, as ``astype`` converts."""
        if dtype == self.dtype:
            return self
        if self.dtype.name in SHORT_FLOATS:
            word = self.builder.zext(self.value, self._type(numpy.dtype(numpy.int32)))
            return SHORT_FLOATS[self.dtype.name].single_of(Scalar(self.builder, word, numpy.int32)).cast(dtype)
        if dtype.name in SHORT_FLOATS:
            word = SHORT_FLOATS[dtype.name].bits_of(self.cast(numpy.dtype(numpy.float32)))
            return Scalar(self.builder, self.builder.trunc(word.value, self._type(dtype)), dtype)
        if dtype.kind == "b":
            return Scalar(self.builder, self.compare("!=", 0), dtype)
        if self.is_float and dtype.kind == "u":
            return self._without_sign(dtype)
        if self.is_float and dtype.kind == "i" and dtype.itemsize < 4:
            return self.cast(numpy.dtype(numpy.int32)).cast(dtype)
        convert = self._from_float(dtype) if self.is_float else self._from_integer(dtype)
        return Scalar(self.builder, convert(self.value, self._type(dtype)), dtype)

    def _from_float(self, dtype: numpy.dtype) -> Callable[..., Value]:
        """The instruction that converts a float."""
        if dtype.kind != "f":
            return self.builder.fptosi
        return self.builder.fpext if dtype.itemsize > self.dtype.itemsize else self.builder.fptrunc

    def _from_integer(self, dtype: numpy.dtype) -> Callable[..., Value]:
        """The instruction that converts an integer or a bool."""
        has_sign = self.dtype.kind == "i"
        if dtype.kind == "f":
            return self.builder.sitofp if has_sign else self.builder.uitofp
        if dtype.itemsize > self.dtype.itemsize or self.dtype.kind == "b":
            return self.builder.sext if has_sign else self.builder.zext
        return self.builder.trunc if dtype.itemsize < self.dtype.itemsize else self.builder.bitcast

    def _without_sign(self, dtype: numpy.dtype) -> Scalar:
        """A float as an integer without sign; a negative one wraps around, as with NumPy."""
        signed = self.cast(numpy.dtype(numpy.int64)).cast(dtype)
        if dtype.itemsize < 8:
            return signed
        large = self.like(self.builder.fptoui(self.value, self._type(dtype)))
        return signed.where(self.compare("<", 2.0**63), Scalar(self.builder, large.value, dtype))

    def flag(self, bit: Value) -> Scalar:
        """A bit as a bool."""
        return Scalar(self.builder, bit, numpy.dtype(bool))


def _suffix(kind: Any) -> str:
    """Of the name of an instruction that LLVM has for each type."""
    if isinstance(kind, ir.VectorType):
        return f"v{kind.count}{kind.element.intrinsic_name}"
    return kind.intrinsic_name


def constant(builder: Builder, number: Any, dtype: numpy.dtype) -> Scalar:
    """A constant number, the same for all examples that are done at a time."""
    value = literal(number, dtype)
    kind = register_type(builder, dtype)
    return Scalar(builder, value if kind == value.type else kind(value), dtype)


def literal(number: Any, dtype: numpy.dtype) -> ir.Constant:
    """A constant, to the last bit."""
    kind = TYPES[dtype.name]
    if dtype.name in SHORT_FLOATS:
        return ir.Constant(kind, int(numpy.asarray(number, dtype).view(numpy.uint16)))
    if dtype.kind != "f":
        return ir.Constant(kind, int(number))
    value = float(numpy.asarray(number, dtype))
    if math.isfinite(value):
        return ir.Constant(kind, value)
    return ir.Constant(kind, math.nan if math.isnan(value) else value)


def load(builder: Builder, place: Value, dtype: numpy.dtype) -> Scalar:
    """What is in memory: of a bool one byte."""
    value = builder.load(place)
    if dtype.kind == "b":
        value = builder.icmp_unsigned("!=", value, value.type(0))
    return Scalar(builder, value, dtype)


def store(builder: Builder, value: Scalar, place: Value) -> None:
    builder.store(builder.zext(value.value, place.type.pointee) if value.dtype.kind == "b" else value.value, place)
