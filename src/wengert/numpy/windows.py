"""Windows: weights of a stretch of samples, under NumPy's names."""

from __future__ import annotations

from typing import Any, Final

import numpy

from ..core.tensor import Tensor
from ..ops.special.bessel import numpy_i0
from .protocols.delegated import delegated
from .protocols.lift import to_tensor

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser"]

bartlett: Final = delegated(numpy.bartlett)
blackman: Final = delegated(numpy.blackman)
hamming: Final = delegated(numpy.hamming)
hanning: Final = delegated(numpy.hanning)


def kaiser(M: int, beta: Any) -> Tensor:
    """As ``numpy.kaiser``, with a derivative in `beta`."""
    shape = to_tensor(beta, "kaiser")
    if M < 1:
        return Tensor(numpy.zeros(0))
    if M == 1:
        return Tensor(numpy.ones(1))
    middle = (M - 1) / 2.0
    height = numpy.sqrt(1 - ((numpy.arange(M) - middle) / middle) ** 2)
    return numpy_i0(shape * height) / numpy_i0(shape * 1.0)
