"""Abstract values: a shape and a dtype, no numbers yet."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy

from .python.source import at_line


class Recording:
    """A recording without values: which transformation it belongs to, and whether it is still open.

    Recordings are numbered in the order of their beginning: of those that are nested, the innermost is the latest.
    """

    __slots__ = ("is_open", "name", "number")

    def __init__(self, name: str) -> None:
        self.name: str = name
        self.is_open: bool = True
        self.number: int = next(_numbers)


_numbers = itertools.count()


TRANSPOSE = "transpose"
"""The name of a recording of a linear map to transpose it: its inputs never get a value."""


DERIVATIVE = "derivative"
"""The name of a recording of the derivative of a loop or a branch."""

CUSTOM = "custom_derivative"
"""The name of a recording of a function with a rule of its own, of which the shape of the result is asked for."""


class NoValueError(TypeError):
    """The value of an array was asked for that has none: inside a recording without values."""


class Abstract:
    """The shape and dtype of an array whose numbers are not known (or not needed).

    Serves twice: as the *form* of an operand (what a transposed linear map must return), and as the
    value of a tensor inside a recording without values, which is then its `recording`.
    """

    __slots__ = ("dtype", "recording", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: Any, recording: Recording | None = None) -> None:
        self.shape: tuple[int, ...] = shape
        self.dtype: Any = dtype
        self.recording: Recording | None = recording

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def check_open(self) -> None:
        """Raise if the value is used after its recording has ended.

        Raises:
            RuntimeError: it has leaked out.
        """
        if self.recording is not None and not self.recording.is_open:
            name = self.recording.name
            raise RuntimeError(
                f"[{name}] a tensor of shape {self.shape} from inside {name} was used after it returned, wanted only "
                "what the function returns; return the tensor from the function, and do not store it in a list, a "
                f"global or an attribute{at_line()}"
            )

    def __repr__(self) -> str:
        return f"Abstract({self.dtype}{list(self.shape)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Abstract) and self.shape == other.shape and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))


def form_of(value: Any) -> Abstract:
    """The form of any raw value: array, NumPy scalar, Python number or abstract."""
    if not hasattr(value, "dtype"):
        value = numpy.asarray(value)
    return Abstract(value.shape, value.dtype)
