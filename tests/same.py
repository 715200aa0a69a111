"""Equal results: the same nesting, the same dtypes, and numbers equal but for rounding."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg


def assert_same(actual: Any, expected: Any) -> None:
    """Tensors, arrays and numbers are compared as arrays; tuples and lists one by one."""
    if isinstance(expected, (tuple, list)):
        assert type(actual) is type(expected)
        for a, e in zip(actual, expected, strict=True):
            assert_same(a, e)
        return
    left, right = (numpy.asarray(x.detach() if isinstance(x, wg.Tensor) else x) for x in (actual, expected))
    assert left.dtype == right.dtype
    numpy.testing.assert_allclose(left, right, rtol=1e-12, atol=1e-13)
