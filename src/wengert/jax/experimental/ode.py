"""``jax.experimental.ode``: solutions of differential equations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp

from ..array import arrays, as_tensor, of
from ..flatten_util import ravel_pytree

__all__ = ["odeint"]


def odeint(
    func: Callable[..., Any], y0: Any, t: Any, *args: Any, rtol: float = 1.4e-8, atol: float = 1.4e-8,
    mxstep: Any = None, hmax: Any = None,
) -> Any:  # fmt: skip
    """States at times, of ``dy/dt = func(y, t, *args)`` where y is a tree of arrays.

    Its derivatives are those of the steps, not of an adjoint equation.

    >>> import wengert.jax.numpy as jnp
    >>> from wengert.jax.experimental.ode import odeint
    >>> odeint(lambda y, t: -y, 1.0, jnp.array([0.0, 1.0]))[1].round(4)
    Array(0.3679, dtype=float32)
    """
    start, back = ravel_pytree(y0)
    count = len(args)

    def f(time: Any, y: Any, *given: Any) -> Any:
        return ravel_pytree(func(back(of(as_tensor(y))), of(as_tensor(time)), *given[:count]))[0]._tensor

    times = as_tensor(t).astype(start.dtype)
    solved = solve_ivp(
        f, (times[0], times[-1]), start._tensor, t_eval=times, method="DOP853", rtol=rtol, atol=atol,
        args=arrays(args),
    )  # fmt: skip
    states = np.moveaxis(solved.y, -1, 0).astype(start.dtype)
    return wg.vmap(lambda row: back(of(row)))(states)
