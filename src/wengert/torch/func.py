"""``torch.func``: transformations of functions, and modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from functools import wraps
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import behind

from .tensor import Tensor, of

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "stack_module_state", "vjp", "vmap",
]  # fmt: skip


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of a function with a number as result, by its arguments.

    >>> from wengert import torch
    >>> torch.func.grad(torch.sin)(torch.tensor(0.0))
    tensor(1.)
    """
    return wraps(func)(wg.grad(func, argnums, has_aux=has_aux))


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient, and the value."""
    both = wg.value_and_grad(func, argnums, has_aux=has_aux)
    return wraps(func)(lambda *args, **kwargs: tuple(reversed(both(*args, **kwargs))))


def vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: Any = None
) -> Callable[..., Any]:
    """A function of stacked arguments, which it goes over one by one.

    >>> from wengert import torch
    >>> torch.vmap(torch.dot)(torch.ones(2, 3), torch.ones(2, 3))
    tensor([3., 3.])
    """
    return wraps(func)(wg.vmap(func, in_dims, out_dims))


def jacrev(func: Callable[..., Any], argnums: Any = 0, **_: Any) -> Callable[..., Any]:
    """The Jacobian, in reverse mode."""
    return wraps(func)(wg.jacrev(func, argnums))


def jacfwd(func: Callable[..., Any], argnums: Any = 0, **_: Any) -> Callable[..., Any]:
    """The Jacobian, in forward mode."""
    return wraps(func)(wg.jacfwd(func, argnums))


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """The second derivatives."""
    return wraps(func)(wg.hessian(func, argnums))


def jvp(func: Callable[..., Any], primals: Any, tangents: Any) -> Any:
    """The result, and its Jacobian times tangents."""
    return wg.jvp(func, primals, tangents)


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The result, and what gives its Jacobian transposed times a cotangent."""
    return wg.vjp(func, *primals, has_aux=has_aux)


def linearize(func: Callable[..., Any], *primals: Any) -> Any:
    """The result, and what gives its Jacobian times tangents."""
    return wg.linearize(func, *primals)


@contextmanager
def _with(module: Any, tensors: dict[str, Any]) -> Any:
    """A module with other parameters and buffers within a ``with`` block."""
    there = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    before = {}
    try:
        for path, tensor in tensors.items():
            *parents, name = path.split(".")
            owner = module.get_submodule(".".join(parents))
            before[path] = owner, name, owner.__dict__[name]
            owner.__dict__[name] = behind(tensor)
        yield there
    finally:
        for owner, name, tensor in before.values():
            owner.__dict__[name] = tensor


def functional_call(module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: Any = None) -> Any:
    """What a module gives for arguments with these parameters and buffers in place of its own."""
    given = parameter_and_buffer_dicts
    tensors = given if isinstance(given, dict) else {name: t for each in given for name, t in each.items()}
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _with(module, tensors):
        return module(*args, **(kwargs or {}))


def stack_module_state(models: Any) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters, and the buffers, of modules of one kind, stacked by name."""
    parameters, buffers = (
        {name: of(np.stack([dict(ask(m))[name]._tensor.detach() for m in models])) for name, _ in ask(models[0])}
        for ask in (lambda m: m.named_parameters(), lambda m: m.named_buffers())
    )
    return parameters, buffers
