"""Dependences through linear operations of a few elements: they are tried on every unit vector."""

from __future__ import annotations

import math
from typing import Any

import numpy

from ...core.dtypes.kinds import is_inexact
from .dependence import mapped
from .passage import Passage, Reach

MOST_TRIED = 1 << 20
"""The most elements of a matrix that is found so."""


def is_tried(passage: Passage) -> bool:
    """Whether one operand moves, the operation is linear in it, and its matrix is small."""
    node = passage.node
    moving = [i for i, found in enumerate(passage.found) if found is not None]
    if node.primitive.many or node.primitive.joint is not None or len(moving) != 1:
        return False
    linear_map = node.primitive.map_of(moving[0])
    if linear_map is None or {moving[0], len(passage.found), -1} & set(linear_map.needs):
        return False
    numbers = all(is_inexact(f.dtype) for f, v in zip(node.operand_forms, passage.values, strict=True) if v is None)
    return numbers and math.prod(passage.shape) * passage.found[moving[0]].shape[0] <= MOST_TRIED


def tried(passage: Passage) -> Reach:
    """The nonzero elements of the operation's matrix, with any numbers for operands that are not known."""
    (moving,) = (i for i, found in enumerate(passage.found) if found is not None)
    given = [_anything(f, v) for f, v in zip(passage.node.operand_forms, passage.values, strict=True)]
    linear_map: Any = passage.node.primitive.map_of(moving)
    form = passage.node.operand_forms[moving]
    columns = [linear_map.apply(unit, (*given, None), passage.recorded) for unit in _unit_vectors(form)]
    matrix = numpy.stack([numpy.ravel(column) for column in columns], axis=1) != 0
    return mapped(matrix, passage.found[moving])


def _unit_vectors(form: Any) -> Any:
    return numpy.eye(form.size, dtype=form.dtype).reshape(form.size, *form.shape)


def _anything(form: Any, value: Any) -> Any:
    """The value; or numbers of no pattern, where it is not known."""
    return numpy.random.default_rng(0).normal(1, 0.1, form.shape).astype(form.dtype) if value is None else value
