"""Indices of every integer dtype are read by machine code, constants in few bytes."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.legalize.expansions import expanded
from wengert.core.graph import form_of_operand
from wengert.ops.indexing.gather import INDEXED

from ..compiled import assert_compiled_is_eager, steps_of

X = numpy.random.default_rng(0).normal(size=100)
PLACES = (numpy.arange(60) * 7) % 100
DTYPES = ["int8", "uint16", "int64"]
of_every_dtype = pytest.mark.parametrize("dtype", DTYPES)


def chosen(x: Any, index: Any) -> Any:
    return wg.grad(lambda x: np.sum(x[index] ** 2))(x)


@of_every_dtype
def test_an_index_that_is_given(dtype: str) -> None:
    index = PLACES.astype(dtype)
    assert_compiled_is_eager(chosen, X, index)
    assert steps_of(chosen, X, index) == ""


@of_every_dtype
def test_a_constant_index(dtype: str) -> None:
    index = PLACES.astype(dtype)
    assert_compiled_is_eager(lambda x: chosen(x, index), X)
    graph = expanded(wg.jit(lambda x: chosen(x, index)).lower(X).graph)
    read = [form_of_operand(node.operands[-1]).dtype for node in graph.nodes if node.primitive in INDEXED]
    assert read == [numpy.int32] * 2


def test_negative_places() -> None:
    index = (PLACES - 100).astype(numpy.int8)
    assert_compiled_is_eager(lambda x: chosen(x, index), X)
    assert_compiled_is_eager(chosen, X, index)
