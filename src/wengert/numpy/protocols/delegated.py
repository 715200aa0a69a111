"""Functions of NumPy that are no derivative's business: NumPy does them, on the values of tensors.

What comes back as an array is a tensor. A tensor whose derivative is being recorded is refused where the result could
carry it on; inside `wengert.vmap` and loops, where there are no values, each says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import numpy
from numpy import (
    base_repr,
    binary_repr,
    broadcast,
    exceptions,
    get_include,
    get_printoptions,
    getbufsize,
    geterr,
    geterrcall,
    little_endian,
    mintypecode,
    nested_iters,
    printoptions,
    sctypeDict,
    set_printoptions,
    setbufsize,
    seterr,
    seterrcall,
    show_config,
    show_runtime,
    typecodes,
    typename,
    typing,
)

from ...core.abstract import Abstract
from ...core.tensor import Tensor
from ..arrays.creation import asarray
from ..subscripts import from_lists
from .lift import to_tensor
from .values import concrete, without_rule

__all__ = [
    "array2string", "array_repr", "array_str", "base_repr", "binary_repr", "broadcast", "common_type", "einsum_path",
    "exceptions", "format_float_positional", "format_float_scientific", "frombuffer", "fromfile", "fromregex",
    "fromstring", "genfromtxt", "get_include", "get_printoptions", "getbufsize", "geterr", "geterrcall", "histogram2d",
    "histogramdd", "isfortran", "iterable", "little_endian", "loadtxt", "may_share_memory", "min_scalar_type",
    "mintypecode", "nested_iters", "packbits", "printoptions", "require", "sctypeDict", "set_printoptions",
    "setbufsize", "seterr", "seterrcall", "shares_memory", "show_config", "show_runtime", "typecodes", "typename",
    "typing", "unpackbits",
]  # fmt: skip


def delegated(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy that takes tensors for arrays, and gives tensors."""

    @wraps(theirs, assigned=("__name__", "__qualname__"), updated=())
    def call(*args: Any, **options: Any) -> Any:
        return without_rule(theirs, args, options)

    call.__doc__ = f"As ``numpy.{theirs.__name__}``, which does it; without derivatives."
    return call


array2string: Final = delegated(numpy.array2string)
array_repr: Final = delegated(numpy.array_repr)
array_str: Final = delegated(numpy.array_str)
format_float_positional: Final = delegated(numpy.format_float_positional)
format_float_scientific: Final = delegated(numpy.format_float_scientific)
frombuffer: Final = delegated(numpy.frombuffer)
fromfile: Final = delegated(numpy.fromfile)
fromregex: Final = delegated(numpy.fromregex)
fromstring: Final = delegated(numpy.fromstring)
genfromtxt: Final = delegated(numpy.genfromtxt)
histogram2d: Final = delegated(numpy.histogram2d)
histogramdd: Final = delegated(numpy.histogramdd)
isfortran: Final = delegated(numpy.isfortran)
loadtxt: Final = delegated(numpy.loadtxt)
min_scalar_type: Final = delegated(numpy.min_scalar_type)
packbits: Final = delegated(numpy.packbits)
unpackbits: Final = delegated(numpy.unpackbits)


def common_type(*arrays: Any) -> Any:
    """As ``numpy.common_type``: the inexact scalar type that all can be cast to."""
    return numpy.common_type(*[numpy.empty(0, to_tensor(a, "common_type").dtype) for a in arrays])


def iterable(y: Any) -> bool:
    """As ``numpy.iterable``: whether there is anything to go through, as not in a scalar."""
    return bool(y.shape) if isinstance(y, Tensor) else numpy.iterable(y)


def shares_memory(a: Any, b: Any, /, max_work: Any = -1) -> bool:
    """As ``numpy.shares_memory``, of the memory that the values lie in at present."""
    return numpy.shares_memory(_memory(a), _memory(b), max_work)


def may_share_memory(a: Any, b: Any, /, max_work: Any = 0) -> bool:
    """As ``numpy.may_share_memory``, of the memory that the values lie in at present."""
    return numpy.may_share_memory(_memory(a), _memory(b), max_work)


def _memory(x: Any) -> Any:
    return numpy.asarray(concrete(x, "shares_memory")) if isinstance(x, Tensor) else x


def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Tensor:
    """As ``numpy.require``; a tensor fulfils what can be required, since its layout is not the user's concern."""
    numpy.require(numpy.empty(0), None, requirements)
    return asarray(a, dtype)


def einsum_path(*operands: Any, optimize: Any = "greedy", einsum_call: bool = False) -> tuple[list[Any], str]:
    """As ``numpy.einsum_path``: in which order NumPy would sum; it looks at shapes only."""
    if not isinstance(operands[0], str):
        subscripts, arrays = from_lists(operands)
    else:
        subscripts, *arrays = operands
    shapes = [x.shape if isinstance(x, (Tensor, Abstract)) else numpy.shape(x) for x in arrays]
    return numpy.einsum_path(subscripts, *[numpy.broadcast_to(0.0, s) for s in shapes], optimize=optimize)
