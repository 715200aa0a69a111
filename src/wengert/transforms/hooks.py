"""Hooks: seeing, and replacing, the cotangent of a tensor as a backward walk passes it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from ..core.lending import as_lent
from ..core.node import Leaf, Node
from ..core.primitive import Primitive
from ..core.python.warning import NotALeafWarning, warn_at_line
from ..core.state import DEFINE_BY_RUN, state
from ..core.tensor import Tensor, gradient_at, set_gradient_at
from ..walks.backward import cotangents_through, through_hooks
from ..walks.forward import push
from ..walks.point import plus
from .recorded import as_result


class HookHandle:
    """What `register_hook` returns: ``remove()`` takes the hook away again."""

    def __init__(self, hooks: dict[int, Callable[[Any], Any]], hook: Callable[[Any], Any]) -> None:
        self._hooks = hooks
        self._key = next(_keys)
        hooks[self._key] = hook

    def remove(self) -> None:
        """Take the hook away; again, nothing happens."""
        self._hooks.pop(self._key, None)


_keys = itertools.count()


class _Hooked:
    """The linear maps of a node with hooks: its cotangent goes through them first."""

    def __init__(self, primitive: Primitive) -> None:
        self.primitive = primitive
        self.hooks: dict[int, Callable[[Any], Any]] = {}
        self.needs: frozenset[int] = frozenset()
        self.retains = False
        self.gradient: Tensor | None = None

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
        return push(self.primitive, node, tangents, residuals, bit)

    def transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        cotangent = through_hooks(cotangent, self.hooks)
        if self.retains:
            self.gradient = as_result(plus(self.gradient, cotangent))
        return cotangents_through(self.primitive, node, cotangent, residuals, wanted, bit)


def hooks_of(tensor: Tensor) -> dict[int, Callable[[Any], Any]]:
    """The hooks of a tensor's place in the list."""
    node = tensor._node
    return node.hooks if type(node) is Leaf else _hooked(node).hooks


def _hooked(node: Node) -> _Hooked:
    """The hooked linear maps of a result's node, which is given a primitive of its own for them."""
    own = node.primitive
    if type(own.joint) is _Hooked:
        return own.joint
    if not node.watch:
        raise RuntimeError(
            "[register_hook] the tensor is not watched, wanted one that a backward walk can pass; "
            "write tensor(value, requires_grad=True), or register it on a result of one"
        )
    joint = _Hooked(own)
    node.primitive = Primitive(
        own.name, own.evaluate, own.operands, own.shape, joint=joint, batch=own.batch, many=own.many, moves=own.moves
    )
    node.primitive.operation, node.primitive.wide, node.primitive.rounded = own.operation, own.wide, own.rounded
    return joint


def register_hook(tensor: Tensor, hook: Callable[[Tensor], Any]) -> HookHandle:
    """Call ``hook(gradient)`` when a backward walk has the gradient of `tensor`.

    If the hook returns something, that replaces the gradient.

    >>> import wengert as wg
    >>> x = wg.tensor(2.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: 10 * g)
    >>> (x * 3).backward()
    >>> x.grad
    tensor(30.)
    """
    return HookHandle(hooks_of(tensor), hook)


def retain_grad(tensor: Tensor) -> None:
    """Keep ``.grad`` of a result too, not only of leaves."""
    if type(tensor._node) is Leaf:
        return
    _hooked(tensor._node).retains = True


def gradient_of(tensor: Tensor) -> Tensor | None:
    """What ``.grad`` shows."""
    node = tensor._node
    if type(node) is Leaf:
        return gradient_at(node)
    joint = node.primitive.joint
    if type(joint) is _Hooked and joint.retains:
        return joint.gradient
    if node.watch & state.on & DEFINE_BY_RUN:
        warn_at_line(
            "[grad] .grad of a result was read, which is None, wanted that of a leaf: after w = w - rate * w.grad, w "
            "is a result and no leaf any more; write `with wg.no_grad(): w -= rate * w.grad`, or w.retain_grad() for "
            "the gradient of a result",
            NotALeafWarning,
        )
    return None


def set_gradient(tensor: Tensor, value: Any) -> None:
    """What assigning to ``.grad`` does: ``None`` clears it."""
    node = tensor._node
    if type(node) is not Leaf:
        if value is None and gradient_of(tensor) is None:
            return
        raise RuntimeError(
            "[grad] .grad of a result was assigned to, wanted a leaf with requires_grad; write register_hook "
            "to change the gradient of a result as it passes"
        )
    gradient = None if value is None else as_lent(value)
    if gradient is not None and (gradient.shape, gradient.dtype) != (tensor.shape, tensor.dtype):
        raise TypeError(
            f"[grad] .grad was assigned a {gradient.dtype} array of shape {gradient.shape}, wanted {tensor.dtype} of "
            f"shape {tensor.shape}, as the tensor; write np.broadcast_to(g, x.shape).astype(x.dtype)"
        )
    set_gradient_at(node, gradient)
