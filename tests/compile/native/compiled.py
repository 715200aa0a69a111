"""What tests of machine code share: arrays, and comparing with eager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np


def assert_compiled_is_eager(f: Callable[..., Any], *args: Any, rtol: float = 0) -> None:
    assert_as_eager(wg.jit(f), *args, rtol=rtol)


def assert_as_eager(compiled: Any, *args: Any, rtol: float = 0) -> None:
    """The same of a function that is compiled already, and so once for many calls."""
    found, expected = compiled(*args), compiled.given(*map(np.asarray, args))
    pairs = zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]
    for a, e in pairs:
        assert (a.shape, a.dtype) == (e.shape, e.dtype)
        numpy.testing.assert_allclose(a.numpy(), e.numpy(), rtol=rtol, atol=rtol)


def steps_of(f: Callable[..., Any], *args: Any) -> str:
    """What the report says of steps in NumPy: nothing if there are none."""
    compiled = wg.jit(f)
    compiled(*args)
    return "".join(line for line in compiled.report().splitlines() if "NumPy steps" in line)


def array(shape: tuple[int, ...], dtype: str = "float64") -> Any:
    return (numpy.random.default_rng(len(shape)).standard_normal(shape) * 3).astype(dtype)
