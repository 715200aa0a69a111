"""Fixed points, which are differentiated by the equation that they solve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..plain import outermost, plain

__all__ = ["fixed_point"]


@outermost
def fixed_point(
    f: Callable[[Any], Callable[[Any], Any]],
    a: Any,
    x0: Any,
    distance: Callable[[Any, Any], Any],
    tol: float,
) -> Any:
    """The x with ``f(a)(x) = x``, by iteration; its derivative by `a` follows from that equation.

    Args:
        f: from parameters to the function that is iterated.
        a: the parameters.
        x0: where to begin.
        distance: how far two values are apart.
        tol: how near two iterates have to be.

    >>> from wengert.autograd import grad
    >>> from wengert.autograd.misc.fixed_points import fixed_point
    >>> def root(a):
    ...     return fixed_point(lambda a: lambda x: 0.5 * (x + a / x), a, 1.0, lambda x, y: abs(x - y), 1e-10)
    >>> round(float(grad(root)(4.0)), 6)
    0.25
    """

    def solver(a: Any) -> Any:
        step, x, before = f(plain(a)), plain(x0), None
        while before is None or distance(before, x) > tol:
            before, x = x, plain(step(x))
        return np.asarray(x)

    return wg.implicit(solver, lambda x, a: f(a)(x) - x)(a)
