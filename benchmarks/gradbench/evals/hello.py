"""The square of a number and its derivative: whether a tool runs at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..eval import Case, Eval


def square(x: Any) -> Any:
    return x * x


def cases() -> Iterator[Case]:
    yield Case("x=1", 1.0, is_quick=True)


EVAL = Eval(
    name="hello",
    functions={"square": lambda library, _: square, "double": lambda library, _: library.grad(square)},
    arrays=lambda x: [numpy.float64(x)],
    cases=cases,
)
