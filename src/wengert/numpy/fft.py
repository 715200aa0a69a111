"""Fourier transforms, under the names of ``numpy.fft``: the same parameters and dtypes (float32 gives complex64)."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops import elementwise as e, fft as ops
from .arrays.creation import check_device
from .protocols.lift import to_tensor

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

Norm = str | None
Lengths = Sequence[int] | None
Axes = Sequence[int] | None


def fft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.fft``: along one axis, cut or filled with zeros to length `n`."""
    return _transform("fft", ops.fft, a, _single(n), (axis,), norm)


def ifft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.ifft``, the inverse of `fft`."""
    return _transform("ifft", ops.ifft, a, _single(n), (axis,), norm)


def fft2(a: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Tensor:
    """As ``numpy.fft.fft2``: `fftn` over the last two axes."""
    return _transform("fft2", ops.fft, a, s, axes, norm)


def ifft2(a: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Tensor:
    """As ``numpy.fft.ifft2``, the inverse of `fft2`."""
    return _transform("ifft2", ops.ifft, a, s, axes, norm)


def fftn(a: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.fftn``: along several axes (all, if none are given), cut or filled to the lengths `s`."""
    return _transform("fftn", ops.fft, a, s, axes, norm)


def ifftn(a: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.ifftn``, the inverse of `fftn`."""
    return _transform("ifftn", ops.ifft, a, s, axes, norm)


def rfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.rfft``: the ``n // 2 + 1`` coefficients of a real signal that are not mirror images."""
    return _real_transform("rfft", a, _single(n), (axis,), norm)


def irfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.irfft``: the real signal of length `n` (by default ``2 (m - 1)`` of `m` coefficients)."""
    return _real_inverse("irfft", a, _single(n), (axis,), norm)


def rfft2(a: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Tensor:
    """As ``numpy.fft.rfft2``: `rfftn` over the last two axes."""
    return _real_transform("rfft2", a, s, axes, norm)


def irfft2(a: Any, s: Lengths = None, axes: Axes = (-2, -1), norm: Norm = None) -> Tensor:
    """As ``numpy.fft.irfft2``, the inverse of `rfft2`."""
    return _real_inverse("irfft2", a, s, axes, norm)


def rfftn(a: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.rfftn``: `rfft` along the last of the axes, `fft` along the others."""
    return _real_transform("rfftn", a, s, axes, norm)


def irfftn(a: Any, s: Lengths = None, axes: Axes = None, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.irfftn``, the inverse of `rfftn`."""
    return _real_inverse("irfftn", a, s, axes, norm)


def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.hfft``: the real spectrum of a signal that is its own conjugate mirror image."""
    return _real_inverse("hfft", e.conjugate(to_tensor(a)), _single(n), (axis,), _adjoint_norm("hfft", norm))


def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Tensor:
    """As ``numpy.fft.ihfft``, the inverse of `hfft`."""
    return e.conjugate(_real_transform("ihfft", a, _single(n), (axis,), _adjoint_norm("ihfft", norm)))


def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """As ``numpy.fft.fftfreq``: the frequencies that `fft` of length `n` and spacing `d` returns."""
    check_device(device, "fftfreq")
    return Tensor(numpy.fft.fftfreq(n, d).astype(dtype or float))


def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """As ``numpy.fft.rfftfreq``: the frequencies that `rfft` of length `n` and spacing `d` returns."""
    check_device(device, "rfftfreq")
    return Tensor(numpy.fft.rfftfreq(n, d).astype(dtype or float))


def fftshift(x: Any, axes: int | Axes = None) -> Tensor:
    """As ``numpy.fft.fftshift``: frequency zero to the middle."""
    return _shift("fftshift", x, axes, lambda length: length // 2)


def ifftshift(x: Any, axes: int | Axes = None) -> Tensor:
    """As ``numpy.fft.ifftshift``, the inverse of `fftshift`."""
    return _shift("ifftshift", x, axes, lambda length: -(length // 2))


_COMPLEX = {"rfft": "fft", "rfft2": "fft2", "rfftn": "fftn", "ihfft": "ifft"}
"""What takes complex arrays, beside what does not."""

# -- canonical parameters --------------------------------------------------------------------------


def _transform(name: str, operation: Any, a: Any, lengths: Lengths, axes: Axes, norm: Norm) -> Tensor:
    x = to_tensor(a)
    places, wanted = _places(name, x, lengths, axes)
    return operation(_resized(x, places, wanted), axes=places, norm=_norm(name, norm))


def _real_transform(name: str, a: Any, lengths: Lengths, axes: Axes, norm: Norm) -> Tensor:
    x = to_tensor(a)
    if x.dtype.kind == "c":
        raise TypeError(f"[{name}] a complex array was given, wanted a real one; write {_COMPLEX[name]}(a)")
    (*others, last), wanted = _places(name, x, lengths, axes)
    norm = _norm(name, norm)
    spectrum = ops.rfft(_resized(x, (*others, last), wanted), axis=last, norm=norm)
    return ops.fft(spectrum, axes=tuple(others), norm=norm) if others else spectrum


def _real_inverse(name: str, a: Any, lengths: Lengths, axes: Axes, norm: Norm) -> Tensor:
    x = to_tensor(a)
    (*others, last), wanted = _places(name, x, lengths, axes)
    length = 2 * (x.shape[last] - 1) if lengths is None else wanted[-1]
    _check_length(name, length)
    norm = _norm(name, norm)
    spectrum = _resized(x, (*others, last), (*wanted[:-1], length // 2 + 1))
    if others:
        spectrum = ops.ifft(spectrum, axes=tuple(others), norm=norm)
    return ops.irfft(spectrum, axis=last, length=length, norm=norm)


def _single(n: int | None) -> Lengths:
    return None if n is None else (operator.index(n),)


def _places(name: str, x: Tensor, lengths: Lengths, axes: Axes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes, non-negative, and the wanted length of each."""
    if axes is None:
        axes = range(-(x.ndim if lengths is None else len(lengths)), 0)
    places = tuple(_axis(name, axis, x.ndim) for axis in axes)
    if not places:
        raise ValueError(f"[{name}] no axes were given for shape {x.shape}, wanted at least one; write axes=(0,)")
    wanted = tuple(x.shape[p] for p in places) if lengths is None else _lengths(name, x, lengths, places)
    for length in wanted:
        _check_length(name, length)
    return places, wanted


def _lengths(name: str, x: Tensor, lengths: Sequence[int], places: tuple[int, ...]) -> tuple[int, ...]:
    if len(lengths) != len(places):
        raise ValueError(
            f"[{name}] {len(lengths)} lengths were given for {len(places)} axes, wanted one for each; "
            "write s and axes of equal length"
        )
    return tuple(x.shape[p] if n == -1 else operator.index(n) for n, p in zip(lengths, places, strict=True))


def _check_length(name: str, length: int) -> None:
    if length < 1:
        raise ValueError(f"[{name}] a length of {length} was given, wanted at least 1 point; write n=1 or more")


def _axis(name: str, axis: int, rank: int) -> int:
    place = operator.index(axis)
    if not -rank <= place < rank:
        wanted = f"one from {-rank} to {rank - 1}; write axis=-1 for the last"
        if rank == 0:
            wanted = "one axis at least; write a.reshape(1)"
        raise numpy.exceptions.AxisError(f"[{name}] axis {axis} was given for an array of {rank} axes, wanted {wanted}")
    return place % rank


def _resized(x: Tensor, places: tuple[int, ...], wanted: tuple[int, ...]) -> Tensor:
    shape = list(x.shape)
    for place, length in zip(places, wanted, strict=True):
        shape[place] = length
    return x if tuple(shape) == x.shape else ops.resize(x, shape=tuple(shape))


def _norm(name: str, norm: Norm) -> str:
    norm = "backward" if norm is None else norm
    if norm not in ops.ADJOINT_NORM:
        raise ValueError(
            f"[{name}] the norm {norm!r} was given, wanted 'backward', 'ortho' or 'forward'; write norm='backward'"
        )
    return norm


def _adjoint_norm(name: str, norm: Norm) -> str:
    return ops.ADJOINT_NORM[_norm(name, norm)]


def _shift(name: str, x: Any, axes: int | Axes, amount: Any) -> Tensor:
    x = to_tensor(x)
    given = range(x.ndim) if axes is None else (axes,) if isinstance(axes, int) else axes
    places = tuple(_axis(name, axis, x.ndim) for axis in given)
    return ops.rotate(x, shifts=tuple(amount(x.shape[p]) for p in places), axes=places)
