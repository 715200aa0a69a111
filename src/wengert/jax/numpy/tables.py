"""The functions of ``jax.numpy``: which of `wengert.numpy` they are."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy

import wengert.numpy as np

from ...names import missing_name
from ..array import Array, as_tensor, of, operands
from ..lifting import lifted, of_two

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


def _where(condition: Any, x: Any = None, y: Any = None, /, *, size: Any = None, fill_value: Any = None) -> Any:
    """Elements of one array or another."""
    if x is None and y is None:
        return tuple(map(of, np.nonzero(as_tensor(condition))))
    return of(np.where(as_tensor(condition), *operands(x, y)))


def _clip(arr: Any, min: Any = None, max: Any = None, *, a_min: Any = None, a_max: Any = None) -> Array:
    """The elements, but none beyond bounds."""
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    found = arr
    if low is not None:
        found = FUNCTIONS["maximum"](found, low)
    return found if high is None else FUNCTIONS["minimum"](found, high)


def _functions() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in dir(np):
        below = getattr(np, name)
        if callable(below) and not isinstance(below, type) and name not in NOT_HERE and not name.startswith("_"):
            found[name] = of_two(below, name) if name in OF_OPERANDS else lifted(below, name)
    return found | {
        "where": _where,
        "clip": _clip,
        "acos": found["arccos"],
        "asin": found["arcsin"],
        "atan": found["arctan"],
    }


FUNCTIONS = _functions()
"""The functions by name."""


def _namespace(name: str) -> ModuleType:
    module, below = ModuleType(f"wengert.jax.numpy.{name}", f"``jax.numpy.{name}``."), getattr(np, name)
    for each in (name for name in dir(below) if not name.startswith("_")):
        value = getattr(below, each)
        setattr(module, each, lifted(value, each) if callable(value) and not isinstance(value, type) else value)

    def missing(attribute: str) -> Any:
        raise missing_name(module.__name__, attribute, {}, f"jnp.{name}")

    module.__getattr__ = missing  # type: ignore[method-assign]
    return module


NAMESPACES = {name: _namespace(name) for name in ("linalg", "fft")}
"""The modules in it."""

DTYPES = {
    name: getattr(numpy, name)
    for name in (
        "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "complex64", "complex128", "bool_", "floating", "integer", "inexact", "number", "dtype", "finfo", "iinfo",
        "issubdtype",
    )
}  # fmt: skip
"""Dtypes and what is asked of them."""

METHODS = (
    "all", "any", "argmax", "argmin", "argsort", "clip", "conj", "cumprod", "cumsum", "diagonal", "dot", "max", "mean",
    "min", "nonzero", "prod", "ptp", "ravel", "repeat", "round", "searchsorted", "sort", "squeeze", "std", "sum",
    "swapaxes", "take", "trace", "var",
)  # fmt: skip
"""Functions that arrays have as methods."""

for _name in METHODS:
    if _name in FUNCTIONS:
        setattr(Array, _name, FUNCTIONS[_name])


def _reshape(self: Array, *shape: Any, order: str = "C") -> Array:
    return of(np.reshape(self._tensor, shape[0] if len(shape) == 1 else shape, order=order))  # type: ignore[arg-type]


def _transpose(self: Array, *axes: Any) -> Array:
    given = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
    return of(np.transpose(self._tensor, given))


Array.reshape = _reshape  # type: ignore[attr-defined]
Array.transpose = _transpose  # type: ignore[attr-defined]
Array.flatten = FUNCTIONS["ravel"]  # type: ignore[attr-defined]
Array.T = property(lambda self: of(self._tensor.T))  # type: ignore[attr-defined]
Array.mT = property(lambda self: of(self._tensor.mT))  # type: ignore[attr-defined]
Array.real = property(lambda self: of(self._tensor.real))  # type: ignore[attr-defined]
Array.imag = property(lambda self: of(self._tensor.imag))  # type: ignore[attr-defined]
