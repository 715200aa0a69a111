"""Spectra of pieces of a signal that overlap, and the signal from them."""

from __future__ import annotations

from typing import Any

import wengert.numpy as np
from wengert import windows

from ..registry import offer
from ..tensor import Tensor, of, tensor_of
from .layout import view_as_real

__all__: list[str] = []

PAD_MODES = {"reflect": "reflect", "constant": "constant", "replicate": "edge", "circular": "wrap"}
"""What PyTorch calls ways to continue a signal, and NumPy."""


def stft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, pad_mode: str = "reflect", normalized: bool = False,
    onesided: bool | None = None, return_complex: bool | None = None,
) -> Tensor:  # fmt: skip
    """The spectra of pieces of a signal, each times a window: of shape (..., frequencies, pieces).

    Raises:
        RuntimeError: the signal is real, and `return_complex` is not given; or it is shorter than a piece.
    """
    signal, weights = tensor_of(input, "stft"), _weights(window, n_fft, win_length, "stft")
    is_real = signal.dtype.kind != "c" and (weights is None or weights.dtype.kind != "c")
    if is_real and return_complex is None:
        raise RuntimeError(
            "[stft] a real signal was given without return_complex, wanted it said; write return_complex=True"
        )
    if center:
        around = [(0, 0)] * (signal.ndim - 1) + [(n_fft // 2, n_fft // 2)]
        signal = np.pad(signal, around, mode=PAD_MODES[pad_mode])
    if signal.shape[-1] < n_fft:
        raise RuntimeError(
            f"[stft] a signal of {signal.shape[-1]} numbers was given, wanted at least n_fft={n_fft}; write center=True"
        )
    pieces = windows.unfold(signal, n_fft, strides=hop_length or n_fft // 4)
    transform = np.fft.rfft if is_real and onesided is not False else np.fft.fft
    found = transform(pieces if weights is None else pieces * weights, norm="ortho" if normalized else None)
    spectra = of(np.swapaxes(found, -1, -2))
    return spectra if return_complex or not is_real else view_as_real(spectra)


def istft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, normalized: bool = False, onesided: bool | None = None,
    length: int | None = None, return_complex: bool = False,
) -> Tensor:  # fmt: skip
    """The signal whose spectra are the nearest to these (see `stft`), in the sense of least squares.

    Raises:
        RuntimeError: pieces do not cover the signal: the sum of the squares of their windows has zeros.

    Source: D. W. Griffin, J. S. Lim, "Signal estimation from modified short-time Fourier transform" (1984), eq. 6.
    """
    spectra, weights = np.swapaxes(tensor_of(input, "istft"), -1, -2), _weights(window, n_fft, win_length, "istft")
    is_onesided = not return_complex if onesided is None else onesided
    inverse = np.fft.irfft if is_onesided else np.fft.ifft
    pieces = inverse(spectra, n_fft, norm="ortho" if normalized else None)
    pieces = pieces if return_complex else pieces.real
    weights = np.ones(n_fft, pieces.real.dtype) if weights is None else weights
    hop = hop_length or n_fft // 4
    total = n_fft + hop * (pieces.shape[-2] - 1)
    start = n_fft // 2 if center else 0
    stop = total - start if length is None else start + length
    signal, squares = (
        windows.fold(each, total, strides=hop)[..., start:stop]
        for each in (pieces * weights, np.broadcast_to(weights**2, pieces.shape[-2:]))
    )
    if np.min(np.abs(squares)) < 1e-11:
        raise RuntimeError(
            "[istft] the squares of the windows add up to zero somewhere, wanted pieces that overlap; write a smaller "
            "hop_length, center=True, or a window without zeros"
        )
    missing = 0 if length is None else max(length - squares.shape[-1], 0)
    return of(np.pad(signal / squares, [(0, 0)] * (signal.ndim - 1) + [(0, missing)]))


def _weights(window: Tensor | None, n_fft: int, win_length: int | None, op: str) -> Any:
    """The window in the middle of a piece; ``None`` for one of ones over all of it."""
    count = n_fft if win_length is None else win_length
    if window is None and count == n_fft:
        return None
    weights = np.ones(count, "float32") if window is None else tensor_of(window, op, "window")
    if weights.shape != (count,) or count > n_fft:
        raise RuntimeError(
            f"[{op}] a window of shape {weights.shape} was given for win_length={count} and n_fft={n_fft}, wanted one "
            f"of {min(count, n_fft)} numbers; write window=torch.hann_window({min(count, n_fft)})"
        )
    before = (n_fft - count) // 2
    return np.pad(weights, (before, n_fft - count - before))


offer(stft)
offer(istft)
