"""Stochastic differential equations: `solve_sde`, with steps of one size and gradients along each path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from ...names import teaches_keywords

__all__ = ["SdeResult", "solve_sde"]


class SdeResult(NamedTuple):
    """A path of a stochastic differential equation.

    Attributes:
        t: the times, of shape (steps + 1,).
        y: the state at these times, of shape (..., steps + 1).
        increments: what each Wiener process has grown by in each step, of shape (steps, ...).
    """

    t: Any
    y: Any
    increments: Any


@teaches_keywords
def solve_sde(
    drift: Callable[..., Any],
    diffusion: Callable[..., Any],
    t_span: Sequence[Any],
    y0: Any,
    steps: int,
    method: str = "euler-maruyama",
    *,
    args: tuple[Any, ...] = (),
    rng: Any = None,
    increments: Any = None,
    memory: int | None = None,
) -> SdeResult:
    """A path of ``dy = drift(t, y) dt + diffusion(t, y) dW`` that begins in `y0`.

    It differentiates along the path in `y0`, `args`, `t_span` and all that the functions read from outside, the Wiener
    process held fixed. A compiled call is one native loop; ``wg.vmap(lambda y0: solve_sde(...))(batch)`` draws a path
    of its own for each example.

    Args:
        drift: ``drift(t, y, *args)`` gives an array of the shape of `y`.
        diffusion: ``diffusion(t, y, *args)`` gives an array of the shape of `y`, where each element has a Wiener
            process of its own, or one with a further last axis over the processes that all have in common.
        t_span: the first and the last time, the last the larger.
        y0: the state at the first time, an array of any shape.
        steps: the number of steps.
        method: the sense of the integral, and how well paths are followed (the strong order; the order of expectations
            is 1 for each):

            * ``"euler-maruyama"``: Itô's, of order 1/2, or 1 where the diffusion does not depend on `y`;
            * ``"milstein"``: Itô's, of order 1; each element with its own process, and a diffusion that depends on it
              alone;
            * ``"heun"``: Stratonovich's, of order 1 with one process, or where the processes commute.
        args: further arguments of both functions.
        rng: a generator of `wengert.random`, a seed, or a key; by default the generator of the module.
        increments: what the processes grow by in each step, of shape (steps, ...), in place of draws.
        memory: keep at most so many states for the backward walk (see `wengert.scan`).

    Returns:
        The path, with its times and the increments.

    Raises:
        TypeError: what a function returns has another shape.
        ValueError: the span, the number of steps, the method or the increments make no sense.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.integrate import solve_sde
    >>> def end(sigma):
    ...     path = solve_sde(lambda t, y: 0.5 * y, lambda t, y: sigma * y, (0.0, 1.0), 1.0, 1000, "milstein", rng=0)
    ...     return path.y[-1], path.increments.sum()
    >>> y, w = end(0.3)
    >>> bool(abs(y / np.exp(0.5 - 0.3**2 / 2 + 0.3 * w) - 1) < 1e-3)        # the exact path
    True
    >>> bool(abs(wg.grad(end, has_aux=True)(0.3)[0] / y - (w - 0.3)) < 1e-2)  # and its slope
    True

    Source: P. E. Kloeden and E. Platen, "Numerical solution of stochastic differential equations" (1992), sections
    10.2, 10.3; W. Rümelin, "Numerical treatment of stochastic differential equations", SIAM Journal on Numerical
    Analysis 19 (1982), for Heun's.
    """
    first, last = _span(t_span)
    y0 = np.asarray(y0)
    y0 = y0 if y0.dtype.kind in "fc" else y0.astype(float)
    step = _step_of(method)
    if type(steps) is not int or steps < 1:
        raise ValueError(f"[solve_sde] steps={steps!r}, wanted an integer of at least 1; write steps=1000")
    equation = _Equation(drift, diffusion, args, y0.shape)
    h = (last - first) / steps
    shape = (steps, *equation.shape_of_noise(first, y0, method))
    grown = _drawn(rng, shape, y0) * np.sqrt(h) if increments is None else _given(increments, shape)

    def turn(y: Any, x: Any) -> tuple[Any, Any]:
        after = step(equation, first + x[0] * h, y, h, x[1]).astype(y0.dtype)
        return after, after

    path = wg.scan(turn, y0, (numpy.arange(float(steps)), grown), memory=memory)[1]
    times = first + h * numpy.arange(steps + 1.0)
    return SdeResult(times, np.moveaxis(np.concatenate([y0[None], path]), 0, -1), grown)


def _span(t_span: Sequence[Any]) -> tuple[Any, Any]:
    if len(t_span) != 2:
        raise ValueError(f"[solve_sde] t_span has {len(t_span)} entries, wanted two; write (first, last)")
    first, last = t_span
    if wg.Tensor not in (type(first), type(last)) and not first < last:
        raise ValueError(
            f"[solve_sde] t_span goes from {first} to {last}, wanted a last time that is larger: a Wiener process has "
            "a direction; write the equation of the reversed process for the other one"
        )
    return first, last


def _drawn(rng: Any, shape: tuple[int, ...], y0: Any) -> Any:
    """Standard normal numbers of the precision of the state."""
    source = wg.random if rng is None else rng if hasattr(rng, "standard_normal") else wg.random.default_rng(rng)
    return source.standard_normal(shape).astype(np.real(y0).dtype)


def _given(increments: Any, shape: tuple[int, ...]) -> Any:
    increments = np.asarray(increments)
    if increments.shape != shape:
        raise ValueError(
            f"[solve_sde] increments have shape {increments.shape}, wanted {shape}: for each step one for each Wiener "
            "process; write None to have them drawn"
        )
    return increments


class _Equation(NamedTuple):
    """Drift and diffusion of an array of some shape."""

    drift_function: Callable[..., Any]
    diffusion_function: Callable[..., Any]
    args: tuple[Any, ...]
    shape: tuple[int, ...]

    def drift(self, t: Any, y: Any) -> Any:
        found = np.asarray(self.drift_function(t, y, *self.args))
        if found.shape != self.shape:
            raise TypeError(
                f"[solve_sde] drift returned shape {found.shape} for a state of shape {self.shape}, wanted the same; "
                "write np.broadcast_to(..., y.shape)"
            )
        return found

    def diffusion(self, t: Any, y: Any) -> Any:
        found = np.asarray(self.diffusion_function(t, y, *self.args))
        if found.shape != self.shape and found.shape[:-1] != self.shape:
            raise TypeError(
                f"[solve_sde] diffusion returned shape {found.shape} for a state of shape {self.shape}, wanted that, "
                f"or {_with_processes(self.shape)} for m Wiener processes in common; write "
                "np.broadcast_to(..., y.shape)"
            )
        return found

    def shape_of_noise(self, t: Any, y: Any, method: str) -> tuple[int, ...]:
        """The shape of the increments of one step."""
        form = self.diffusion(t, y)
        if form.ndim == y.ndim:
            return self.shape
        if method == "milstein":
            raise ValueError(
                f"[solve_sde] method 'milstein' was given a diffusion of shape {form.shape}, wanted one of the shape "
                f"of the state, {self.shape}: processes in common need more than their increments; write method='heun' "
                "for Stratonovich's integral, or 'euler-maruyama'"
            )
        return form.shape[-1:]

    def moved(self, g: Any, increments: Any) -> Any:
        """What increments change with this diffusion."""
        return g * increments if g.ndim == len(self.shape) else g @ increments


def _with_processes(shape: tuple[int, ...]) -> str:
    return f"({', '.join([*map(str, shape), 'm'])})"


def _euler_maruyama(equation: _Equation, t: Any, y: Any, h: Any, w: Any) -> Any:
    return y + equation.drift(t, y) * h + equation.moved(equation.diffusion(t, y), w)


def _milstein(equation: _Equation, t: Any, y: Any, h: Any, w: Any) -> Any:
    g = equation.diffusion(t, y)
    along = wg.jvp(lambda y: equation.diffusion(t, y), (y,), (g,))[1]
    return y + equation.drift(t, y) * h + g * w + along * (w * w - h) / 2


def _heun(equation: _Equation, t: Any, y: Any, h: Any, w: Any) -> Any:
    f, g = equation.drift(t, y), equation.diffusion(t, y)
    ahead = y + f * h + equation.moved(g, w)
    f_ahead, g_ahead = equation.drift(t + h, ahead), equation.diffusion(t + h, ahead)
    return y + (f + f_ahead) / 2 * h + equation.moved((g + g_ahead) / 2, w)


def _step_of(method: str) -> Callable[..., Any]:
    match method:
        case "euler-maruyama":
            return _euler_maruyama
        case "milstein":
            return _milstein
        case "heun":
            return _heun
    raise ValueError(
        f"[solve_sde] method={method!r}, wanted 'euler-maruyama', 'milstein' or 'heun'; write method='milstein' for "
        "Itô's integral with a process for each element"
    )
