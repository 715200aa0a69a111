"""PyTorch's dtypes, and the one that Python's floats get."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy

import wengert as wg

__all__ = [
    "DTYPES", "dtype", "finfo", "from_numpy_dtype", "get_default_dtype", "iinfo", "numpy_dtype", "set_default_dtype",
]  # fmt: skip


class dtype:  # noqa: N801 - as in PyTorch
    """A dtype of PyTorch; there is one object for each.

    Attributes:
        numpy: the dtype of NumPy that it is.
        is_floating_point: whether it is one of real floating numbers.
        is_complex: whether it is one of complex numbers.
        is_signed: whether it has negative numbers.
        itemsize: bytes an element.
    """

    __slots__ = ("is_complex", "is_floating_point", "is_signed", "itemsize", "name", "numpy")

    def __init__(self, name: str, of_numpy: Any) -> None:
        self.name: str = name
        self.numpy: Any = numpy.dtype(of_numpy)
        self.is_complex: bool = self.numpy.kind == "c"
        self.is_floating_point: bool = self.numpy.kind == "f" or name == "bfloat16"
        self.is_signed: bool = self.is_floating_point or self.numpy.kind in "ic"
        self.itemsize: int = self.numpy.itemsize

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return f"_{self.name}"

    def to_complex(self) -> dtype:
        """The complex dtype of this precision."""
        return from_numpy_dtype(numpy.result_type(self.numpy, numpy.complex64))

    def to_real(self) -> dtype:
        """The real dtype of this precision."""
        return from_numpy_dtype(numpy.real(numpy.zeros(0, self.numpy)).dtype)


DTYPES = {
    name: dtype(name, name)
    for name in (
        "float32", "float64", "float16", "uint8", "int8", "int16", "int32", "int64", "bool", "complex64", "complex128",
        "uint16", "uint32", "uint64",
    )
}  # fmt: skip
"""The dtypes by name, but for bfloat16, which a package is needed for (see `bfloat16`)."""

OTHER_NAMES = {
    "float": "float32", "double": "float64", "half": "float16", "short": "int16", "int": "int32", "long": "int64",
    "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip
"""Their other names."""

_OF_NUMPY = {each.numpy: each for each in DTYPES.values()}

_OF_PYTHON = {float: "float64", int: "int64", bool: "bool", complex: "complex128"}

_default = DTYPES["float32"]


def from_numpy_dtype(of_numpy: Any) -> dtype:
    """The dtype that one of NumPy is.

    Raises:
        TypeError: PyTorch has none for it.
    """
    if of_numpy.name == "bfloat16":
        return bfloat16()
    try:
        return _OF_NUMPY[of_numpy]
    except KeyError:
        raise TypeError(
            f"[torch] the dtype {of_numpy} was given, wanted one of {', '.join(DTYPES)}; write array.astype('float32') "
            "before"
        ) from None


@cache
def bfloat16() -> dtype:
    """The dtype of the upper half of a float32; it is made when it is asked for.

    Raises:
        ImportError: the package ml_dtypes is not installed.
    """
    made = dtype("bfloat16", wg.bfloat16)
    _OF_NUMPY[made.numpy] = made
    return made


def numpy_dtype(given: Any) -> Any:
    """The dtype of NumPy for what a user gave as ``dtype=``; ``None`` stays ``None``.

    Raises:
        TypeError: it is none of `torch`.
    """
    if given is None:
        return None
    if isinstance(given, dtype):
        return given.numpy
    if given in _OF_PYTHON:
        return DTYPES[_OF_PYTHON[given]].numpy
    raise TypeError(f"[torch] dtype={given!r} was given, wanted a dtype of torch; write dtype=torch.float32")


def get_default_dtype() -> dtype:
    """The dtype of what is made from Python's floats."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Let what is made from Python's floats be of another floating dtype.

    Raises:
        TypeError: it is no floating one.
    """
    global _default
    if not (isinstance(d, dtype) and d.is_floating_point):
        raise TypeError(f"[set_default_dtype] {d!r} was given, wanted a floating dtype; write torch.float64")
    _default = d


class _Info:
    """What NumPy says of a dtype, under PyTorch's names."""

    def __init__(self, of: dtype | None = None) -> None:
        of = _default if of is None else of
        self._info = self._ask(of.numpy)
        self.bits: int = of.itemsize * 8
        self.dtype: str = of.name
        self.min: Any = self._number(self._info.min)
        self.max: Any = self._number(self._info.max)

    _ask: Any
    _number: Any

    def __repr__(self) -> str:
        return f"{type(self).__name__}(min={self.min}, max={self.max}, dtype={self.dtype})"


class finfo(_Info):  # noqa: N801 - as in PyTorch
    """Limits of a floating dtype.

    >>> from wengert import torch
    >>> torch.finfo(torch.float32).eps
    1.1920928955078125e-07
    """

    _ask, _number = staticmethod(numpy.finfo), float

    def __init__(self, of: dtype | None = None) -> None:
        super().__init__(of)
        self.eps: float = float(self._info.eps)
        self.tiny: float = float(self._info.tiny)
        self.smallest_normal: float = self.tiny
        self.resolution: float = float(self._info.resolution)


class iinfo(_Info):  # noqa: N801 - as in PyTorch
    """Limits of an integer dtype.

    >>> from wengert import torch
    >>> torch.iinfo(torch.int8).max
    127
    """

    _ask, _number = staticmethod(numpy.iinfo), int
