"""Primitives that join arrays, and those that take them apart again: each is the transpose of the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import is_of_numbers
from ..core.number import among_arrays
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from ..core.tensor import Tensor
from .broadcast import broadcast_to
from .facts import MOVEMENT, state_facts
from .linear_maps import Map
from .operands import holds_tensor, numbers


class _Joined:
    """The joint linear map of a primitive that puts its operands side by side.

    It is the operation itself, on the tangents; its transpose takes the cotangent apart.
    """

    needs: frozenset[int] = frozenset()

    def __init__(self, join: Any, part: Any) -> None:
        self.join = join
        self.part = part

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        filled = [zeros(form) if t is None else t for t, form in zip(tangents, node.forms, strict=False)]
        return self.join(*filled, **node.params)

    def transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        return self.part(cotangent, node)


def zeros(form: Abstract) -> Any:
    """The zero that stands for a (co)tangent that is missing; it takes no memory."""
    return numpy.broadcast_to(numpy.zeros((), form.dtype), form.shape)


def all_batched(size: int, operands: Sequence[Any], batched: Sequence[bool]) -> list[Any]:
    """The operands, each with a leading batch axis."""
    return [o if b else broadcast_to(o, shape=(size, *o.shape)) for o, b in zip(operands, batched, strict=True)]


def _define_join(name: str, evaluate: Any, shape: Any, part: Any) -> Any:
    def batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
        return operation(*all_batched(size, operands, batched), axis=node.params["axis"] + 1)

    def form(*forms: Abstract, axis: int) -> Abstract:
        return Abstract(shape([f.shape for f in forms], axis), numpy.result_type(*[f.dtype for f in forms]))

    joint = _Joined(lambda *arrays, axis: operation(*arrays, axis=axis), part)
    primitive = Primitive(name, evaluate, ("*arrays",), form, joint=joint, batch=batch)
    primitive.operation = operation = bind_general(primitive)
    return operation


def _define_part(name: str, evaluate: Any, shapes: Any, join: Any, batch: Any) -> Any:
    """Define a primitive of one operand and many results, whose transpose is `join`."""

    def form(x: Abstract, **params: Any) -> tuple[Abstract, ...]:
        return tuple(Abstract(shape, x.dtype) for shape in shapes(x.shape, **params))

    def transposed(cotangents: Sequence[Any], residuals: Sequence[Any], node: Any) -> Any:
        filled = [zeros(f) if ct is None else ct for ct, f in zip(cotangents, node.forms[-1], strict=True)]
        return join(*filled, axis=node.params["axis"])

    own = Map(lambda dx, residuals, node: operation(dx, **node.params), transposed, frozenset())
    primitive = Primitive(name, evaluate, ("x",), form, [own], batch=batch, many=True, moves=True)
    primitive.operation = operation = bind_general(primitive)
    return operation


# -- along an axis that is there -------------------------------------------------------------------


def _joined_shape(shapes: Sequence[tuple[int, ...]], axis: int) -> tuple[int, ...]:
    """The shape of the concatenation; NumPy raises its errors on arrays that take no memory."""
    if any(s[:axis] + s[axis + 1 :] != shapes[0][:axis] + shapes[0][axis + 1 :] for s in shapes):
        numpy.concatenate([numpy.broadcast_to(numpy.False_, s) for s in shapes], axis)
    return (*shapes[0][:axis], sum(s[axis] for s in shapes), *shapes[0][axis + 1 :])


concatenate: Final = _define_join(
    "concatenate",
    lambda *arrays, axis: numpy.concatenate(arrays, axis),
    _joined_shape,
    lambda ct, node: split(ct, axis=node.params["axis"], sizes=_sizes(node)),
)
"""``concatenate(*arrays, axis=)``: `axis` is non-negative."""


def _sizes(node: Any) -> tuple[int, ...]:
    """The lengths of the operands along the axis of joining."""
    return tuple(form.shape[node.params["axis"]] for form in node.forms[:-1])


def _split(x: Any, axis: int, sizes: Sequence[int]) -> tuple[Any, ...]:
    lead = (slice(None),) * axis
    ends = numpy.cumsum(sizes).tolist()
    return tuple(x[(*lead, slice(end - size, end))] for end, size in zip(ends, sizes, strict=True))


def _split_shapes(shape: tuple[int, ...], axis: int, sizes: Sequence[int]) -> list[tuple[int, ...]]:
    return [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]


split: Final = _define_part(
    "split",
    _split,
    _split_shapes,
    concatenate,
    lambda size, operands, batched, node: split(operands[0], axis=node.params["axis"] + 1, sizes=node.params["sizes"]),
)
"""``split(x, axis=, sizes=)``: the parts, as a tuple; `sizes` adds up to the length of the axis."""

# -- along a new axis ------------------------------------------------------------------------------


def _stacked_shape(shapes: Sequence[tuple[int, ...]], axis: int) -> tuple[int, ...]:
    if any(s != shapes[0] for s in shapes):
        raise ValueError(
            f"[stack] all input arrays must have the same shape, but they have {', '.join(map(str, shapes))}, wanted "
            "equal shapes; write np.concatenate for arrays of different lengths"
        )
    return (*shapes[0][:axis], len(shapes), *shapes[0][axis:])


def _stack(*arrays: Any, axis: int) -> Any:
    """As ``numpy.stack``, in fewer steps."""
    given = [numpy.asarray(array) for array in arrays]
    shape = _stacked_shape([array.shape for array in given], axis)
    if len(shape) == 1:
        return numpy.array(given)
    place = (*(slice(None),) * axis, None)
    return numpy.concatenate([array[place] for array in given], axis)


stack: Final = _define_join(
    "stack",
    _stack,
    _stacked_shape,
    lambda ct, node: unstack(ct, axis=node.params["axis"]),
)
"""``stack(*arrays, axis=)``: arrays of one shape, along a new axis, non-negative."""


def _unstack(x: Any, axis: int) -> tuple[Any, ...]:
    return tuple(numpy.moveaxis(x, axis, 0))


unstack: Final = _define_part(
    "unstack",
    _unstack,
    lambda shape, axis: [shape[:axis] + shape[axis + 1 :]] * shape[axis],
    stack,
    lambda size, operands, batched, node: unstack(operands[0], axis=node.params["axis"] + 1),
)
"""``unstack(x, axis=)``: the elements along an axis, as a tuple."""

# -- nested sequences as operands -------------------------------------------------------------------


def constant(value: Any, op: str = "asarray") -> Any:
    """An operand that is not plain as an array, a NumPy scalar or (if there are tensors in it) a tensor.

    Raises:
        TypeError: it is no array of numbers.
    """
    value = among_arrays(value)
    if type(value) is Tensor or (isinstance(value, numpy.generic) and is_of_numbers(value.dtype)):
        return value
    if isinstance(value, (list, tuple)) and holds_tensor(value):
        return stacked(value)
    return numbers(value, op)


def stacked(values: Sequence[Any]) -> Any:
    """Nested sequences with tensors in them as one tensor, with their derivatives."""
    return stack(*[constant(v, "stack") for v in values], axis=0)


state_facts(MOVEMENT, concatenate, split, stack, unstack)
