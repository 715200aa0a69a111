"""Plain values: those that cannot change, and are compared by what they are worth."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import pathlib
from typing import Any

import numpy

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "nothing"})()
"""What is found under a name that is not bound."""

_SCALARS = frozenset(
    {bool, int, float, complex, str, bytes, range, slice, type(None), type(Ellipsis), type(NotImplemented)}
)
"""Types that cannot change; what is derived from them can."""

_DATES = (datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo)
_KINDS = (enum.Enum, numpy.generic, numpy.dtype, decimal.Decimal, fractions.Fraction, pathlib.PurePath, *_DATES)
"""Types that cannot change, with what is derived from them."""


def is_plain(value: Any) -> bool:
    """Whether a value cannot change: a number, a text, a member of an enumeration, or a tuple of such."""
    if type(value) in _SCALARS or issubclass(type(value), _KINDS):
        return True
    return issubclass(type(value), (tuple, frozenset)) and all(map(is_plain, value)) and not vars_of(value)


def is_same(left: Any, right: Any) -> bool:
    """Whether two things are the same object, or equal plain values.

    Types count (1, 1.0 and True are three values), the sign of a zero does, and one NaN is as good as another.
    """
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(is_same, left, right))
    if is_frozen(left):
        return all(is_same(getattr(left, f.name), getattr(right, f.name)) for f in dataclasses.fields(left))
    if isinstance(left, frozenset):
        return is_plain(left) and is_plain(right) and sorted(map(repr, left)) == sorted(map(repr, right))
    return is_plain(left) and repr(left) == repr(right)


def is_frozen(value: Any) -> bool:
    """Whether a value is a dataclass whose attributes stay, and which is compared by them."""
    parameters = getattr(type(value), "__dataclass_params__", None)
    return parameters is not None and parameters.frozen and parameters.eq


def vars_of(value: Any) -> dict[str, Any]:
    """The attributes that an object has of its own, without asking what its class makes of that."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, dict) else {}
