"""Fourier transforms in machine code: exact as NumPy's, of every length, axis, norm and dtype, and differentiated."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests.compile.native.compiled import assert_compiled_is_eager, steps_of

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.facts.fourier import factors, is_smooth, unit_roots

pytest.importorskip("llvmlite")

LENGTHS = [1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 31, 32, 37, 64, 74, 90, 105, 128, 256, 500, 512, 1024]


def _numbers(shape: Any, seed: int = 0) -> Any:
    rng = numpy.random.default_rng(seed)
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def _error(found: Any, exact: Any) -> float:
    return float(numpy.linalg.norm(found - exact) / numpy.linalg.norm(exact))


def test_lengths_are_exact_as_the_definition() -> None:
    """By twice what rounding each of log2(n) passes once would do."""
    signals = [_numbers(n, n) for n in LENGTHS]
    found = wg.jit(lambda xs: [(np.fft.fft(x), np.fft.ifft(x)) for x in xs])(signals)
    for x, (forward, back) in zip(signals, found, strict=True):
        n = len(x)
        cosine, sine = unit_roots(numpy.outer(numpy.arange(n), numpy.arange(n)), n)
        wide = numpy.clongdouble if numpy.finfo(numpy.longdouble).eps < 1e-18 else complex
        matrix = cosine.astype(wide) + 1j * sine.astype(wide)
        bound = 2.5e-16 * max(1, numpy.log2(n)) ** 0.5
        assert _error(forward.numpy(), matrix @ x.astype(wide)) < bound, n
        assert _error(back.numpy(), matrix.conj() @ x.astype(wide) / n) < bound, n


@pytest.mark.part(2)
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_axes_norms_and_dtypes(dtype: str, norm: Any) -> None:
    x = _numbers((4, 6, 16)).astype(dtype)
    real = numpy.ascontiguousarray(x.real)
    axes = [(0,), (1,), (2,), (0, 2), (0, 1, 2)]

    def each(x: Any, real: Any) -> tuple[Any, ...]:
        whole = [f(x, axes=a, norm=norm) for f in (np.fft.fftn, np.fft.ifftn) for a in axes]
        half = [np.fft.rfft(real, axis=a, norm=norm) for a in range(3)]
        back = [np.fft.irfft(x, n, axis=a, norm=norm) for a in range(3) for n in (5, 6)]
        return (*whole, *half, *back, np.fft.fft(real), np.fft.hfft(x), np.fft.ihfft(real))

    assert_compiled_is_eager(each, x, real, rtol=1e-13 if dtype == "complex128" else 3e-5)
    assert not steps_of(each, x, real)


@pytest.mark.parametrize("length", [9, 10])
def test_derivatives_and_batches(length: int) -> None:
    x = _numbers(length).real
    w = numpy.linspace(1, 2, length)

    def loss(x: Any) -> Any:
        spectrum = np.fft.rfft(np.sin(x) * w)
        back = np.fft.irfft(spectrum * np.exp(-0.1 * np.arange(len(spectrum))), length)
        return np.sum(np.abs(np.fft.fft(back * x)) ** 4)

    for f in (wg.grad(loss), wg.hessian(loss)):
        assert_compiled_is_eager(f, x, rtol=1e-11)
    assert_compiled_is_eager(wg.vmap(wg.grad(loss)), numpy.stack([x, 2 * x, x - 1]), rtol=1e-11)


def test_factors_multiply_to_the_length() -> None:
    for n in range(1, 200):
        assert numpy.prod(factors(n), dtype=int) == n
        assert is_smooth(n) == (max(factors(n), default=1) <= 31)


@pytest.mark.wide
@pytest.mark.parametrize("length", [4096, 1 << 16, 3**9, 10007, 1 << 20])
def test_long_signals(length: int) -> None:
    x = _numbers(length)
    exact = numpy.fft.fft(x)
    assert _error(wg.jit(np.fft.fft)(x).numpy(), exact) < 2e-15
