"""The command line: ``wengert explain`` and ``wengert tour``."""

from __future__ import annotations

import click

from .. import __version__
from .explain import explain
from .tour import tour

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wengert")
def main() -> None:
    """Automatic differentiation of ordinary Python.

    Derivatives of functions written with wengert.numpy: see how they come about (explain), and what the
    package does (tour).
    """


main.add_command(explain)
main.add_command(tour)
