"""``wengert explain``: the list of a function at a point, with its three traces."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy

from .errors import one_line
from .files import write_file
from .question import FILE, Asking, Question, asked
from .silence import silence
from .target import Function

if TYPE_CHECKING:
    from ..explaining import Explanation
    from ..explaining.rows import Facts

NARROWEST = 40
ROUNDING = 1e-9
STYLES = ("bold", "cyan", "yellow")
"""Of the three traces on a terminal."""
NOTE = "dim"


@click.command(cls=Asking)
@asked
@click.option("--dot", type=FILE, help="Write the graph in the DOT language.")
@click.option("--svg", type=FILE, help="Draw the graph as SVG.")
def explain(question: Question, dot: Path | None, svg: Path | None) -> None:
    """Print the list of a function at a point, as textbooks do.

    One row for each operation: what was computed (the primal trace), its derivative along a direction (the
    tangent trace), and the derivative of the result with respect to it (the adjoint trace). Compiled functions
    are opened; what repeats itself is shown once, with what each turn carries.

    FUNCTION may be a method, as Model.loss, of a class that is made without arguments or of an object in the file.

    The exit code is 1 if the check fails.

    \b
    wengert explain model.py:loss --at 2.0,5.0 --svg loss.svg
    wengert explain model.py:Model.predict --at x='[1.0, 2.0]' --component 1
    """
    from .. import explain as explanation_of

    f, args, direction = question
    explanation = explanation_of(f, *args, direction=direction)
    drawings = [
        (path, draw(), option)
        for path, draw, option in ((dot, explanation.dot, "--dot"), (svg, explanation.svg, "--svg"))
        if path is not None
    ]
    confirmed, checked = _check(f, args, explanation.value)
    _print(explanation, _facts(f, args, explanation, checked))
    for path, text, option in drawings:
        write_file(path, text, option)
        click.echo(f"wrote {path}")
    if not confirmed:
        click.get_current_context().exit(1)


def _print(explanation: Explanation, facts: Facts) -> None:
    """The tables and the facts; on a terminal in colours."""
    from .console import console

    screen = console()
    width = max(shutil.get_terminal_size().columns, NARROWEST)
    text = explanation.text(width, facts)
    if not screen.is_terminal:
        click.echo(text)
        return
    screen.print(_coloured(explanation, width, text), soft_wrap=True)


def _coloured(explanation: Explanation, width: int, text: str) -> Any:
    """The text with a colour for each trace, where the columns of the tables are."""
    from rich.text import Text

    coloured = Text()
    for table in explanation.tables(width):
        styles = STYLES[-1:] if len(table.headings) == 1 else STYLES
        for line in table.lines():
            is_note = len(line) < len(table.headings)
            for i, cell in enumerate(line):
                is_last = i + 1 == len(line)
                coloured.append(cell.rstrip() if is_last else f"{cell}  ", NOTE if is_note else styles[i])
            coloured.append("\n")
        coloured.append("\n")
    return coloured.append(text.rpartition("\n\n")[2])


def _facts(f: Function, args: Sequence[Any], explanation: Explanation, checked: str) -> Facts:
    from ..explaining.cost import cost, told
    from ..explaining.text import short

    with silence():
        spent = cost(f, args)
    facts = {**explanation.facts(), "along direction": [short(explanation.slope)], "check": [checked]}
    return facts if spent is None else {**facts, "cost": told(spent)}


def _check(f: Function, args: Sequence[Any], value: float) -> tuple[bool, str]:
    """Whether the gradient is confirmed by differences and both modes agree, and what to say of it."""
    from .. import GradientError, check
    from ..core.python.trees import flatten
    from ..transforms.recorded import as_tensor

    if not args:
        return True, "not made: there are no arguments to move"
    if not all(numpy.isfinite(leaf).all() for leaf in flatten(tuple(args))[0]):
        return True, "not made: the point is not finite"
    try:
        with silence():
            if not _is_same(as_tensor(f(*args)).item(), value):
                return True, "not made: it writes what it reads, so that calls differ"
            report = check(f, *args, order=1)
    except GradientError as error:
        return False, f"failed: {one_line(error)}"
    return True, f"passed {len(report.rows)} tests: both modes and differences agree"


def _is_same(value: float, other: float) -> bool:
    """Whether two calls gave the same, but for the rounding of compiled code."""
    return math.isclose(value, other, rel_tol=ROUNDING) or (math.isnan(value) and math.isnan(other))
