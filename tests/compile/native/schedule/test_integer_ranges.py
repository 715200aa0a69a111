"""What is known of integers: the range holds every number that comes out, and small dtypes are never forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from tests.compile.native.compiled import array

from wengert.compile.native.schedule.integer_ranges import IntegerRange, Ranges
from wengert.compile.passes.lifting import with_constants_as_inputs

INDEX = numpy.array([5, -3, 0, 12])
TABLE = numpy.array([7, 2, 9, 4, -1])

KNOWN: list[tuple[Callable[..., Any], IntegerRange | None]] = [
    (lambda i: i + 1, None),
    (lambda i: i % 5, (0, 4)),
    (lambda i: i % 5 * 3 - 2, (-2, 10)),
    (lambda i: 2 - i % 5, (-2, 2)),
    (lambda i: (i % 5).reshape(2, 2).T[1], (0, 4)),
    (lambda i: np.astype(i % 5, "int32") + 1, (1, 5)),
    (lambda i: np.where(i > 0, i % 5, -3), (-3, 4)),
    (lambda i: np.minimum(i, 3), (-(2**63), 3)),
    (lambda i: np.maximum(np.minimum(i, 3), -2), (-2, 3)),
    (lambda i: np.array(TABLE)[i % 5], (-1, 9)),
    (lambda i: np.argmax(i.reshape(2, 2) * 1.5, axis=0), (0, 1)),
    (lambda i: np.argsort(i), (0, 3)),
    (lambda i: np.concatenate([i % 3, i % 4 + 2]), (0, 5)),
    (lambda i: np.max(i % 7), (0, 6)),
    (lambda i: np.astype(i, "uint8"), (0, 255)),
    (lambda i: i % 5 * (2**62), None),
    (lambda i: np.astype(i > 2, "int64") + 1, (1, 2)),
    (lambda i: np.sum(i % 5), None),
]


@pytest.mark.parametrize("number", range(len(KNOWN)))
def test_ranges(number: int) -> None:
    f, expected = KNOWN[number]
    graph = with_constants_as_inputs(wg.jit(f).lower(INDEX).graph)[0]
    ranges = Ranges()
    for node in graph.nodes:
        ranges.note(node, node.operands)
    found = ranges.of(graph.outputs[0])
    assert found == expected
    if found is not None:
        result = f(np.asarray(INDEX)).numpy()
        assert found[0] <= result.min()
        assert result.max() <= found[1]


def test_floats_have_none() -> None:
    assert Ranges().of(array((3,))) is None
    assert Ranges().of(numpy.array([3, 4])) == (3, 4)
