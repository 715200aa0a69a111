"""``autograd.numpy.random``: that of NumPy itself, whose draws are constants."""

from typing import Any

from numpy import random as _random


def __getattr__(name: str) -> Any:
    return getattr(_random, name)


def __dir__() -> list[str]:
    return dir(_random)
