"""Reductions without a name in NumPy."""

from __future__ import annotations

import itertools

import numpy
import scipy.special

import wengert as wg
from wengert.ops import broadcast
from wengert.ops.axes import reduce


def test_logsumexp_is_scipys_at_special_values():
    inf, nan = numpy.inf, numpy.nan
    for row in itertools.product([0.0, -1000.0, 800.0, inf, -inf, nan], repeat=2):
        x = numpy.array(row)
        with numpy.errstate(all="ignore"):
            expected = scipy.special.logsumexp(x)
        found = reduce.logsumexp(x, axis=(0,), keepdims=False)
        numpy.testing.assert_allclose(found, expected, rtol=1e-15, err_msg=str(row))


def test_logsumexp_is_accurate_near_zero():
    assert reduce.logsumexp(numpy.array([0.0, -50.0]), axis=(0,), keepdims=False) == numpy.log1p(numpy.exp(-50.0))


def test_logsumexp_shares_among_equal_infinities():
    def slopes(*row):
        return wg.grad(lambda x: reduce.logsumexp(x, axis=(0,), keepdims=False))(numpy.array(row)).tolist()

    assert slopes(-numpy.inf, -numpy.inf) == [0.5, 0.5]
    assert slopes(numpy.inf, 1.0, numpy.inf) == [0.5, 0.0, 0.5]
    assert slopes(-numpy.inf, 3.0) == [0.0, 1.0]


def test_merged_axes_come_apart_again():
    x = numpy.arange(24).reshape(2, 3, 4)
    for axis in ((), (0,), (2,), (0, 2), (0, 1, 2)):
        merged = reduce.merge_axes(x, axis)
        assert merged.shape[-1] == numpy.prod([x.shape[a] for a in axis])
        numpy.testing.assert_array_equal(reduce._unmerge_axes(merged, x.shape, axis), x)


def test_a_large_cotangent_of_a_sum_is_a_view_with_the_same_values():
    x = numpy.ones((70, 80))
    assert x.size > broadcast.COPIED_ELEMENTS
    for shape in ((3, 4), x.shape):
        x = numpy.ones(shape)
        weights = numpy.arange(float(shape[1]))
        gradient = wg.grad(lambda x: (broadcast.sum(x, axis=(0,), keepdims=False) * weights).sum())(x)  # noqa: B023
        numpy.testing.assert_array_equal(gradient, numpy.broadcast_to(weights, shape))
