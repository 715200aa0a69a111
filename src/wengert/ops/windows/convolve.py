"""The convolution of two arrays of equal rank, or the part of it that is wanted: as a correlation, or by spectra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.dtypes.kinds import is_inexact, result_type
from ..elementwise import astype, rint
from ..factors import adjoint
from ..fft import fft, ifft, irfft, resize, rfft
from ..indexing.gather import block
from ..shape import reshape
from .correlate import LEAD, correlate
from .geometry import Axis

_REVERSED = slice(None, None, -1)


def reversed_along_all(x: Any) -> Any:
    """Every axis in reverse order."""
    return block(x, index=(_REVERSED,) * len(x.shape))


def mirrored(x: Any) -> Any:
    """Every axis in reverse order, and conjugated: by which to convolve is to correlate with `x`."""
    return reversed_along_all(adjoint(x))


def full_shape(x: Sequence[int], y: Sequence[int]) -> tuple[int, ...]:
    """That of a full convolution of arrays that are not empty."""
    return tuple(n + m - 1 for n, m in zip(x, y, strict=True))


def convolved(x: Any, y: Any, starts: Sequence[int], lengths: Sequence[int]) -> Any:
    """A part of the full convolution out[k] = sum_j x[k - j] y[j], by where it starts and how long it is.

    No more is computed than that. The shorter operand moves over the longer one.
    """
    if any(n < m for n, m in zip(x.shape, y.shape, strict=True)) and all(
        n <= m for n, m in zip(x.shape, y.shape, strict=True)
    ):
        x, y = y, x
    each = zip(starts, lengths, x.shape, y.shape, strict=True)
    axes = tuple(Axis(low=m - 1 - start, high=start + length - n) for start, length, n, m in each)
    given = reshape(x, shape=((1,) * LEAD + x.shape))
    kernel = reshape(reversed_along_all(y), shape=((1,) * LEAD + y.shape))
    return reshape(correlate(given, kernel, axes=axes), shape=tuple(lengths))


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


def convolved_by_spectra(x: Any, y: Any, starts: Sequence[int], lengths: Sequence[int]) -> Any:
    """As `convolved`, by multiplying spectra: whole numbers are rounded."""
    dtype = result_type(x.dtype, y.dtype)
    whole = convolve_along(x, y, tuple(range(len(x.shape))))
    part = block(whole, tuple(slice(start, start + n) for start, n in zip(starts, lengths, strict=True)))
    return astype(part if is_inexact(dtype) else rint(part), dtype=dtype)
