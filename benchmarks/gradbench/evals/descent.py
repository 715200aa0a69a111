"""Gradient descent as `particle` and `saddle` define it: steps that double after ten, and halve on failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..libraries import Function, Library

FIRST_STEP, SMALL, PATIENCE = 1e-5, 1e-5, 10


def gradient_of(library: Library, mode: str) -> Callable[[Function], Function]:
    """From a function of a vector to its gradient, in forward (``f``) or reverse mode (``r``)."""
    return library.jacfwd if mode == "f" else library.grad


def minimum(library: Library, f: Function, gradient: Function, start: Any) -> Any:
    """Where a function of a vector (n,) is least.

    It ends if the gradient or a step is not longer than `SMALL`.
    """
    m = library.numpy

    def test(state: Any) -> Any:
        return state[-1]

    def longer(state: Any) -> Any:
        x, fx, slope, size, _, goes_on = state
        return x, fx, slope, size * 2, m.zeros_like(fx), goes_on

    def tried(state: Any) -> Any:
        x, fx, slope, size, count, goes_on = state
        new = x - size * slope
        new_fx = f(new)
        is_moved = m.sum((new - x) ** 2) > SMALL**2

        def taken() -> Any:
            new_slope = gradient(new)
            return new, new_fx, new_slope, size, count + 1, is_moved & (m.sum(new_slope**2) > SMALL**2)

        def refused() -> Any:
            return x, fx, slope, size / 2, m.zeros_like(fx), goes_on & is_moved

        return library.cond(is_moved & (new_fx < fx), taken, refused)

    def body(state: Any) -> Any:
        return library.cond(state[4] == PATIENCE, lambda: longer(state), lambda: tried(state))

    fx, slope = f(start), gradient(start)
    zero = m.zeros_like(fx)
    begin = start, fx, slope, zero + FIRST_STEP, zero, m.sum(slope**2) > SMALL**2
    return library.while_loop(test, body, begin)[0]


def maximum(library: Library, f: Function, gradient: Function, start: Any) -> Any:
    """Where a function of a vector (n,) is greatest."""
    return minimum(library, lambda x: -f(x), lambda x: -gradient(x), start)
