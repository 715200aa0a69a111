"""A batch of scalars: reductions over no axis leave each example alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
import wengert.scipy.special as special

REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    name: getattr(np, name)
    for name in ("sum", "prod", "max", "min", "mean", "var", "std", "any", "all", "median", "ptp", "count_nonzero")
} | {
    "norm": np.linalg.norm,
    "vector_norm": np.linalg.vector_norm,
    "norm of order 1": lambda x: np.linalg.vector_norm(x, ord=1),
    "norm of order 3": lambda x: np.linalg.vector_norm(x, ord=3),
    "logsumexp": special.logsumexp,
    "nansum": np.nansum,
    "average": np.average,
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_each_example_is_reduced_alone(name: str) -> None:
    f = lambda x: x * REDUCTIONS[name](x)
    xs = numpy.array([3.0, -4.0, 1.0])
    expected = np.stack([f(np.array(x)) for x in xs])
    assert_same(wg.vmap(f)(xs), expected)
    assert_same(wg.jit(wg.vmap(f))(xs), expected)
    if name not in ("any", "all", "count_nonzero"):
        slopes = np.stack([wg.grad(f)(np.array(x)) for x in xs])
        assert_same(wg.vmap(wg.grad(f))(xs), slopes)
