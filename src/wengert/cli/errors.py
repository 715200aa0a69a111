"""Errors in one line, with exit code 2; the traceback only when asked for."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import Any

import click


class Refused(click.ClickException):
    """What was given cannot be done; the message says what to write instead."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True, file=file)


def command() -> str:
    """The command that is run, by which its messages begin."""
    context = click.get_current_context(silent=True)
    return "explain" if context is None or context.info_name is None else context.info_name


def one_line(error: BaseException) -> str:
    """The text of an error, without its line breaks."""
    return " ".join(str(error).split())


def with_debug(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option ``--debug``, and turn each exception into one line, that of a user's code included."""

    @click.option("--debug", is_flag=True, help="Print the traceback of an error.")
    @functools.wraps(command)
    def guarded(*args: Any, debug: bool, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (click.exceptions.Exit, click.Abort, click.UsageError, KeyboardInterrupt, BrokenPipeError):
            raise
        except BaseException as error:
            if debug:
                click.echo(traceback.format_exc().rstrip(), err=True)
            raise error if isinstance(error, Refused) else Refused(_message(error, command.__name__)) from error

    return guarded


def _message(error: BaseException, command: str) -> str:
    """The message of the library as it is; any other with the name of its kind."""
    text = one_line(error)
    if text.startswith("["):
        return text
    return (
        f"[{command}] {type(error).__name__}: {text}, wanted a run without an error; "
        "write --debug for the traceback, which says where it happened"
    )
