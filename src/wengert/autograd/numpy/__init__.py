"""``autograd.numpy``: `wengert.numpy`, with NumPy's random numbers in it."""

from typing import Any

import wengert.numpy as _np

from . import random as random


def __getattr__(name: str) -> Any:
    return getattr(_np, name)


def __dir__() -> list[str]:
    return [*dir(_np), "random"]
