"""Joining and taking apart: each is the transpose of the other, also where some parts are not used."""

from __future__ import annotations

import numpy
import pytest

import wengert as wg
from wengert.ops import join

X = numpy.arange(12.0).reshape(3, 4)


def test_raw_values_stay_raw() -> None:
    parts = join.split(X, axis=1, sizes=(1, 3))
    assert [p.shape for p in parts] == [(3, 1), (3, 3)]
    numpy.testing.assert_array_equal(join.concatenate(*parts, axis=1), X)
    numpy.testing.assert_array_equal(join.stack(*join.unstack(X, axis=0), axis=0), X)


@pytest.mark.parametrize(
    "take_apart", [lambda x: join.split(x, axis=1, sizes=(1, 3)), lambda x: join.unstack(x, axis=1)]
)
def test_parts_that_are_not_used_have_no_derivative(take_apart: object) -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        return (take_apart(x)[1] ** 3).sum()  # type: ignore[operator]

    used = take_apart(numpy.ones((3, 4)))[1].size // 3  # type: ignore[operator]
    wanted = numpy.where((numpy.arange(4) >= 1) & (numpy.arange(4) < 1 + used), 3 * X**2, 0)
    numpy.testing.assert_array_equal(wg.grad(f)(X), wanted)
    numpy.testing.assert_array_equal(wg.vmap(wg.grad(f))(numpy.stack([X, X]))[1], wanted)
    curvature = wg.hvp(f, (X,), (numpy.ones_like(X),))
    numpy.testing.assert_array_equal(curvature, numpy.sign(wanted) * 6 * X)


def test_a_constant_among_the_parts() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        return (join.concatenate(numpy.ones((3, 2)), x, axis=1) ** 2).sum()

    numpy.testing.assert_array_equal(wg.grad(f)(X), 2 * X)
    numpy.testing.assert_array_equal(wg.jvp(f, (X,), (X,))[1], 2 * (X * X).sum())


def test_parts_of_several_dtypes_get_their_own_back() -> None:
    narrow = X.astype("float32")
    gradients = wg.grad(lambda a, b: join.stack(a, b, axis=1).sum(), (0, 1))(narrow, X)
    assert [g.dtype for g in gradients] == ["float32", "float64"]
