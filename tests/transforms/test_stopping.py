"""`stop_gradient` keeps the values, and cuts every derivative."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

Pair = namedtuple("Pair", "a b")


def test_every_mode_sees_a_constant() -> None:
    def f(x: Any) -> Any:
        return x**2 * wg.stop_gradient(np.exp(x))

    assert wg.grad(f)(2.0).item() == pytest.approx(4 * numpy.exp(2.0))
    assert wg.jvp(f, (2.0,), (1.0,))[1].item() == pytest.approx(4 * numpy.exp(2.0))
    assert wg.hessian(f)(2.0).item() == pytest.approx(2 * numpy.exp(2.0))
    assert wg.vmap(wg.grad(f))(numpy.array([2.0])).tolist() == pytest.approx([4 * numpy.exp(2.0)])


def test_define_by_run() -> None:
    x = wg.tensor(3.0, requires_grad=True)
    assert not wg.stop_gradient(x).requires_grad
    (x * wg.stop_gradient(x)).backward()
    assert x.grad is not None
    assert x.grad.item() == 3.0


def test_any_nesting() -> None:
    x = wg.tensor(3.0, requires_grad=True)
    stopped = wg.stop_gradient({"pair": Pair(x * 2, [x, 1.5]), "name": "relu", "array": numpy.ones(2)})
    assert stopped["name"] == "relu"
    assert type(stopped["pair"]) is Pair
    numbers = [stopped["pair"].a, *stopped["pair"].b, stopped["array"]]
    assert all(type(n) is wg.Tensor and not n.requires_grad for n in numbers)
    assert [n.tolist() for n in numbers] == [6.0, 3.0, 1.5, [1.0, 1.0]]


def test_dtypes_stay() -> None:
    assert wg.stop_gradient(numpy.float32(2)).dtype == numpy.float32
    assert wg.stop_gradient(3).dtype == numpy.int64
