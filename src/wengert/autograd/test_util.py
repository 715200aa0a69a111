"""``autograd.test_util``: derivatives checked against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg

__all__ = ["check_grads"]


def check_grads(f: Callable[..., Any], modes: Any = ("fwd", "rev"), order: int = 2) -> Callable[..., None]:
    """What checks the derivatives of a function at arguments, to an order (see `wengert.check`).

    Raises:
        wengert.GradientError: a derivative is wrong.
    """
    return lambda *args, **kwargs: wg.check(lambda *given: f(*given, **kwargs), *args, order=min(order, 2)) and None
