"""Finding one thing among several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def first(found: Iterable[T]) -> T:
    """The first of what is found.

    Raises:
        LookupError: nothing is. ``next`` would raise StopIteration, which ends a ``map`` or ``zip`` around it as if
            there were no more: results would be missing, and nobody would be told.
    """
    for one in found:
        return one
    raise LookupError("[first] nothing was found, wanted at least one; write next(found, None) where there may be none")
