"""What a transformation is asked for: a function, and the positions of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from operator import index
from typing import Any

from ..core.tensor import Tensor


def check_function(f: Any, op: str, parameter: str = "f") -> None:
    """Refuse what cannot be called.

    Raises:
        TypeError: it is a result, a number or another object.
    """
    if callable(f):
        return
    result = " itself, not what it returns" if type(f) is Tensor else ""
    usage = USAGE.get(op, f"{op}(f)(x)")
    raise TypeError(f"[{op}] {parameter} is of type {type(f).__name__}, wanted a function{result}; write {usage}")


USAGE = {
    "check": "check(f, x)",
    "cond": "cond(test, if_true, if_false, x)",
    "derivative": "derivative(f, n)(x)",
    "differential_operator": "differential_operator(coefficients)(f)(x)",
    "directional_sum": "directional_sum(f, order)(x, directions)",
    "custom_derivative": "custom_derivative(f, vjp=lambda primals, out, cotangent: ...)",
    "explain": "explain(f, x)",
    "fori_loop": "fori_loop(lower, upper, body, init)",
    "hvp": "hvp(f, (x,), (v,))",
    "implicit": "implicit(solver, residual)",
    "jvp": "jvp(f, (x,), (v,))",
    "linearize": "linearize(f, x)",
    "map": "map(f, xs)",
    "scan": "scan(f, init, xs)",
    "switch": "switch(index, [f, g], x)",
    "taylor": "taylor(f, order)(x, direction)",
    "taylor_solution": "taylor_solution(f, order)(t, y)",
    "trace_hessian": "trace_hessian(f)(x, directions)",
    "vjp": "vjp(f, x)",
    "while_loop": "while_loop(test, body, init)",
}
"""How those are called that do not just give another function."""


def positions(argnums: Any, f: Callable[..., Any], op: str) -> int | tuple[int, ...]:
    """Which positional arguments are meant: one, or several.

    Raises:
        TypeError: it is neither an integer nor a sequence of integers.
    """
    is_one = isinstance(argnums, str) or not isinstance(argnums, Sequence)
    given: list[Any] = [argnums] if is_one else list(argnums)
    for position in given:
        if not _is_position(position):
            raise TypeError(
                f"[{op}] argnums is {argnums!r}, wanted the position of an argument, counted from 0, or a tuple of "
                f"positions; {_instead(position, f, op)}"
            )
    return index(given[0]) if is_one else tuple(map(index, given))


def _is_position(value: Any) -> bool:
    try:
        index(value)
    except TypeError:
        return False
    return not isinstance(value, bool)


def _instead(given: Any, f: Callable[..., Any], op: str) -> str:
    """What to write instead of something that is no position."""
    if not isinstance(given, str):
        return f"write {op}(f)(x): the point is given to what {op} returns"
    names = list(signature(f).parameters)
    return f"write argnums={names.index(given)}" if given in names else f"the parameters are {', '.join(names)}"
