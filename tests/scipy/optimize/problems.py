"""Problems with known minima, and what several tests compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def bowl(x: Any, a: Any) -> Any:
    """Least where 2 (x - a) + 4 x^3 = 0."""
    return np.sum((x - a) ** 2 + x**4)


def bottom(a: Any) -> Any:
    """The minimum of the bowl, by Newton's method that is differentiated as it is."""
    x = a / (1 + np.abs(a))
    for _ in range(12):
        x = x - (2 * (x - a) + 4 * x**3) / (2 + 12 * x**2)
    return x


def agree(f: Callable[..., Any], expected: Callable[..., Any], at: Any, rtol: float = 1e-6) -> None:
    """The value, both modes, second order and the compiled derivative, beside those of a closed form."""
    size = {"rtol": rtol, "atol": rtol}
    numpy.testing.assert_allclose(f(at), expected(at), **size)
    first = wg.jacfwd(expected)(at)
    for jacobian in (wg.jacfwd, wg.jacrev):
        numpy.testing.assert_allclose(jacobian(f)(at), first, **size)
    second = wg.jacfwd(wg.jacfwd(expected))(at)
    numpy.testing.assert_allclose(wg.jacfwd(wg.jacrev(f))(at), second, **size)
    numpy.testing.assert_allclose(wg.jacrev(wg.jacfwd(f))(at), second, **size)


def same_without_values(f: Callable[..., Any], batch: Any, rtol: float = 1e-6) -> None:
    """Compiled and batched as one by one, with derivatives."""
    size = {"rtol": rtol, "atol": rtol}
    values, slopes = (np.stack([g(at) for at in batch]) for g in (f, wg.jacrev(f)))
    numpy.testing.assert_allclose(wg.jit(f)(batch[0]), values[0], **size)
    numpy.testing.assert_allclose(wg.jit(wg.jacrev(f))(batch[0]), slopes[0], **size)
    numpy.testing.assert_allclose(wg.vmap(f)(batch), values, **size)
    numpy.testing.assert_allclose(wg.jit(wg.vmap(wg.jacfwd(f)))(batch), slopes, **size)


def message(error: type[Exception], call: Callable[[], Any]) -> str:
    """The text of the error that a call raises."""
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)
