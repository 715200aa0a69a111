"""Reading and writing elements of a tensor: ``x[i]``, ``x[i] = v``, ``x += y``."""

from __future__ import annotations

from ..ops import index


class InPlace:
    """Subscripts and in-place operators of a tensor."""

    __slots__ = ()

    __getitem__ = index.getitem
