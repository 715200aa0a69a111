"""The backward walk: order, targets, stretches, guards."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.node import UNTRACKED
from wengert.core.recording import alias
from wengert.core.state import Watch
from wengert.walks import backward as module
from wengert.walks.backward import backward, transpose_by_walking


def leaf(value: Any) -> wg.Tensor:
    return wg.tensor(value, requires_grad=True)


def test_a_node_is_passed_once_with_its_whole_cotangent() -> None:
    """Many paths between two points: the cost is that of the list, not of the paths."""
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y * 0.5 + y * 0.5
    y.backward()
    assert x.grad.item() == 1.0


def test_nothing_older_than_the_targets_is_visited() -> None:
    with Watch() as bit:
        x = alias(numpy.array(2.0), bit)
        old = np.sin(x)
        middle = alias(old, bit)
        out = middle * middle
        found = backward([(out._node, numpy.ones(()))], [middle._node], bit)
        assert list(found) == [middle._node]
        beyond = backward([(out._node, numpy.ones(()))], [middle._node, x._node], bit)
        assert set(beyond) == {middle._node, x._node}
        stopped = backward([(out._node, numpy.ones(()))], [middle._node, x._node], bit, stop=True)
        assert set(stopped) == {middle._node}


def test_a_seed_that_is_a_target() -> None:
    with Watch() as bit:
        x = alias(numpy.array(2.0), bit)
        assert backward([(x._node, numpy.array(7.0))], [x._node], bit)[x._node] == 7.0
        assert backward([(UNTRACKED, numpy.array(7.0))], [x._node], bit) == {}


def test_seeds_add_up() -> None:
    with Watch() as bit:
        x = alias(numpy.array(2.0), bit)
        y, z = x * 3.0, x * x
        seeds = [(n, numpy.array(c)) for n, c in [(y._node, 1.0), (z._node, 10.0), (y._node, 100.0), (x._node, 1000.0)]]
        assert backward(seeds, [x._node], bit)[x._node] == 303.0 + 40.0 + 1000.0


@pytest.mark.parametrize("length", [1, 63, 64, 65, 130, 500])
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_a_poisoned_product_anywhere_in_a_stretch(length: int, place: float) -> None:
    """A mask meets an infinite factor, before, between and after stretches of plain operations."""
    before = int(length * place)
    x = leaf([0.0, 4.0])
    y = x
    for _ in range(before):
        y = y * 1.0
    y = np.where(y > 0, np.sqrt(y), 0.0)
    for _ in range(length - before):
        y = y * 1.0
    np.sum(y).backward()
    assert x.grad.tolist() == [0.0, 0.25]


@pytest.mark.parametrize("elements", [1 << 4, 1 << 16, 1 << 18])
def test_stretches_of_other_lengths_give_the_same(elements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def gradient() -> Any:
        x, w = leaf(numpy.linspace(0.0, 2.0, 7)), leaf(1.5)
        parts = [np.sin(x * w), np.sqrt(x) * (x > 0), np.max(x) * x, x[::2] * w]
        np.sum(np.concatenate(parts) ** 2).backward()
        return numpy.append(x.grad.numpy(), w.grad.numpy())

    expected = gradient()
    monkeypatch.setattr(module, "STRETCH_ELEMENTS", elements)
    monkeypatch.setattr(module, "PENDING_SHARE", 1)
    numpy.testing.assert_allclose(gradient(), expected, rtol=1e-14)
    assert numpy.isfinite(expected).all()


def test_only_what_a_product_may_have_poisoned_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []
    monkeypatch.setattr(module, "is_finite", lambda x: searched.append(x.size) or True)
    x = leaf(numpy.ones(10))
    np.sum(x[numpy.array([1, 2])][::-1] + 1.0).backward()
    assert not searched
    np.sum(x[:3] * x[3:6]).backward()
    assert searched


def test_infinite_derivatives_stay_infinite() -> None:
    x = leaf([0.0, 1.0])
    np.sum(np.sqrt(x)).backward()
    assert x.grad.tolist() == [numpy.inf, 0.5]


def test_walks_are_quiet_and_functions_are_not() -> None:
    x = leaf([0.0, 1.0])
    np.sum(np.sqrt(x)).backward()  # 0.5 / 0 in the walk: no warning
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.log(x)


def test_transpose_by_walking() -> None:
    from wengert.core.abstract import Abstract

    matrix = numpy.arange(6.0).reshape(2, 3)
    forms = [Abstract((3,), numpy.dtype(float)), Abstract((2,), numpy.dtype(float)), Abstract((5,), numpy.dtype(float))]

    def apply(a: Any, b: Any, unused: Any) -> Any:
        return np.matmul(matrix, a) + 2.0 * b, np.sum(b) * 3.0

    results = transpose_by_walking(apply, forms, (numpy.array([1.0, 10.0]), numpy.array(100.0)))
    assert numpy.asarray(results[0]).tolist() == [30.0, 41.0, 52.0]
    assert numpy.asarray(results[1]).tolist() == [302.0, 320.0]
    assert results[2] is None
    (only, nothing, _) = transpose_by_walking(apply, forms, (None, numpy.array(1.0)))
    assert only is None
    assert numpy.asarray(nothing).tolist() == [3.0, 3.0]
