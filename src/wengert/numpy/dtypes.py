"""Dtypes, constants, and what can be asked of them, under the names of NumPy and of the array API standard."""

from __future__ import annotations

import builtins
from typing import Any

import numpy
from numpy import (
    False_,
    ScalarType,
    True_,
    bool,
    bool_,
    byte,
    bytes_,
    cdouble,
    character,
    complex64,
    complex128,
    complexfloating,
    csingle,
    datetime64,
    double,
    dtype,
    e,
    errstate,
    euler_gamma,
    flexible,
    float16,
    float32,
    float64,
    floating,
    generic,
    half,
    inexact,
    inf,
    int8,
    int16,
    int32,
    int64,
    int_,
    intc,
    integer,
    intp,
    long,
    longlong,
    nan,
    newaxis,
    number,
    object_,
    pi,
    short,
    signedinteger,
    single,
    str_,
    timedelta64,
    ubyte,
    uint,
    uint8,
    uint16,
    uint32,
    uint64,
    uintc,
    uintp,
    ulong,
    ulonglong,
    unsignedinteger,
    ushort,
    void,
)

from ..core.dtypes import kinds
from ..core.tensor import Tensor

__all__ = [
    "False_", "ScalarType", "True_", "bool", "bool_", "byte", "bytes_", "can_cast", "cdouble", "character",
    "complex128", "complex64", "complexfloating", "csingle", "datetime64", "double", "dtype", "e", "errstate",
    "euler_gamma", "finfo", "flexible", "float16", "float32", "float64", "floating", "generic", "half", "iinfo",
    "inexact", "inf", "int16", "int32", "int64", "int8", "int_", "intc", "integer", "intp", "isdtype", "isscalar",
    "issubdtype", "long", "longlong", "nan", "ndarray", "newaxis", "number", "object_", "pi", "promote_types",
    "result_type", "short", "signedinteger", "single", "str_", "timedelta64", "ubyte", "uint", "uint16", "uint32",
    "uint64", "uint8", "uintc", "uintp", "ulong", "ulonglong", "unsignedinteger", "ushort", "void",
]  # fmt: skip


ndarray = Tensor
"""What ``isinstance(x, np.ndarray)`` asks for; make one with `array`, `zeros`, `empty`, ..."""


# -- dtypes of tensors -----------------------------------------------------------------------------


def _dtype_or(value: Any) -> Any:
    """The dtype of a tensor, or that a name stands for; anything else as it is."""
    if type(value) is str:
        return kinds.as_dtype(value)
    return value.dtype if type(value) is Tensor else value


def isdtype(dtype: Any, kind: Any) -> builtins.bool:
    """As ``numpy.isdtype``; bfloat16 is a real floating dtype."""
    dtype = kinds.as_dtype(dtype)
    if type(kind) is str and kind == "real floating":
        return kinds.is_floating(dtype)
    if not kinds.is_short(dtype):
        return numpy.isdtype(dtype, kind)
    asked = kind if isinstance(kind, tuple) else (kind,)
    return any(k in ("real floating", "numeric") if type(k) is str else kinds.as_dtype(k) == dtype for k in asked)


def issubdtype(arg1: Any, arg2: Any) -> builtins.bool:
    """As ``numpy.issubdtype``; bfloat16 is a subtype of ``numpy.floating``."""
    if not isinstance(arg1, type) and kinds.is_short(kinds.as_dtype(arg1)):
        arg1 = kinds.as_dtype(arg1).type
    if isinstance(arg1, type) and arg1.__name__ == "bfloat16" and isinstance(arg2, type):
        return issubclass(arg1, arg2) or issubclass(numpy.floating, arg2)
    return numpy.issubdtype(arg1, arg2)


def promote_types(type1: Any, type2: Any) -> dtype[Any]:
    """As ``numpy.promote_types``, of bfloat16 too."""
    return kinds.result_type(kinds.as_dtype(type1), kinds.as_dtype(type2))


def result_type(*arrays_and_dtypes: Any) -> dtype[Any]:
    """As ``numpy.result_type``, of tensors too."""
    return kinds.result_type(*map(_dtype_or, arrays_and_dtypes))


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> builtins.bool:
    """As ``numpy.can_cast``, of a tensor too."""
    return numpy.can_cast(_dtype_or(from_), to, casting=casting)


class FloatInfo:
    """What ``numpy.finfo`` knows, with the limits as Python floats, as the array API standard says."""

    def __init__(self, info: numpy.finfo[Any]) -> None:
        self._info = info

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._info, name)
        return float(value) if isinstance(value, numpy.floating) else value

    def __repr__(self) -> str:
        return repr(self._info)


def finfo(type: Any, /) -> FloatInfo:
    """As ``numpy.finfo``, of a dtype or of the dtype of a tensor."""
    return FloatInfo(kinds.finfo(_dtype_or(type)))


def iinfo(type: Any, /) -> numpy.iinfo[Any]:
    """As ``numpy.iinfo``, of a dtype or of the dtype of a tensor."""
    return numpy.iinfo(_dtype_or(type))


def isscalar(element: Any) -> builtins.bool:
    """As ``numpy.isscalar``: a tensor without axes is one."""
    return numpy.isscalar(element)
