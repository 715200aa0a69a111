"""Products that are used transposed, made so: the same numbers, and no transpose after them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import wengert as wg
import wengert.numpy as np

from .test_stacks import assert_same, normal, products

TURNED: dict[str, tuple[Callable[..., Any], list[Any], str]] = {
    "a product": (lambda x, y: (x @ y).T, [normal(5, 3), normal(3, 6)], "float64[6, 5]"),
    "of what is transposed": (lambda x, y: (x.T @ y.T).T, [normal(3, 5), normal(6, 3)], "float64[6, 5]"),
    "a stack": (lambda x, y: np.swapaxes(x @ y, -1, -2), [normal(4, 5, 3), normal(4, 3, 6)], "float64[4, 6, 5]"),
    "a matrix and a stack": (lambda x, y: np.swapaxes(x @ y, -1, -2), [normal(5, 3), normal(4, 3, 6)], "[4, 6, 5]"),
    "the gradient of a layer's weight": (
        wg.grad(lambda w, x: np.sum(np.sin(x @ w.T))),
        [normal(6, 3), normal(5, 3)],
        "float64[6, 3]",
    ),
}
LEFT: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "used both ways": (lambda x, y: ((x @ y).T, x @ y), [normal(5, 3), normal(3, 6)]),
    "axes in another order": (lambda x, y: (x @ y).transpose(1, 0, 2), [normal(4, 5, 3), normal(4, 3, 6)]),
    "a vector": (lambda x, y: (x @ y).T, [normal(3), normal(4, 3, 6)]),
}


def after_products(f: Any, operands: list[Any]) -> str:
    """What the compiled graph has after its last product."""
    return str(wg.jit(f).lower(*operands)).rpartition("= matmul(")[2]


@pytest.mark.parametrize(("f", "operands", "form"), TURNED.values(), ids=TURNED)
def test_made_as_it_is_used(f: Any, operands: list[Any], form: str) -> None:
    assert_same(f, operands)
    assert products(f, operands)[-1].endswith(form)
    assert "transpose" not in after_products(f, operands)


@pytest.mark.parametrize(("f", "operands"), LEFT.values(), ids=LEFT)
def test_left_as_it_is(f: Any, operands: list[Any]) -> None:
    assert_same(f, operands)
    assert "transpose" in after_products(f, operands)
