"""The terminal: as wide as the text needs where there is none, and plain signs where it knows no others."""

from __future__ import annotations

import sys

from rich.console import Console

WIDEST = 400


def console() -> Console:
    """A console on standard output, which does not break lines if that is a file or a pipe."""
    screen = Console(file=sys.stdout, highlight=False)
    return screen if screen.is_terminal else Console(file=sys.stdout, highlight=False, width=WIDEST)


def tick(screen: Console) -> str:
    return "[green]✓[/]" if _knows(screen, "✓") else "[green]ok[/]"


def cross(screen: Console) -> str:
    return "[bold red]✗[/]" if _knows(screen, "✗") else "[bold red]NO[/]"


def _knows(screen: Console, sign: str) -> bool:
    try:
        sign.encode(screen.encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
