"""Convolutions and filters: what the tables of laws do not cover."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy
import pytest
import scipy.signal

import wengert as wg
from wengert.scipy import signal

X = numpy.random.default_rng(0).standard_normal((4, 5))
Y = numpy.random.default_rng(1).standard_normal((2, 3))


def test_whole_numbers_stay_exact():
    x, y = numpy.arange(5), numpy.array([10**9, 1])
    for name in ("convolve", "correlate"):
        ours, theirs = getattr(signal, name)(x, y), getattr(scipy.signal, name)(x, y)
        numpy.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    batched = wg.vmap(signal.convolve)(numpy.stack([x, x + 1]), numpy.stack([y, y]))
    numpy.testing.assert_array_equal(batched[1], numpy.convolve(x + 1, y))
    assert batched.dtype == numpy.int64


def test_scalars_multiply():
    assert signal.convolve(2.0, 3.0) == 6
    assert signal.fftconvolve(2.0, 3.0) == 6


def test_one_operand_batched():
    batch = numpy.stack([X, 2 * X])
    numpy.testing.assert_allclose(wg.vmap(lambda x: signal.convolve(x, Y))(batch)[1], scipy.signal.convolve(2 * X, Y))
    numpy.testing.assert_allclose(wg.vmap(lambda x: signal.convolve(Y, x))(batch)[1], scipy.signal.convolve(Y, 2 * X))


def test_the_larger_operand_may_come_second():
    for name in ("convolve", "correlate", "convolve2d", "correlate2d", "fftconvolve"):
        ours, theirs = getattr(signal, name)(Y, X, mode="valid"), getattr(scipy.signal, name)(Y, X, mode="valid")
        numpy.testing.assert_allclose(ours, theirs)


def test_a_kernel_is_recovered_from_what_it_did():
    """Descent along the gradient of the squared error finds the kernel of a blur."""
    seen = scipy.signal.convolve(X, Y, mode="valid")
    kernel = numpy.zeros_like(Y)
    loss = lambda k: ((signal.convolve(X, k, mode="valid") - seen) ** 2).sum()
    step = numpy.linalg.solve(
        numpy.asarray(wg.hessian(loss)(kernel)).reshape(6, 6), numpy.asarray(wg.grad(loss)(kernel)).ravel()
    )
    numpy.testing.assert_allclose(kernel - step.reshape(Y.shape), Y, rtol=1e-10)


def test_a_signal_and_its_hilbert_transform_are_orthogonal():
    x = X.ravel()[:8] - X.ravel()[:8].mean()
    assert abs(numpy.dot(numpy.asarray(signal.hilbert(x).imag), x)) < 1e-12
    numpy.testing.assert_allclose(signal.hilbert(x).real, x, atol=1e-14)


def test_scipy_signal_is_imported_at_the_first_convolution():
    code = (
        "import sys, numpy, wengert, wengert.scipy.signal as s\n"
        "loaded = lambda: 'scipy' in sys.modules\n"
        "before = loaded(); s.convolve(numpy.ones(2), numpy.ones(2)); print(before, loaded())"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "False True\n"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: signal.convolve(X, Y, mode="some"),
            "[convolve] the mode 'some' was given, wanted 'full', 'valid' or 'same'; write mode='full'",
        ),
        (
            lambda: signal.correlate(X, Y, method="quick"),
            "[correlate] the method 'quick' was given, wanted 'auto', 'direct' or 'fft'; write method='auto'",
        ),
        (
            lambda: signal.convolve(X, Y[0]),
            "[convolve] arrays of shapes (4, 5) and (3,) were given, wanted as many axes in both; write "
            "y.reshape(1, -1) for a row",
        ),
        (
            lambda: signal.convolve(X, Y.T[:, [0, 1, 0, 1, 0, 1]], mode="valid"),
            "[convolve] arrays of shapes (4, 5) and (3, 6) were given for mode 'valid', wanted one at least as long as "
            "the other along every axis; write mode='full'",
        ),
        (
            lambda: signal.convolve2d(X[0], Y[0]),
            "[convolve2d] arrays of shapes (5,) and (3,) were given, wanted two matrices; write convolve(in1, in2)",
        ),
        (
            lambda: signal.correlate2d(X, Y, boundary="none"),
            "[correlate2d] the boundary 'none' was given, wanted 'fill', 'wrap' or 'symm'; write boundary='fill'",
        ),
        (
            lambda: signal.detrend(X, type="square"),
            "[detrend] the type 'square' was given, wanted 'linear' or 'constant'; write type='linear'",
        ),
        (
            lambda: signal.detrend(X, bp=9),
            "[detrend] a breakpoint of 9 was given for 5 samples, wanted one within; write bp=2",
        ),
        (
            lambda: signal.hilbert(1j * X),
            "[hilbert] a complex signal was given, wanted a real one; write hilbert(x.real)",
        ),
    ],
)
def test_bad_input_is_explained(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()


@pytest.mark.parametrize("name", ["fftconvolve", "oaconvolve"])
@pytest.mark.parametrize("shapes", [((0,), (2,)), ((2,), (0,)), ((0,), (0,)), ((0, 3), (2, 3))])
def test_a_convolution_with_nothing_is_nothing(name, shapes):
    x, y = (numpy.ones(shape) for shape in shapes)
    ours = getattr(signal, name)
    for f in (ours, wg.jit(ours)):
        numpy.testing.assert_array_equal(f(x, y), getattr(scipy.signal, name)(x, y), strict=True)
    for by, operand in zip(wg.grad(lambda x, y: ours(x, y).sum(), (0, 1))(x, y), (x, y), strict=True):
        numpy.testing.assert_array_equal(by, numpy.zeros_like(operand), strict=True)
    assert wg.jvp(ours, (x, y), (x, y))[1].shape == (0,)
