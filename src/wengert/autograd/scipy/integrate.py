"""``autograd.scipy.integrate``: solutions of differential equations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp

from ..plain import meeting

__all__ = ["odeint"]


def _odeint(
    func: Callable[..., Any], y0: Any, t: Any, args: Any = (), rtol: float = 1.49e-8, atol: float = 1.49e-8, **_: Any
) -> Any:
    """States at times, of ``dy/dt = func(y, t, *args)``."""
    times, start = np.asarray(t), np.asarray(y0)
    solved = solve_ivp(
        lambda time, y, *given: func(y, time, *given), (times[0], times[-1]), start, t_eval=times, method="DOP853",
        rtol=rtol, atol=atol, args=tuple(args),
    )  # fmt: skip
    return np.moveaxis(solved.y, -1, 0)


odeint: Final = meeting(_odeint)
