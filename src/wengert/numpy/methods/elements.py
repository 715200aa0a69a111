"""Reading and writing elements of a tensor: ``x[i]``, ``x[i] = v``, ``x += y``.

The handle is mutable, the value is not. A write computes the result as any operation does, and gives the
handle the new value and the new place in the list; so writes differentiate, in loops, nested and batched.
What else holds the old value (a node, the caller's array) never sees a change, so that no gradient is that of another
value. Views of the handle do, as in NumPy: ``x[0][1] = v`` writes to x (see `wengert.core.views`).

Where nobody but the handle and its views *can* see it, the new value goes into the memory of the old one: n writes into
an array of n elements take n steps, not n^2.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import getrefcount
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import is_inexact
from ...core.kin import View, root_of, views_of
from ...core.node import UNTRACKED, Leaf, Node
from ...core.placed import is_placed, place_of
from ...core.recording import current, is_plain
from ...core.state import (
    DEFINE_BY_RUN,
    RECORDING,
    no_grad,
    observers,
    recording_watches,
    state,
)
from ...core.tensor import Tensor
from ...core.views import followed, placed, taken_again
from ...ops import elementwise as e
from ...ops.contract import matmul
from ...ops.elementwise import astype
from ...ops.indexing.gather import SLICE_SET
from ...ops.indexing.index import constant_index, fit_value, index_set
from ...ops.indexing.views import BLOCK, DETACHED, getitem
from ...ops.join import constant
from ...ops.placing import placed as moved
from ..arrays.creation import from_nested

NOTHING_KEPT = (None, None, None)


def _references(x: Tensor) -> int:
    value = x._value
    return getrefcount(value)


_ALONE = _references(Tensor(numpy.zeros(1)))
"""The number of references to an array that only a handle holds (it differs between versions of Python)."""


def is_shared(x: Tensor) -> bool:
    """Whether the memory of the value is seen by others than a root and its views, or is none to write to."""
    if x._kin:
        return _is_shared_beyond_views(x)
    return _references(x) != _ALONE or not _is_writable(x._value)


def _is_writable(value: Any) -> bool:
    return type(value) is numpy.ndarray and value.base is None and value.flags.writeable


def _is_shared_beyond_views(x: Tensor) -> bool:
    root = root_of(x)
    views = [one for one in views_of(root) if _shares(one, root._value)]
    if not _is_writable(root._value) or not (x is root or any(one is x for one in views)):
        return True
    apart = [one for one in views if one._value is not root._value]
    return _references(root) != _ALONE + len(views) or any(_references(one) != _ALONE for one in apart)


def _shares(x: Tensor, memory: Any) -> bool:
    value = x._value
    return value is memory or (type(value) is numpy.ndarray and value.base is memory)


def guard(x: Tensor, op: str) -> None:
    """Refuse to write to a leaf, or through a view of one, while results of it are recorded; and to what is read-only.

    Raises:
        RuntimeError: it is a leaf, or a view of one.
        ValueError: it is a view that shows elements more than once, as of `broadcast_to`.
    """
    is_leaf = type(x._node) is Leaf
    if type(x._kin) is View:
        if x._kin.reason:
            raise ValueError(f"[{op}] {x._kin.reason}")
        is_leaf |= _shows_leaf(x._kin)
    if is_leaf and state.on & DEFINE_BY_RUN:
        what = "a leaf that requires grad" if type(x._node) is Leaf else "a view of a leaf that requires grad"
        raise RuntimeError(
            f"[{op}] {what} was written in place, wanted a result or a leaf within no_grad(), since the gradient is "
            "that of the value the leaf was made with; write it within `with wg.no_grad():`, or x = x.clone() first"
        )


def _shows_leaf(kin: View) -> bool:
    """Whether a view shows the elements of a leaf, and not as something detached."""
    return type(kin.root._node) is Leaf and not any(step.way is DETACHED for step in kin.steps)


def replace(x: Tensor, result: Tensor) -> None:
    """Let a handle have the value of `result`: a view by a write to its root, which gives it to all its views."""
    kin = x._kin
    if type(kin) is not View:
        give(x, result)
        refresh(x)
    elif type(kin.root._node) is Leaf and state.on & DEFINE_BY_RUN:
        with no_grad():  # through what is detached
            _write_root(kin, result)
    else:
        _write_root(kin, result)


def _write_root(kin: View, result: Any) -> None:
    step, value = placed(kin, result)
    if step is None:
        replace(kin.root, value)
    elif step.way is BLOCK:
        _set(kin.root, step.params["index"], value)
    else:
        replace(kin.root, step.put(kin.root, value))


def refresh(root: Tensor) -> None:
    """Let all views of a tensor that was written to see it."""
    for one in views_of(root):
        give(one, taken_again(one))


def give(x: Tensor, result: Tensor) -> None:
    """Give the handle alone the value of `result` and its place in the list; a leaf stays a leaf."""
    if state.recorder is not None:
        state.recorder.write(x, result)
    old = x._node
    x._value, x._node = result._value, result._node
    if type(old) is Leaf:
        x._node = _same_leaf(old, result._node)


def _same_leaf(leaf: Leaf, node: Node) -> Leaf:
    """The leaf; or, if an outer derivative watches what was written, one with its gradient that passes it on."""
    is_state = state.recorder is not None and not leaf.watch & state.recorder.bit
    if is_state or not node.watch & recording_watches():
        return leaf
    passing = Leaf(DEFINE_BY_RUN | node.watch, node)
    passing.grad, passing.hooks = leaf.grad, leaf.hooks
    return passing


def _written(x: Tensor) -> None:
    """What is in the memory of a handle is another value, which nobody watches; so it is for all that share it."""
    if not x._kin:
        if type(x._node) is not Leaf:
            x._node = UNTRACKED
        return
    root = root_of(x)
    is_leaf = type(root._node) is Leaf
    if not is_leaf:
        root._node = UNTRACKED
    for one in views_of(root):
        if not _shares(one, root._value):
            give(one, taken_again(one))
        elif not is_leaf and type(one._node) is not Leaf:
            one._node = UNTRACKED


def _watch(x: Tensor) -> int:
    """Who watches a handle or its root."""
    return x._node.watch | x._kin.root._node.watch if type(x._kin) is View else x._node.watch


# -- items -----------------------------------------------------------------------------------------


def set_item(x: Tensor, index: Any, value: Any) -> None:
    """``x[index] = value``."""
    guard(x, "setitem")
    if type(value) is not Tensor and not is_plain(value):
        value = constant(value, "setitem")
    _set(x, index, value)


def _set(x: Tensor, index: Any, value: Any) -> None:
    if not _write_in_memory(x, index, value):
        result = index_set(followed(x), index, value)
        replace(x, result if type(result) is Tensor else Tensor(result))


def _write_in_memory(x: Tensor, index: Any, value: Any) -> bool:
    """Write if nobody else sees the memory, and no rule needs what was there; whether it was done."""
    if observers or is_shared(x):
        return False
    watch = _watch(x)
    if type(value) is Tensor:
        watch |= value._node.watch
    watch &= state.on
    if watch >= RECORDING:
        return False
    if not is_inexact(x._value.dtype):
        watch = 0
    constant = constant_index(index)
    if constant is None or (type(value) is Tensor and type(value._value) is Abstract):
        return False
    if watch:
        return x is root_of(x) and type(x._node) is not Leaf and _write_and_record(x, constant, value, watch)
    x._value[constant] = value._value if type(value) is Tensor else value
    _written(x)
    return True


def _write_and_record(x: Tensor, index: tuple[Any, ...], value: Any, watch: int) -> bool:
    """Write, and append the node, which keeps nothing."""
    memory = x._value
    shape = memory[index].shape
    fitted = fit_value(value, shape, memory.dtype)
    node, written = (fitted._node, fitted._value) if type(fitted) is Tensor else (UNTRACKED, fitted)
    memory[index] = written
    form = Abstract(memory.shape, memory.dtype)
    x._node = Node(
        SLICE_SET, (x._node, node), NOTHING_KEPT, {"index": index}, (form, Abstract(shape, form.dtype), form), watch
    )
    refresh(x)
    return True


# -- operators -------------------------------------------------------------------------------------


def in_place(symbol: str, operation: Callable[..., Any], ufunc: Any = None) -> Callable[[Any, Any], Any]:
    """The method for an augmented assignment such as ``x += y``."""

    def call(self: Tensor, other: Any) -> Any:
        if state.recorder is not None and state.recorder.is_number(self):
            return NotImplemented
        guard(self, symbol)
        if ufunc is None or not _update_in_memory(self, other, ufunc, symbol):
            result = operation(self, other)
            if result is NotImplemented:
                return NotImplemented
            replace(self, _fitted(result, self, symbol))
        return self

    call.__name__ = call.__qualname__ = f"__i{operation.__name__}__"
    call.__doc__ = f"``x {symbol} y``: the result, in the shape and dtype of x, becomes the value of the handle."
    return call


def _update_in_memory(x: Tensor, other: Any, ufunc: Any, symbol: str) -> bool:
    """Let NumPy write the result over the old value if nobody else sees it; whether it was done."""
    if observers or is_shared(x):
        return False
    watch = _watch(x)
    if type(other) is Tensor:
        watch |= other._node.watch
        other = other._value
    if watch & state.on or not is_plain(other):
        return False
    try:
        ufunc(x._value, other, out=x._value)
    except (TypeError, ValueError):
        return False
    _written(x)
    return True


def _fitted(result: Tensor, x: Tensor, symbol: str) -> Tensor:
    """The result in the dtype of `x`.

    Raises:
        ValueError: it has another shape.
        TypeError: NumPy would not cast it to that dtype in place.
    """
    if result.shape != x.shape:
        raise ValueError(
            f"[{symbol}] the result has shape {result.shape}, wanted {x.shape}, which the tensor keeps; "
            f"write x = x {symbol[:-1]} y"
        )
    if result.dtype == x.dtype:
        return result
    if not numpy.can_cast(result.dtype, x.dtype, "same_kind"):
        raise TypeError(
            f"[{symbol}] the result has dtype {result.dtype}, wanted one that casts to {x.dtype}, which the tensor "
            f"keeps; write x = x {symbol[:-1]} y"
        )
    return astype(result, dtype=x.dtype)


class InPlace:
    """Subscripts, augmented assignment and whole writes of a tensor."""

    __slots__ = ()

    __getitem__ = getitem
    __setitem__ = set_item
    __iadd__: Final = in_place("+=", e.add, numpy.add)
    __isub__: Final = in_place("-=", e.subtract, numpy.subtract)
    __imul__: Final = in_place("*=", e.multiply, numpy.multiply)
    __itruediv__: Final = in_place("/=", e.divide, numpy.divide)
    __ifloordiv__: Final = in_place("//=", e.floor_divide, numpy.floor_divide)
    __imod__: Final = in_place("%=", e.remainder, numpy.remainder)
    __ipow__: Final = in_place("**=", e.power, numpy.power)
    __imatmul__: Final = in_place("@=", matmul)
    __iand__: Final = in_place("&=", e.bitwise_and, numpy.bitwise_and)
    __ior__: Final = in_place("|=", e.bitwise_or, numpy.bitwise_or)
    __ixor__: Final = in_place("^=", e.bitwise_xor, numpy.bitwise_xor)
    __ilshift__: Final = in_place("<<=", e.left_shift, numpy.left_shift)
    __irshift__: Final = in_place(">>=", e.right_shift, numpy.right_shift)

    def __contains__(self: Any, element: Any) -> bool:
        return bool(numpy.any((self == element).numpy()))

    def copy_(self: Any, source: Any) -> Tensor:
        """Take over the values of `source`, broadcast and in the tensor's own dtype, with their derivatives.

        On a device, or laid out on a mesh, the tensor stays there.

        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0])
        >>> x.copy_(3)
        tensor([3., 3.])
        """
        guard(self, "copy_")
        fitted = current(fit_value(from_nested(source), self.shape, self.dtype))
        if fitted._node.watch & state.on or type(fitted._value) is Abstract:
            replace(self, fitted)
        elif is_placed(self._value):
            replace(self, moved(fitted, place_of(self._value)))
        elif is_shared(self) or (type(self._kin) is View and _watch(self) & state.on):
            replace(self, Tensor(numpy.array(fitted._value)))
        else:
            numpy.copyto(self._value, fitted._value)
            _written(self)
        return self

    def fill_(self: Any, value: Any) -> Tensor:
        """Set every element to `value`, a scalar, and return the tensor.

        >>> import wengert as wg
        >>> wg.tensor([1.0, 2.0]).fill_(5)
        tensor([5., 5.])
        """
        return self.copy_(value)

    def zero_(self: Any) -> Tensor:
        """Set every element to zero, and return the tensor.

        >>> import wengert as wg
        >>> wg.tensor([1.0, 2.0]).zero_()
        tensor([0., 0.])
        """
        return self.copy_(0)
