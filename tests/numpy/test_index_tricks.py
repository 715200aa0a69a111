"""Shorthands with square brackets, and functions of parts, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

X = numpy.arange(6.0).reshape(2, 3) - 2.5
V = numpy.array([1.0, -2.0, 3.0])


@pytest.mark.parametrize(
    "call",
    [
        lambda m, v: m.r_[v, 0.0, 1:4, v * v],
        lambda m, v: m.r_[0:1:5j, v],
        lambda m, v: m.c_[v, v * v],
        lambda m, v: m.c_[m.stack([v, v], axis=1), v],
        lambda m, v: m.apply_along_axis(lambda row: row * row[0], 1, m.stack([v, v * v])),
        lambda m, v: m.apply_along_axis(lambda row: m.sum(row * row), 0, m.stack([v, v * v])),
        lambda m, v: m.apply_along_axis(lambda row: m.stack([row, row * row]), 0, m.stack([v, v * v])),
        lambda m, v: m.apply_over_axes(m.sum, m.stack([v, v * v]), [0, 1]),
        lambda m, v: m.piecewise(v, [v > 0, v < -5], [lambda x: m.log(x), 7.0]),
        lambda m, v: m.piecewise(v, v > 0, [lambda x, p: x**p, lambda x, p: -x], 3),
    ],
)
def test_values_are_numpys_and_derivatives_agree_with_differences(call: Any) -> None:
    given, wanted = call(np, wg.tensor(V)), call(numpy, V)
    assert given.shape == wanted.shape
    numpy.testing.assert_allclose(given, wanted)
    step = 1e-6
    columns = [(call(numpy, V + step * d) - call(numpy, V - step * d)) / (2 * step) for d in numpy.eye(3)]
    for mode in (wg.jacrev, wg.jacfwd):
        jacobian = mode(lambda v: call(np, v))(V)
        numpy.testing.assert_allclose(jacobian, numpy.stack(columns, axis=-1), rtol=1e-7, atol=1e-8)
    numpy.testing.assert_allclose(wg.vmap(lambda v: call(np, v))(numpy.stack([V, V])), numpy.stack([wanted, wanted]))


def test_constants() -> None:
    numpy.testing.assert_array_equal(np.r_["0,2", [1, 2], [3, 4]], numpy.r_["0,2", [1, 2], [3, 4]])
    numpy.testing.assert_array_equal(np.mgrid[0:2, 0:3], numpy.mgrid[0:2, 0:3])
    for ours, theirs in zip(np.ogrid[0:2, 0:1:3j], numpy.ogrid[0:2, 0:1:3j], strict=True):
        numpy.testing.assert_array_equal(ours, theirs)
    assert np.s_[1:2, ...] == (slice(1, 2), ...)
    assert [X[i] for i in np.ndindex(2, 3)] == X.ravel().tolist()


def test_a_branch_not_taken_leaves_no_trace() -> None:
    def f(v: wg.Tensor) -> wg.Tensor:
        return np.piecewise(v, [v > 0], [np.sqrt, 0.0]).sum()

    numpy.testing.assert_allclose(wg.grad(f)(V), numpy.where(V > 0, 0.5 / numpy.sqrt(abs(V)), 0))


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"\[r_\] the directive '0,2' was given with tensors"):
        np.r_["0,2", wg.tensor(V)]
    with pytest.raises(ValueError, match="either 1 or 2 functions are expected"):
        np.piecewise(V, [V > 0], [1, 2, 3])
    with pytest.raises(ValueError, match="Cannot apply_along_axis"):
        np.apply_along_axis(np.sum, 0, numpy.zeros((2, 0)))
