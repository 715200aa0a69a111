"""Stacks of products as single ones: the same numbers, in fewer calls of BLAS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

rng = numpy.random.default_rng(0)


def normal(*shape: int) -> Any:
    return rng.standard_normal(shape)


SINGLE: dict[str, tuple[Callable[..., Any], list[Any], str]] = {
    "rows share a matrix": (lambda x, y: x @ y, [normal(4, 2, 5, 3), normal(3, 6)], "float64[40, 6]"),
    "columns share a matrix": (lambda x, y: x @ y, [normal(5, 3), normal(4, 3, 1)], "float64[4, 5]"),
    "a sum": (lambda x, y: (x @ y).sum(0), [normal(4, 5, 3), normal(4, 3, 6)], "float64[5, 6]"),
    "a sum of two axes": (lambda x, y: (x @ y).sum((0, 1)), [normal(2, 4, 5, 3), normal(2, 4, 3, 6)], "float64[5, 6]"),
    "the gradient of shared weights": (
        wg.grad(lambda w, x: np.sum(np.sin(x @ w))),
        [normal(3, 6), normal(4, 5, 3)],
        "float64[3, 6]",
    ),
}
STACKED: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "own matrices": (lambda x, y: x @ y, [normal(4, 5, 3), normal(4, 3, 6)]),
    "a sum of another axis": (lambda x, y: (x @ y).sum(1), [normal(4, 5, 3), normal(4, 3, 6)]),
    "a sum of one axis of two": (lambda x, y: (x @ y).sum(0), [normal(2, 4, 5, 3), normal(2, 4, 3, 6)]),
    "used beside the sum": (lambda x, y: ((x @ y).sum(0), x @ y), [normal(4, 5, 3), normal(4, 3, 6)]),
    "broadcast stacks": (lambda x, y: (x @ y).sum((0, 1)), [normal(2, 1, 5, 3), normal(1, 4, 3, 6)]),
    "a stack of columns": (lambda x, y: x @ y, [normal(5, 3), normal(4, 3, 2)]),
}


def assert_same(f: Any, operands: list[Any]) -> None:
    left, right = wg.jit(f)(*operands), f(*map(wg.tensor, operands))
    for ours, theirs in zip(*((r if isinstance(r, tuple) else (r,)) for r in (left, right)), strict=True):
        numpy.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-13, atol=1e-14)


def products(f: Any, operands: list[Any]) -> list[str]:
    """The lines with products, in the compiled graph."""
    return [line for line in str(wg.jit(f).lower(*operands)).splitlines() if "= matmul(" in line]


@pytest.mark.parametrize(("f", "operands", "form"), SINGLE.values(), ids=SINGLE)
def test_one_product(f: Any, operands: list[Any], form: str) -> None:
    assert_same(f, operands)
    assert products(f, operands)[-1].endswith(form)


@pytest.mark.parametrize(("f", "operands"), STACKED.values(), ids=STACKED)
def test_left_as_it_is(f: Any, operands: list[Any]) -> None:
    assert_same(f, operands)
    assert products(f, operands) != []


def test_nothing_to_sum() -> None:
    assert_same(lambda x, y: x @ y, [normal(4, 5, 1), normal(1, 6)])
    assert products(lambda x, y: x @ y, [normal(5, 1), normal(1, 6)]) == []


def test_identities() -> None:
    x = normal(4, 3)
    for f in (lambda x: x @ numpy.eye(3), lambda x: numpy.eye(4) @ x, lambda x: numpy.eye(4) @ np.stack([x, 2 * x])):
        assert_same(f, [x])
        assert products(f, [x]) == []
    assert products(lambda x: x @ numpy.eye(3)[::-1], [x]) != []


def test_a_hessian_of_a_model_takes_products_of_matrices() -> None:
    x, w = normal(20, 3), normal(3)
    f = wg.hessian(lambda w: np.sum(np.log1p(np.exp(x @ w))))
    assert_same(f, [w])
    assert all(line.endswith(("float64[20]", "float64[3, 3]")) for line in products(f, [w]))
