"""The functions of ``jax.numpy``: which of `wengert.numpy` they are."""

from __future__ import annotations

import sys
from functools import wraps
from types import ModuleType
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ...names import missing_name
from ..array import Array, as_tensor, of
from ..lifting import lifted, lifted_names, of_two
from .sized import SIZED
from .vectorizing import vectorize

__all__ = ["DTYPES", "FUNCTIONS", "NAMESPACES"]

OF_OPERANDS = (
    "add", "arctan2", "bitwise_and", "bitwise_or", "bitwise_xor", "copysign", "divide", "equal", "float_power",
    "floor_divide", "fmax", "fmin", "fmod", "gcd", "greater", "greater_equal", "heaviside", "hypot", "lcm",
    "left_shift", "less", "less_equal", "logaddexp", "logaddexp2", "logical_and", "logical_or", "logical_xor",
    "maximum", "minimum", "mod", "multiply", "nextafter", "not_equal", "power", "remainder", "right_shift", "subtract",
    "true_divide", "matmul", "dot", "inner", "vdot", "kron", "cross", "outer",
)  # fmt: skip
"""Functions of operands whose dtypes are promoted."""

NOT_HERE = {
    "array", "asarray", "arange", "linspace", "zeros", "ones", "empty", "full", "eye", "identity", "fill_diagonal",
    "put", "copyto", "place", "putmask", "load", "save", "savez", "loadtxt", "savetxt", "fromfile", "nditer", "testing",
    "asanyarray", "ascontiguousarray", "asfortranarray", "frombuffer", "flatiter", "ndenumerate", "ndindex",
    "put_along_axis",
}  # fmt: skip
"""What is made otherwise here, or writes to arrays."""


FIRM = {
    "amax", "amin", "angle", "average", "cumprod", "cumsum", "diagflat", "log10", "log2", "max", "mean", "median",
    "min", "nan_to_num", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanprod", "nanstd",
    "nansum",
    "nanvar", "percentile", "poly", "prod", "ptp", "quantile", "roots", "spacing", "stack", "std", "sum", "var",
}  # fmt: skip
"""Functions of which JAX makes no weak arrays, whatever they are given."""


def _clip(arr: Any, min: Any = None, max: Any = None, *, a_min: Any = None, a_max: Any = None) -> Array:
    """The elements, but none beyond bounds."""
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    found = arr
    if low is not None:
        found = FUNCTIONS["maximum"](found, low)
    return found if high is None else FUNCTIONS["minimum"](found, high)


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kwargs: Any) -> Array:
    """What functions, or numbers, make of elements where conditions hold; of several the last one."""
    functions = [f if callable(f) else lambda *_, value=f, **__: value for f in funclist]
    conditions = [as_tensor(each) for each in condlist]
    found = functions[len(conditions)](x, *args, **kwargs) if len(functions) > len(conditions) else 0
    for condition, function in zip(conditions, functions, strict=False):
        found = FUNCTIONS["where"](of(condition), function(x, *args, **kwargs), found)
    return of(as_tensor(found, as_tensor(x).dtype))


def _reduced(below: Any, name: str) -> Any:
    """A reduction of an array: a list of numbers is none, as in JAX."""
    reduction = lifted(below, name, keeps_weak=False)

    @wraps(below)
    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(a, (list, tuple)):
            raise TypeError(
                f"[{name}] a {type(a).__name__} was given, wanted an array; write jnp.{name}(jnp.array(values))"
            )
        return reduction(a, *args, **kwargs)

    return call


REDUCTIONS = {
    "all", "any", "argmax", "argmin", "cumprod", "cumsum", "max", "mean", "median", "min", "prod", "ptp", "std", "sum",
    "var",
}  # fmt: skip
"""Functions of one array that refuse lists."""


def _function(name: str, below: Any) -> Any:
    if name in OF_OPERANDS:
        return of_two(below, name)
    return _reduced(below, name) if name in REDUCTIONS else lifted(below, name, keeps_weak=name not in FIRM)


def _functions() -> dict[str, Any]:
    public = {name: getattr(np, name) for name in dir(np) if name not in NOT_HERE and not name.startswith("_")}
    found = {
        name: _function(name, below)
        for name, below in public.items()
        if callable(below) and not isinstance(below, type)
    }
    return found | SIZED | {"clip": _clip, "vectorize": vectorize, "piecewise": _piecewise}


FUNCTIONS = _functions()
"""The functions by name."""


def _namespace(name: str) -> ModuleType:
    module = ModuleType(f"wengert.jax.numpy.{name}", f"``jax.numpy.{name}``.")
    vars(module).update(lifted_names(getattr(np, name)))

    def missing(attribute: str) -> Any:
        raise missing_name(module.__name__, attribute, {}, f"jnp.{name}")

    module.__getattr__ = missing  # type: ignore[method-assign]
    sys.modules[module.__name__] = module
    return module


NAMESPACES = {name: _namespace(name) for name in ("linalg", "fft")}
"""The modules in it."""

DTYPES = {
    name: getattr(numpy, name)
    for name in (
        "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "complex64", "complex128", "bool_", "floating", "integer", "inexact", "number", "dtype", "iinfo",
        "issubdtype", "complexfloating", "signedinteger", "unsignedinteger", "generic", "character", "object_",
    )
} | {
    "bfloat16": wg.bfloat16, "bool": numpy.bool_, "int_": numpy.int64, "uint": numpy.uint64, "float_": numpy.float64,
    "complex_": numpy.complex128, "single": numpy.float32, "double": numpy.float64, "csingle": numpy.complex64,
    "cdouble": numpy.complex128, "finfo": np.finfo,
}  # fmt: skip
"""Dtypes and what is asked of them."""

METHODS = (
    "all", "any", "argmax", "argmin", "argsort", "clip", "conj", "cumprod", "cumsum", "diagonal", "dot", "max", "mean",
    "min", "nonzero", "prod", "ptp", "ravel", "repeat", "round", "searchsorted", "sort", "squeeze", "std", "sum",
    "swapaxes", "take", "trace", "var",
)  # fmt: skip
"""Functions that arrays have as methods."""

for _name in METHODS:
    setattr(Array, _name, FUNCTIONS[_name])


def _reshape(self: Array, *shape: Any, order: str = "C") -> Array:
    return of(np.reshape(self._tensor, shape[0] if len(shape) == 1 else shape, order=order), type(self))  # type: ignore[arg-type]


def _transpose(self: Array, *axes: Any) -> Array:
    given = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
    return of(np.transpose(self._tensor, given), type(self))


def _part(name: str) -> Any:
    return property(lambda self: of(getattr(self._tensor, name), type(self)))


OWN = {"reshape": _reshape, "transpose": _transpose, "flatten": FUNCTIONS["ravel"]}
"""Methods that take their arguments otherwise than the functions."""

for _name, _method in OWN.items():
    setattr(Array, _name, _method)
for _name in ("T", "mT", "real", "imag"):
    setattr(Array, _name, _part(_name))
