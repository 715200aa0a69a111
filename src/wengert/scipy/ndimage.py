"""Arrays between their elements, under the names of ``scipy.ndimage``: differentiable in elements and in places."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import wengert.numpy as np

from ..core.tensor import Tensor

__all__ = ["map_coordinates"]

OUTSIDE: dict[str, Callable[[Any, int], Any]] = {
    "nearest": lambda place, length: np.clip(place, 0, length - 1),
    "grid-wrap": lambda place, length: place % length,
    "mirror": lambda place, length: _reflected(place, 2 * length - 2),
    "reflect": lambda place, length: _reflected(place, 2 * length - 1),
    "constant": lambda place, length: np.clip(place, 0, length - 1),
    "grid-constant": lambda place, length: np.clip(place, 0, length - 1),
}
"""How an array goes on beyond its ends: the element that is at a place, by the mode."""


def _reflected(place: Any, far: int) -> Any:
    """A place in an array of which the mirror image of place 0 is `far`."""
    turned = place % (far + 1 if far % 2 else max(far, 1))
    return np.minimum(turned, far - turned)


def map_coordinates(
    input: Any, coordinates: Any, output: Any = None, order: int = 3, mode: str = "constant", cval: Any = 0.0
) -> Tensor:
    """As ``scipy.ndimage.map_coordinates``: an array at places between its elements.

    Args:
        input: the array, of n axes.
        coordinates: n arrays of one shape, or an array with n as its first length: the places along each axis.
        output: the dtype of the result; that of `input` by default.
        order: 0 for the nearest element, 1 for lines between neighbours.
        mode: how the array goes on: ``"constant"`` (with `cval` at all places that are outside),
            ``"grid-constant"`` (with elements `cval`), ``"nearest"``, ``"grid-wrap"``, ``"mirror"``, ``"reflect"``.
        cval: what is outside.

    Raises:
        NotImplementedError: another order, or mode.
        ValueError: there are not as many coordinates as axes.

    >>> import wengert as wg, wengert.numpy as np
    >>> at = lambda place: map_coordinates(np.array([0.0, 1.0, 4.0, 9.0]), [place], order=1)
    >>> at(np.array([0.5, 2.5])), wg.grad(lambda place: at(place)[0])(np.array([2.5]))
    (tensor([0.5, 6.5]), tensor([5.]))
    """
    x, places = np.asarray(input), [np.asarray(place) for place in coordinates]
    _check(x, places, order, mode)
    steps = [_steps(place, order) for place in places]
    total: Any = 0.0
    for corner in itertools.product(*steps):
        weight: Any = 1.0
        for _, share in corner:
            weight = weight * share
        total = total + weight * _elements(x, [index for index, _ in corner], mode, cval)
    if mode == "constant":
        inside = _all([(place >= 0) & (place <= n - 1) for place, n in zip(places, x.shape, strict=True)])
        total = np.where(inside, total, cval)
    return _cast(total, x.dtype if output is None else np.dtype(output))


def _steps(place: Any, order: int) -> list[tuple[Any, Any]]:
    """The elements next to a place along an axis, and their shares."""
    if order == 0:
        return [(_nearest(place).astype("int64"), 1.0)]
    before = np.floor(place)
    share = place - before
    first = before.astype("int64")
    return [(first, 1.0 - share), (first + 1, share)]


def _nearest(x: Any) -> Any:
    """The nearest whole numbers, those further from 0 of two."""
    return np.sign(x) * np.floor(np.abs(x) + 0.5)


def _elements(x: Tensor, places: list[Any], mode: str, cval: Any) -> Any:
    """The elements at whole places, also at such as are outside."""
    found = x[tuple([OUTSIDE[mode](place, n) for place, n in zip(places, x.shape, strict=True)])]
    if mode != "grid-constant":
        return found
    return np.where(_all([(p >= 0) & (p < n) for p, n in zip(places, x.shape, strict=True)]), found, cval)


def _all(conditions: list[Any]) -> Any:
    holds = conditions[0]
    for condition in conditions[1:]:
        holds = holds & condition
    return holds


def _cast(x: Tensor, dtype: Any) -> Tensor:
    return (_nearest(x) if dtype.kind in "iu" else x).astype(dtype)


def _check(x: Tensor, places: list[Any], order: int, mode: str) -> None:
    if order not in (0, 1):
        raise NotImplementedError(
            f"[map_coordinates] order={order!r} was given, wanted 0 (the nearest element) or 1 (lines between "
            "neighbours): splines are not written; write order=1"
        )
    if mode not in OUTSIDE:
        raise NotImplementedError(
            f"[map_coordinates] mode={mode!r} was given, wanted one of {list(OUTSIDE)}; write mode='grid-wrap' for an "
            "array that repeats"
        )
    if len(places) != x.ndim:
        raise ValueError(
            f"[map_coordinates] {len(places)} coordinates were given for an array of {x.ndim} axes, wanted one for "
            "each; write [rows, columns]"
        )
