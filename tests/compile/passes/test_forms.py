"""What replaces an operation has its shape and dtype."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.compile.passes.rewriting import apply, rewritten
from wengert.compile.record.trace import record_graph
from wengert.core.abstract import Abstract
from wengert.ops import elementwise
from wengert.ops.axes import reduce

DTYPES = ("bool", "int8", "uint8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64")
SUBSCRIPTS = ("ij->i", "ij->", "ij->ji", "ij,jk->ik", "ij,ij->", "ij,ij->i", "ij,kl->il", "ij,ik->jk")


@pytest.mark.part(4)
@pytest.mark.parametrize(("dtype", "subscripts"), list(itertools.product(DTYPES, SUBSCRIPTS)))
def test_einsum_in_every_dtype(dtype: str, subscripts: str) -> None:
    """Sums of booleans are no counts, and sums of short integers are as short."""
    operands = [numpy.array([[1, 1], [0, 1]]).astype(dtype)] * (subscripts.count(",") + 1)
    compiled = wg.jit(lambda *operands: np.einsum(subscripts, *operands))(*operands)
    assert_same(compiled, numpy.einsum(subscripts, *operands))


@pytest.mark.parametrize("wrong", ["dtype", "shape"])
def test_a_wrong_pass_is_caught(wrong: str) -> None:
    graph = record_graph(lambda x: [np.sum(x, axis=0)], [Abstract((2, 3), numpy.dtype(float))])

    def rewrite(node: Any, operands: list[Any]) -> Any:
        if node.primitive is not reduce.sum.primitive:
            return None
        if wrong == "shape":
            return apply(reduce.sum.primitive, operands, {"axis": (1,), "keepdims": False})
        return apply(elementwise.isnan.primitive, [apply(node.primitive, operands, node.params)], {})

    with pytest.raises(AssertionError, match="a pass has replaced sum by what has another form"):
        rewritten(graph, rewrite)
