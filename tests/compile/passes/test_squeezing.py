"""Axes of length 1 are left out: what is done to the same numbers has one shape, and means what it meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.passes import PASSES

X = numpy.linspace(-1, 2, 12).reshape(4, 1, 3)
V = numpy.linspace(1, 2, 4)

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "elementwise": lambda x, v: np.sin(x) * v[:, None, None],
    "kept axis": lambda x, v: x / np.sum(np.exp(x), axis=2, keepdims=True),
    "sum over an axis of length 1": lambda x, v: np.sum(x, axis=1) + np.max(x, axis=1),
    "one number": lambda x, v: np.sum(v, keepdims=True) * np.ones((1, 1)),
    "row and column": lambda x, v: v[:, None] * v[None, :] + v[None, :],
    "cast": lambda x, v: (x > 0).astype("float32") + x.astype("float32"),
    "gradient": lambda x, v: wg.grad(lambda v: np.sum(np.tanh(x * v[:, None, None]) ** 2))(v),
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_results_are_the_same(f: Callable[..., Any]) -> None:
    found, expected = wg.jit(f)(X, V), f(np.asarray(X), np.asarray(V))
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)


def test_no_elementwise_operation_has_an_axis_of_length_1() -> None:
    graph = PASSES["squeezing"](wg.jit(FUNCTIONS["kept axis"]).lower(X, V).graph)
    shapes = [node.form.shape for node in graph.nodes if node.primitive.name != "reshape"]
    assert shapes
    assert all(1 not in shape for shape in shapes)
