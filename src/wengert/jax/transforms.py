"""``jax.grad`` and its like: the engine's transformations, of functions of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from inspect import signature
from typing import Any

import wengert as wg
from wengert.fronts.conjugation import conjugated, conjugated_pullback, of_a_real_part

from .array import arrays, like

__all__ = [
    "checkpoint", "grad", "hessian", "jacfwd", "jacobian", "jacrev", "jit", "jvp", "linear_transpose", "linearize",
    "named_call", "remat", "value_and_grad", "vjp", "vmap",
]  # fmt: skip


def _at(args: Sequence[Any], argnums: Any) -> tuple[Any, ...]:
    """Arguments, with arrays in those places."""
    places = {argnums} if isinstance(argnums, int) else set(argnums)
    places |= {place + len(args) for place in places if place < 0}
    return tuple(arrays(each) if place in places else each for place, each in enumerate(args))


def grad(
    fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False, **_: Any
) -> Callable[..., Any]:
    """The gradient of a function with a number as result; by complex numbers dL/da - i dL/db.

    Args:
        fun: the function.
        argnums: which arguments.
        has_aux: it gives a pair, of which the second is handed on.
        holomorphic: its result is complex, and it has a complex derivative.

    >>> from wengert import jax
    >>> jax.grad(lambda x: x**3)(2.0)
    Array(12., dtype=float32, weak_type=True)
    """
    whole = value_and_grad(fun, argnums, has_aux, holomorphic)

    @wraps(fun)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, slopes = whole(*args, **kwargs)
        return (slopes, value[1]) if has_aux else slopes

    return gradient


def value_and_grad(
    fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False, **_: Any
) -> Callable[..., Any]:
    """The value, and the gradient (see `grad`)."""
    real = wg.value_and_grad(_real_part(fun, has_aux) if holomorphic else fun, argnums, has_aux=has_aux or holomorphic)

    @wraps(fun)
    def call(*args: Any, **kwargs: Any) -> Any:
        value, slopes = real(*_at(args, argnums), **kwargs)
        return value[1] if holomorphic else value, conjugated(slopes)

    return call


def _real_part(fun: Callable[..., Any], has_aux: bool) -> Callable[..., Any]:
    """The real part of what is differentiated, and the whole result."""
    if not has_aux:
        return of_a_real_part(fun)

    def real_part(*args: Any, **kwargs: Any) -> Any:
        whole = fun(*args, **kwargs)
        return whole[0].real, whole

    return real_part


def _jacobian(
    transformation: Callable[..., Any], fun: Callable[..., Any], argnums: Any, has_aux: bool, holomorphic: bool
) -> Callable[..., Any]:
    """A Jacobian, and what else the function gives."""
    aux: list[Any] = []

    def main(*args: Any, **kwargs: Any) -> Any:
        found = fun(*args, **kwargs)
        value, aux[:] = (found[0], [found[1]]) if has_aux else (found, [])
        return of_a_real_part(lambda: value)()[0] if holomorphic else arrays(value)

    transformed = transformation(main, argnums)

    @wraps(fun)
    def call(*args: Any, **kwargs: Any) -> Any:
        slopes = conjugated(transformed(*_at(args, argnums), **kwargs))
        return (slopes, aux.pop()) if has_aux else slopes

    return call


def jacfwd(
    fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False, **_: Any
) -> Callable[..., Any]:
    """The Jacobian, in forward mode; that of a complex function that has one in reverse mode."""
    return _jacobian(wg.jacrev if holomorphic else wg.jacfwd, fun, argnums, has_aux, holomorphic)


def jacrev(
    fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False, **_: Any
) -> Callable[..., Any]:
    """The Jacobian, in reverse mode."""
    return _jacobian(wg.jacrev, fun, argnums, has_aux, holomorphic)


jacobian = jacrev


def hessian(fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, **_: Any) -> Callable[..., Any]:
    """The second derivatives."""
    return _jacobian(wg.hessian, fun, argnums, has_aux, False)


def jvp(fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """The result, and its Jacobian times tangents."""
    point = arrays(tuple(primals))
    return wg.jvp(_with_arrays(fun), point, like(tuple(tangents), point), has_aux=has_aux)


def vjp(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The result, and what gives its Jacobian transposed times a cotangent."""
    out, pullback, *aux = wg.vjp(_with_arrays(fun), *arrays(primals), has_aux=has_aux)
    pulled = conjugated_pullback(pullback)
    return (out, lambda cotangent: pulled(like(cotangent, out)), *aux)


def _with_arrays(fun: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose result has arrays in place of numbers."""
    return wraps(fun)(lambda *args: arrays(fun(*args)))


def linearize(fun: Callable[..., Any], *primals: Any) -> Any:
    """The result, and what gives its Jacobian times tangents."""
    point = arrays(primals)
    out, push = wg.linearize(_with_arrays(fun), *point)
    return out, lambda *tangents: push(*like(tangents, point))


def linear_transpose(fun: Callable[..., Any], *primals: Any) -> Callable[..., Any]:
    """The transpose of a linear function."""
    return vjp(fun, *primals)[1]


def vmap(
    fun: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0, axis_name: Any = None, **_: Any
) -> Callable[..., Any]:
    """A function of stacked arguments, which it goes over one by one; what it has of all is named by `axis_name`."""
    mapped = wg.vmap(lambda *args, **kwargs: arrays(fun(*args, **kwargs)), in_axes, out_axes, axis_name)
    return wraps(fun)(lambda *args, **kwargs: mapped(*arrays(args), **arrays(kwargs)))


def jit(
    fun: Callable[..., Any] | None = None, static_argnums: Any = None, static_argnames: Any = None, **_: Any
) -> Any:
    """A function, compiled; also above a function, with or without arguments."""
    if fun is None:
        return partial(jit, static_argnums=static_argnums, static_argnames=static_argnames)
    static = _static(fun, static_argnums, static_argnames)
    compiled = wg.jit(fun, static_argnames=static) if static else wg.jit(fun)
    places = {place for place, name in enumerate(_parameters(fun)) if name in static}

    @wraps(fun)
    def call(*args: Any, **kwargs: Any) -> Any:
        named = {name: value if name in static else arrays(value) for name, value in kwargs.items()}
        return compiled(*[each if at in places else arrays(each) for at, each in enumerate(args)], **named)

    call.lower = compiled.lower  # type: ignore[attr-defined]
    return call


def _static(fun: Callable[..., Any], numbers: Any, names: Any) -> tuple[str, ...]:
    """The names of arguments that are constants of a compilation."""
    given = (names,) if isinstance(names, str) else tuple(names or ())
    chosen = (numbers,) if isinstance(numbers, int) else tuple(numbers or ())
    if not chosen:
        return given
    parameters = _parameters(fun)
    return (*given, *(parameters[number] for number in chosen))


def _parameters(fun: Callable[..., Any]) -> list[str]:
    try:
        return list(signature(fun).parameters)
    except (TypeError, ValueError):
        return []


def checkpoint(fun: Callable[..., Any] | None = None, **_: Any) -> Any:
    """A function of which nothing is kept for the backward pass but its arguments, whatever a policy says."""
    return checkpoint if fun is None else wraps(fun)(wg.checkpoint(fun))


remat = checkpoint


def named_call(fun: Callable[..., Any], **_: Any) -> Callable[..., Any]:
    """The function itself."""
    return fun
