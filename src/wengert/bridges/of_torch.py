"""PyTorch: its functions and modules here, and functions of this engine there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import numpy

from .crossing import Crossing, installed, listed, operation, pullback_of

__all__ = ["from_torch", "to_torch"]


def from_torch(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of PyTorch's tensors as an operation of this engine, with derivatives of every order and mode.

    PyTorch's own derivatives do their part, so `function` may be a pretrained module; its parameters stay PyTorch's.
    Within `jit`, `vmap` and loops it is a step outside; `vmap` calls it for one example after the other.

    Args:
        function: of tensors, with one tensor or a tuple of them as result.

    Returns:
        A function of arrays, with an array or a tuple of them as result, in the dtypes that PyTorch gives.

    Raises:
        ImportError: PyTorch is not installed.
    """
    torch = installed("torch", "from_torch")
    return operation(function, lambda values: _crossing(torch, values))


class _Run:
    """A function of tensors as one of NumPy's arrays, whose memory the tensors share.

    A function might write to its arguments, which are those of the engine. So they are copied until a call has shown
    that it does not.
    """

    __slots__ = ("shares", "torch", "values")

    def __init__(self, torch: ModuleType, values: Callable[..., Any]) -> None:
        self.torch, self.values, self.shares = torch, values, False

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        shares = self.shares
        tensors = [self.torch.from_numpy(_shared(a) if shares else a.copy()) for a in arrays]
        with nullcontext() if self.torch.is_grad_enabled() else self.torch.enable_grad():
            found = self.values(*tensors)
        results = tuple([(r.detach() if r.requires_grad else r).numpy() for r in found])
        self.shares = not any(tensor._version for tensor in tensors)
        if shares and not self.shares:
            raise RuntimeError(
                "[from_torch] the function wrote to an argument, which it did not do when it was called first, wanted "
                "none to be written to; write x = x.clone() at its beginning"
            )
        return results


def _shared(array: Any) -> Any:
    """A read-only array as one that may be written to, as PyTorch wants it, in the same memory if that may be."""
    try:
        array.flags.writeable = True
    except ValueError:
        return array.copy()
    return array


def _crossing(torch: ModuleType, values: Callable[..., Any]) -> Crossing:
    """A function of tensors, with its derivatives by PyTorch."""
    run = _Run(torch, values)

    def pullback(count: int) -> Crossing:
        def cotangents(*tensors: Any) -> tuple[Any, ...]:
            primals = _followed(tensors[:count])
            pairs = zip(values(*primals), tensors[count:], strict=True)
            return _pulled(torch, primals, [pair for pair in pairs if pair[0].requires_grad])

        return _crossing(torch, cotangents)

    def push(count: int) -> Crossing:
        def tangents(*tensors: Any) -> tuple[Any, ...]:
            """The tangents of results: the pullback is linear in the cotangents, and is pulled back itself."""
            primals = _followed(tensors[:count])
            results = values(*primals)
            weights = [torch.zeros_like(r).requires_grad_() for r in results]
            pairs = [(r, w) for r, w in zip(results, weights, strict=True) if r.requires_grad]
            slopes = _pulled(torch, primals, pairs)
            moving = [(s, t) for s, t in zip(slopes, tensors[count:], strict=True) if s.requires_grad]
            return _pulled(torch, weights, moving)

        return _crossing(torch, tangents)

    return Crossing(run, run, pullback, push)


def _followed(tensors: Any) -> list[Any]:
    """Tensors that derivatives are taken by; integers stay as they are."""
    return [t if t.requires_grad else t.requires_grad_(t.is_floating_point() or t.is_complex()) for t in tensors]


def _pulled(torch: ModuleType, points: Any, pairs: Any) -> tuple[Any, ...]:
    """The cotangents of points for pairs of results and their cotangents, with derivatives of their own."""
    moving = [t for t in points if t.requires_grad]
    if not pairs or not moving:
        return tuple(map(torch.zeros_like, points))
    results, weights = zip(*pairs, strict=True)
    found = iter(
        torch.autograd.grad(results, moving, weights, create_graph=True, allow_unused=True, materialize_grads=True)
    )
    return tuple(next(found) if t.requires_grad else torch.zeros_like(t) for t in points)


def to_torch(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays, also a compiled one, as a function of PyTorch's tensors, with derivatives of every order.

    Args:
        function: of arrays, with one array or a tuple of them as result.

    Raises:
        ImportError: PyTorch is not installed.
    """
    torch = installed("torch", "to_torch")

    class Crossing(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            ctx.save_for_backward(*tensors)
            found = function(*(t.detach().numpy() for t in tensors))
            ctx.single = not isinstance(found, (tuple, list))
            results = tuple(torch.from_numpy(numpy.array(each)) for each in listed(found))
            return results[0] if ctx.single else results

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            primals = ctx.saved_tensors
            found = to_torch(pullback_of(function, len(primals), ctx.single))(*primals, *cotangents)
            return listed(found)

    return lambda *tensors: Crossing.apply(*tensors)
