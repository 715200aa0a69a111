"""Which results of a decomposition are the values of a matrix and which its vectors, and what is put together of them.

A matrix is V diag(l) V^H by `eigh`, and U diag(s) V^H by `svd`: columns, values, rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ...core.primitive import Primitive


class Decomposition(NamedTuple):
    """What is known of a decomposition.

    Attributes:
        values: the place of the values among the results; behind all of them they are given once more.
        columns: the place of the vectors at the left.
        rows: that of those at the right, and whether they are conjugated and transposed there.
        function: puts a matrix together from the columns, new values and the rows.
        total: the sum of numbers that are computed from the values one by one.
        takes_complex: whether the new values may be complex.
    """

    values: int
    columns: int
    rows: tuple[int, bool]
    function: Callable[..., Any]
    total: Callable[..., Any]
    takes_complex: bool


DECOMPOSITIONS: dict[Primitive, Decomposition] = {}
"""By their primitives."""
