"""The key that the functions of `wengert.random` draw from: a tensor that is there before any recording begins.

The module of random numbers may be imported while a compilation records; what it made then would be no state.
"""

from __future__ import annotations

import numpy

from .tensor import Tensor

SHARED_KEY = Tensor(numpy.zeros(2, numpy.uint32))
