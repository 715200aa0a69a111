"""Elementwise primitives: a derivative of one factor an operand, and the guarded product by which it scales."""

from __future__ import annotations

import inspect
from cmath import isfinite
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy
from numpy import ndarray, vdot

from ..core.abstract import TRANSPOSE, Abstract
from ..core.dtypes.short import evaluated
from ..core.number import Number, among_arrays
from ..core.placed import PLACED
from ..core.primitive import Primitive, primitives
from ..core.recording import NO_PARAMS, binary, general as bind_general, record, unary
from ..core.routines import by_size
from ..core.state import RECORDING, state
from ..core.tensor import Tensor
from .facts import ARITHMETIC, MOVEMENT, state_facts
from .idle_guards import bare, is_idle, is_one
from .join import constant
from .linear_maps import Map, Reader, Rule, linear, maps_for
from .operands import is_foreign, refused, repeats
from .shape import reshape
from .sizes import with_limit

FLOAT64 = numpy.dtype(numpy.float64)


def factor(rule: Rule) -> Callable[[Sequence[str], int], Map]:
    """Elementwise: ``rule(operands and out by name)`` is d out / d operand."""

    def build(operands: Sequence[str], position: int) -> Map:
        names = list(inspect.signature(rule).parameters)
        places = [len(operands) if n == "out" else operands.index(n) for n in names]
        if len(places) == 1:
            (only,) = places

            def apply(tangent: Any, residuals: Sequence[Any], node: Any) -> Any:
                return scale(tangent, rule(residuals[only]))

            def transpose(cotangent: Any, residuals: Sequence[Any], node: Any) -> Any:
                return scale(cotangent, adjoint(rule(residuals[only])))

            def unguarded(cotangent: Any, residuals: Sequence[Any], node: Any) -> Any:
                by = rule(residuals[only])
                return cotangent * (by if cotangent.dtype is FLOAT64 else adjoint(by))
        else:

            def apply(tangent: Any, residuals: Sequence[Any], node: Any) -> Any:
                return scale(tangent, rule(*[residuals[i] for i in places]))

            def transpose(cotangent: Any, residuals: Sequence[Any], node: Any) -> Any:
                return scale(cotangent, adjoint(rule(*[residuals[i] for i in places])))

            def unguarded(cotangent: Any, residuals: Sequence[Any], node: Any) -> Any:
                by = rule(*[residuals[i] for i in places])
                return cotangent * (by if cotangent.dtype is FLOAT64 else adjoint(by))

        return Map(apply, transpose, frozenset(places), unguarded)

    return build


def divided(rule: Rule, quotient: Rule) -> Callable[[Sequence[str], int], Map]:
    """A `factor` that is the reciprocal of something: ``quotient(cotangent, ...)`` divides by that in fewer passes.

    It is asked for raw reals, and names what it reads in the order of the residuals, without a gap.
    """

    def build(operands: Sequence[str], position: int) -> Map:
        made = factor(rule)(operands, position)
        needs = Reader(quotient, operands, position, skip=1).needs
        read = slice(min(needs), max(needs) + 1)
        multiplied: Any = made.unguarded

        def unguarded(cotangent: Any, residuals: Sequence[Any], node: Any) -> Any:
            if cotangent.dtype.kind == "c":
                return multiplied(cotangent, residuals, node)
            return quotient(cotangent, *residuals[read])

        return Map(made.apply, made.transpose, made.needs | needs, unguarded)

    return build


# -- elementwise primitives ------------------------------------------------------------------------


class ElementwiseShape:
    """The shape rule of an elementwise operation: broadcast shapes, and the dtype that NumPy gives."""

    is_elementwise = True

    def __init__(self, evaluate: Callable[..., Any]) -> None:
        self.evaluate = evaluate

    def __call__(self, *forms: Any, **params: Any) -> Abstract:
        shapes = [f.shape for f in forms if isinstance(f, Abstract)]
        samples = [numpy.ones((), f.dtype) if isinstance(f, Abstract) else f for f in forms]
        with numpy.errstate(all="ignore"):
            dtype = self.evaluate(*samples, **params).dtype
        return Abstract(broadcast_shapes(shapes), dtype)


def broadcast_shapes(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    first = shapes[0]
    if all(s == first for s in shapes):
        return first
    return numpy.broadcast_shapes(*shapes)


def batch_elementwise(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    """Line up the axes of each example behind the batch axis, and evaluate all at once."""
    ranks = [len(form.shape) for form in node.forms[:-1]] if node.forms else [0] * len(operands)
    rank = max(ranks)
    lined_up = [
        _insert_axes(o, rank - r) if is_batched else o
        for o, r, is_batched in zip(operands, ranks, batched, strict=True)
    ]
    return node.primitive.operation(*lined_up, **node.params)


def _insert_axes(batch: Any, count: int) -> Any:
    if count == 0:
        return batch
    shape = batch.shape
    return reshape(batch, shape=(shape[0], *(1,) * count, *shape[1:]))


def elementwise(
    name: str,
    evaluate: Callable[..., Any],
    operands: Sequence[str],
    *rules: Any,
    declines: Callable[[Any, Any], bool] | None = None,
    has_routine: bool = False,
    shape: ElementwiseShape | None = None,
) -> Any:
    """Define an elementwise primitive and give the function that calls it.

    `rules` has one entry an operand: a function that gives the factor, a built map, or ``None``. `declines` says of two
    operands whether an operator leaves them to Python. What `has_routine` is slow in NumPy, and done in machine code
    on many elements. `shape` is the shape rule, where the dtype is known without evaluating it.
    """
    built = [r if r is None or getattr(r, "__name__", "") == "build" else factor(r) for r in rules]
    primitive = Primitive(
        name,
        evaluate,
        operands,
        shape or ElementwiseShape(evaluate),
        maps=maps_for(operands, built),
        batch=batch_elementwise,
    )
    if has_routine:
        primitive.evaluate = by_size(primitive)
    if len(operands) == 1:
        operation = unary(primitive, primitive.evaluate)
    elif len(operands) == 2:
        operation = binary(primitive, slow_binary(primitive, declines))
    else:
        operation = bind_general(primitive)
    primitive.operation = operation
    return operation


def slow_binary(primitive: Primitive, declines: Callable[[Any, Any], bool] | None = None) -> Callable[[Any, Any], Any]:
    """What a binary operation does with operands that are not plain: lists, unusual scalars, raw values."""

    def call(a: Any, b: Any) -> Any:
        if type(a) is Number or type(b) is Number:
            return primitive.operation(among_arrays(a), among_arrays(b))
        if type(a) is Tensor or type(b) is Tensor:
            if declines is not None and declines(a, b):
                return NotImplemented
            if is_foreign(a) or is_foreign(b):
                return refused(primitive.name, a, b)
            return record(primitive, (constant(a, primitive.name), constant(b, primitive.name)), NO_PARAMS)
        return evaluated(primitive, (a, b), NO_PARAMS)

    return call


# -- the guarded product ---------------------------------------------------------------------------


def scale(tangent: Any, by: Any) -> Any:
    """The product of a (co)tangent and a factor, in which zero times infinity (or NaN) is zero.

    A zero there is a mask, or the derivative of something that does not matter at this point; it must
    not be poisoned by a factor that is infinite because a branch was not taken.
    """
    if type(tangent) is Tensor or type(by) is Tensor:
        product = scale_alone(tangent, by)
        return with_limit(product, tangent, by) if state.sizes and type(tangent) is type(by) else product
    product = tangent * by
    if isfinite(vdot(product, product) if type(product) is ndarray else product):
        return product
    return guarded_product(tangent, by)


def guarded_product(a: Any, b: Any) -> Any:
    """The raw product, with 0 wherever one side is zero and the other is not finite."""
    product = numpy.multiply(a, b)
    return numpy.where(_guard(a, b) | _guard(b, a), product.dtype.type(0), product)


def _guard(value: Any, zero: Any) -> Any:
    """Where `value` is not finite and `zero` is zero."""
    return numpy.equal(zero, 0) & ~numpy.isfinite(value)


def _cleared(x: Any, by: Any) -> Any:
    """The dtype of a Python number is weak."""
    x = x if hasattr(x, "dtype") else numpy.asarray(x, numpy.result_type(x, by))
    return numpy.where(_guard(x, by) | _guard(by, x), numpy.zeros_like(x), x)


def _open(x: Any, by: Any) -> Any:
    x = x if hasattr(x, "dtype") else numpy.asarray(x, numpy.result_type(x, by))
    return numpy.where(_guard(x, by) | _guard(by, x), numpy.zeros_like(x), numpy.ones_like(x))


def scale_alone(tangent: Any, by: Any) -> Any:
    """As `scale`, of tensors, where no limit is looked for."""
    if type(tangent) is Tensor and is_placeholder(tangent._value):
        return _weigh(tangent, by)
    watch = 0
    for operand in (tangent, by):
        if type(operand) is Tensor:
            watch |= operand._node.watch
    if watch & state.on >= RECORDING:
        return _scale_recorded(tangent, by)
    product = multiply(tangent, by)
    value = product._value
    if type(value) is Abstract or type(value) in PLACED:  # of a constant that a compilation has taken, or on a device
        return _scale_recorded(tangent, by)
    if isfinite(vdot(value, value) if type(value) is ndarray else value):
        return product
    return multiply(clear(tangent, by), clear(by, tangent))


def _scale_recorded(tangent: Any, by: Any) -> Any:
    """The product, guarded as far as its operands are not known to need no guard."""
    tangent, by = bare(tangent, by), bare(by, tangent)
    for one, other in ((tangent, by), (by, tangent)):
        has_dtype = hasattr(other, "dtype")
        if has_dtype and is_one(one) and numpy.result_type(one, other.dtype) == other.dtype:
            return other
    if is_idle(tangent, by) and is_idle(by, tangent):
        return multiply(tangent, by)
    return _scale(tangent, by)


def is_placeholder(value: Any) -> bool:
    """Whether the value stands for the tangent of a linear map that is being transposed."""
    return type(value) is Abstract and value.recording is not None and value.recording.name == TRANSPOSE


def adjoint(by: Any) -> Any:
    """The factor of the transposed map: the complex conjugate."""
    if type(by) is float or type(by) is int or type(by) is bool:
        return by
    if type(by) is complex:
        return by.conjugate()
    if by.dtype is FLOAT64:
        return by
    return conjugate(by) if by.dtype.kind == "c" else by


multiply: Final = elementwise("multiply", numpy.multiply, ("x", "y"), lambda y: y, lambda x: x, declines=repeats)

conjugate: Final = elementwise(
    "conjugate", numpy.conjugate, ("x",), linear(lambda dx: conjugate(dx), lambda ct: conjugate(ct))
)

_open_mask = elementwise("open_mask", _open, ("x", "by"), None, None)

clear: Final = elementwise("clear", _cleared, ("x", "by"), lambda x, by: _open_mask(x, by), None)
"""``clear(x, by)`` is `x`, but zero where the product of the two is guarded."""


def cleared(x: Any, by: Any) -> Any:
    """`clear`, unless it is known never to act."""
    return x if is_idle(x, by) else clear(x, by)


_scale = elementwise("scale", guarded_product, ("x", "by"), lambda x, by: cleared(by, x), lambda x, by: cleared(x, by))

_weigh = elementwise(
    "weigh",
    guarded_product,
    ("x", "by"),
    linear(lambda dx, by: scale(dx, by), lambda ct, by: scale(ct, adjoint(by))),
    None,
)
"""`scale` as a linear map of `x`, whose value is never asked for."""

GUARDED_PRODUCTS = primitives(_scale, _weigh)
"""The primitives of `scale`."""
OPEN_MASK = _open_mask.primitive

state_facts(ARITHMETIC, multiply, OPEN_MASK, *GUARDED_PRODUCTS)
state_facts(ARITHMETIC._replace(is_guard=True), clear)
state_facts(MOVEMENT, conjugate)
