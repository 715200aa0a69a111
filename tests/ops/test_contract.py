"""The matrix product: what it keeps, and its derivatives for every combination of ranks."""

from __future__ import annotations

import itertools

import numpy
import pytest
from tests import laws

import wengert as wg
from wengert.ops.contract import matmul

LEFT = [(3,), (2, 3), (4, 2, 3), (5, 1, 2, 3)]
RIGHT = [(3,), (3, 2), (4, 3, 2), (5, 4, 3, 2)]


@pytest.mark.parametrize(("left", "right"), list(itertools.product(LEFT, RIGHT)))
@pytest.mark.parametrize("dtypes", [("d", "d"), ("D", "d"), ("d", "D"), ("D", "D")])
def test_every_pair_of_ranks_and_kinds(left: tuple[int, ...], right: tuple[int, ...], dtypes: tuple[str, str]) -> None:
    args = tuple(
        laws.random_like(numpy.zeros(shape, dtype), i)
        for i, (shape, dtype) in enumerate(zip((left, right), dtypes, strict=True))
    )
    f = lambda x, y: (matmul(x, y),)
    numpy.testing.assert_allclose(f(*args)[0], args[0] @ args[1])
    laws.check_modes(f, args, 1e-12)
    laws.check_modes(laws.derivative(f, args), args, 1e-12)


@pytest.mark.parametrize(("left", "right"), [((2, 3), (3, 2)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2))])
def test_without_stacks_no_forms_are_made(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    x, y = wg.tensor(numpy.ones(left), requires_grad=True), wg.tensor(numpy.ones(right), requires_grad=True)
    out = x @ y
    assert out._node.forms is None
    out.backward(numpy.ones(out.shape))
    assert x.grad.shape == left
    assert y.grad.shape == right
