"""`odeint`: SciPy's older way to solve an initial value problem."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ...names import teaches_keywords
from .initial_values import solve_ivp

CLOSE = 1.49012e-8


@teaches_keywords
def odeint(
    func: Callable[..., Any],
    y0: Any,
    t: Any,
    args: Sequence[Any] = (),
    Dfun: Any = None,
    *,
    rtol: float = CLOSE,
    atol: Any = CLOSE,
    h0: Any = None,
    hmax: Any = None,
    hmin: Any = 0.0,
    tfirst: bool = False,
    method: str = "Rodas5P",
) -> Any:
    """Solve ``dy/dt = func(y, t)`` with ``y(t[0]) = y0``, with SciPy's signature: see `solve_ivp` for what it can do.

    Args:
        func: ``func(y, t, *args)``, or ``func(t, y, *args)`` with `tfirst`.
        y0: the state at the first time, nested as you like.
        t: the times, of shape (m,).
        args: further arguments of `func`.
        Dfun: the Jacobian, called as `func` is.
        rtol, atol: as for `solve_ivp`.
        h0, hmax, hmin: the first, the largest and the smallest step.
        method: as for `solve_ivp`. The default serves stiff and other systems; ``"DOP853"`` is quicker for others.

    Returns:
        The states, nested as `y0`, whose first axis is that of the times; NaN after a time where it failed.

    Warns:
        RuntimeWarning: it failed, where values are known.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.integrate import odeint
    >>> odeint(lambda y, t: -y, 1.0, [0.0, 1.0, 2.0]).round(6)
    tensor([1.      , 0.367879, 0.135335])
    """
    times = np.asarray(t)
    found = solve_ivp(
        _with_time_first(func, tfirst),
        (times[0], times[-1]),
        y0,
        method,
        times,
        args=args,
        rtol=rtol,
        atol=atol,
        first_step=h0,
        max_step=numpy.inf if hmax is None else hmax,
        min_step=hmin,
        jac=_with_time_first(Dfun, tfirst) if callable(Dfun) else Dfun,
    )
    missing = times.size - found.t.size
    if missing:
        warnings.warn(f"[odeint] {found.message}", RuntimeWarning, stacklevel=3)
    return wg.trees.map(lambda leaf: np.moveaxis(_filled(leaf, missing), -1, 0), found.y)


def _with_time_first(f: Callable[..., Any], tfirst: bool) -> Callable[..., Any]:
    return f if tfirst else lambda t, y, *args: f(y, t, *args)


def _filled(leaf: Any, missing: int) -> Any:
    return np.concatenate([leaf, np.full((*leaf.shape[:-1], missing), numpy.nan, leaf.dtype)], -1) if missing else leaf
