"""Calling a primitive: evaluate it, and append a node where somebody watches.

Everything a user computes passes through the functions made here, so they are kept short and flat.
The makers `unary`, `binary` and `general` each give a plain function; `fallback` is what it does with
operands of which none is a tensor: rules work on raw values, users get tensors.

Elementwise calls make their result as ``Tensor(value, node)`` would, without the detour through the class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy
from numpy import ndarray

from .abstract import Abstract, Recording, form_of
from .dtypes.kinds import NUMERIC_KINDS, WIDER, is_inexact, is_of_numbers
from .dtypes.short import evaluated, has_short, rounded
from .lending import apart, lent, own
from .lookout import unseen
from .node import LEAF, UNTRACKED, Node, Point
from .placed import PLACED
from .primitive import Identity, Primitive
from .repeats import find as find_repeated
from .state import LENDING, RECORDING, RECORDINGS, no_grad, observers, records, state
from .tensor import Tensor

NO_PARAMS: dict[str, Any] = {}

new: Final = object.__new__

PLAIN = frozenset({float, int, bool, complex, numpy.float64, numpy.float32})
"""Types of constants that meet a tensor as they are."""


OWNS = frozenset({type(None), dict})
"""What a tensor whose memory is its own shares its elements with: nobody, or views."""


def is_plain(value: Any) -> bool:
    """Whether a constant meets a tensor as it is: a number, or an array of numbers."""
    return type(value) in PLAIN or is_plain_array(value)


def is_plain_array(value: Any) -> bool:
    """Whether a constant is an array of numbers."""
    return type(value) is ndarray and is_of_numbers(value.dtype)


def unary(primitive: Primitive, fallback: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function that calls an elementwise primitive of one operand."""
    evaluate = primitive.evaluate
    keep_x, keep_out = primitive.keeps((True,))
    differentiable = primitive.differentiable

    def call(x: Any) -> Any:
        if type(x) is not Tensor:
            return evaluated(primitive, (x,), NO_PARAMS) if WIDER and fallback is evaluate else fallback(x)
        if observers or (WIDER and x._value.dtype in WIDER):
            return record(primitive, (x,), NO_PARAMS)
        node = x._node
        watch = node.watch
        if watch:
            watch &= records()
            if watch >= RECORDING:
                return record(primitive, (x,), NO_PARAMS)
        operand = x._value
        try:
            value = evaluate(operand)
        except TypeError as error:
            raise explained(error, primitive, (operand,)) from None
        if watch and differentiable:
            node = Node(
                primitive,
                (node,),
                (operand if keep_x else None, value if keep_out else None),
                NO_PARAMS,
                None,
                watch,
            )
        else:
            node = UNTRACKED
        result = new(Tensor)
        result._value = value
        result._node = node
        result._kin = None
        return result

    return named(call, primitive)


def binary(primitive: Primitive, fallback: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The function that calls an elementwise primitive of two operands."""
    evaluate = primitive.evaluate
    keep_both = primitive.keeps((True, True))
    keep_left = primitive.keeps((True, False))
    keep_right = primitive.keeps((False, True))
    differentiable = primitive.differentiable

    def call(a: Any, b: Any) -> Any:
        if type(a) is Tensor:
            left = a._node
            x = a._value
            if type(b) is Tensor:
                right = b._node
                y = b._value
            elif type(b) in PLAIN or (type(b) is ndarray and b.dtype.kind in NUMERIC_KINDS):
                right = UNTRACKED
                y = b
            else:
                return fallback(a, b)
        elif type(b) is Tensor and (type(a) in PLAIN or (type(a) is ndarray and a.dtype.kind in NUMERIC_KINDS)):
            left = UNTRACKED
            x = a
            right = b._node
            y = b._value
        else:
            return fallback(a, b)
        if observers or (WIDER and has_short((x, y))):
            return record(primitive, (a, b), NO_PARAMS)
        watch = left.watch | right.watch
        if watch:
            on = records()
            watch &= on
            if watch >= RECORDING:
                return record(primitive, (a, b), NO_PARAMS)
        try:
            value = evaluate(x, y)
        except (ValueError, TypeError) as error:
            raise explained(error, primitive, (x, y)) from None
        if watch and differentiable:
            if left.watch & watch:
                if right.watch & watch:
                    keep_x, keep_y, keep_out = keep_both
                else:
                    keep_x, keep_y, keep_out = keep_left
                    if keep_y and type(y) is ndarray:
                        if b is y:
                            y = own(y) if on & LENDING else y
                        elif y.base is not None or type(b._kin) not in OWNS:  # type: ignore[union-attr]
                            y = apart(b, y)
            else:
                keep_x, keep_y, keep_out = keep_right
                if keep_x and type(x) is ndarray:
                    if a is x:
                        x = own(x) if on & LENDING else x
                    elif x.base is not None or type(a._kin) not in OWNS:  # type: ignore[union-attr]
                        x = apart(a, x)
            node = Node(
                primitive,
                (left, right),
                (x if keep_x else None, y if keep_y else None, value if keep_out else None),
                NO_PARAMS,
                None if aligned(x, y) else (form_of(x), form_of(y), form_of(value)),
                watch,
            )
        else:
            node = UNTRACKED
        result = new(Tensor)
        result._value = value
        result._node = node
        result._kin = None
        return result

    return named(call, primitive)


def aligned(x: Any, y: Any) -> bool:
    """Whether no tracked operand of an elementwise operation was broadcast or cast.

    (A tracked operand is inexact, so a real Python number leaves its dtype alone.)
    """
    if type(x) is type(y):
        return x.dtype is y.dtype and x.shape == y.shape
    return type(y) is float or type(x) is float or type(y) is int or type(x) is int


def general(primitive: Primitive, fallback: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The function that calls any primitive: ``call(*operands, **params)``."""
    evaluate = primitive.evaluate

    def call(*operands: Any, **params: Any) -> Any:
        for operand in operands:
            if type(operand) is Tensor:
                return record(primitive, operands, params)
        if fallback is not None:
            return fallback(*operands, **params)
        if WIDER:
            return evaluated(primitive, operands, params)
        return evaluate(*operands, **params)

    return named(call, primitive)


def named(call: Callable[..., Any], primitive: Primitive) -> Callable[..., Any]:
    call.__name__ = call.__qualname__ = primitive.name
    call.primitive = primitive  # type: ignore[attr-defined]
    return call


def record(primitive: Primitive, operands: Sequence[Any], params: dict[str, Any]) -> Any:
    """Evaluate a primitive on operands, at least one of them a tensor, and append a node if watched."""
    if WIDER and has_short(operands):
        primitive = rounded(primitive)
    if observers:
        if state.lookout is not None:
            return _record_unseen(primitive, operands, params)
        if state.recorder is not None:
            operands = state.recorder.admit_all(primitive, operands)
            params = state.recorder.admit_params(params)
        known = find_repeated(primitive, operands, params)
        if known is not None:
            return known
    parents = tuple([o._node if type(o) is Tensor else UNTRACKED for o in operands])
    values = [o._value if type(o) is Tensor else o for o in operands]
    watch = 0
    for parent in parents:
        watch |= parent.watch
    watch &= records() if primitive.differentiable else records() & RECORDINGS
    try:
        out = evaluate_any(primitive, values, params)
    except (ValueError, TypeError) as error:
        raise explained(error, primitive, values) from None
    node = UNTRACKED
    if watch:
        node = _node(primitive, parents, operands, values, out, params, watch)
    result = _wrap_many(out, node) if primitive.many else Tensor(out, node)
    if observers:
        observe(primitive, operands, params, result)
    return result


_record_unseen = unseen(record)


def explained(error: Exception, primitive: Primitive, values: Sequence[Any]) -> Exception:
    """What NumPy says of shapes that do not broadcast, and of dtypes, as errors are worded here; others as they are."""
    text = str(error)
    if isinstance(error, TypeError) and primitive.joint is None and text.startswith(NUMPY_ON_DTYPES):
        dtypes = " and ".join(str(form_of(value).dtype) for value in values)
        return TypeError(
            f"[{primitive.name}] the operands have dtype {dtypes}, wanted ones that the operation knows: integers and "
            "truth values for bitwise operators, numbers for - and +; write x.astype(int), x > 0, np.logical_not(x) "
            "or x ^ y"
        )
    if not text.startswith(NUMPY_ON_SHAPES):
        return error
    shapes = " and ".join(str(form_of(value).shape) for value in values)
    return ValueError(
        f"[{primitive.name}] the shapes are {shapes}, wanted shapes that broadcast: from the last axis on equal, or 1 "
        "in one of them; write x[:, None] or np.reshape to line their axes up"
    )


NUMPY_ON_SHAPES = ("operands could not be broadcast", "shape mismatch")
"""How NumPy's errors about broadcasting begin."""

NUMPY_ON_DTYPES = ("ufunc '", "numpy boolean", "The numpy boolean")
"""How NumPy's errors about dtypes that an operation does not know begin."""


def evaluate_any(primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
    """The raw result: numbers, or an abstract value if an operand is abstract."""
    for value in values:
        if type(value) is Abstract:
            return _abstract_result(primitive, values, params)
    if PLACED and not primitive.is_anywhere:
        computing = next((PLACED[type(value)] for value in values if type(value) in PLACED), None)
        if computing is not None:
            return computing.evaluate(primitive, values, params)
    return primitive.evaluate(*values, **params)


def _abstract_result(primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
    """The result as shape and dtype, in the innermost recording that an operand belongs to."""
    recording = innermost([v for v in values if type(v) is Abstract])
    out = primitive.shape(*[v if type(v) is Abstract else weak_form(v) for v in values], **params)
    if primitive.many:
        return tuple(Abstract(o.shape, o.dtype, recording) for o in out)
    return Abstract(out.shape, out.dtype, recording)


def innermost(values: Sequence[Abstract]) -> Recording | None:
    """The recording that a result of these values belongs to: of those that are nested, the latest.

    Raises:
        RuntimeError: a recording has ended, so that a value has leaked out of it.
    """
    for value in values:
        value.check_open()
    return max((v.recording for v in values if v.recording), key=lambda r: r.number, default=None)


def weak_form(value: Any) -> Any:
    """The form of a constant; a Python number stays what it is, so that its dtype stays weak."""
    return value if type(value) in (float, int, bool, complex) else form_of(value)


def _node(
    primitive: Primitive,
    parents: tuple[Node, ...],
    operands: Sequence[Any],
    values: Sequence[Any],
    out: Any,
    params: dict[str, Any],
    watch: int,
) -> Node:
    tracked = tuple([bool(p.watch & watch) for p in parents])
    kept = (True,) * (len(values) + 1) if watch >= RECORDING else primitive.keeps(tracked)
    every = zip(operands, values, kept, tracked, strict=False)
    own = [(value if is_tracked else apart(o, value)) if keep else None for o, value, keep, is_tracked in every]
    residuals = (*own, out if kept[-1] else None)
    result = tuple([form_of(o) for o in out]) if primitive.many else form_of(out)
    forms = (*[form_of(v) for v in values], result)
    return Node(primitive, parents, residuals, params, forms, watch)


def _wrap_many(outs: Sequence[Any], node: Node) -> tuple[Tensor, ...]:
    """One tensor for each result of a primitive with many."""
    return tuple(Tensor(out, pick_node(node, i, outs)) for i, out in enumerate(outs))


class _Pick:
    """The linear map of `pick`: a selection; its transpose leaves ``None`` (zero) at the other results."""

    needs: frozenset[int] = frozenset()

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
        return tangents[0][node.params["index"]]

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        index, count = node.params["index"], node.params["count"]
        return (tuple(cotangent if i == index else None for i in range(count)),)


PICK = Primitive(
    "pick",
    lambda results, index, count: results[index],
    ("results",),
    lambda results, index, count: results[index],
    joint=_Pick(),
    batch=lambda size, operands, batched, node: operands[0][node.params["index"]],
    moves=True,
)
"""Selects one of the many results of a node."""
PICK.is_freed = False  # that depends on the node


def pick_node(node: Node, index: int, outs: Sequence[Any]) -> Node:
    """The node of result `index` of a node with many; integers and truth values have no derivative."""
    watch = node.watch if is_inexact(outs[index].dtype) else node.watch & RECORDINGS
    if not watch:
        return UNTRACKED
    return Node(PICK, (node,), (None, None), {"index": index, "count": len(outs)}, None, watch)


def residuals_of(node: Node, on: int) -> Sequence[Any]:
    """The residuals: raw values, or tensors with their place in the list if a watch in `on` records.

    Those on a device are tensors in any case, with which rules compute there.
    """
    residuals = node.residuals
    if residuals is None:
        raise freed()
    if not node.watch & on:
        return tuple(map(as_handle, residuals)) if PLACED else residuals
    operands = [
        Tensor(value, parent) if value is not None and parent.watch & on else value
        for value, parent in zip(residuals, node.parents, strict=False)
    ]
    return (*operands, _result_of(node, residuals[-1]))


def as_handle(value: Any) -> Any:
    """A value, or each of many, that is on a device as a tensor; others as they are."""
    if type(value) is tuple:
        return tuple(map(as_handle, value))
    return Tensor(value) if type(value) in PLACED else value


def freed() -> RuntimeError:
    """The error of who walks where an earlier walk has dropped the values."""
    return RuntimeError(
        "[backward] the graph was freed by an earlier backward(), which keeps no values; wanted a graph "
        "with its values; write backward(retain_graph=True) the first time, or compute the output again"
    )


def _result_of(node: Node, out: Any) -> Any:
    if out is None:
        return None
    if type(out) is tuple:
        return tuple(None if o is None else Tensor(o, pick_node(node, i, out)) for i, o in enumerate(out))
    return Tensor(out, node)


ALIAS = Primitive(
    "alias",
    lambda x: x,
    ("x",),
    lambda x: x,
    maps=(Identity(),),
    batch=lambda size, operands, batched, node: operands[0],
    moves=True,
)
"""The identity: a fresh name for a value, by which a transformation knows its input."""


READ = Primitive(
    "read", lambda value, leaf: value, ("value", "leaf"), lambda value, leaf: value, maps=(None, Identity()), moves=True
)
"""A leaf as a compilation reads it: its value comes along one parent, its derivative goes along the other."""


UNFOLLOWED = Primitive(
    "unfollowed",
    lambda x: x,
    ("x",),
    lambda x: x,
    maps=(Identity(),),
    batch=lambda size, operands, batched, node: unfollowed(operands[0]),
    moves=True,
)


def unfollowed(x: Any) -> Any:
    """The identity, which ``backward()`` does not pass: in a graph, it is behind what ``no_grad()`` was for."""
    with no_grad():
        return record(UNFOLLOWED, (x,), NO_PARAMS)


def named_by(node: Node) -> Node:
    """The node whose result an alias or a leaf stands for."""
    while node.primitive is ALIAS or node.primitive is READ or node.primitive is LEAF:
        if not node.parents or node.parents[0] is UNTRACKED:
            break
        node = node.parents[0]
    return node


def aliased(node: Node) -> Node | None:
    """The node that an alias or a leaf is directly another name for; ``None`` if it is none."""
    is_name = node.primitive is ALIAS or node.primitive is READ or node.primitive is LEAF
    return node.parents[0] if is_name and node is not UNTRACKED and node.parents[0] is not UNTRACKED else None


def current(x: Tensor) -> Tensor:
    """The tensor; while a compilation records, what stands for what it holds at this point."""
    return x if state.recorder is None else state.recorder.admit(x)


def stood_in(x: Tensor) -> Tensor:
    """What a compilation reads instead of state from outside; a tensor made within stays the constant that it is."""
    return x if state.recorder is None or not state.recorder.is_outside(x) else state.recorder.admit(x)


def decided(x: Tensor, op: str) -> Any:
    """The value of a tensor without one, if a compilation can tell it and hold for the calls where it is the same."""
    recorder = state.recorder
    return None if recorder is None or x._value.recording is not recorder.recording else recorder.decide(x, op)


def alias(x: Any, bit: int) -> Tensor:
    """A fresh tensor for the value of `x` that the watch `bit` (and whoever watched `x`) depends on.

    While a compilation records, a number or an array is a tensor like any other: what stands for it is aliased.
    """
    if state.recorder is not None:
        x = state.recorder.admit(x if type(x) is Tensor else lent(x))
    if type(x) is Tensor:
        value, node = apart(x, x._value), x._node
    else:
        value, node = own(x) if type(x) is ndarray else x, UNTRACKED
    point = Point(ALIAS, (node,), (None, None), NO_PARAMS, None, node.watch & records() | bit)
    point.bit = bit
    return Tensor(value, point)


def abstract_alias(form: Abstract, bit: int, recording: Recording) -> Tensor:
    """A tensor without a value, the input of the recording `bit`."""
    value = Abstract(form.shape, form.dtype, recording)
    return Tensor(value, Node(ALIAS, (UNTRACKED,), (None, value), NO_PARAMS, None, bit))


def observe(primitive: Primitive, operands: Sequence[Any], params: dict[str, Any], result: Any) -> None:
    for observer in list(observers):
        observer(primitive, operands, params, result)
