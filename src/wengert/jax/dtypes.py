"""Which dtypes there are: of 32 bits, unless ``jax_enable_x64`` is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy

__all__ = ["canonical", "config", "default_float", "default_int", "enable_x64"]


class Config:
    """``jax.config``: of what it has, ``jax_enable_x64`` counts here.

    >>> from wengert import jax
    >>> jax.config.jax_enable_x64
    False
    """

    def __init__(self) -> None:
        self.jax_enable_x64 = False

    def update(self, name: str, value: Any) -> None:
        """Set an option."""
        object.__setattr__(self, name, value)

    @property
    def x64_enabled(self) -> bool:
        """Whether dtypes of 64 bits are used."""
        return self.jax_enable_x64


config: Final = Config()


@contextmanager
def enable_x64(new_val: bool = True) -> Iterator[None]:
    """Use dtypes of 64 bits, or not, within a ``with`` block."""
    before, config.jax_enable_x64 = config.jax_enable_x64, new_val
    try:
        yield
    finally:
        config.jax_enable_x64 = before


NARROW = {
    numpy.dtype(wide): numpy.dtype(narrow) for wide, narrow in {"f8": "f4", "i8": "i4", "u8": "u4", "c16": "c8"}.items()
}


def canonical(dtype: Any) -> Any:
    """The dtype that there is for one of NumPy."""
    dtype = numpy.dtype(dtype)
    return dtype if config.jax_enable_x64 else NARROW.get(dtype, dtype)


def default_float() -> Any:
    """The dtype of Python's floats."""
    return canonical(numpy.float64)


def default_int() -> Any:
    """The dtype of Python's integers."""
    return canonical(numpy.int64)
