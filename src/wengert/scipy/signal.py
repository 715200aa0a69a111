"""Convolution and filtering, under the names of ``scipy.signal``: linear in each operand, differentiable in all."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import is_inexact
from ..core.tensor import Tensor
from ..numpy import fft as spectral
from ..numpy.arrays.joining import concatenate
from ..numpy.arrays.manipulation import moveaxis, normal_axes
from ..numpy.arrays.padding import pad
from ..numpy.products import matmul
from ..numpy.protocols.lift import to_tensor
from ..numpy.reductions import inexact, mean
from ..ops.indexing.gather import block, without_memory
from ..ops.windows.convolve import convolve_along, convolved, convolved_by_spectra, full_shape, mirrored

__all__ = [
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "detrend",
    "fftconvolve",
    "hilbert",
    "oaconvolve",
]

MODES = ("full", "valid", "same")
METHODS = ("auto", "direct", "fft")
PADDING = {"fill": "constant", "pad": "constant", "wrap": "wrap", "circular": "wrap", "symm": "symmetric"}
"""The boundaries of SciPy by the names that NumPy's ``pad`` has for them."""


def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Tensor:
    """As ``scipy.signal.convolve``: over all axes of two arrays of equal rank."""
    return _convolved("convolve", to_tensor(in1), to_tensor(in2), mode, method)


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Tensor:
    """As ``scipy.signal.correlate``: the convolution with the conjugate mirror image of `in2`."""
    return _convolved("correlate", to_tensor(in1), mirrored(to_tensor(in2)), mode, method)


def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Tensor:
    """As ``scipy.signal.fftconvolve``: along `axes` (all, if none are given), by the spectrum; other axes broadcast.

    If either is empty, so is the result, on one axis.
    """
    x, y = to_tensor(in1), to_tensor(in2)
    _check("fftconvolve", x, y, mode)
    if x.ndim == 0:
        return x * y
    if not x.size or not y.size:
        return Tensor(numpy.zeros(0))
    places = tuple(range(x.ndim)) if axes is None else normal_axes(axes, x.ndim)
    starts, lengths = _part("fftconvolve", x.shape, y.shape, mode, places)
    whole = convolve_along(x, y, places)
    index = [slice(None)] * whole.ndim
    for axis in places:
        index[axis] = slice(starts[axis], starts[axis] + lengths[axis])
    return block(whole, tuple(index))


def oaconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Tensor:
    """As ``scipy.signal.oaconvolve``, whose result is that of `fftconvolve`."""
    return fftconvolve(in1, in2, mode, axes)


def convolve2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0) -> Tensor:
    """As ``scipy.signal.convolve2d``: of matrices; beyond the boundary `in1` is filled, wrapped or mirrored."""
    return _convolved_matrices("convolve2d", to_tensor(in1), to_tensor(in2), mode, boundary, fillvalue)


def correlate2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0) -> Tensor:
    """As ``scipy.signal.correlate2d``: the convolution with the conjugate mirror image of `in2`."""
    return _convolved_matrices("correlate2d", to_tensor(in1), mirrored(to_tensor(in2)), mode, boundary, fillvalue)


def detrend(data: Any, axis: int = -1, type: str = "linear", bp: Any = 0) -> Tensor:
    """As ``scipy.signal.detrend``: less the mean, or less the line of best fit on each piece between breakpoints.

    Raises:
        ValueError: the type is unknown, or a breakpoint beyond the data.
    """
    x = inexact(to_tensor(data))
    if type in ("constant", "c"):
        return x - mean(x, axis=axis, keepdims=True)
    if type not in ("linear", "l"):
        raise ValueError(f"[detrend] the type {type!r} was given, wanted 'linear' or 'constant'; write type='linear'")
    along = moveaxis(x, axis, -1)
    ends = _pieces(along.shape[-1], bp)
    straight = [_without_line(along[..., start:stop]) for start, stop in pairwise(ends)]
    return moveaxis(concatenate(straight, axis=-1), -1, axis)


def hilbert(x: Any, N: int | None = None, axis: int = -1) -> Tensor:
    """As ``scipy.signal.hilbert``: the analytic signal, whose real part is `x`.

    Raises:
        ValueError: the signal is complex.
    """
    signal = to_tensor(x)
    if signal.dtype.kind == "c":
        raise ValueError("[hilbert] a complex signal was given, wanted a real one; write hilbert(x.real)")
    length = signal.shape[axis] if N is None else operator.index(N)
    spectrum = spectral.fft(signal, length, axis=axis)
    weights = numpy.zeros(length, numpy.real(numpy.zeros((), spectrum.dtype)).dtype)
    weights[: (length + 1) // 2] = 2
    weights[0] = 1
    if length % 2 == 0:
        weights[length // 2] = 1
    shape = [1] * signal.ndim
    shape[axis] = length
    return spectral.ifft(spectrum * weights.reshape(shape), axis=axis)


# -- which part of a convolution -------------------------------------------------------------------


def _convolved(name: str, x: Tensor, y: Tensor, mode: str, method: str, late: bool = False) -> Tensor:
    _check(name, x, y, mode)
    if method not in METHODS:
        raise ValueError(
            f"[{name}] the method {method!r} was given, wanted 'auto', 'direct' or 'fft'; write method='auto'"
        )
    if x.ndim == 0:
        return x * y
    if not (x.size and y.size):
        raise ValueError(
            f"[{name}] arrays of shapes {x.shape} and {y.shape} were given, wanted arrays that are not empty; write "
            "fftconvolve(in1, in2), which is empty if either is"
        )
    part = _part(name, x.shape, y.shape, mode, range(x.ndim), late)
    if (_method(x, y, mode) if method == "auto" else method) == "fft":
        return convolved_by_spectra(x, y, *part)
    return convolved(x, y, *part)


def _method(x: Tensor, y: Tensor, mode: str) -> str:
    """What SciPy would choose; it looks at whole numbers, which must not be too large for "fft"."""
    from scipy.signal import choose_conv_method

    if all(is_inexact(operand.dtype) for operand in (x, y)):
        return str(choose_conv_method(without_memory(x), without_memory(y), mode))
    values = x._value, y._value
    is_abstract = any(type(value) is Abstract for value in values)
    return "direct" if is_abstract else str(choose_conv_method(*values, mode))


def _check(name: str, x: Tensor, y: Tensor, mode: str) -> None:
    if mode not in MODES:
        raise ValueError(f"[{name}] the mode {mode!r} was given, wanted 'full', 'valid' or 'same'; write mode='full'")
    if x.ndim != y.ndim:
        raise ValueError(
            f"[{name}] arrays of shapes {x.shape} and {y.shape} were given, wanted as many axes in both; "
            "write y.reshape(1, -1) for a row"
        )


def _part(
    name: str, x: tuple[int, ...], y: tuple[int, ...], mode: str, axes: Sequence[int], late: bool = False
) -> tuple[list[int], list[int]]:
    """Where the part starts and how long it is that a mode asks for of the full convolution along some axes.

    The middle of an even `y`, for mode "same", is the earlier of two elements, or if `late` the later.
    """
    starts, lengths = [0] * len(x), list(full_shape(x, y))
    if mode == "valid":
        _check_nested(name, x, y, axes)
    for axis in axes if mode != "full" else ():
        n, m = x[axis], y[axis]
        starts[axis], lengths[axis] = ((m - 1 + late) // 2, n) if mode == "same" else (min(n, m) - 1, abs(n - m) + 1)
    return starts, lengths


def _check_nested(name: str, x: tuple[int, ...], y: tuple[int, ...], axes: Sequence[int]) -> None:
    if not (all(x[a] >= y[a] for a in axes) or all(y[a] >= x[a] for a in axes)):
        raise ValueError(
            f"[{name}] arrays of shapes {x} and {y} were given for mode 'valid', wanted one at least as long as the "
            "other along every axis; write mode='full'"
        )


def _convolved_matrices(name: str, x: Tensor, y: Tensor, mode: str, boundary: str, fillvalue: Any) -> Tensor:
    if x.ndim != 2 or y.ndim != 2:
        raise ValueError(
            f"[{name}] arrays of shapes {x.shape} and {y.shape} were given, wanted two matrices; "
            f"write {name.removesuffix('2d')}(in1, in2)"
        )
    if boundary not in PADDING:
        raise ValueError(
            f"[{name}] the boundary {boundary!r} was given, wanted 'fill', 'wrap' or 'symm'; write boundary='fill'"
        )
    late = name == "correlate2d"
    filled_with_zeros = PADDING[boundary] == "constant" and type(fillvalue) in (int, float) and fillvalue == 0
    if mode == "valid" or filled_with_zeros:
        return _convolved(name, x, y, mode, "direct", late)
    _check(name, x, y, mode)
    width = [(m - 1, m - 1) for m in y.shape]
    options = {"constant_values": fillvalue} if PADDING[boundary] == "constant" else {}
    padded = pad(x, width, mode=PADDING[boundary], **options)
    starts, lengths = _part(name, x.shape, y.shape, mode, range(2), late)
    return convolved(padded, y, [start + m - 1 for start, m in zip(starts, y.shape, strict=True)], lengths)


# -- lines of best fit -----------------------------------------------------------------------------


def _pieces(length: int, bp: Any) -> list[int]:
    ends = sorted({0, length, *(operator.index(b) for b in numpy.atleast_1d(bp))})
    if ends[-1] > length:
        raise ValueError(
            f"[detrend] a breakpoint of {ends[-1]} was given for {length} samples, wanted one within; "
            f"write bp={length // 2}"
        )
    return ends


def _without_line(x: Tensor) -> Tensor:
    """The samples along the last axis, less their projection on the straight lines."""
    length = x.shape[-1]
    lines = numpy.stack([numpy.ones(length), numpy.linspace(-1, 1, length)], axis=1)
    basis = numpy.linalg.qr(lines)[0].astype(x.dtype)
    return x - matmul(matmul(x, basis), basis.T)
