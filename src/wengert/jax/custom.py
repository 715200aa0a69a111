"""``jax.custom_jvp``, ``jax.custom_vjp`` and their like: functions with rules of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.fronts.conjugation import conjugated_pullback

from .array import arrays, like

__all__ = ["closure_convert", "custom_gradient", "custom_jvp", "custom_vjp"]


class _Custom:
    """A function with a rule of its own, which is given later."""

    def __init__(self, fun: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        self.fun = fun
        self.nondiff_argnums: tuple[int, ...] = tuple(nondiff_argnums)
        self.__doc__ = fun.__doc__
        self.__name__: Any | str = getattr(fun, "__name__", "function")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = _positional(self.fun, args, kwargs)
        static = {place: args[place] for place in self.nondiff_argnums}
        moving = [arrays(each) for place, each in enumerate(args) if place not in static]

        def f(*given: Any) -> Any:
            return arrays(self.fun(*_merged(static, given)))

        return self._with_rule(f, tuple(static.values()), static)(*moving)

    def _with_rule(self, f: Callable[..., Any], fixed: tuple[Any, ...], static: dict[int, Any]) -> Callable[..., Any]:
        raise NotImplementedError


def _positional(fun: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments by position, as rules take them."""
    if not kwargs:
        return args
    bound = signature(fun).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.args


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
        def push(primals: Any, out: Any, tangents: Any) -> Any:
            return like(self._jvp(*fixed, tuple(primals), tuple(tangents))[1], out)

        return wg.custom_derivative(f, jvp=push)


class custom_vjp(_Custom):  # noqa: N801 - as in JAX
    """A function whose cotangents a user computes: ``f.defvjp(forward, backward)``."""

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any], **_: Any) -> None:
        """Give the rule: ``out, residuals = fwd(*args)``, ``cotangents = bwd(residuals, cotangent)``."""
        self._fwd, self._bwd = fwd, bwd

    def _with_rule(self, f: Callable[..., Any], fixed: tuple[Any, ...], static: dict[int, Any]) -> Callable[..., Any]:
        def pull(primals: Any, out: Any, cotangent: Any) -> Any:
            _, residuals = self._fwd(*_merged(static, primals))
            backward = conjugated_pullback(lambda given: tuple(self._bwd(*fixed, residuals, given)))
            return _fitting(backward(cotangent), primals)

        return wg.custom_derivative(f, vjp=pull)


def custom_gradient(fun: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives its result and what makes cotangents of a cotangent."""

    def pull(primals: Any, out: Any, cotangent: Any) -> Any:
        found = conjugated_pullback(fun(*primals)[1])(cotangent)
        return _fitting(found if isinstance(found, tuple) else (found,), primals)

    made = wg.custom_derivative(lambda *args: arrays(fun(*args)[0]), vjp=pull)
    return wraps(fun)(lambda *args: made(*arrays(args)))


def _fitting(cotangents: Sequence[Any], primals: Sequence[Any]) -> tuple[Any, ...]:
    """Cotangents nested like the arguments, zero where there is ``None``."""
    pairs = zip(cotangents, primals, strict=True)
    return tuple(wg.trees.map(np.zeros_like, p) if c is None else like(c, p) for c, p in pairs)


def closure_convert(fun: Callable[..., Any], *example_args: Any) -> Any:
    """A function with what it reads from outside as arguments, and these."""
    examples = arrays(example_args)
    converted, captured = wg.closure_convert(lambda *args: arrays(fun(*args)), *examples)
    count = len(examples)
    return lambda *args: converted(*like(args[:count], examples), *args[count:]), captured
