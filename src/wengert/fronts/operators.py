"""The operations behind Python's operators, by the names of these without their underscores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert.numpy as np

__all__ = ["COMPARISONS", "OPERATORS", "UNARY", "attach"]

OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "floordiv": np.floor_divide,
    "mod": np.remainder, "pow": np.power, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
    "lshift": np.left_shift, "rshift": np.right_shift, "matmul": np.matmul,
}  # fmt: skip
"""Those of two operands, which have reflections."""

COMPARISONS = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
}  # fmt: skip
"""Those whose results are truth values."""

UNARY = {"neg": np.negative, "abs": np.absolute, "invert": np.invert, "pos": np.positive}
"""Those of one operand."""


def attach(
    cls: Any,
    of_two: Callable[[Callable[..., Any]], tuple[Callable[..., Any], Callable[..., Any]]],
    of_one: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> None:
    """Give a class of faces all operators.

    Args:
        cls: the class.
        of_two: from an operation to the operator and its reflection.
        of_one: from an operation to the operator.
    """
    for name, operation in (OPERATORS | COMPARISONS).items():
        forward, reflected = of_two(operation)
        _set(cls, name, forward)
        if name in OPERATORS:
            _set(cls, f"r{name}", reflected)
    for name, operation in UNARY.items():
        _set(cls, name, of_one(operation))


def _set(cls: Any, name: str, operator: Any) -> None:
    operator.__name__ = f"__{name}__"
    setattr(cls, operator.__name__, operator)
