"""Scans: shifts, recurrences, and what the tables of laws do not cover."""

from __future__ import annotations

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.ops.axes import scan

X = numpy.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("axis", "by", "fill", "expected"),
    [
        (1, 1, 0, [[0, 1, 2], [0, 4, 5]]),
        (1, -1, 9, [[2, 3, 9], [5, 6, 9]]),
        (0, 1, 1, [[1, 1, 1], [1, 2, 3]]),
    ],
)
def test_a_shift_moves_elements_along(axis, by, fill, expected):
    assert scan.shift(X, axis=axis, by=by, fill=fill).tolist() == expected


def test_the_transpose_of_a_shift_shifts_back():
    _, pull = wg.vjp(lambda x: scan.shift(x, axis=1, by=1, fill=7), X)
    (cotangent,) = pull(X)
    assert cotangent.tolist() == [[2, 3, 0], [5, 6, 0]]


def test_sums_from_the_end():
    assert scan.cumsum(X, axis=1, reverse=True).tolist() == [[6, 5, 3], [15, 11, 6]]
    assert scan.cumprod(X, axis=0, reverse=True).tolist() == [[4, 10, 18], [4, 5, 6]]


@pytest.mark.parametrize("length", [0, 1, 5, scan.FEW_STEPS, scan.FEW_STEPS + 1, 100, 137])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_recurrence_of_any_length_is_that_of_a_loop(length, reverse):
    rng = numpy.random.default_rng(1)
    a, b = rng.uniform(-1.2, 1.2, (2, length, 3)), rng.uniform(-1, 1, (2, length, 3))
    expected, last = numpy.zeros((2, length, 3)), numpy.zeros((2, 3))
    for i in range(length)[:: -1 if reverse else 1]:
        last = expected[:, i] = a[:, i] * last + b[:, i]
    numpy.testing.assert_allclose(scan.recur(a, b, axis=1, reverse=reverse), expected, rtol=1e-12)


def test_a_recurrence_goes_on_one_by_one_where_a_block_overflows():
    a, b = numpy.full(100, 1e200), numpy.zeros(100)
    a[90:] = 0
    b[90:] = 1
    assert scan.recur(a, b, axis=0, reverse=False).tolist() == b.tolist()


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_a_recurrence_keeps_its_dtype(dtype):
    a, b = numpy.full(80, 0.5, dtype), numpy.ones(80, dtype)
    found = scan.recur(a, b, axis=0, reverse=False)
    assert found.dtype == dtype
    numpy.testing.assert_allclose(found, 2 - 0.5 ** numpy.arange(80), rtol=1e-6)


def test_derivatives_of_a_recurrence_in_both_operands():
    """s_2 = a_2 (a_1 b_0 + b_1) + b_2."""
    a, b = numpy.array([7.0, 0.0, 3.0]), numpy.array([2.0, 5.0, 1.0])
    last = lambda a, b: scan.recur(a, b, axis=0, reverse=False)[2]
    by_a, by_b = wg.grad(last, (0, 1))(np.asarray(a), np.asarray(b))
    assert by_a.tolist() == [0.0, 6.0, 5.0]
    assert by_b.tolist() == [0.0, 3.0, 1.0]
    assert wg.hessian(lambda a: last(a, b))(np.asarray(a)).tolist() == [[0, 0, 0], [0, 0, 2], [0, 2, 0]]


def test_a_batch_may_share_an_operand_of_a_recurrence():
    rows = numpy.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.5]])
    shared = numpy.array([1.0, 1.0, 1.0])
    found = wg.vmap(lambda a: scan.recur(a, shared, axis=0, reverse=False))(rows)
    assert found.tolist() == [[1.0, 3.0, 10.0], [1.0, 2.0, 2.0]]


@pytest.mark.part(4)
@pytest.mark.parametrize("length", [5, 100])
@pytest.mark.parametrize("number", [numpy.nan, numpy.inf, -numpy.inf])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("operation", [scan.cumprod, scan.cumsum])
def test_what_comes_after_does_not_reach_back(operation, reverse, number, length):
    """Of the three elements before one that is not finite, as if the scan ended there; to second order."""
    order = slice(None, None, -1) if reverse else slice(None)
    first = numpy.array([2.0, 3.0, 0.5])
    whole = numpy.concatenate([first, [number], numpy.full(length - 4, 1.01)])[order]
    kept = (numpy.arange(length) < 3)[order]

    def total(x):
        return np.sum(np.where(kept, operation(x, axis=0, reverse=reverse), 0.0) ** 2)

    def alone(x):
        return np.sum(operation(x, axis=0, reverse=reverse) ** 2)

    slope, curve = (numpy.asarray(d(alone)(np.asarray(first[order]))) for d in (wg.grad, wg.hessian))
    places = numpy.flatnonzero(kept)
    for derivative in (wg.grad(total), wg.jit(wg.grad(total)), lambda x: wg.jacobian(total, mode="forward")(x)):
        found = numpy.asarray(derivative(np.asarray(whole)))
        numpy.testing.assert_allclose(found[places], slope, rtol=1e-14)
        assert not numpy.delete(found, places).any()
    if length < 10:
        found = numpy.asarray(wg.hessian(total)(np.asarray(whole)))
        numpy.testing.assert_allclose(found[numpy.ix_(places, places)], curve, rtol=1e-14)
        assert not numpy.delete(found, places, 0).any()
