"""``jax.grad`` and its like: the engine's transformations, of functions of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

import wengert as wg

from .array import arrays

__all__ = [
    "checkpoint", "closure_convert", "custom_gradient", "custom_jvp", "custom_vjp", "eval_shape", "grad", "hessian",
    "jacfwd", "jacobian", "jacrev", "jit", "jvp", "linear_transpose", "linearize", "named_call", "remat",
    "value_and_grad", "vjp", "vmap",
]  # fmt: skip


def _at(args: Sequence[Any], argnums: Any) -> tuple[Any, ...]:
    """Arguments, with arrays in those places."""
    places = {argnums} if isinstance(argnums, int) else set(argnums)
    places |= {place + len(args) for place in places if place < 0}
    return tuple(arrays(each) if place in places else each for place, each in enumerate(args))


def _transformed(fun: Callable[..., Any], transformed: Callable[..., Any], argnums: Any) -> Callable[..., Any]:
    @wraps(fun)
    def call(*args: Any, **kwargs: Any) -> Any:
        return transformed(*_at(args, argnums), **kwargs)

    return call


def _refuse_holomorphic(asked: bool, op: str) -> None:
    if asked:
        raise NotImplementedError(
            f"[{op}] holomorphic=True was given, wanted a function with a real result; write "
            "jax.jvp(fun, (z,), (1+0j,))[1] for the derivative of a complex function that has one"
        )


def grad(
    fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False, **_: Any
) -> Callable[..., Any]:
    """The gradient of a function with a number as result.

    >>> from wengert import jax
    >>> jax.grad(lambda x: x**3)(2.0)
    Array(12., dtype=float32)
    """
    _refuse_holomorphic(holomorphic, "grad")
    return _transformed(fun, wg.grad(fun, argnums, has_aux=has_aux), argnums)


def value_and_grad(
    fun: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, holomorphic: bool = False, **_: Any
) -> Callable[..., Any]:
    """The value, and the gradient."""
    _refuse_holomorphic(holomorphic, "value_and_grad")
    return _transformed(fun, wg.value_and_grad(fun, argnums, has_aux=has_aux), argnums)


def jacfwd(fun: Callable[..., Any], argnums: Any = 0, **_: Any) -> Callable[..., Any]:
    """The Jacobian, in forward mode."""
    return _transformed(fun, wg.jacfwd(fun, argnums), argnums)


def jacrev(fun: Callable[..., Any], argnums: Any = 0, **_: Any) -> Callable[..., Any]:
    """The Jacobian, in reverse mode."""
    return _transformed(fun, wg.jacrev(fun, argnums), argnums)


jacobian = jacrev


def hessian(fun: Callable[..., Any], argnums: Any = 0, **_: Any) -> Callable[..., Any]:
    """The second derivatives."""
    return _transformed(fun, wg.hessian(fun, argnums), argnums)


def jvp(fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """The result, and its Jacobian times tangents."""
    return wg.jvp(fun, arrays(tuple(primals)), arrays(tuple(tangents)), has_aux=has_aux)


def vjp(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The result, and what gives its Jacobian transposed times a cotangent."""
    out, pullback, *aux = wg.vjp(fun, *arrays(primals), has_aux=has_aux)
    return (out, lambda cotangent: pullback(arrays(cotangent)), *aux)


def linearize(fun: Callable[..., Any], *primals: Any) -> Any:
    """The result, and what gives its Jacobian times tangents."""
    out, push = wg.linearize(fun, *arrays(primals))
    return out, lambda *tangents: push(*arrays(tangents))


def linear_transpose(fun: Callable[..., Any], *primals: Any) -> Callable[..., Any]:
    """The transpose of a linear function."""
    return vjp(fun, *primals)[1]


def vmap(fun: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0, **_: Any) -> Callable[..., Any]:
    """A function of stacked arguments, which it goes over one by one."""
    mapped = wg.vmap(fun, in_axes, out_axes)
    return wraps(fun)(lambda *args, **kwargs: mapped(*arrays(args), **kwargs))


def jit(
    fun: Callable[..., Any] | None = None, static_argnums: Any = None, static_argnames: Any = None, **_: Any
) -> Any:
    """A function, compiled; also above a function, with or without arguments."""
    if fun is None:
        return partial(jit, static_argnums=static_argnums, static_argnames=static_argnames)
    options = {"static_argnums": static_argnums, "static_argnames": static_argnames}
    compiled = wg.jit(fun, **{name: value for name, value in options.items() if value is not None})
    static = {static_argnums} if isinstance(static_argnums, int) else set(static_argnums or ())

    @wraps(fun)
    def call(*args: Any, **kwargs: Any) -> Any:
        return compiled(*_at(args, set(range(len(args))) - static), **kwargs)

    return call


def checkpoint(fun: Callable[..., Any], **_: Any) -> Callable[..., Any]:
    """A function of which nothing is kept for the backward pass but its arguments."""
    return wraps(fun)(wg.checkpoint(fun))


remat = checkpoint


class _Custom:
    """A function with a rule of its own, which is given later."""

    def __init__(self, fun: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        self.fun, self.nondiff_argnums = fun, tuple(nondiff_argnums)
        self.__doc__, self.__name__ = fun.__doc__, getattr(fun, "__name__", "function")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        static = {place: args[place] for place in self.nondiff_argnums}
        moving = [arrays(each) for place, each in enumerate(args) if place not in static]

        def f(*given: Any) -> Any:
            return self.fun(*_merged(static, given), **kwargs)

        return self._with_rule(f, tuple(static.values()), static)(*moving)

    def _with_rule(self, f: Callable[..., Any], fixed: tuple[Any, ...], static: dict[int, Any]) -> Callable[..., Any]:
        raise NotImplementedError


def _merged(static: dict[int, Any], moving: Sequence[Any]) -> list[Any]:
    """All arguments in order."""
    merged, rest = [], iter(moving)
    for place in range(len(static) + len(moving)):
        merged.append(static[place] if place in static else next(rest))
    return merged


class custom_jvp(_Custom):  # noqa: N801 - as in JAX
    """A function whose tangents a user computes: ``f.defjvp(lambda primals, tangents: (out, tangent))``."""

    def defjvp(self, jvp: Callable[..., Any], **_: Any) -> Callable[..., Any]:
        """Give the rule."""
        self._jvp = jvp
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Give a rule for each argument: ``lambda tangent, out, *primals: ...``."""

        def rule(*given: Any) -> Any:
            primals, tangents = given
            out = self.fun(*primals)
            parts = [f(t, out, *primals) for f, t in zip(jvps, tangents, strict=True) if f is not None]
            return out, sum(parts[1:], start=parts[0])

        self._jvp: Callable[..., Any] = rule

    def _with_rule(self, f: Callable[..., Any], fixed: tuple[Any, ...], static: dict[int, Any]) -> Callable[..., Any]:
        return wg.custom_derivative(
            f, jvp=lambda primals, out, tangents: self._jvp(*fixed, tuple(primals), tuple(tangents))[1]
        )


class custom_vjp(_Custom):  # noqa: N801 - as in JAX
    """A function whose cotangents a user computes: ``f.defvjp(forward, backward)``."""

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any], **_: Any) -> None:
        """Give the rule: ``out, residuals = fwd(*args)``, ``cotangents = bwd(residuals, cotangent)``."""
        self._fwd, self._bwd = fwd, bwd

    def _with_rule(self, f: Callable[..., Any], fixed: tuple[Any, ...], static: dict[int, Any]) -> Callable[..., Any]:
        def pull(primals: Any, out: Any, cotangent: Any) -> Any:
            _, residuals = self._fwd(*_merged(static, primals))
            return tuple(self._bwd(*fixed, residuals, cotangent))

        return wg.custom_derivative(f, vjp=pull)


def custom_gradient(fun: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives its result and what makes cotangents of a cotangent."""

    def pull(primals: Any, out: Any, cotangent: Any) -> Any:
        found = fun(*primals)[1](cotangent)
        return found if isinstance(found, tuple) else (found,)

    made = wg.custom_derivative(lambda *args: fun(*args)[0], vjp=pull)
    return wraps(fun)(lambda *args: made(*arrays(args)))


def closure_convert(fun: Callable[..., Any], *example_args: Any) -> Any:
    """A function with what it reads from outside as arguments, and these."""
    return wg.closure_convert(fun, *arrays(example_args))


def eval_shape(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What a function gives; its shapes and dtypes are of interest."""
    return fun(*arrays(args), **kwargs)


def named_call(fun: Callable[..., Any], **_: Any) -> Callable[..., Any]:
    """The function itself."""
    return fun
