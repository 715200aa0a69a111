"""Operations on complex numbers that NumPy does, between machine code that has them in parts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy

from .....core.abstract import Abstract
from .....core.graph import GraphNode
from .....core.primitive import Primitive
from .....ops.indexing.gather import block
from ....passes.rewriting import apply, pick_of
from ...facts.parts import interleaved
from .number import COMPLEX_DTYPES, Complex


def whole_form(form: Abstract) -> Abstract:
    """The form of an array with both parts of a complex one side by side."""
    return Abstract((*form.shape, 2), COMPLEX_DTYPES[form.dtype])


def of_whole(whole: GraphNode) -> Complex:
    """The complex value whose parts are side by side."""
    real, imag = (apply(block.primitive, [whole], {"index": (..., part)}) for part in (0, 1))
    return Complex(real, imag, whole)


def whole_of(value: Complex) -> GraphNode:
    """The parts side by side."""
    return value.whole or apply(interleaved.primitive, [value.real, value.imag], {})


def _as_numbers(whole: Any) -> Any:
    dtype = numpy.result_type(whole.dtype, numpy.complex64)
    return numpy.ascontiguousarray(whole).view(dtype).reshape(whole.shape[:-1])


def whole_constant(value: Any, dtype: numpy.dtype) -> Any:
    """An output that is a constant, and perhaps became one as parts side by side."""
    are_parts = dtype in COMPLEX_DTYPES and numpy.asarray(value).dtype not in COMPLEX_DTYPES
    return _as_numbers(numpy.asarray(value)) if are_parts else value


def _as_parts(result: Any) -> Any:
    result = numpy.asarray(result)
    if result.dtype not in COMPLEX_DTYPES:
        return result
    return numpy.array(result, order="C", ndmin=1).view(COMPLEX_DTYPES[result.dtype]).reshape(*result.shape, 2)


class NumPyStep(Primitive):
    """A primitive that NumPy evaluates on complex numbers, given and wanted as arrays with both parts."""

    def __init__(self, of: Primitive) -> None:
        super().__init__(of.name, self._evaluate, ("*operands",), _unknown, many=of.many)
        self.of = of

    def _evaluate(self, *operands: Any, are_complex: Sequence[bool], params: dict[str, Any]) -> Any:
        given = [_as_numbers(o) if is_complex else o for o, is_complex in zip(operands, are_complex, strict=True)]
        result = self.of.evaluate(*given, **params)
        return tuple(map(_as_parts, result)) if self.many else _as_parts(result)


def _unknown(*forms: Any, **params: Any) -> Any:
    raise TypeError("[complex step] the form of a step in NumPy was asked for, wanted that of the operation itself")


_step_of = cache(NumPyStep)


def step(node: GraphNode, operands: Sequence[Any]) -> Any:
    """The operation on whole numbers, in NumPy."""
    given = [whole_of(o) if isinstance(o, Complex) else o for o in operands]
    params = {"are_complex": tuple(isinstance(o, Complex) for o in operands), "params": node.params}
    forms = [whole_form(f) if f.dtype in COMPLEX_DTYPES else f for f in node.result_forms]
    primitive = _step_of(node.primitive)
    if not node.primitive.many:
        return _result(GraphNode(primitive, given, params, forms[0]), node.result_forms[0])
    made = GraphNode(primitive, given, params, tuple(forms))
    return tuple(_result(pick_of(made, i), form) for i, form in enumerate(node.result_forms))


def _result(made: GraphNode, form: Abstract) -> Any:
    return of_whole(made) if form.dtype in COMPLEX_DTYPES else made
