"""Operations on values that are on a device: each is a small program, compiled once for its operands and parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...core.abstract import form_of
from ...core.graph import GraphNode, input_node, subgraphs
from ...core.placed import common_device
from ...core.primitive import Primitive
from .imported import jax, wide_numbers
from .lowering import performed

WEAK = (bool, int, float, complex)
"""The types of Python's numbers, whose dtype does not count; they are arguments of the programs, too."""

_PROGRAMS: dict[Any, Callable[..., Any]] = {}


def evaluated(primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
    """The raw result of a primitive; values that are in NumPy's memory go along.

    Raises:
        NotLoweredError: XLA has no form of it.
        ValueError: the values are on several devices.
    """
    common_device(values, primitive.name)
    key = (primitive, tuple(map(_key_of_value, values)), _key_of(tuple(params.items())))
    program = _PROGRAMS.get(key)
    if program is None:
        node = _node(primitive, values, params)
        program = jax().jit(lambda *arrays: performed(node, arrays))
        if not subgraphs(node):  # a loop has another body each time
            _PROGRAMS[key] = program
    with wide_numbers():
        return program(*values)


def _node(primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> GraphNode:
    """The operation on values of these forms."""
    operands = [type(v)(1) if type(v) in WEAK else input_node(form_of(v)) for v in values]
    forms = [o.form if isinstance(o, GraphNode) else o for o in operands]
    return GraphNode(primitive, operands, params, primitive.shape(*forms, **params))


def _key_of_value(value: Any) -> Any:
    """By what values are told apart: their form, or the type of a number."""
    return type(value) if type(value) in WEAK else form_of(value)


def _key_of(params: Any) -> Any:
    """A key for parameters, which may hold what cannot be hashed."""
    if isinstance(params, tuple | list):
        return tuple(map(_key_of, params))
    if isinstance(params, slice):
        return slice, params.start, params.stop, params.step
    if isinstance(params, numpy.ndarray):
        return params.shape, params.dtype, params.tobytes()
    return params
