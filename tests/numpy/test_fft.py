"""Fourier transforms: what the tables of laws do not cover."""

from __future__ import annotations

import re

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

X = numpy.random.default_rng(0).standard_normal((2, 6))


@pytest.mark.parametrize("dtype", ["int32", "float16", "float32", "float64", "complex64", "complex128", "bool"])
def test_the_dtypes_are_numpys(dtype):
    x = X.astype(dtype)
    for name in ("fft", "ifft", "irfft", "hfft"):
        assert getattr(np.fft, name)(x).dtype == getattr(numpy.fft, name)(x).dtype
    if x.dtype.kind != "c":
        assert np.fft.rfft(x).dtype == numpy.fft.rfft(x).dtype


def test_the_shapes_are_known_without_values():
    assert wg.vmap(lambda x: np.fft.rfft(x, 9))(X.astype(numpy.float32)).dtype == numpy.complex64
    assert wg.vmap(lambda x: np.fft.irfft(x, 9))(X).shape == (2, 9)


def test_frequencies():
    numpy.testing.assert_array_equal(np.fft.fftfreq(7, 0.1), numpy.fft.fftfreq(7, 0.1))
    numpy.testing.assert_array_equal(np.fft.rfftfreq(8, d=2.0), numpy.fft.rfftfreq(8, d=2.0))
    assert np.fft.fftfreq(7, dtype=numpy.float32, device="cpu").dtype == numpy.float32
    assert np.fft.rfftfreq(7, dtype=numpy.float32).dtype == numpy.float32


def test_numpys_own_functions_of_tensors_differentiate():
    mean_frequency = wg.grad(lambda x: numpy.fft.rfft(x).real.sum())(X[0])
    numpy.testing.assert_allclose(mean_frequency, [4, 0, 1, 0, 1, 0], atol=1e-15)


def test_the_energy_of_a_signal_is_that_of_its_spectrum():
    """Parseval: the gradient of the energy of the spectrum is twice the signal."""

    def energy(x):
        spectrum = np.fft.fft(x, norm="ortho")
        return (spectrum.real**2 + spectrum.imag**2).sum()

    numpy.testing.assert_allclose(wg.grad(energy)(X), 2 * X, rtol=1e-13)


def test_the_jacobian_of_the_transform_is_the_transform_of_the_identity():
    jacobian = wg.jacfwd(lambda x: np.fft.irfft(np.fft.rfft(x)))(X[0])
    numpy.testing.assert_allclose(jacobian, numpy.eye(6), atol=1e-15)


def test_plain_numbers_and_lists_are_taken():
    numpy.testing.assert_array_equal(np.fft.fft([1, 2, 3]), numpy.fft.fft([1, 2, 3]))
    numpy.testing.assert_array_equal(np.fft.fftshift([1, 2, 3]), [3, 1, 2])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: np.fft.fft(X, n=0),
            ValueError,
            "[fft] a length of 0 was given, wanted at least 1 point; write n=1 or more",
        ),
        (
            lambda: np.fft.irfft(X[:, :1]),
            ValueError,
            "[irfft] a length of 0 was given, wanted at least 1 point; write n=1 or more",
        ),
        (
            lambda: np.fft.fft(X, axis=2),
            IndexError,
            "[fft] axis 2 was given for an array of 2 axes, wanted one from -2 to 1; write axis=-1 for the last",
        ),
        (
            lambda: np.fft.fftn(X, s=(2,), axes=(0, 1)),
            ValueError,
            "[fftn] 1 lengths were given for 2 axes, wanted one for each; write s and axes of equal length",
        ),
        (
            lambda: np.fft.fft(1.0),
            IndexError,
            "[fft] axis -1 was given for an array of 0 axes, wanted one axis at least; write a.reshape(1)",
        ),
        (
            lambda: np.fft.ifft(X, norm="both"),
            ValueError,
            "[ifft] the norm 'both' was given, wanted 'backward', 'ortho' or 'forward'; write norm='backward'",
        ),
        (
            lambda: np.fft.rfftn(1j * X),
            TypeError,
            "[rfftn] a complex array was given, wanted a real one; write fftn(a)",
        ),
        (
            lambda: np.fft.fftn(1.0),
            ValueError,
            "[fftn] no axes were given for shape (), wanted at least one; write axes=(0,)",
        ),
    ],
)
def test_bad_input_is_explained(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()
