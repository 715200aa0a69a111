"""Which module is being called: `wengert.nn.Module`, and what else calls hooks around its forward computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from inspect import unwrap
from typing import Any

from ..compile.state.survey import Survey
from .parameters import name_in


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """A call of a module.

    Attributes:
        path: how the function calls the module.
        kind: the name of its class.
        outer: the call within which it was made.
    """

    path: str
    kind: str
    outer: Call | None


@contextmanager
def followed_modules(f: Callable[..., Any]) -> Iterator[list[Call]]:
    """The modules that a function finds outside and is calling, the innermost last, kept up to date within."""
    survey = Survey(unwrap(f))
    calls: list[Call] = []
    with ExitStack() as hooks:
        for found in survey.met.values():
            if _is_module(found):
                _follow(found, name_in(survey, found), calls, hooks)
        yield calls


def _is_module(found: Any) -> bool:
    return not isinstance(found, type) and hasattr(type(found), "register_forward_pre_hook")


def _follow(module: Any, path: str, calls: list[Call], hooks: ExitStack) -> None:
    def entered(*_: Any) -> None:
        calls.append(Call(path, type(module).__name__, calls[-1] if calls else None))

    def left(*_: Any) -> None:
        calls.pop()

    hooks.enter_context(module.register_forward_pre_hook(entered))
    hooks.enter_context(module.register_forward_hook(left))
