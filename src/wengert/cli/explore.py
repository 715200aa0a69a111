"""``wengert explore``: a page in the browser that walks through a function and its derivative."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .files import write_file
from .question import FILE, Asking, Question, asked

if TYPE_CHECKING:
    from ..explaining.explorer import Exploration


@click.command(cls=Asking)
@asked
@click.option("--html", type=FILE, help="Write the page to one file that needs nothing else, and serve nothing.")
@click.option("--browser/--no-browser", default=True, help="Whether to open the page.")
def explore(question: Question, html: Path | None, browser: bool) -> None:
    """Walk through a function and its derivative in the browser.

    The page shows the list beside the source, the graph, each step forward and backward, the rules with their
    formulas, and the compiled program with what each pass made of it; sliders move the arguments. It is served on
    this machine alone, at an address that holds a secret, until it is interrupted (Ctrl-C).

    \b
    wengert explore model.py:loss --at 2.0,5.0
    wengert explore model.py:loss --at 2.0,5.0 --html loss.html
    """
    from ..explaining.explorer import Exploration

    with Exploration(*question) as exploration:
        if html is None:
            _serve(exploration, browser)
        else:
            write_file(html, exploration.html(), "--html")
            click.echo(f"wrote {html}")


def _serve(exploration: Exploration, browser: bool) -> None:
    """Serve the page until it is interrupted."""
    click.echo(f"{exploration.url} (Ctrl-C ends it)")
    if browser:
        webbrowser.open(exploration.url)
    try:
        exploration.wait()
    except KeyboardInterrupt:
        click.echo()
