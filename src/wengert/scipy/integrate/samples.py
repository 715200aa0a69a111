"""Integrals of samples, under the names of ``scipy.integrate``, differentiable in the places too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import wengert as wg
import wengert.numpy as np

__all__ = ["cumulative_simpson", "cumulative_trapezoid", "romb", "simpson", "trapezoid"]


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> wg.Tensor:
    """The integral of a polygon through samples; as ``scipy.integrate.trapezoid``.

    Args:
        y: the samples along `axis`, of shape (..., n, ...).
        x: their places: of shape (n,), or that of `y`; in place of `dx`.
        dx: their distance.
        axis: the axis of the samples.

    >>> from wengert.scipy.integrate import trapezoid
    >>> trapezoid([1.0, 2.0, 5.0], dx=0.5)
    tensor(2.5)
    """
    return np.trapezoid(y, x, dx, axis)


def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: int = -1) -> wg.Tensor:
    """The integral of parabolas through three samples each; as ``scipy.integrate.simpson``.

    If the number of intervals is odd, the last one is integrated under the parabola through the last three samples.

    Args:
        y: the samples along `axis`, of shape (..., n, ...).
        x: their places, at any distances: of shape (n,), or that of `y`; in place of `dx`.
        dx: their distance.
        axis: the axis of the samples.

    Raises:
        ValueError: places and samples differ in number.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.integrate import simpson
    >>> x = np.array([0.0, 1.0, 3.0, 4.0])
    >>> simpson(x**2, x=x), 4.0**3 / 3
    (tensor(21.33333333), 21.333333333333332)

    Source: K. V. Cartwright, "Simpson's rule cumulative integration with MS Excel and irregularly-spaced data", Journal
    of Mathematical Sciences and Mathematics Education 12 (2017).
    """
    y, h = _samples(y, x, dx, axis, "simpson")
    count = y.shape[-1]
    if count < 3:
        return np.sum(_trapezoids(y, h), axis=-1)
    even = count if count % 2 else count - 1
    whole = np.sum(_under_two(y[..., :even], h[..., : even - 1]), axis=-1)
    return whole if count % 2 else whole + _last_under_parabola(y, h)


def cumulative_trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: float | None = None) -> Any:
    """The integrals of a polygon from the first sample to each; as ``scipy.integrate.cumulative_trapezoid``.

    Args:
        y: the samples along `axis`, of shape (..., n, ...).
        x: their places: of shape (n,), or that of `y`; in place of `dx`.
        dx: their distance.
        axis: the axis of the samples.
        initial: 0 to begin with the integral to the first sample; ``None`` leaves it out.

    Returns:
        The integrals, ``n - 1`` of them along the axis, or ``n`` with `initial`.

    Raises:
        ValueError: places and samples differ in number, or `initial` is neither.

    >>> from wengert.scipy.integrate import cumulative_trapezoid
    >>> cumulative_trapezoid([1.0, 2.0, 5.0], initial=0)
    tensor([0. , 1.5, 5. ])
    """
    if initial not in (None, 0):
        raise ValueError(f"[cumulative_trapezoid] initial={initial!r}, wanted 0 or None; add the number to the result")
    y, h = _samples(y, x, dx, axis, "cumulative_trapezoid")
    return _accumulated(_trapezoids(y, h), initial, axis)


def cumulative_simpson(y: Any, *, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None) -> Any:
    """The integrals of parabolas from the first sample to each; as ``scipy.integrate.cumulative_simpson``.

    Args:
        y: the samples along `axis`, of shape (..., n, ...).
        x: their places: of shape (n,), or that of `y`; in place of `dx`.
        dx: their distance.
        axis: the axis of the samples.
        initial: the number to begin with, which is added to all; ``None`` leaves out the first.

    Returns:
        The integrals, ``n - 1`` of them along the axis, or ``n`` with `initial`.

    Raises:
        ValueError: places and samples differ in number.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.integrate import cumulative_simpson
    >>> cumulative_simpson(np.arange(4.0) ** 2, initial=0.0)
    tensor([0.        , 0.33333333, 2.66666667, 9.        ])

    Source: K. V. Cartwright (2017), as `simpson`.
    """
    y, h = _samples(y, x, dx, axis, "cumulative_simpson")
    each = _trapezoids(y, h) if y.shape[-1] < 3 else _each_under_parabola(y, h)
    return _accumulated(each, initial, axis)


def romb(y: Any, dx: Any = 1.0, axis: int = -1) -> wg.Tensor:
    """The integral of samples by Romberg's extrapolation of trapezoids; as ``scipy.integrate.romb``.

    Args:
        y: ``2**k + 1`` samples at equal distances along `axis`.
        dx: their distance.
        axis: the axis of the samples.

    Raises:
        ValueError: their number is another one.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.integrate import romb
    >>> romb(np.linspace(0.0, 1.0, 5) ** 4, dx=0.25)
    tensor(0.2)
    """
    y = np.moveaxis(_inexact(y), axis, -1)
    intervals = y.shape[-1] - 1
    if intervals < 1 or intervals & (intervals - 1):
        raise ValueError(
            f"[romb] y has {intervals + 1} samples along axis {axis}, wanted 2**k + 1 of them: 2, 3, 5, 9, 17, ...; "
            "write simpson(y, dx=dx) for any number"
        )
    row = [np.trapezoid(y[..., :: 2**level], dx=dx * 2**level) for level in range(intervals.bit_length() - 1, -1, -1)]
    order = 1
    while len(row) > 1:
        row = [(4**order * fine - coarse) / (4**order - 1) for coarse, fine in pairwise(row)]
        order += 1
    return row[0]


# -- samples along the last axis, and the widths between them -----------------------------------------


def _inexact(y: Any) -> Any:
    y = np.asarray(y)
    return y if y.dtype.kind in "fc" else y.astype(float)


def _samples(y: Any, x: Any, dx: Any, axis: int, op: str) -> tuple[Any, Any]:
    """The samples along the last axis, and the widths of the intervals between them."""
    y = np.moveaxis(_inexact(y), axis, -1)
    count = y.shape[-1]
    if x is None:
        return y, dx * np.ones((max(count - 1, 0),), np.real(y).dtype)
    x = _inexact(x)
    x = np.moveaxis(x, axis, -1) if x.ndim > 1 else x
    if x.shape not in ((count,), y.shape):
        raise ValueError(
            f"[{op}] x has shape {x.shape} for {count} samples along axis {axis} of y, wanted ({count},) or the shape "
            "of y; write a place for each sample"
        )
    return y, np.diff(x, axis=-1)


def _accumulated(each: Any, initial: Any, axis: int) -> Any:
    """The sums up to each interval, along the axis that the samples had."""
    sums = np.cumsum(each, axis=-1)
    if initial is not None:
        first = np.broadcast_to(np.asarray(initial, sums.dtype), sums.shape[:-1])[..., None]
        sums = np.concatenate([first, first + sums], axis=-1)
    return np.moveaxis(sums, -1, axis)


def _trapezoids(y: Any, h: Any) -> Any:
    return h * (y[..., 1:] + y[..., :-1]) / 2


def _divided(a: Any, b: Any) -> Any:
    """A quotient, zero where samples are at one place."""
    return np.where(b != 0, a / np.where(b != 0, b, 1.0), 0.0)


def _under_two(y: Any, h: Any) -> Any:
    """The integrals over every two intervals, of the parabola through their three samples."""
    before, after = h[..., ::2], h[..., 1::2]
    both = before + after
    left, middle, right = y[..., :-2:2], y[..., 1:-1:2], y[..., 2::2]
    outer = left * (2 - _divided(after, before)) + right * (2 - _divided(before, after))
    return both / 6 * (outer + middle * both * _divided(both, before * after))


def _last_under_parabola(y: Any, h: Any) -> Any:
    """The integral over the last interval, of the parabola through the last three samples."""
    return _first_under_parabola(y[..., :-4:-1], h[..., :-3:-1])[..., 0]


def _first_under_parabola(y: Any, h: Any) -> Any:
    """The integrals over each interval but the last, of the parabola through its samples and the next."""
    own, following = h[..., :-1], h[..., 1:]
    both = own + following
    share, bend = _divided(own, both), _divided(own * own, following * both)
    return own / 6 * (y[..., :-2] * (3 - share) + y[..., 1:-1] * (3 + bend + share) - y[..., 2:] * bend)


def _each_under_parabola(y: Any, h: Any) -> Any:
    """The integral over each interval: two by two under one parabola, and a last one under that of the two before."""
    forward = _first_under_parabola(y, h)
    backward = _first_under_parabola(y[..., ::-1], h[..., ::-1])[..., ::-1]
    count = h.shape[-1]
    pairs = np.stack([forward[..., ::2], backward[..., ::2]], axis=-1)
    pairs = np.reshape(pairs, (*pairs.shape[:-2], -1))
    return pairs if count % 2 == 0 else np.concatenate([pairs[..., : count - 1], backward[..., -1:]], axis=-1)
