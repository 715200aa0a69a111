"""The Python libraries that compute the evals, each with the same names: NumPy's functions, transformations, loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..report import OURS

Function = Callable[..., Any]


@dataclass(frozen=True)
class Library:
    """What an eval is written in.

    Attributes:
        name: as a table has it.
        numpy: functions under NumPy's names.
        tensor: from an array to what the functions take.
        compiled: from a function to one that is compiled, if the library does so, and that waits for its results.
        grad: from a function of numbers to its gradient in reverse mode.
        jacrev: its Jacobian in reverse mode.
        jacfwd: its Jacobian in forward mode.
        jvp: the value and the derivative in a direction.
        gradient_along: from a function, a point and a direction to the gradient and its derivative in the direction.
        vmap: from a function to one of batches.
        scan: a loop over arrays, as JAX has it.
        while_loop: a loop with a test, as JAX has it.
        cond: one of two functions, as JAX has it.
        is_reversible: whether loops with a test have derivatives in reverse mode.
    """

    name: str
    numpy: Any
    tensor: Function
    compiled: Function
    grad: Function
    jacrev: Function
    jacfwd: Function
    jvp: Function
    gradient_along: Function
    vmap: Function
    scan: Function
    while_loop: Function
    cond: Function
    is_reversible: bool = True


def wengert() -> Library:
    return Library(
        name=OURS,
        numpy=np,
        tensor=wg.tensor,
        compiled=wg.jit,
        grad=wg.grad,
        jacrev=wg.jacrev,
        jacfwd=wg.jacfwd,
        jvp=wg.jvp,
        gradient_along=lambda f, x, along: wg.jvp(wg.grad(f), (x,), (along,)),
        vmap=wg.vmap,
        scan=wg.scan,
        while_loop=wg.while_loop,
        cond=wg.cond,
    )


def jax() -> Library:
    import jax

    jax.config.update("jax_enable_x64", True)

    def compiled(f: Function) -> Function:
        call = jax.jit(f)
        return lambda *operands: jax.block_until_ready(call(*operands))

    return Library(
        name="jax",
        numpy=jax.numpy,
        tensor=jax.numpy.asarray,
        compiled=compiled,
        grad=jax.grad,
        jacrev=jax.jacrev,
        jacfwd=jax.jacfwd,
        jvp=jax.jvp,
        gradient_along=lambda f, x, along: jax.jvp(jax.grad(f), (x,), (along,)),
        vmap=jax.vmap,
        scan=jax.lax.scan,
        while_loop=jax.lax.while_loop,
        cond=jax.lax.cond,
        is_reversible=False,
    )


def torch() -> Library:
    import torch

    torch.set_default_dtype(torch.float64)
    own = {"max": torch.amax, "min": torch.amin, "cross": torch.linalg.cross, "astype": torch.Tensor.to}
    return Library(
        name="torch",
        numpy=SimpleNamespace(**{**vars(torch), **own}),
        tensor=torch.as_tensor,
        compiled=lambda f: f,
        grad=partial(_gradient_of_torch, torch),
        jacrev=torch.func.jacrev,
        jacfwd=torch.func.jacfwd,
        jvp=torch.func.jvp,
        gradient_along=partial(_gradient_along, torch),
        vmap=torch.func.vmap,
        scan=partial(_scan, torch.stack),
        while_loop=_while_loop,
        cond=_cond,
    )


def installed() -> dict[str, Library]:
    """Those that are installed, Wengert first."""
    makers: Mapping[str, Callable[[], Library]] = {"jax": jax, "torch": torch}
    return {OURS: wengert(), **{name: make() for name, make in makers.items() if find_spec(name)}}


# -- run line by line ------------------------------------------------------------------------------


def _gradient_of_torch(torch: Any, f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """By PyTorch's tape, which takes less time than its ``func.grad``."""
    places = (argnums,) if isinstance(argnums, int) else argnums

    def gradient(*operands: Any) -> Any:
        given = [operand.detach().requires_grad_(k in places) for k, operand in enumerate(operands)]
        found = torch.autograd.grad(f(*given), [given[k] for k in places])
        return found[0] if isinstance(argnums, int) else found

    return gradient


def _gradient_along(torch: Any, f: Function, x: Any, along: Any) -> tuple[Any, Any]:
    given = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(f(given), given, create_graph=True)
    return gradient.detach(), *torch.autograd.grad(gradient, given, along)


def _scan(stack: Function, step: Function, carry: Any, arrays: Any, length: int | None = None) -> tuple[Any, Any]:
    made = []
    for k in range(len(arrays) if length is None else length):
        carry, one = step(carry, None if arrays is None else arrays[k])
        made.append(one)
    return carry, stack(made) if made[0] is not None else None


def _while_loop(test: Function, body: Function, carry: Any) -> Any:
    while test(carry):
        carry = body(carry)
    return carry


def _cond(test: Any, if_true: Function, if_false: Function, *operands: Any) -> Any:
    return if_true(*operands) if test else if_false(*operands)
