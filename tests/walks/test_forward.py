"""The forward walk: ancestors, structural zeros, dtypes."""

from __future__ import annotations

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.recording import alias
from wengert.core.state import Watch
from wengert.walks.forward import ancestors, forward


def test_ancestors_are_in_order_and_within_bounds() -> None:
    with Watch() as bit:
        x = alias(numpy.array(2.0), bit)
        y = alias(np.sin(x), bit)
        aside = np.cos(x)
        z = y * y
        out = z + y
        nodes = ancestors([out._node], bit, y._node.sequence)
        assert nodes == [y._node, z._node, out._node]
        everything = ancestors([out._node, aside._node], bit, x._node.sequence)
        assert everything[0] is x._node
        assert len(everything) == 6
        assert x._node not in ancestors([out._node], bit, x._node.sequence, stop=[y._node])


def test_zero_tangents_are_not_carried() -> None:
    with Watch() as bit:
        x, y = alias(numpy.array(2.0), bit), alias(numpy.array(3.0), bit)
        left, right = np.sin(x), np.sin(y)
        out = left * right
        nodes = ancestors([out._node], bit, x._node.sequence)
        found = forward(nodes, [x._node, y._node], [numpy.array(1.0), None], bit)
        assert right._node not in found
        assert found[out._node] == pytest.approx(numpy.cos(2.0) * numpy.sin(3.0))


def test_tangents_have_the_form_of_their_results() -> None:
    x = numpy.ones((3,), "f4")
    for f in (
        lambda x: x + numpy.ones((2, 1)),
        lambda x: np.where([[True], [False]], x, 0.0),
        lambda x: np.sum(x, axis=0) + numpy.zeros((4,), "c8"),
        lambda x: x.astype("f2"),
        lambda x: np.maximum(x, numpy.zeros((2, 3), "f8")),
    ):
        value, tangent = wg.jvp(f, (x,), (x,))
        assert (value.shape, value.dtype) == (tangent.shape, tangent.dtype)


def test_a_branch_not_taken_does_not_poison() -> None:
    value, tangent = wg.jvp(lambda x: np.where(x > 0, np.sqrt(x), 0.0), (numpy.array([0.0, 4.0]),), (numpy.ones(2),))
    assert value.tolist() == [0.0, 2.0]
    assert tangent.tolist() == [0.0, 0.25]
