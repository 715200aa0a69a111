"""Complex numbers: a wave packet in a harmonic well by the split-step method, a transform, and elementwise functions.

Source of the method: J. A. Fleck, J. R. Morris and M. D. Feit, "Time-dependent propagation of high energy laser beams
through the atmosphere" (1976).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .awaited import awaited
from .workload import Call, Workload, Wrap

POINTS, STEPS, STEP = 512, 200, 0.01
PLACES = numpy.linspace(-10, 10, POINTS, endpoint=False)
MOMENTA = 2 * numpy.pi * numpy.fft.fftfreq(POINTS, PLACES[1] - PLACES[0])
WELL = 0.5 * PLACES**2
START = numpy.exp(-((PLACES - 1) ** 2)) + 0j
SIGNALS = {n: numpy.exp(1j * numpy.arange(n) ** 1.5) * numpy.linspace(1, 2, n) for n in (64, 1024, 100_000)}


def mean_place(well: Any, m: Any, scan: Callable[..., Any]) -> Any:
    """Where the packet is after all steps, in the library `m`."""
    half, whole = m.exp(-0.5j * STEP * well), numpy.exp(-0.5j * STEP * MOMENTA**2)

    def turn(wave: Any, _: Any) -> tuple[Any, None]:
        return half * m.fft.ifft(whole * m.fft.fft(half * wave)), None

    wave, _ = scan(turn, START + 0 * well, None, length=STEPS)
    return m.sum(PLACES * m.abs(wave) ** 2)


def transform(z: Any, m: Any) -> Any:
    return m.fft.fft(z)


def elementwise(z: Any, m: Any) -> Any:
    return m.sqrt(z) * m.exp(1j * z.real) / (1 + z * z.conj())


# -- in each library -------------------------------------------------------------------------------


def wengert(f: Callable[..., Any], x: Any) -> Call:
    compiled, given = wg.jit(f), wg.tensor(x)
    return lambda: compiled(given)


def wengert_wave(x: Any, with_gradient: bool) -> Call:
    value = partial(mean_place, m=np, scan=wg.scan)
    return wengert(wg.value_and_grad(value) if with_gradient else value, x)


def jax_wave(x: Any, with_gradient: bool) -> Call:
    import jax

    value = partial(mean_place, m=jax.numpy, scan=jax.lax.scan)
    return awaited(jax.value_and_grad(value) if with_gradient else value, x)


def jax(f: Callable[..., Any], x: Any) -> Call:
    import jax.numpy as jnp

    return awaited(lambda z: f(z, jnp), x)


def torch(f: Callable[..., Any], x: Any, wrap: Wrap) -> Call:
    import torch

    value, given = wrap(lambda z: f(z, torch)), torch.tensor(x)
    return lambda: value(given).resolve_conj()


def workloads() -> Iterator[Workload]:
    for name, with_gradient in (("", False), (", and gradient", True)):
        ours, theirs = (partial(f, WELL, with_gradient) for f in (wengert_wave, jax_wave))
        yield Workload(f"split-step Schrodinger, 512 complex, 200 steps{name}", 0.5, ours, theirs, None, 1e-9)
    for f, size, what in ((transform, 64, "FFT"), (transform, 1024, "FFT"), (elementwise, 100_000, "sqrt, exp, ratio")):
        x = SIGNALS[size]
        ours = partial(wengert, partial(f, m=np), x)
        yield Workload(f"{what} of {size:,} complex128", 0.9, ours, partial(jax, f, x), partial(torch, f, x), 1e-12)
