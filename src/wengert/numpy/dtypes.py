"""Dtypes, constants, and what can be asked of them, under the names of NumPy and of the array API standard."""

from __future__ import annotations

import builtins
from typing import Any

import numpy
from numpy import (
    bool,
    bool_,
    complex64,
    complex128,
    complexfloating,
    dtype,
    e,
    errstate,
    euler_gamma,
    float16,
    float32,
    float64,
    floating,
    inexact,
    inf,
    int8,
    int16,
    int32,
    int64,
    integer,
    intp,
    isdtype,
    issubdtype,
    nan,
    newaxis,
    number,
    pi,
    promote_types,
    signedinteger,
    uint8,
    uint16,
    uint32,
    uint64,
    unsignedinteger,
)

from ..core.abstract import Abstract
from ..core.tensor import Tensor
from ..ops.shape import astype as cast
from .lift import to_tensor

__all__ = [
    "astype", "bool", "bool_", "can_cast", "complex128", "complex64", "complexfloating", "dtype", "e", "errstate",
    "euler_gamma", "finfo", "float16", "float32", "float64", "floating", "iinfo", "inexact", "inf", "int16", "int32",
    "int64", "int8", "integer", "intp", "iscomplexobj", "isdtype", "isrealobj", "isscalar", "issubdtype", "nan", "ndim",
    "newaxis", "number", "pi", "promote_types", "result_type", "shape", "signedinteger", "size", "uint16", "uint32",
    "uint64", "uint8", "unsignedinteger",
]  # fmt: skip


def astype(x: Any, dtype: Any, /, *, copy: builtins.bool = True, device: Any = None) -> Tensor:
    """As ``numpy.astype``: `x` in another dtype; a complex number that becomes real loses its imaginary part.

    Raises:
        ValueError: the device is not ``"cpu"``.
    """
    from .creation import check_device

    check_device(device, "astype")
    x = to_tensor(x)
    if not copy and x.dtype == dtype:
        return x
    return cast(x, dtype=numpy.dtype(dtype))


# -- dtypes of tensors -----------------------------------------------------------------------------


def _dtype_or(value: Any) -> Any:
    """The dtype of a tensor; anything else as it is."""
    return value.dtype if type(value) is Tensor else value


def result_type(*arrays_and_dtypes: Any) -> dtype[Any]:
    """As ``numpy.result_type``, of tensors too."""
    return numpy.result_type(*map(_dtype_or, arrays_and_dtypes))


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> builtins.bool:
    """As ``numpy.can_cast``, of a tensor too."""
    return numpy.can_cast(_dtype_or(from_), to, casting=casting)


def finfo(type: Any, /) -> numpy.finfo[Any]:
    """As ``numpy.finfo``, of a dtype or of the dtype of a tensor."""
    return numpy.finfo(_dtype_or(type))


def iinfo(type: Any, /) -> numpy.iinfo[Any]:
    """As ``numpy.iinfo``, of a dtype or of the dtype of a tensor."""
    return numpy.iinfo(_dtype_or(type))


def iscomplexobj(x: Any) -> builtins.bool:
    """As ``numpy.iscomplexobj``: whether the dtype is complex."""
    return _form(x).dtype.kind == "c"


def isrealobj(x: Any) -> builtins.bool:
    """As ``numpy.isrealobj``: whether the dtype is not complex."""
    return not iscomplexobj(x)


# -- shapes ----------------------------------------------------------------------------------------


def shape(a: Any) -> tuple[int, ...]:
    """As ``numpy.shape``: the length of each axis."""
    return _form(a).shape


def ndim(a: Any) -> int:
    """As ``numpy.ndim``: the number of axes."""
    return len(_form(a).shape)


def size(a: Any, axis: int | None = None) -> int:
    """As ``numpy.size``: the number of elements, or the length of an axis."""
    form = _form(a)
    return form.size if axis is None else form.shape[axis]


def isscalar(element: Any) -> builtins.bool:
    """As ``numpy.isscalar``: a tensor is none, not even without axes."""
    return numpy.isscalar(element)


def _form(value: Any) -> Tensor | Abstract:
    return value if type(value) is Abstract else to_tensor(value)
