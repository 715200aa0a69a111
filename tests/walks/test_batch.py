"""The batch walk: operands that carry the batch axis, and those that do not."""

from __future__ import annotations

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.walks.batch import loop_over_examples

X = numpy.linspace(0.1, 1.0, 12).reshape(4, 3)


def test_operands_of_other_ranks() -> None:
    for f in (
        lambda e: e + numpy.ones((2, 3)),
        lambda e: e[0] * numpy.ones((2, 3)),
        lambda e: numpy.ones((2, 1)) - e,
        lambda e: np.where(e > 0.5, e[0], numpy.zeros((2, 1))),
    ):
        result = wg.vmap(f)(X)
        numpy.testing.assert_allclose(result, numpy.stack([numpy.asarray(f(wg.tensor(e))) for e in X]))


@pytest.mark.parametrize("many", [False, True])
def test_the_loop_is_the_batch(many: bool) -> None:
    node = (np.linalg.eigh(wg.tensor(numpy.eye(3), requires_grad=True))[0]._node.parents[0]) if many else None
    if node is None:
        node = np.cumsum(wg.tensor(X[0], requires_grad=True))._node
    batch = numpy.stack([numpy.diag(e) for e in X]) if many else X
    looped = loop_over_examples(4, [batch], [True], node)
    batched = node.primitive.batch(4, [batch], [True], node)
    for one, other in zip(*((looped, batched) if many else ((looped,), (batched,))), strict=True):
        numpy.testing.assert_allclose(one, other, atol=1e-15)


def test_warnings_of_derivatives_are_not_raised() -> None:
    slopes = wg.vmap(wg.grad(lambda x: np.where(x > 0, np.sqrt(x), 0.0)))(numpy.array([0.0, 4.0]))
    assert slopes.tolist() == [0.0, 0.25]
