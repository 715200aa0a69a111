"""A tensor as a number of Python: where it becomes one, and what one without axes has of it."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as np
from ...core.python.warning import LostDerivativeWarning, warn_at_line
from ...core.state import DEFINE_BY_RUN, RECORDING, derivative_watches, state
from ..protocols.values import concrete


class NumberMethods:
    """Tensors without axes behave as Python's numbers where they are asked for one."""

    __slots__ = ()

    shape: tuple[int, ...]
    dtype: Any

    def __round__(self: Any, ndigits: int | None = None) -> Any:
        """``round(x, 2)`` is a tensor, as ``np.round``; ``round(x)`` of one without axes an int."""
        if ndigits is None and not self.shape:
            return int(self._whole("round", np.round))
        return np.round(self, ndigits or 0)

    def __trunc__(self: Any) -> int:
        return int(self._whole("trunc", np.trunc))

    def __floor__(self: Any) -> int:
        return int(self._whole("floor", np.floor))

    def __ceil__(self: Any) -> int:
        return int(self._whole("ceil", np.ceil))

    def _whole(self: Any, op: str, rounded: Any) -> Any:
        """A whole number near the one element, whose derivative is 0."""
        if self.shape:
            raise TypeError(
                f"[{op}] the tensor has shape {self.shape}, wanted one without axes to make a Python int of; write "
                f"np.{op}(x)"
            )
        value = concrete(rounded(self), op)
        if not math.isfinite(value):
            kind = OverflowError if math.isinf(value) else ValueError
            raise kind(f"[{op}] the tensor is {value.item()}, wanted a number that an int can be; write np.{op}(x)")
        return value.item()

    def __index__(self: Any) -> int:
        """The integer of a tensor without axes, as an index or a length."""
        if self.shape or self.dtype.kind not in "iu":
            raise TypeError(
                f"[index] a tensor of dtype {self.dtype} and shape {self.shape} was to be an index or a length, wanted "
                "one integer; write int(x) to cut off what is behind the decimal point"
            )
        return int(concrete(self, "index"))

    def is_integer(self: Any) -> bool:
        """Whether a tensor without axes holds a whole number."""
        return bool(concrete(self, "is_integer").item().is_integer())

    def as_integer_ratio(self: Any) -> tuple[int, int]:
        """Two whole numbers whose ratio the element is."""
        return self._number("as_integer_ratio").as_integer_ratio()

    @property
    def numerator(self: Any) -> int:
        """The integer itself."""
        return self._number("numerator").numerator

    @property
    def denominator(self: Any) -> int:
        """1, of an integer."""
        return self._number("denominator").denominator

    def bit_count(self: Any) -> int:
        """The number of ones among the binary digits of the integer, without its sign."""
        return self._number("bit_count").bit_count()

    def hex(self: Any) -> str:
        """The real number in hexadecimal digits."""
        return self._number("hex").hex()

    def _number(self: Any, name: str) -> Any:
        """The element of a tensor without axes, as a number of Python that has an attribute of this name."""

        number = None if self.shape else kept_element(self, name)
        if not hasattr(number, name):
            raise AttributeError(
                f"[{name}] the tensor has dtype {self.dtype} and shape {self.shape}, wanted one without axes whose "
                f"number has {name}; write x.item() for a number of Python",
                name=name,
            )
        return number


def refuse_lost(tensor: Any, op: str, target: str = "a Python number", knowingly: str = "x.item()") -> None:
    """Refuse to make a number or an array of a tensor that a derivative follows, unless it is asked for knowingly.

    Warns:
        LostDerivativeWarning: ``backward()`` follows the tensor.

    Raises:
        TypeError: `grad` and the like follow it, so that the function would go on with a constant.
    """
    watch = tensor._node.watch & derivative_watches()
    if watch >= RECORDING:
        return  # in the body of a loop, which no derivative outside follows
    if watch == DEFINE_BY_RUN:
        warn_at_line(
            f"[{op}] a tensor that backward() follows became {target}, which it does not follow, wanted a function of "
            f"wengert.numpy for this step if its derivative matters (np.sin for math.sin); write {knowingly} if it "
            "does not",
            LostDerivativeWarning,
        )
    elif watch:
        raise TypeError(
            f"[{op}] a tensor whose derivative is being recorded was to become {target}, which has none, wanted a "
            f"function of wengert.numpy for this step (np.sin for math.sin); write {knowingly} if its derivative does "
            "not matter"
        )


def kept_element(tensor: Any, op: str) -> Any:
    """The one element, where no derivative would be lost."""
    element = one_element(tensor, op)
    refuse_lost(tensor, op)
    return element


def python_number(tensor: Any, op: str, kind: type) -> Any:
    """What ``float(x)`` and ``int(x)`` are: a number; one that is followed, if a compilation records."""
    number = number_or_element(tensor, op, kind)
    if kind is float:
        refuse_lost(tensor, op)
    return number


def number_or_element(tensor: Any, op: str, kind: type | None = None) -> Any:
    """The one element, as a number of Python; one that is followed, if a compilation records."""
    followed = None if state.recorder is None else state.recorder.numbers.element(tensor, kind)
    if followed is not None:
        return followed
    element = one_element(tensor, op)
    return element if kind is None else kind(element)


def one_element(tensor: Any, op: str) -> Any:
    value = concrete(tensor, op)
    if value.size != 1:
        raise TypeError(
            f"[{op}] the tensor has shape {value.shape}, wanted one element; write x.sum(), x[i] or x.tolist()"
        )
    return value.item()
