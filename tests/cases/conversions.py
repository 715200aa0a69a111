"""Converting and converting back: each of these is the identity, as far as derivatives go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert.numpy as np

from .case import EVERY, Case, fixed, uniform


def _squared(name: str, *args: Any) -> Callable[[Any], Any]:
    """The square of what the function gives: its second derivative is not zero."""
    return lambda x: np.square(getattr(np, name)(x, *args))


def _reference(name: str, *args: Any) -> Callable[[Any], Any]:
    return lambda x: numpy.square(getattr(numpy, name)(x, *args))


MATRIX = (uniform((2, 3)),)
IDENTITIES = ["array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "copy"]

CASES = [
    *(Case(name, _squared(name), MATRIX, _reference(name), EVERY) for name in IDENTITIES),
    # Whether the result is real depends on the values, which a batch does not have.
    Case("real_if_close", _squared("real_if_close"), MATRIX, _reference("real_if_close"), EVERY, batched=False),
    # The length of the result depends on the values, which a batch does not have.
    Case(
        "trim_zeros",
        _squared("trim_zeros"),
        (fixed([0.0, 0.5, 0.0, -1.5, 0.0]),),
        _reference("trim_zeros"),
        EVERY,
        batched=False,
        order=0,
    ),
]
