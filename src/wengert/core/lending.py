"""Memory that belongs to the caller: NumPy arrays from outside, which may be overwritten at any time.

A tensor shares such memory, and never writes to it. What a node keeps for its derivative is its own: an array from
outside is copied there, so that a buffer may be filled anew between the forward and the backward walk. Arrays that
tensors own are kept as they are, since writes give their handles other memory as long as nodes hold it; and so are
those that a walk makes, or finds at the nodes.
"""

from __future__ import annotations

from typing import Any

from numpy import broadcast_to, ndarray

from .kin import Lent, View
from .placed import raw
from .state import LENDING, records
from .tensor import Tensor


def lent(array: Any) -> Tensor:
    """A tensor that shares the memory of an array from outside."""
    made = Tensor(array)
    made._kin = Lent()
    return made


def as_lent(value: Any) -> Tensor:
    """What a user gave, as a tensor."""
    return value if type(value) is Tensor else lent(raw(value))


def another(x: Tensor) -> Tensor:
    """Another handle on the value of a tensor, at the same place in the list."""
    made = Tensor(x._value, x._node)
    if is_lent(x):
        made._kin = Lent()
    return made


def is_lent(x: Tensor) -> bool:
    """Whether the memory of a tensor may be the caller's."""
    value = x._value
    if type(value) is not ndarray:
        return False
    kin = x._kin
    if type(kin) is View:
        return type(kin.root._kin) is Lent
    return type(kin) is Lent or value.base is not None


def apart(operand: Any, value: Any) -> Any:
    """What a node keeps of an operand that it does not follow: a copy of the value, if that may be the caller's."""
    if type(value) is not ndarray:
        return value
    if type(operand) is not Tensor:
        return own(value) if records() & LENDING else value
    if operand._kin is None and value.base is None:
        return value
    return own(value) if is_lent(operand) else value


def owned(value: Any) -> Any:
    """A value from outside as one that nobody else writes to."""
    return own(value) if type(value) is ndarray else value


def own(array: Any) -> Any:
    """A copy of an array; of one that repeats its elements, one that does, too."""
    if 0 not in array.strides:
        return array.copy()
    once = tuple(slice(0, 1) if step == 0 else slice(None) for step in array.strides)
    return broadcast_to(array[once].copy(), array.shape)
