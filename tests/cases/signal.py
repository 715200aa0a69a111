"""Convolutions and filters, against SciPy."""

from __future__ import annotations

from typing import Any

import scipy.signal

from wengert.scipy import signal

from .case import EVERY, REAL, Case, Maker, uniform


def _case(label: str, name: str, *makers: Maker, dtypes: tuple[str, ...] = REAL, **params: Any) -> Case:
    ours, theirs = getattr(signal, name), getattr(scipy.signal, name)
    return Case(
        f"{name}_{label}", lambda *a: ours(*a, **params), makers, lambda *a: theirs(*a, **params), dtypes, order=2
    )


LINES = (uniform((7,)), uniform((4,)))
ODD_LINES = (uniform((6,)), uniform((3,)))
SHORT_LONG = (uniform((3,)), uniform((6,)))
SHEETS = (uniform((4, 5)), uniform((2, 3)))
MODES = ("full", "valid", "same")

CASES = [
    *(_case(mode, f, *LINES, mode=mode, dtypes=EVERY) for f in ("convolve", "correlate") for mode in MODES),
    *(_case(f"{mode}_odd", f, *ODD_LINES, mode=mode) for f in ("convolve", "correlate") for mode in MODES),
    *(_case(f"{mode}_short", f, *SHORT_LONG, mode=mode) for f in ("convolve", "correlate") for mode in MODES),
    *(_case(f"{mode}_sheets", f, *SHEETS, mode=mode) for f in ("convolve", "correlate") for mode in MODES),
    *(_case(f"{method}_method", "convolve", *SHEETS, method=method, dtypes=EVERY) for method in ("direct", "fft")),
    *(_case(mode, f, *SHEETS, mode=mode) for f in ("fftconvolve", "oaconvolve") for mode in MODES),
    _case("complex", "fftconvolve", *SHEETS, dtypes=EVERY),
    _case("axes", "fftconvolve", uniform((3, 5)), uniform((1, 4)), axes=-1, mode="same"),
    _case("axes_valid", "fftconvolve", uniform((3, 2, 5)), uniform((3, 1, 2)), axes=(2,), mode="valid"),
    *(_case(mode, f, *SHEETS, mode=mode, dtypes=EVERY) for f in ("convolve2d", "correlate2d") for mode in MODES),
    *(
        _case(f"{mode}_{boundary}", f, *SHEETS, mode=mode, boundary=boundary)
        for f in ("convolve2d", "correlate2d")
        for mode in MODES
        for boundary in ("wrap", "symm")
    ),
    _case("filled", "convolve2d", *SHEETS, mode="same", fillvalue=1.5),
    _case("constant", "detrend", uniform((3, 5)), type="constant", axis=0),
    _case("linear", "detrend", uniform((3, 6))),
    _case("pieces", "detrend", uniform((7, 2)), axis=0, bp=[3]),
    _case("line", "detrend", uniform((6,)), dtypes=EVERY),
    _case("even", "hilbert", uniform((2, 6))),
    _case("odd", "hilbert", uniform((5, 2)), axis=0),
    _case("longer", "hilbert", uniform((2, 5)), N=8),
]
