"""The arguments of a call: which are static, their values, and the order of keys in dicts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from inspect import Parameter, signature
from typing import Any, NamedTuple

import numpy

from ...core.python.source import at_line
from ...core.python.trees import is_dataclass_value
from ...core.state import DEFINE_BY_RUN
from ...core.tensor import Tensor


def static_names(f: Callable[..., Any], given: str | Iterable[str]) -> frozenset[str]:
    """Normalise the names of static arguments; a string is one name.

    Raises:
        TypeError: one is no text.
        ValueError: one is no parameter of the function.
    """
    names = (given,) if isinstance(given, str) else tuple(given)
    known = parameters_of(f) if names else {}
    takes_any = any(parameter.kind is Parameter.VAR_KEYWORD for parameter in known.values())
    for name in names:
        if not isinstance(name, str):
            raise TypeError(
                f"[jit] static_argnames holds {name!r}, wanted names of parameters; write "
                f"static_argnames={next(iter(known), 'name')!r}"
            )
        if known and not takes_any and name not in known:
            close = get_close_matches(name, known, n=1, cutoff=0.0)
            raise ValueError(
                f"[jit] static_argnames names {name!r}, which is no parameter of {getattr(f, '__name__', 'f')}, wanted "
                f"one of {', '.join(known)}; write {close[0]!r}"
            )
    return frozenset(names)


def parameters_of(f: Callable[..., Any]) -> dict[str, Parameter]:
    """The parameters of a function; empty if they cannot be inspected."""
    try:
        return dict(signature(f).parameters)
    except (TypeError, ValueError):
        return {}


def static_places(f: Callable[..., Any], names: frozenset[str]) -> dict[int, str]:
    """The positions at which static arguments may be passed."""
    parameters = enumerate(parameters_of(f).values() if names else ())
    kind = Parameter.POSITIONAL_OR_KEYWORD
    return {i: parameter.name for i, parameter in parameters if parameter.name in names and parameter.kind is kind}


def static_key(static: dict[str, Any]) -> tuple[Any, ...]:
    """The key of static arguments: their names, values and types.

    Raises:
        TypeError: one of them cannot be hashed.
    """
    for name, value in static.items():
        try:
            hash(value)
        except TypeError:
            raise TypeError(
                f"[jit] the static argument {name} is of type {type(value).__name__}, wanted something hashable, by "
                f"which programs are told apart; write a tuple or a number, or leave {name} out of static_argnames"
                f"{at_line()}"
            ) from None
    return tuple([(name, told_apart(value)) for name, value in static.items()])


def told_apart(value: Any) -> Any:
    """A key that is equal for equal values of equal types only: 1, 1.0 and True differ, as do signs of zeros."""
    kind = type(value)
    if kind in (float, complex):
        return kind, repr(value)
    if isinstance(value, numpy.generic):
        return kind, value.tobytes()
    if isinstance(value, (tuple, frozenset)):
        parts = map(told_apart, value)
        return kind, frozenset(parts) if isinstance(value, frozenset) else tuple(parts)
    if is_dataclass_value(value):
        return kind, value, *(told_apart(getattr(value, field.name)) for field in dataclasses.fields(value))
    return kind, value


def orders_of_keys(values: Iterable[Any]) -> tuple[Any, ...]:
    """The keys of all nested dicts in insertion order, in which the function may iterate."""
    found: list[Any] = []
    waiting = list(values)
    for value in waiting:  # which grows
        kind = type(value)
        if kind is Tensor:
            continue
        if issubclass(kind, dict):
            found.append(tuple(value))
            waiting.extend(value.values())
        elif issubclass(kind, (list, tuple)):
            waiting.extend(value)
        elif is_dataclass_value(value):
            waiting.extend(getattr(value, field.name) for field in dataclasses.fields(value))
    return tuple(found)


class Call(NamedTuple):
    """The arguments of a call; places count the keyword arguments after the others.

    Attributes:
        args: the positional arguments.
        named: the keyword arguments.
        dynamic: the places of those that have leaves, in the order of these.
        static: the places of the static ones.
    """

    args: Sequence[Any]
    named: Mapping[str, Any]
    dynamic: Sequence[int]
    static: Sequence[int]

    def style(self, leaves: Iterable[Any]) -> Any:
        """What tells calls of one program apart for machine code: how arguments are passed, and what follows them."""
        watches = tuple([leaf._node.watch & DEFINE_BY_RUN if type(leaf) is Tensor else 0 for leaf in leaves])
        return len(self.args), tuple(self.named), watches
