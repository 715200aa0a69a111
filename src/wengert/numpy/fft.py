"""Fourier transforms, under the names of ``numpy.fft``."""

from __future__ import annotations

__all__: list[str] = []
