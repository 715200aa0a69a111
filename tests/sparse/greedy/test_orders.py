"""Orders are permutations, in which degrees are as their names say."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from wengert.sparse.colorings import as_pattern
from wengert.sparse.greedy.orders import ORDERS

from ..matrices import arrow, random_patterns


def meetings(pattern: Any) -> Any:
    """Which columns meet in a row."""
    dense = pattern.toarray().astype(int)
    return (dense.T @ dense > 0) & ~numpy.eye(dense.shape[1], dtype=bool)


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_is_a_permutation(order: str) -> None:
    for pattern in map(as_pattern, random_patterns(30)):
        assert sorted(ORDERS[order](pattern)) == list(range(pattern.shape[1]))


def test_the_largest_comes_first() -> None:
    for pattern in map(as_pattern, random_patterns(30)):
        degrees = meetings(pattern).sum(0)[ORDERS["largest-first"](pattern)]
        assert (numpy.diff(degrees) <= 0).all()


@pytest.mark.parametrize(("order", "best"), [("smallest-last", min), ("dynamic-largest-first", max)])
def test_degrees_are_those_among_what_is_left(order: str, best: Any) -> None:
    for pattern in map(as_pattern, random_patterns(30)):
        meets = meetings(pattern)
        removed = list(ORDERS[order](pattern))
        removed = removed[::-1] if order == "smallest-last" else removed
        for turn, v in enumerate(removed):
            left = removed[turn:]
            degrees = meets[numpy.ix_(left, left)].sum(0)
            assert degrees[left.index(v)] == best(degrees)


def test_the_shaft_of_an_arrow_comes_first() -> None:
    pattern = as_pattern(arrow(6).toarray()[:, ::-1])
    assert ORDERS["largest-first"](pattern)[0] == 0
    assert len(set(ORDERS["natural"](pattern))) == 6
