"""The full convolution over all axes of two arrays of equal rank."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from .elementwise import astype, conjugate, rint
from .fft import fft, ifft, irfft, resize, rfft
from .gather import block
from .linear_maps import linear, maps_for
from .shape import reshape

_REVERSED = slice(None, None, -1)


def reverse(x: Any) -> Any:
    """Every axis in reverse order."""
    return block(x, index=(_REVERSED,) * len(x.shape))


def mirrored(x: Any) -> Any:
    """Every axis in reverse order, and conjugated."""
    return reverse(conjugate(x) if x.dtype.kind == "c" else x)


def crop(x: Any, starts: Any, lengths: Any) -> Any:
    """A block, by where it starts and how long it is along each axis."""
    return block(x, index=tuple(slice(start, start + length) for start, length in zip(starts, lengths, strict=True)))


def _evaluate(x: Any, y: Any, method: str) -> Any:
    from scipy.signal import convolve as of_scipy

    return of_scipy(x, y, mode="full", method=method)


def _shape(x: Any, y: Any, method: str) -> Abstract:
    return Abstract(full_shape(x.shape, y.shape), numpy.result_type(x.dtype, y.dtype))


def full_shape(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n + m - 1 for n, m in zip(x, y, strict=True))


def _correlated(ct: Any, other: Any, like: Any, method: str) -> Any:
    """The transpose: the cotangent correlated with the other operand, where they overlap wholly."""
    whole = convolve(ct, mirrored(other), method=method)
    return crop(whole, [length - 1 for length in other.shape], like.shape)


def _batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
    """A convolution with one more axis if only one operand is batched; else by the spectrum, along the others."""
    x, y = operands
    if all(batched):
        return _through_spectrum(x, y)
    if batched[0]:
        return convolve(x, reshape(y, shape=(1, *y.shape)), **node.params)
    return convolve(reshape(x, shape=(1, *x.shape)), y, **node.params)


def _through_spectrum(x: Any, y: Any) -> Any:
    dtype = numpy.result_type(x.dtype, y.dtype)
    out = convolve_along(x, y, tuple(range(1, len(x.shape))))
    return out if dtype.kind in "fc" else astype(rint(out), dtype=dtype)


_CONVOLVE = Primitive(
    "convolve_all",
    _evaluate,
    ("x", "y"),
    _shape,
    maps_for(
        ("x", "y"),
        [
            linear(
                lambda dx, y, method: convolve(dx, y, method=method),
                lambda ct, y, method, like: _correlated(ct, y, like, method),
            ),
            linear(
                lambda dy, x, method: convolve(x, dy, method=method),
                lambda ct, x, method, like: _correlated(ct, x, like, method),
            ),
        ],
    ),
    batch=_batch,
)
convolve = _CONVOLVE.operation = bind_general(_CONVOLVE)
"""``convolve(x, y, method=)``: out[k] = sum_j x[k - j] y[j], of shape n + m - 1; SciPy chooses how for "auto"."""


def convolve_along(x: Any, y: Any, axes: tuple[int, ...]) -> Any:
    """The full convolution along some axes, by multiplying spectra; the other axes broadcast."""
    x_long, y_long = list(x.shape), list(y.shape)
    for axis in axes:
        x_long[axis] = y_long[axis] = x.shape[axis] + y.shape[axis] - 1
    x, y = resize(x, shape=tuple(x_long)), resize(y, shape=tuple(y_long))
    if x.dtype.kind == "c" or y.dtype.kind == "c":
        return ifft(fft(x, axes=axes, norm="backward") * fft(y, axes=axes, norm="backward"), axes=axes, norm="backward")
    product = _real_spectrum(x, axes) * _real_spectrum(y, axes)
    *others, last = axes
    if others:
        product = ifft(product, axes=tuple(others), norm="backward")
    return irfft(product, axis=last, length=x_long[last], norm="backward")


def _real_spectrum(x: Any, axes: tuple[int, ...]) -> Any:
    *others, last = axes
    spectrum = rfft(x, axis=last, norm="backward")
    return fft(spectrum, axes=tuple(others), norm="backward") if others else spectrum
