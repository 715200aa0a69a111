"""``autograd.extend``: primitives of one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.fronts.conjugation import conjugated_pullback

from .plain import has_tensor, plain

__all__ = ["defjvp", "defvjp", "defvjp_argnums", "notrace_primitive", "primitive"]


class primitive:  # noqa: N801 - as in autograd
    """A function that is not looked into: its derivative is what `defvjp` or `defjvp` says.

    >>> import wengert.autograd.numpy as np
    >>> from wengert.autograd import grad
    >>> from wengert.autograd.extend import defvjp, primitive
    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)
    >>> float(grad(cube)(2.0))
    12.0
    """

    def __init__(self, fun: Callable[..., Any]) -> None:
        self.fun = fun
        self.vjps: dict[int, Any] = {}
        self.jvps: dict[int, Any] = {}
        self.all_vjps: Any = None
        update_wrapper(self, fun)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        rules = {"vjp": self._pull(kwargs) if self.vjps or self.all_vjps else None, "jvp": self._push(kwargs)}
        rules = {name: rule for name, rule in rules.items() if rule is not None}
        if not rules or not has_tensor(args):
            return plain(self.fun(*args, **kwargs))
        return wg.custom_derivative(lambda *given: self.fun(*given, **kwargs), **rules)(*args)

    def _pull(self, kwargs: Any) -> Callable[..., Any]:
        def pull(primals: Any, out: Any, cotangent: Any) -> Any:
            if self.all_vjps is not None:
                every = self.all_vjps(tuple(range(len(primals))), out, primals, kwargs)
                return tuple(conjugated_pullback(every)(cotangent))
            made = [self.vjps[p](out, *primals, **kwargs) if self.vjps.get(p) else None for p in range(len(primals))]
            return tuple(
                np.zeros_like(primal) if one is None else conjugated_pullback(one)(cotangent)
                for primal, one in zip(primals, made, strict=True)
            )

        return pull

    def _push(self, kwargs: Any) -> Callable[..., Any] | None:
        if not self.jvps:
            return None

        def push(primals: Any, out: Any, tangents: Any) -> Any:
            parts = [rule(tangents[place], out, *primals, **kwargs) for place, rule in self.jvps.items() if rule]
            return sum(parts[1:], start=parts[0])

        return push


def _places(rules: Any, argnums: Any) -> dict[int, Any]:
    return dict(zip(range(len(rules)) if argnums is None else argnums, rules, strict=True))


def defvjp(fun: primitive, *vjpmakers: Any, argnums: Any = None) -> None:
    """Say for each argument how its cotangent is made: ``lambda ans, *args: lambda g: ...``."""
    fun.vjps.update(_places(vjpmakers, argnums))


def defvjp_argnums(fun: primitive, vjpmaker: Any) -> None:
    """Say for all arguments at once how their cotangents are made."""
    fun.all_vjps = vjpmaker


def defjvp(fun: primitive, *jvpfuns: Any, argnums: Any = None) -> None:
    """Say for each argument what its tangent adds to that of the result: ``lambda g, ans, *args: ...``."""
    fun.jvps.update(_places(jvpfuns, argnums))


def notrace_primitive(fun: Callable[..., Any]) -> Callable[..., Any]:
    """A function without derivative."""
    return lambda *args, **kwargs: plain(fun(*plain(args), **plain(kwargs)))
