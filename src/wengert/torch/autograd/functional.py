"""``torch.autograd.functional``: derivatives of functions at a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import behind, faced

from ..tensor import Tensor

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _raw(func: Callable[..., Any]) -> Callable[..., Any]:
    """A function of faces as one of tensors of the engine."""
    return lambda *tensors: behind(func(*map(Tensor.of, tensors)))


def _points(inputs: Any) -> tuple[tuple[Any, ...], bool]:
    """The tensors at which a derivative is asked for, and whether there is only one."""
    single = not isinstance(inputs, (tuple, list))
    return tuple(each._tensor.detach() for each in ((inputs,) if single else inputs)), single


def _seen(found: Any, single: bool) -> Any:
    found = faced(found, Tensor)
    return found[0] if single and isinstance(found, (tuple, list)) else found


def jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False, **_: Any) -> Any:
    """The Jacobian: axes of the result, then those of the input; for several of both nested tuples of them.

    >>> from wengert import torch
    >>> torch.autograd.functional.jacobian(lambda x: x**2, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    points, single = _points(inputs)
    found = wg.jacobian(_raw(func), argnums=tuple(range(len(points))))(*points)
    if isinstance(found, (tuple, list)) and found and isinstance(found[0], (tuple, list)):
        return tuple(_seen(row, single) for row in found)
    return _seen(found, single)


def hessian(func: Callable[..., Any], inputs: Any, **_: Any) -> Any:
    """The second derivatives of a function with one number as result."""
    points, single = _points(inputs)
    found = wg.hessian(_raw(func), argnums=tuple(range(len(points))))(*points)
    if single:
        return faced(found[0][0] if isinstance(found, (tuple, list)) else found, Tensor)
    return faced(found, Tensor)


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, **_: Any) -> tuple[Any, Any]:
    """The result, and its Jacobian transposed times `v` (1 for a scalar)."""
    points, single = _points(inputs)
    out, pullback = wg.vjp(_raw(func), *points)
    return faced(out, Tensor), _seen(pullback(_ones(out) if v is None else behind(v)), single)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, **_: Any) -> tuple[Any, Any]:
    """The result, and its Jacobian times `v` (1 for a scalar)."""
    points, single = _points(inputs)
    given = tuple(map(_ones, points)) if v is None else behind((v,) if single else tuple(v))
    out, tangent = wg.jvp(_raw(func), points, given)
    return faced(out, Tensor), faced(tangent, Tensor)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, **_: Any) -> tuple[Any, Any]:
    """The result, and its second derivatives times `v`."""
    points, single = _points(inputs)
    given = tuple(map(_ones, points)) if v is None else behind((v,) if single else tuple(v))
    gradient = wg.grad(_raw(func), argnums=tuple(range(len(points))))
    product = wg.jvp(gradient, points, given)[1]
    return faced(_raw(func)(*points), Tensor), _seen(product, single)


vhp = hvp


def _ones(value: Any) -> Any:
    return np.ones_like(value)
