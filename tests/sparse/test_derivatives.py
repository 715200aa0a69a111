"""`jacobian` and `hessian` give sparse matrices where asked to."""

from __future__ import annotations

import copy
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

from .matrices import brusselator

POINT = numpy.random.default_rng(1).normal(size=18)


def test_sparse_derivatives_are_the_dense_ones() -> None:
    for mode in ("auto", "forward", "reverse"):
        found = wg.jacobian(brusselator, mode=mode, sparse=True)(POINT)
        numpy.testing.assert_allclose(found.toarray(), wg.jacobian(brusselator)(POINT).numpy(), atol=1e-12)
    energy = lambda x: np.sum(brusselator(x) ** 2)
    numpy.testing.assert_allclose(
        wg.hessian(energy, sparse=True)(POINT).toarray(), wg.hessian(energy)(POINT).numpy(), atol=1e-9
    )


def test_what_is_prepared_is_kept_for_each_shape() -> None:
    derivative: Any = wg.jacobian(lambda x: x**2, sparse=True)
    for size in (3, 4, 3):
        assert derivative(numpy.ones(size)).shape == (size, size)
    assert len(derivative.plans) == 2


def test_arguments_may_be_several_and_named() -> None:
    f = lambda x, y, scale=1.0: scale * x * y
    x, y = numpy.ones(3), numpy.arange(3.0)
    found = wg.jacobian(f, argnums=(0, 1), sparse=True)(x, y)
    numpy.testing.assert_allclose(found.toarray(), numpy.hstack([numpy.diag(y), numpy.eye(3)]))
    assert wg.jacobian(f, sparse=True)(x, y, scale=2.0).data.tolist() == [0, 2, 4]


def test_it_is_copied_without_what_was_prepared() -> None:
    derivative: Any = wg.hessian(lambda x: np.sum(x**3), sparse=True)
    derivative(numpy.ones(3))
    assert copy.copy(derivative).plans == {}
    assert repr(derivative).startswith("<plan_hessian of <function")


def test_strict_and_sparse_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="strict") as refused:
        wg.jacobian(np.sin, strict=True, sparse=True)
    assert str(refused.value) == (
        "[jacobian] sparse=True and strict=True were given, wanted one of them; write "
        "wg.sparse.jacobian_pattern(f, x) to see what depends on what"
    )
