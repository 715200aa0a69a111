"""``autograd.numpy``: `wengert.numpy` for tensors, NumPy itself for arrays, and NumPy's own random numbers."""

from importlib import import_module as _import_module
from typing import Any

import numpy as _numpy

import wengert.numpy as _np

from ..plain import meeting as _meeting

_SPACES = frozenset({"fft", "linalg", "random"})
"""What is imported when it is first asked for."""


def __getattr__(name: str) -> Any:
    if name in _SPACES:
        return _import_module(f".{name}", __name__)
    below = getattr(_np, name)
    own = getattr(_numpy, name, below)
    if callable(below) and not isinstance(below, type):
        below = _meeting(below, own if callable(own) else None)
    globals()[name] = below
    return below


def __dir__() -> list[str]:
    return [*dir(_np), "random"]
