"""What ``wengert explain`` and ``explore`` are asked: a function in a file, its point, and a number of its result."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import click

from .errors import Refused, command, with_debug
from .literals import argument, joined, one_literal
from .point import along, at_point
from .target import Function, described, find_function

OF_VALUES = ("--at", "--direction", "--component", "--cotangent")
FILE = click.Path(dir_okay=False, path_type=Path)


class Asking(click.Command):
    """A command that is asked about a function; values of an option may have blanks between them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, joined(args, OF_VALUES))
        except click.UsageError as error:
            options = [option for parameter in self.params for option in parameter.opts if option.startswith("--")]
            files = [p.opts[0] for p in self.params if isinstance(p.type, click.Path)]
            raise _refused(error, options, files) from None


def _refused(error: click.UsageError, options: Sequence[str], files: Sequence[str]) -> Refused:
    """What is wrong in the words of the command line, and what to write instead."""
    if isinstance(error, click.NoSuchOption):
        near = get_close_matches(error.option_name, options, n=1) or options
        return Refused(
            f"[{command()}] there is no option {error.option_name}, wanted one of {', '.join(options)}; "
            f"write {' or '.join(near)}"
        )
    told = error.format_message().rstrip(".")
    if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter):
        named = files[-1]
        return Refused(
            f"[{command()}] {told}, wanted the name of a file; write {named} picture.{named.removeprefix('--')}"
        )
    return Refused(
        f"[{command()}] {told}, wanted a function and its point; "
        f"write wengert {command()} FILE.py:FUNCTION --at 2.0,5.0"
    )


OPTIONS = (
    click.argument("target", metavar="FILE.py:FUNCTION"),
    click.option("--at", "at", metavar="VALUES", help="The arguments: 2.0,5.0 or x=2.0,y=5.0; a list is an array."),
    click.option(
        "--direction", metavar="VALUES", help="The tangent of the arguments; by default the first unit vector."
    ),
    click.option("--component", metavar="INDEX", help="Explain one element of the result: 1, or 0,1 of a matrix."),
    click.option("--cotangent", metavar="VALUES", help="Explain a weighted sum of the result: 1,0,-1 are the weights."),
)


class Question(NamedTuple):
    """A function with one number as its result, and where it is looked at.

    Attributes:
        f: the function; what it raises is an error that says where.
        args: its arguments, by place.
        direction: their tangent; ``None`` for the first unit vector.
    """

    f: Function
    args: list[Any]
    direction: tuple[Any, ...] | None


def asked(body: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a question, which it is given as its first argument, and ``--debug``."""

    @functools.wraps(body)
    def with_question(
        target: str,
        at: str | None,
        direction: str | None,
        component: str | None,
        cotangent: str | None,
        **others: Any,
    ) -> Any:
        return body(_question(target, at, direction, component, cotangent), **others)

    return functools.reduce(lambda found, option: option(found), reversed(OPTIONS), with_debug(with_question))


def _question(
    target: str, at: str | None, direction: str | None, component: str | None, cotangent: str | None
) -> Question:
    from ..explaining.component import scalar_of

    file, _, name = target.rpartition(":")
    f, args = at_point(find_function(target), name, target, at)
    f = scalar_of(
        _teaching(f, name, Path(file)),
        None if component is None else one_literal(component, "--component"),
        None if cotangent is None else _weights(cotangent),
    )
    return Question(f, args, along(f, direction, args))


def _weights(text: str) -> Any:
    """A cotangent: numbers with commas between them are those of an array."""
    given = one_literal(text, "--cotangent")
    is_array = isinstance(given, tuple) and all(isinstance(value, (int, float)) for value in given)
    return argument(list(given) if is_array else given, "--cotangent")


def _teaching(f: Function, name: str, path: Path) -> Function:
    """The function; what it raises becomes an error that says where and at which point."""

    @functools.wraps(f)
    def call(*args: Any) -> Any:
        try:
            return f(*args)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise Refused(
                f"[{command()}] {name} raised {described(error, path)}, wanted a value at the point given; "
                "write another --at, or --debug for the traceback"
            ) from error

    return call
