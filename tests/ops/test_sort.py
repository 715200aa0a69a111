"""Permutations, and the places of quantiles."""

from __future__ import annotations

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.ops.axes import sort as o

X = numpy.random.default_rng(0).permutation(numpy.linspace(-3, 3, 12)).reshape(3, 4)


def test_a_permutation_and_its_inverse_are_transposes():
    order = numpy.argsort(X, axis=1)
    there = o.permute(X, order, axis=1)
    numpy.testing.assert_array_equal(there, numpy.sort(X, axis=1))
    numpy.testing.assert_array_equal(o.permute(there, o.inverse(order, axis=1), axis=1), X)


def test_a_batch_may_share_the_values_or_the_order():
    orders = numpy.array([[0, 1, 2], [2, 0, 1]])
    permuted = wg.vmap(lambda order: o.permute(numpy.array([5.0, 6.0, 7.0]), order, axis=0))(orders)
    assert permuted.tolist() == [[5.0, 6.0, 7.0], [7.0, 5.0, 6.0]]
    permuted = wg.vmap(lambda x: o.permute(x, orders[1], axis=0))(numpy.array([[5.0, 6.0, 7.0]]))
    assert permuted.tolist() == [[7.0, 5.0, 6.0]]


@pytest.mark.parametrize("method", o.CONTINUOUS)
def test_the_place_of_a_quantile_is_hyndman_and_fans(method):
    """q (n + 1 - alpha - beta) + alpha - 1, within 0 and n - 1."""
    alpha, beta = o.CONTINUOUS[method]
    q = numpy.linspace(0, 1, 21)
    for count in (1, 2, 7):
        expected = numpy.clip(q * (count + 1 - alpha - beta) + alpha - 1, 0, count - 1)
        numpy.testing.assert_allclose(o.place(q, count, method=method), expected, rtol=1e-14, atol=1e-14)


def test_places_of_several_counts():
    q, counts = numpy.array([0.5, 1.0]), numpy.array([[3], [0], [4]])
    assert o.place(q, counts, method="linear").tolist() == [[1.0, 2.0], [0.0, 0.0], [1.5, 3.0]]
    slopes = wg.jacobian(lambda q: o.place(q, counts, method="linear"))(np.asarray(q[:1]))
    assert slopes[:, 0, 0].tolist() == [2.0, 0.0, 3.0]


@pytest.mark.parametrize("length", [1, 2])
def test_second_derivatives_of_short_sorts_compiled(length: int) -> None:
    x = numpy.arange(length) + 1.0
    hessian = wg.jit(wg.hessian(lambda x: np.sum(np.sort(x) ** 2)))
    numpy.testing.assert_array_equal(hessian(x).numpy(), 2 * numpy.eye(length))
