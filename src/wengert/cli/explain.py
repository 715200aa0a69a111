"""``wengert explain``: the list of a function at a point, with its three traces."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .errors import Refused, one_line, with_debug
from .files import write_whole
from .silence import silence
from .target import Function, described, find_function, read_arguments, require_fitting

if TYPE_CHECKING:
    from rich.table import Table

    from ..explaining import Explanation

DRAWING = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("target", metavar="FILE.py:FUNCTION")
@click.option("--at", "at", metavar="LIST", help="The arguments, as '[2.0, 5.0]'; a list within is an array.")
@click.option("--direction", metavar="LIST", help="The tangent of the arguments; by default the first unit vector.")
@click.option("--dot", type=DRAWING, help="Write the graph in the DOT language.")
@click.option("--svg", type=DRAWING, help="Draw the graph as SVG.")
@with_debug
def explain(target: str, at: str | None, direction: str | None, dot: Path | None, svg: Path | None) -> None:
    """Print the list of a function at a point, as textbooks do.

    One row for each operation: what was computed (the primal trace), its derivative along a direction (the
    tangent trace), and the derivative of the result with respect to it (the adjoint trace).

    The exit code is 1 if the check fails.

    \b
    wengert explain model.py:loss --at '[2.0, 5.0]' --svg loss.svg
    """
    from .. import explain as explanation_of
    from .console import console

    f = find_function(target)
    args = _arguments(f, target, at)
    along = None if direction is None else tuple(read_arguments(direction, "--direction"))
    name, path = target.rpartition(":")[2], Path(target.rpartition(":")[0])
    explanation = explanation_of(_teaching(f, name, path), *args, direction=along)
    drawings = [
        (path, draw(), option)
        for path, draw, option in ((dot, explanation.dot, "--dot"), (svg, explanation.svg, "--svg"))
        if path is not None
    ]
    confirmed, checked = _check(f, args)
    screen = console()
    screen.print(_table(explanation))
    screen.print(_facts(f, args, explanation, checked))
    for path, text, option in drawings:
        write_whole(path, text, option)
        click.echo(f"wrote {path}")
    if not confirmed:
        click.get_current_context().exit(1)


def _arguments(f: Function, target: str, at: str | None) -> list[Any]:
    if at is None:
        raise Refused(
            "[explain] no point was given, wanted the arguments of the function; "
            f"write wengert explain {target} --at '[2.0, 5.0]'"
        )
    args = read_arguments(at, "--at")
    require_fitting(f, target.rpartition(":")[2], args)
    return args


def _teaching(f: Function, name: str, path: Path) -> Function:
    """The function; what it raises becomes an error that says where and at which point."""

    @functools.wraps(f)
    def call(*args: Any) -> Any:
        try:
            return f(*args)
        except Exception as error:
            raise Refused(
                f"[explain] {name} raised {described(error, path)}, wanted a value at the point given; "
                "write another --at, or --debug for the traceback"
            ) from error

    return call


def _table(explanation: Explanation) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    inputs = explanation.trace.inputs
    rows = explanation.rows()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Primal trace", style="bold")
    table.add_column("Tangent trace", style="cyan")
    table.add_column("Adjoint trace (read upwards)", style="yellow")
    for i, row in enumerate(rows):
        table.add_row(*map(Text, row), end_section=i + 1 in (inputs, len(rows) - 1))
    return table


def _facts(f: Function, args: Sequence[Any], explanation: Explanation, checked: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    from ..explaining.cost import cost
    from ..explaining.text import short

    with silence():
        spent = cost(f, args)
    facts = {
        "value": short(explanation.value),
        "gradient": explanation.gradient_text,
        "along direction": short(explanation.slope),
        "check": checked,
        "operations": str(len(explanation.trace.operations)),
        "cost": f"the gradient took {spent.ratio:.1f} times the function "
        f"({_time(spent.gradient)} against {_time(spent.function)})",
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    for name, text in facts.items():
        grid.add_row(name, Text(text))
    return grid


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} us" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"


def _check(f: Function, args: Sequence[Any]) -> tuple[bool, str]:
    """Whether the gradient is confirmed by differences and both modes agree, and what to say of it."""
    from .. import GradientError, check

    try:
        with silence():
            report = check(f, *args, order=1)
    except GradientError as error:
        return False, f"failed: {one_line(error)}"
    return True, f"passed {len(report.rows)} tests: both modes agree with each other and with differences"
