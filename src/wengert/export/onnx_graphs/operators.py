"""What each operation is in the operators of ONNX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy

from ...compile.native.facts.parts import placed
from ...compile.native.facts.views import is_basic
from ...core.graph import GraphNode
from ...core.primitive import Primitive, by_primitive
from ...core.recording import ALIAS, UNFOLLOWED
from ...ops import contract, elementwise as e, factors, join
from ...ops.after import after
from ...ops.axes import reduce as r, scan
from ...ops.axes.norms import euclidean_norm
from ...ops.axes.softmax import log_softmax, softmax
from ...ops.broadcast import broadcast_to, sum as sum_over
from ...ops.einsum import is_einsum
from ...ops.indexing import gather as g
from ...ops.shape import reshape, transpose
from ...ops.special import statistical
from ...ops.windows.correlate import LEAD, correlate
from ...ops.windows.reduce import window_max
from .nodes import Nodes

Rule = Callable[[Nodes, GraphNode, Sequence[Any]], Any]

END = numpy.iinfo(numpy.int64).max
"""The end of an axis, for a slice."""


def operators_of(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    """The value of an operation, or the values.

    Raises:
        TypeError: ONNX has no operators for it here.
    """
    if is_einsum(node.primitive):
        terms = f"{','.join(node.params['inputs'])}->{node.params['output']}"
        return nodes.call("Einsum", *operands, equation=terms)
    rule = RULES.get(node.primitive)
    if rule is None:
        raise refused(node)
    return rule(nodes, node, operands)


def refused(node: GraphNode) -> TypeError:
    return TypeError(
        f"[onnx] the operation {node.primitive.name} has no operators in ONNX here, wanted arithmetic, elementary "
        "functions, reductions, products, convolutions, indices and loops; write it with these, or export.python"
    )


# -- elementwise -----------------------------------------------------------------------------------


def _operator(op: str, **attributes: Any) -> Rule:
    return lambda nodes, node, operands: nodes.call(op, *operands, **attributes)


def _same(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    return operands[0]


def _number(node: GraphNode, value: Any) -> Any:
    """A number in the dtype of the result."""
    return numpy.asarray(value, node.form.dtype)


def _of_result(formula: Callable[..., Any]) -> Rule:
    """A formula of the operands, with a function that makes numbers of the result's dtype."""
    return lambda nodes, node, operands: formula(nodes, lambda number: _number(node, number), *operands)


def _guarded(nodes: Nodes, one: Any, x: Any, y: Any) -> Any:
    """A product in which zero wins."""
    is_zero = nodes.call("Or", nodes.call("Equal", x, one(0)), nodes.call("Equal", y, one(0)))
    return nodes.call("Where", is_zero, one(0), nodes.call("Mul", x, y))


def _is_guarded(nodes: Nodes, one: Any, x: Any, y: Any) -> Any:
    """Where a product would be one of zero and of what is not finite."""
    return nodes.call("And", _not_number(nodes, nodes.call("Mul", nodes.call("Mul", x, one(0)), y)), nodes.call(
        "Or", nodes.call("Equal", x, one(0)), nodes.call("Equal", y, one(0))
    ))  # fmt: skip


def _not_number(nodes: Nodes, x: Any) -> Any:
    return nodes.call("IsNaN", x)


def _squared_secant(scale: float, factor: float) -> Rule:
    def formula(nodes: Nodes, one: Any, x: Any) -> Any:
        tangent = nodes.call("Tanh", nodes.call("Mul", x, one(scale)))
        left = nodes.call("Sub", one(1), tangent)
        return nodes.call("Mul", nodes.call("Mul", left, nodes.call("Add", one(1), tangent)), one(factor))

    return _of_result(formula)


def _normal(nodes: Nodes, one: Any, x: Any) -> Any:
    """The distribution function, by the error function: to as many digits behind the point."""
    error = nodes.call("Erf", nodes.call("Mul", x, one(0.5**0.5)))
    return nodes.call("Mul", one(0.5), nodes.call("Add", one(1), error))


def _astype(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    return nodes.cast(operands[0], node.form.dtype)


def _not_equal(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    return nodes.call("Not", nodes.call("Equal", *operands))


def _filled(number: float) -> Rule:
    def rule(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
        return nodes.call("Expand", _number(node, number), nodes.call("Shape", operands[0]))

    return rule


# -- moving elements -------------------------------------------------------------------------------


def _reshape(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    return nodes.reshape(operands[0], node.form.shape)


def _broadcast(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    return nodes.call("Expand", operands[0], nodes.integers(node.form.shape))


def _item(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    """A slice where it is one, else elements at places that are known."""
    index, shape = node.params["index"], node.operand_forms[0].shape
    if is_basic(index) and not any(entry is None or entry is ... for entry in index):
        return _sliced(nodes, node, operands[0], shape)
    places = numpy.arange(numpy.prod(shape, dtype=int)).reshape(shape)[index]
    flat = nodes.reshape(operands[0], (-1,))
    return nodes.call("Gather", flat, nodes.constant(places.astype(numpy.int64)), axis=0)


def _sliced(nodes: Nodes, node: GraphNode, x: Any, shape: Sequence[int]) -> Any:
    ranges = [_range(entry, length) for entry, length in zip(node.params["index"], shape, strict=False)]
    starts, ends, steps = zip(*ranges, strict=True) if ranges else ((), (), ())
    if ranges:
        x = nodes.call("Slice", x, *map(nodes.integers, (starts, ends, range(len(ranges)), steps)))
    return nodes.reshape(x, node.form.shape)


def _range(entry: Any, length: int) -> tuple[int, int, int]:
    """Start, end and step; an end before the first element is far below."""
    if not isinstance(entry, slice):
        place = int(entry) % length
        return place, place + 1, 1
    start, stop, step = entry.indices(length)
    return start, -END if stop < 0 else stop, step


def _places(nodes: Nodes, shape: tuple[int, ...], index: Any) -> Any:
    """Where an index leads to in an array of a shape, by the numbers of its elements."""
    places = numpy.arange(numpy.prod(shape, dtype=int)).reshape(shape)[index]
    return nodes.constant(places.reshape(-1).astype(numpy.int64))


def _unslice(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    zeros = nodes.constant(numpy.zeros(node.form.size, node.form.dtype))
    values = nodes.reshape(operands[0], (-1,))
    places = _places(nodes, node.form.shape, node.params["index"])
    added = nodes.call("ScatterElements", zeros, places, values, axis=0, reduction="add")
    return nodes.reshape(added, node.form.shape)


def _slice_set(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    ground, values = operands
    return _written_over(nodes, nodes.reshape(ground, (-1,)), [(node.params["index"], values)], node.form.shape)


def _placed(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    """Parts at indices of an array that is the same number elsewhere."""
    ground = nodes.constant(numpy.full(node.form.size, node.params["fill"] or 0, node.form.dtype))
    return _written_over(nodes, ground, zip(node.params["indices"], operands, strict=True), node.form.shape)


def _written_over(nodes: Nodes, flat: Any, parts: Iterable[tuple[Any, Any]], shape: tuple[int, ...]) -> Any:
    """An array, given by its elements in order, with values at indices, one after the other."""
    for index, values in parts:
        flat = nodes.call("ScatterElements", flat, _places(nodes, shape, index), nodes.reshape(values, (-1,)), axis=0)
    return nodes.reshape(flat, shape)


def _concatenated(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    return nodes.call("Concat", *operands, axis=node.params["axis"])


def _stacked(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    axis = nodes.integers([node.params["axis"]])
    parts = [nodes.call("Unsqueeze", operand, axis) for operand in operands]
    return nodes.call("Concat", *parts, axis=node.params["axis"])


def _split(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    sizes = nodes.integers(node.params["sizes"])
    found = nodes.call("Split", operands[0], sizes, outputs=len(node.params["sizes"]), axis=node.params["axis"])
    return found if isinstance(found, list) else [found]


def _unstacked(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    axis = node.params["axis"]
    places = range(node.operand_forms[0].shape[axis])
    return [nodes.call("Gather", operands[0], numpy.int64(i), axis=axis) for i in places]


def _gather(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    return nodes.call("Gather", *operands, axis=node.params["axis"])


def _scatter_add(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    """Zeros, to which is added at an index along the first axis; along others it is moved there."""
    v, index = operands
    axis, rank = node.params["axis"], len(node.operand_forms[1].shape)
    if axis:
        raise refused(node)
    places = nodes.call("Unsqueeze", index, nodes.integers([rank]))
    zeros = nodes.constant(numpy.zeros(node.form.shape, node.form.dtype))
    return nodes.call("ScatterND", zeros, places, v, reduction="add")


def _ravel_index(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    """Indices, one an axis, as one into the axes merged; negative ones count from the end."""
    total: Any = None
    for operand, length in zip(operands, node.params["lengths"], strict=True):
        index, size = nodes.cast(operand, numpy.dtype("int64")), numpy.int64(length)
        is_negative = nodes.call("Less", index, numpy.int64(0))
        place = nodes.call("Where", is_negative, nodes.call("Add", index, size), index)
        total = place if total is None else nodes.call("Add", nodes.call("Mul", total, size), place)
    return total


def _shift(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    axis, by, fill = (node.params[name] for name in ("axis", "by", "fill"))
    rank = len(node.form.shape)
    before, behind = [0] * rank, [0] * rank
    before[axis], behind[axis] = by, -by
    return nodes.call("Pad", operands[0], nodes.integers([*before, *behind]), _number(node, fill))


def _cumsum(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    axis = numpy.asarray(node.params["axis"], numpy.int64)
    return nodes.call("CumSum", operands[0], axis, reverse=int(node.params["reverse"]))


# -- reductions ------------------------------------------------------------------------------------


def _reduced(op: str) -> Rule:
    def rule(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
        axes = nodes.integers(node.params["axis"])
        x = operands[0]
        if node.operand_forms[0].dtype != node.form.dtype:
            x = nodes.cast(x, node.form.dtype)
        return nodes.call(op, x, axes, keepdims=int(node.params["keepdims"]), noop_with_empty_axes=1)

    return rule


def _position(op: str) -> Rule:
    def rule(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
        if len(node.params["axis"]) != 1:
            raise refused(node)
        return nodes.call(op, operands[0], axis=node.params["axis"][0], keepdims=int(node.params["keepdims"]))

    return rule


def _over_axis(op: str) -> Rule:
    def rule(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
        if len(node.params["axis"]) != 1:
            raise refused(node)
        return nodes.call(op, operands[0], axis=node.params["axis"][0])

    return rule


# -- products and windows --------------------------------------------------------------------------


def _by_rows(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    return nodes.call("MatMul", operands[0], nodes.call("Transpose", operands[1], perm=[1, 0]))


def _correlated(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    """A convolution of ONNX, of groups side by side."""
    axes = node.params["axes"]
    if not axes:
        raise refused(node)
    of_x, of_kernel = (form.shape for form in node.operand_forms)
    x = nodes.reshape(operands[0], (of_x[0], of_x[1] * of_x[2], *of_x[LEAD:]))
    x = _spread(nodes, node, x, (of_x[0], of_x[1] * of_x[2], *of_x[LEAD:]))
    kernel = nodes.reshape(operands[1], (of_kernel[0] * of_kernel[1], *of_kernel[2:]))
    found = nodes.call(
        "Conv", x, kernel, group=of_x[1], strides=[a.stride for a in axes], dilations=[a.dilation for a in axes]
    )
    return nodes.reshape(found, node.form.shape)


def _spread(nodes: Nodes, node: GraphNode, x: Any, shape: Sequence[int]) -> Any:
    """The input with zeros between its elements and around them; negative padding cuts it off."""
    axes, lengths = node.params["axes"], list(shape)
    zero = numpy.asarray(0, node.form.dtype)
    rank = len(lengths)
    for place, axis in enumerate(axes, 2):
        if axis.input_dilation > 1:
            apart = nodes.reshape(x, (*lengths[: place + 1], 1, *lengths[place + 1 :]))
            behind = [0] * (2 * rank + 2)
            behind[rank + 1 + place + 1] = axis.input_dilation - 1
            apart = nodes.call("Pad", apart, nodes.integers(behind), zero)
            lengths[place] *= axis.input_dilation
            x = nodes.reshape(apart, lengths)
    tail = [axis.input_dilation - 1 for axis in axes]
    pads = [0, 0, *(a.low for a in axes), 0, 0, *(a.high - t for a, t in zip(axes, tail, strict=True))]
    return nodes.call("Pad", x, nodes.integers(pads), zero) if any(pads) else x


def _pooled(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> Any:
    """The largest number in each window."""
    axes, size, shape = node.params["axes"], node.params["size"], node.operand_forms[0].shape
    lead = len(shape) - len(size)
    if any(a.input_dilation > 1 or a.low < 0 or a.high < 0 for a in axes):
        raise refused(node)
    x = nodes.reshape(operands[0], (1, -1, *shape[lead:]))
    found = nodes.call(
        "MaxPool", x, kernel_shape=list(size), strides=[a.stride for a in axes],
        dilations=[a.dilation for a in axes], pads=[*(a.low for a in axes), *(a.high for a in axes)],
    )  # fmt: skip
    return nodes.reshape(found, node.form.shape)


RULES: dict[Primitive, Rule] = by_primitive(
    {
        **dict.fromkeys((ALIAS, UNFOLLOWED, e.stop_gradient, e.positive, e.unsettled, after), _same),
        e.add: _operator("Add"),
        e.subtract: _operator("Sub"),
        e.multiply: _operator("Mul"),
        e.divide: _operator("Div"),
        e.negative: _operator("Neg"),
        e.power: _operator("Pow"),
        e.fmod: _operator("Mod", fmod=1),
        e.square: _of_result(lambda nodes, one, x: nodes.call("Mul", x, x)),
        e.reciprocal: _operator("Reciprocal"),
        e.absolute: _operator("Abs"),
        e.fabs: _operator("Abs"),
        e.sign: _operator("Sign"),
        e.phase: _operator("Sign"),
        e.maximum: _operator("Max"),
        e.minimum: _operator("Min"),
        e.relu: _operator("Relu"),
        e.exp: _operator("Exp"),
        e.log_of: _operator("Log"),
        e.log1p: _of_result(lambda nodes, one, x: nodes.call("Log", nodes.call("Add", x, one(1)))),
        e.expm1: _of_result(lambda nodes, one, x: nodes.call("Sub", nodes.call("Exp", x), one(1))),
        e.sqrt: _operator("Sqrt"),
        e.sin: _operator("Sin"),
        e.cos: _operator("Cos"),
        e.tan: _operator("Tan"),
        e.arcsin: _operator("Asin"),
        e.arccos: _operator("Acos"),
        e.arctan: _operator("Atan"),
        e.sinh: _operator("Sinh"),
        e.cosh: _operator("Cosh"),
        e.tanh: _operator("Tanh"),
        **dict.fromkeys((e.sigmoid, statistical.expit), _operator("Sigmoid")),
        statistical.erf: _operator("Erf"),
        statistical.erfc: _of_result(lambda nodes, one, x: nodes.call("Sub", one(1), nodes.call("Erf", x))),
        statistical.ndtr: _of_result(_normal),
        statistical.exp_of_square: _of_result(
            lambda nodes, one, x, factor: nodes.call("Exp", nodes.call("Mul", factor, nodes.call("Mul", x, x)))
        ),
        e.sech_squared: _squared_secant(1.0, 1.0),
        e.logistic_slope: _squared_secant(0.5, 0.25),
        e.floor: _operator("Floor"),
        e.ceil: _operator("Ceil"),
        e.rint: _operator("Round"),
        e.equal: _operator("Equal"),
        e.not_equal: _not_equal,
        e.less: _operator("Less"),
        e.less_equal: _operator("LessOrEqual"),
        e.greater: _operator("Greater"),
        e.greater_equal: _operator("GreaterOrEqual"),
        e.logical_and: _operator("And"),
        e.logical_or: _operator("Or"),
        e.logical_xor: _operator("Xor"),
        e.logical_not: _operator("Not"),
        e.isnan: _operator("IsNaN"),
        e.isinf: _operator("IsInf"),
        e.where: _operator("Where"),
        e.ones_like: _filled(1),
        e.zeros_like: _filled(0),
        **dict.fromkeys(e.CASTS, _astype),
        **dict.fromkeys(factors.GUARDED_PRODUCTS, _of_result(_guarded)),
        factors.clear: _of_result(
            lambda nodes, one, x, by: nodes.call("Where", _is_guarded(nodes, one, x, by), one(0), x)
        ),
        reshape: _reshape,
        transpose: lambda nodes, node, operands: nodes.call("Transpose", *operands, perm=list(node.params["axes"])),
        broadcast_to: _broadcast,
        g.block: _item,
        g.unslice: _unslice,
        g.slice_set: _slice_set,
        placed: _placed,
        g.gather: _gather,
        g.scatter_add: _scatter_add,
        g.ravel_index: _ravel_index,
        join.concatenate: _concatenated,
        join.stack: _stacked,
        join.split: _split,
        join.unstack: _unstacked,
        scan.shift: _shift,
        scan.cumsum: _cumsum,
        sum_over: _reduced("ReduceSum"),
        r.max: _reduced("ReduceMax"),
        r.min: _reduced("ReduceMin"),
        r.prod: _reduced("ReduceProd"),
        r.logsumexp: _reduced("ReduceLogSumExp"),
        euclidean_norm: _reduced("ReduceL2"),
        r.argmax: _position("ArgMax"),
        r.argmin: _position("ArgMin"),
        softmax: _over_axis("Softmax"),
        log_softmax: _over_axis("LogSoftmax"),
        contract.matmul: _operator("MatMul"),
        contract.product_by_rows: _by_rows,
        correlate: _correlated,
        window_max: _pooled,
    }
)
"""The operators of each operation."""
