"""``autograd.numpy.fft``: `wengert.numpy.fft` for tensors, NumPy itself for arrays."""

from typing import Any

from numpy import fft as _own

from wengert.numpy import fft as _below

from ..plain import meeting as _meeting


def __getattr__(name: str) -> Any:
    below = getattr(_below, name)
    return _meeting(below, getattr(_own, name)) if callable(below) and not isinstance(below, type) else below


def __dir__() -> list[str]:
    return dir(_below)
