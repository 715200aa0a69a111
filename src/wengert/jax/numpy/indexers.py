"""``r_``, ``c_``, ``mgrid``, ``ogrid``: arrays by what is in brackets."""

from __future__ import annotations

from typing import Any, Final

import numpy

import wengert.numpy as np
from wengert.fronts.face import behind

from ..lifting import given

__all__ = ["c_", "mgrid", "ogrid", "r_", "s_"]


class _Brackets:
    """One of NumPy's objects that make arrays of what is in brackets."""

    def __init__(self, below: Any) -> None:
        self._below = below

    def __getitem__(self, key: Any) -> Any:
        return given(self._below[behind(key)])


r_: Final = _Brackets(np.r_)
c_: Final = _Brackets(np.c_)
mgrid: Final = _Brackets(np.mgrid)
ogrid: Final = _Brackets(np.ogrid)
s_: Final = numpy.s_
