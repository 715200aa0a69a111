"""Windows of signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg

from ..creation import made
from ..dtypes import get_default_dtype, numpy_dtype
from ..registry import offer
from ..tensor import Tensor

__all__: list[str] = []


def _window(weights: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    def window(
        window_length: int, periodic: bool = True, *args: float, dtype: Any = None, device: Any = None,
        requires_grad: bool = False, **_: Any,
    ) -> Tensor:  # fmt: skip
        count = window_length + 1 if periodic and window_length > 1 else window_length
        values = weights(count, *args)[:window_length].astype(numpy_dtype(dtype) or get_default_dtype().numpy)
        return made(wg.tensor(values), requires_grad, device, name)

    window.__name__ = name
    window.__doc__ = f"NumPy's window {weights.__name__}; `periodic` if it is repeated."
    return window


def hamming(count: int, alpha: float = 0.54, beta: float = 0.46) -> Any:
    return alpha - beta * numpy.cos(2 * numpy.pi * numpy.arange(count) / max(count - 1, 1))


def kaiser(count: int, beta: float = 12.0) -> Any:
    return numpy.kaiser(count, beta)


for _name, _weights in (
    ("hann", numpy.hanning), ("hamming", hamming), ("blackman", numpy.blackman), ("bartlett", numpy.bartlett),
    ("kaiser", kaiser),
):  # fmt: skip
    offer(_window(_weights, f"{_name}_window"), f"{_name}_window", method=False)
