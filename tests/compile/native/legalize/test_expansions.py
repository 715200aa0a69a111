"""Operations that are replaced by others that have a native form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert.numpy as np

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import assert_compiled_is_eager, steps_of

COUNTS: dict[str, Callable[[Any], Any]] = {
    "all": np.sum,
    "along an axis": lambda x: np.sum(x, 0),
    "keeping axes": lambda x: np.sum(x, (0, 2), keepdims=True),
    "in another dtype": lambda x: np.sum(x, dtype="float32"),
    "of what compares": lambda x: np.sum(x != x[0]),
    "the mean": np.mean,
}


@pytest.mark.parametrize("f", COUNTS.values(), ids=COUNTS)
def test_what_is_true_is_counted_natively(f: Any) -> None:
    x = numpy.random.default_rng(0).random((3, 40, 5)) > 0.4
    assert_compiled_is_eager(f, x)
    assert not steps_of(f, x)
