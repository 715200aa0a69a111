"""Polynomials: what the laws do not cover."""

from __future__ import annotations

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def test_roots_of_special_polynomials() -> None:
    for p in ([0.0, 1.0, -3.0, 2.0, 0.0, 0.0], [2, -8], [5.0], [0.0, 0.0], [3.0, 0.0]):
        given, wanted = np.roots(p), numpy.roots(p)
        assert given.shape == wanted.shape
        numpy.testing.assert_allclose(numpy.sort(numpy.real(given)), numpy.sort(wanted), atol=1e-12)


def test_a_root_moves_as_the_implicit_function_theorem_says() -> None:
    p = numpy.array([1.0, -6.0, 11.0, -6.0])
    largest = wg.grad(lambda p: np.max(np.real(np.roots(p))))(p)
    slope = numpy.polyval(numpy.polyder(p), 3.0)
    numpy.testing.assert_allclose(largest, -(3.0 ** numpy.arange(3, -1, -1)) / slope, rtol=1e-9)


def test_the_characteristic_polynomial_of_a_matrix() -> None:
    matrix = numpy.array([[2.0, 1.0], [0.5, 3.0]])
    numpy.testing.assert_allclose(np.poly(matrix), numpy.poly(matrix))


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"\[polyder\] the order is -1"):
        np.polyder([1.0, 2.0], -1)
    with pytest.raises(ValueError, match="k must be a scalar"):
        np.polyint([1.0, 2.0], 3, [1.0, 2.0])
    with pytest.raises(ValueError, match="rank-1"):
        np.roots(numpy.ones((2, 2)))
    with pytest.raises(ValueError, match="1d"):
        np.poly(numpy.ones((2, 3)))
