"""What the walks share: the values at a node, and the shape and dtype of what flows along it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy

from ..core.abstract import Abstract
from ..core.node import Node
from ..core.state import walk_observers
from ..ops.broadcast import broadcast_to, unbroadcast
from ..ops.elementwise import add, astype


def observed(walk: str, node: Node, arrived: Any, compute: Callable[[], Any]) -> Any:
    """What a walk makes of what arrives at a node, while the observers know that the walk is there."""
    observers = list(walk_observers)
    for observer in observers:
        observer.enter(node)
    try:
        left = compute()
    finally:
        for observer in observers:
            observer.leave(node)
    for observer in observers:
        observer.passed(walk, node, arrived, left)
    return left


def fit_cotangent(cotangent: Any, form: Abstract) -> Any:
    """Bring a cotangent to the form of its operand: undo broadcasting and promotion."""
    if cotangent.shape != form.shape:
        cotangent = unbroadcast(cotangent, form.shape)
    if cotangent.dtype != form.dtype:
        cotangent = astype(cotangent, dtype=form.dtype)
    return cotangent


def fit_tangent(tangent: Any, form: Abstract) -> Any:
    """Bring a tangent to the form of the result: broadcast and promote."""
    if tangent.shape != form.shape:
        tangent = broadcast_to(tangent, shape=form.shape)
    if tangent.dtype != form.dtype:
        tangent = astype(tangent, dtype=form.dtype)
    return tangent


def zeros(form: Abstract) -> Any:
    return numpy.zeros(form.shape, form.dtype)


def plus(first: Any, second: Any) -> Any:
    """The sum of two (co)tangents, of which ``None`` is zero."""
    if first is None:
        return second
    if second is None:
        return first
    if type(first) is tuple:
        return tuple(plus(a, b) for a, b in zip(first, second, strict=True))
    return add(first, second)


quiet: Final = partial(numpy.errstate, all="ignore")
"""Within a walk a factor may be infinite where it does not matter: NumPy need not say so."""
