"""The arguments that a function is given in the command line, and what to write for them."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

import numpy

from ..core.python.trees import flatten, unflatten
from .errors import Refused, command
from .literals import Given, argument, literals

Function = Callable[..., Any]
PLAIN: dict[Any, type] = {key: kind for kind in (int, bool, str) for key in (kind, kind.__name__)}
"""Types that an argument may be declared with, themselves or by name, to be passed as it is."""
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def at_point(f: Function, name: str, target: str, text: str | None) -> tuple[Function, list[Any]]:
    """A function of its arguments by place, and these, from what ``--at`` says.

    Raises:
        Refused: nothing is said of a function that wants arguments, or the arguments are not those it takes.
    """
    signature = _signature(f)
    if text is None and signature is not None and _fits(signature, Given()):
        return f, []
    if text is None:
        raise Refused(
            f"[{command()}] no point was given, wanted the arguments of the function; "
            f"write wengert {command()} {target} --at {_example(signature)}"
        )
    given = literals(text, "--at")
    if signature is None:
        return f, _read(given, "--at").values
    given = _as_meant(given, signature)
    try:
        bound = signature.bind(*given.values, **given.named)
    except TypeError:
        raise Refused(
            f"[{command()}] --at gives {_told(given)}, wanted those of {name}{signature}; "
            f"write --at {_instead(given, signature)} with your numbers"
        ) from None
    fixed = {name for name, value in bound.arguments.items() if _is_plain(signature.parameters[name], value)}
    for argument_name in bound.arguments.keys() - fixed:
        bound.arguments[argument_name] = argument(bound.arguments[argument_name], "--at")
    if not fixed and not bound.kwargs:
        return f, list(bound.args)
    return _by_place(f, bound, fixed), [value for name, value in bound.arguments.items() if name not in fixed]


def _is_plain(parameter: inspect.Parameter, value: Any) -> bool:
    """Whether an argument is declared as what has no derivative: a whole number, a truth value or a text."""
    declared = parameter.annotation
    return isinstance(declared, (type, str)) and type(value) is PLAIN.get(declared)


def along(f: Function, text: str | None, args: Sequence[Any]) -> tuple[Any, ...] | None:
    """The direction that ``--direction`` gives, by place; where it gives names, it is zero for all others.

    Raises:
        Refused: it names something else than the arguments.
    """
    if text is None:
        return None
    given = literals(text, "--direction")
    if given.is_one_list and (len(args) != 1 or len(given.values[0]) == 1):
        given = Given(given.values[0])
    given = _read(given, "--direction")
    signature = _signature(f)
    names = [] if signature is None else list(signature.bind(*args).arguments)
    if not given.named:
        return tuple(given.values)
    if given.values or not given.named.keys() <= set(names):
        raise Refused(
            f"[{command()}] --direction gives {_told(given)}, wanted the names of arguments or one value for each; "
            f"write --direction {','.join(f'{name}=1.0' for name in names)} with your numbers"
        )
    zeros = map(_zero, args)
    return tuple(given.named.get(name, zero) for name, zero in zip(names, zeros, strict=True))


def _zero(tree: Any) -> Any:
    leaves, structure = flatten(tree)
    return unflatten(structure, [numpy.zeros_like(leaf) for leaf in leaves])


def _signature(f: Function) -> inspect.Signature | None:
    try:
        return inspect.signature(f)
    except (TypeError, ValueError):
        return None


def _as_meant(given: Given, signature: inspect.Signature) -> Given:
    """A list alone is that of all arguments, or an array where only that fits."""
    if not given.is_one_list:
        return given
    arguments = Given(given.values[0])
    return given if _fits(signature, given) and not _fits(signature, arguments) else arguments


def _fits(signature: inspect.Signature, given: Given) -> bool:
    try:
        signature.bind(*given.values, **given.named)
    except TypeError:
        return False
    return True


def _read(given: Given, option: str) -> Given:
    values = [argument(value, option) for value in given.values]
    return Given(values, {name: argument(value, option) for name, value in given.named.items()})


def _by_place(f: Function, bound: inspect.BoundArguments, fixed: set[str]) -> Function:
    """The function of its bound arguments in their order, those by keyword only included, but for fixed ones."""
    names = [name for name in bound.arguments if name not in fixed]

    def call(*values: Any) -> Any:
        changed = inspect.BoundArguments(bound.signature, OrderedDict(bound.arguments))
        changed.arguments.update(zip(names, values, strict=True))
        return f(*changed.args, **changed.kwargs)

    update_wrapper(call, f)
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return call


def _told(given: Given) -> str:
    count = len(given.values)
    told = f"{count} argument" if count == 1 else f"{count} arguments"
    names = ", ".join(given.named)
    return told if not names else names if not count else f"{told} and {names}"


def _instead(given: Given, signature: inspect.Signature) -> str:
    """What to write instead of arguments that do not fit: many numbers for one argument are an array."""
    required = list(filter(_is_required, signature.parameters.values()))
    if len(required) != 1 or given.named or len(given.values) < 2:
        return _example(signature)
    return f"'[{', '.join(['1.0'] * len(given.values))}]'"


def _example(signature: inspect.Signature | None) -> str:
    """What to write for the arguments that a function cannot do without."""
    required = [] if signature is None else list(filter(_is_required, signature.parameters.values()))
    named = [f"{p.name}=1.0" if p.kind is not inspect.Parameter.POSITIONAL_ONLY else "1.0" for p in required]
    text = ", ".join(named) or ("1.0" if signature is None or _takes_values(signature) else "NAME=1.0")
    return f"'{text}'" if " " in text else text


def _takes_values(signature: inspect.Signature) -> bool:
    """Whether there are arguments without names."""
    return any(p.kind in (*POSITIONAL, p.VAR_POSITIONAL) for p in signature.parameters.values())


def _is_required(parameter: inspect.Parameter) -> bool:
    kinds = (*POSITIONAL, inspect.Parameter.KEYWORD_ONLY)
    return parameter.kind in kinds and parameter.default is parameter.empty
