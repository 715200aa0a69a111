"""``jax.scipy.ndimage``: `wengert.scipy.ndimage`, of arrays that nobody writes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wengert.scipy import ndimage

from ...names import missing_name as _missing_name
from ..array import Array, as_tensor, of

__all__ = ["map_coordinates"]

OF_SCIPY = {"constant": "grid-constant", "wrap": "grid-wrap"}
"""Modes that JAX calls otherwise."""


def map_coordinates(
    input: Any, coordinates: Sequence[Any], order: int, mode: str = "constant", cval: Any = 0.0
) -> Array:
    """An array at places between its elements: the nearest ones for order 0, lines between neighbours for order 1."""
    places = [as_tensor(place) for place in coordinates]
    return of(ndimage.map_coordinates(as_tensor(input), places, None, order, OF_SCIPY.get(mode, mode), cval))


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.scipy.ndimage")
