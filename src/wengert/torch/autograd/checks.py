"""Derivatives checked, and the origin of a NaN found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import wengert as wg
from wengert.fronts.face import behind

from ..tensor import Tensor

__all__ = ["detect_anomaly", "gradcheck", "gradgradcheck"]


def gradcheck(
    func: Callable[..., Any], inputs: Any, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    raise_exception: bool = True, **_: Any,
) -> bool:  # fmt: skip
    """Whether derivatives agree with differences, in both modes (see `wengert.check`).

    Steps and tolerances are those of `wengert.check`, which estimates the error of its differences: what PyTorch is
    told of them (`eps`, `atol`, `rtol`) is not needed.
    """
    return _checked(func, inputs, 1, raise_exception)


def gradgradcheck(func: Callable[..., Any], inputs: Any, raise_exception: bool = True, **_: Any) -> bool:
    """Whether second derivatives agree with differences."""
    return _checked(func, inputs, 2, raise_exception)


def _checked(func: Callable[..., Any], inputs: Any, order: int, raise_exception: bool) -> bool:
    given = (inputs,) if not isinstance(inputs, (tuple, list)) else tuple(inputs)
    points = [each._tensor.detach() if isinstance(each, Tensor) else each for each in given]
    try:
        wg.check(lambda *tensors: behind(func(*map(Tensor.of, tensors))), *points, order=order)
    except wg.GradientError:
        if raise_exception:
            raise
        return False
    return True


def detect_anomaly(check_nan: bool = True) -> AbstractContextManager[Any]:
    """Say which line makes a NaN, within a ``with`` block (see `wengert.trace_nans`)."""
    return wg.trace_nans()
