"""Arguments in the command line: what one writes between the brackets of a call, in numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from .errors import Refused, command

OPEN = tuple(",[({:=")
"""What a text that goes on after a blank ends with."""


@dataclass(frozen=True, slots=True)
class Given:
    """Arguments by place and by name, as literals."""

    values: list[Any] = field(default_factory=list)
    named: dict[str, Any] = field(default_factory=dict)

    @property
    def is_one_list(self) -> bool:
        """Whether it is a list: of all arguments, or an array."""
        return not self.named and len(self.values) == 1 and isinstance(self.values[0], list)


def literals(text: str, option: str) -> Given:
    """Read ``2.0, 5.0`` or ``x=2.0, y=[1.0, 2.0]``.

    Raises:
        Refused: it is anything else than literals.
    """
    try:
        call = ast.parse(f"f({text.strip()})", mode="eval").body
        if not isinstance(call, ast.Call) or any(keyword.arg is None for keyword in call.keywords):
            raise ValueError("not the arguments of a call")
        named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        return Given([ast.literal_eval(value) for value in call.args], named)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError) as error:
        raise Refused(
            f"[{command()}] {option} {text!r} is not made of Python literals, wanted numbers and lists of numbers; "
            f"write {option} 2.0,5.0 for two numbers, {option} '[[1.0, 2.0]]' for one array"
        ) from error


def argument(value: Any, option: str) -> Any:
    """A literal as a floating argument: a list is an array, a dict or tuple holds arguments.

    Raises:
        Refused: it has something else than numbers in it.
    """
    if isinstance(value, dict):
        return {key: argument(v, option) for key, v in value.items()}
    if isinstance(value, tuple):
        return tuple(argument(v, option) for v in value)
    array = _array(value)
    if array is None or array.dtype.kind not in "biufc":
        raise Refused(
            f"[{command()}] {option} has the argument {_shown(value)}, wanted numbers, or lists of numbers of one "
            "length; write [[1.0, 2.0], [3.0, 4.0]] for a matrix"
        )
    floating = array if array.dtype.kind == "c" else array.astype(numpy.float64)
    return floating if isinstance(value, list) else floating.item()


def _array(value: Any) -> numpy.ndarray | None:
    """The value as an array, or ``None`` if it is ragged or too large a number."""
    try:
        return numpy.asarray(value)
    except (ValueError, OverflowError):
        return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def one_literal(text: str, option: str) -> Any:
    """A literal; several with commas between them are a tuple.

    Raises:
        Refused: it is anything else.
    """
    given = literals(text, option)
    if given.named or not given.values:
        raise Refused(
            f"[{command()}] {option} {text!r} names something or nothing, wanted numbers; "
            f"write {option} 1 or {option} 0,1"
        )
    return given.values[0] if len(given.values) == 1 else tuple(given.values)


def joined(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """A command line in which the values of some options are one word each, however many blanks they had.

    ``--at 2.0 5.0`` and ``--at [2.0, 5.0]`` become ``--at 2.0,5.0`` and ``--at [2.0, 5.0]``; an option that is given
    again adds to what it had.
    """
    found: list[str] = []
    waiting = list(words)
    texts: dict[str, str] = {}
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if name not in options:
            found.append(word)
            continue
        values = [value] if equals else []
        while waiting and (not values or _goes_on(waiting[0])):
            values.append(waiting.pop(0))
        if values:
            texts[name] = _one_text([texts[name], *values] if name in texts else values)
        else:
            found.append(word)
    return [*(part for pair in texts.items() for part in pair), *found]


def _goes_on(word: str) -> bool:
    """Whether a word belongs to the values before it: no option, and no file."""
    return not word.startswith("--") and word != "-h" and re.search(r"\w:[A-Za-z_]", word) is None


def _one_text(values: Sequence[str]) -> str:
    text = ""
    for value in values:
        separator = "" if not text else " " if text.endswith(OPEN) else ", "
        text += separator + value
    return text
