"""Fourier transforms: odd and even lengths, cut and filled, every norm."""

from __future__ import annotations

from typing import Any

import numpy

import wengert.numpy as np

from .case import EVERY, REAL, Case, Maker, uniform


def _case(label: str, function: str, maker: Maker, dtypes: tuple[str, ...] = EVERY, **params: Any) -> Case:
    ours, theirs = getattr(np.fft, function), getattr(numpy.fft, function)
    return Case(
        f"{function}_{label}",
        lambda x: ours(x, **params),
        (maker,),
        lambda x: theirs(x, **params),
        dtypes,
    )


LINE = uniform((2, 5))
EVEN = uniform((2, 6))
BLOCK = uniform((2, 3, 4))

CASES = [
    *(_case(f"{norm}", f, LINE, norm=norm) for f in ("fft", "ifft") for norm in (None, "ortho", "forward")),
    *(_case("filled", f, LINE, n=7, axis=-1) for f in ("fft", "ifft")),
    *(_case("cut", f, LINE, n=1, axis=0) for f in ("fft", "ifft")),
    *(_case("plain", f, BLOCK) for f in ("fft2", "ifft2", "fftn", "ifftn")),
    *(_case("lengths", f, BLOCK, s=(2, -1), axes=(-1, 0), norm="ortho") for f in ("fft2", "ifft2", "fftn", "ifftn")),
    _case("repeated_axes", "fftn", EVEN, axes=(1, 1, 0), norm="forward"),
    *(_case(f"odd_{norm}", "rfft", LINE, REAL, norm=norm) for norm in (None, "ortho", "forward")),
    *(_case(f"even_{norm}", "rfft", EVEN, REAL, norm=norm) for norm in (None, "ortho", "forward")),
    _case("filled", "rfft", EVEN, REAL, n=9, axis=0),
    *(_case(f"odd_{norm}", "irfft", LINE, n=9, norm=norm) for norm in (None, "ortho", "forward")),
    *(_case(f"even_{norm}", "irfft", LINE, norm=norm) for norm in (None, "ortho", "forward")),
    _case("cut", "irfft", EVEN, n=3, axis=-1),
    _case("filled", "irfft", EVEN, n=5, axis=0),
    *(_case("plain", f, BLOCK, REAL) for f in ("rfft2", "rfftn")),
    *(_case("lengths", f, BLOCK, REAL, s=(3, 5), axes=(0, 1), norm="ortho") for f in ("rfft2", "rfftn")),
    *(_case("plain", f, BLOCK) for f in ("irfft2", "irfftn")),
    *(_case("lengths", f, BLOCK, s=(3, 5), axes=(0, 1), norm="forward") for f in ("irfft2", "irfftn")),
    _case("last_length", "irfftn", BLOCK, s=(3, -1), axes=(0, 1)),
    *(_case(f"{norm}", "hfft", LINE, norm=norm) for norm in (None, "ortho", "forward")),
    _case("odd", "hfft", LINE, n=7),
    *(_case(f"{norm}", "ihfft", EVEN, REAL, norm=norm) for norm in (None, "ortho", "forward")),
    *(_case("all", f, BLOCK) for f in ("fftshift", "ifftshift")),
    *(_case("some", f, BLOCK, axes=(-2, 0)) for f in ("fftshift", "ifftshift")),
]
