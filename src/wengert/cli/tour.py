"""``wengert tour``: derivatives whose values are known, then real handwritten digits, in both styles and compiled.

And all examples, each by its name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from .errors import Refused, with_debug

if TYPE_CHECKING:
    from rich.console import Console

    from ..tour.digits import Network
    from ..tour.examples import Example
    from ..tour.figures import Figure

DESCRIPTION = 52
"""Width of the descriptions, so that the figures of all scenarios stand below each other..."""
WIDE = 120
"""...on a screen of so many columns; a narrower one breaks lines instead."""


@click.command()
@click.argument("name", required=False)
@click.option("--list", "is_list", is_flag=True, help="List the examples, and run none.")
@click.option("--size", type=click.Choice(["full", "quick"]), default="full", help="Of examples that learn.")
@click.option("--seed", type=int, default=0, help="Of examples that draw.")
@with_debug
def tour(name: str | None, is_list: bool, size: str, seed: int) -> None:
    """Show what the package does, and that it is right.

    Eight small derivatives beside their known values; then a network that learns real handwritten digits,
    once with backward(), once with value_and_grad, and once with the whole step compiled. Takes less than a
    minute. The exit code is 1 if a figure is not as expected.

    With the NAME of an example, or of a scenario, such as c13, run that instead; pictures are saved in this folder.
    """
    from .console import console

    screen = console()
    if is_list:
        _list(screen)
    elif name is not None:
        _run(screen, name, size=size, seed=seed)
    else:
        _tour(screen)


def _list(screen: Console) -> None:
    from rich.text import Text

    from ..tour.examples import all_examples

    listed = all_examples()
    width = max(len(example.name) for example in listed)
    for example in listed:
        screen.print(Text.assemble((example.name.ljust(width), "bold"), "  ", example.title))


def _run(screen: Console, name: str, **options: Any) -> None:
    from rich.text import Text

    from ..tour.examples import named

    for example in named(name):
        screen.print(Text.assemble((example.name, "bold"), "  ", example.title))
        _run_example(example, options)


def _run_example(example: Example, options: dict[str, Any]) -> None:
    try:
        example.run(**options)
    except ModuleNotFoundError as error:
        raise Refused(
            f"[tour] {example.name} needs the package {error.name}, which is not there, wanted those of the examples; "
            "write pip install 'wengert[gallery]'"
        ) from error


def _tour(screen: Console) -> None:
    """Show all figures; the exit code says whether they are as expected."""
    from ..tour.scenarios import SCENARIOS

    start = time.perf_counter()
    shown: list[Figure] = []
    for scenario in SCENARIOS:
        shown += _show(screen, f"{scenario.number}  {scenario.title}", scenario.figures())
    shown += _digits(screen)
    wrong = sum(not figure.agrees for figure in shown)
    seconds = time.perf_counter() - start
    screen.print(f"\n{len(shown) - wrong} of {len(shown)} figures as expected, in {seconds:.1f} s")
    screen.print("wengert tour --list shows more, which wengert tour NAME runs")
    if wrong:
        click.get_current_context().exit(1)


def _show(screen: Console, heading: str, figures: Sequence[Figure]) -> Sequence[Figure]:
    """Print figures beside what was expected."""
    from rich.table import Table
    from rich.text import Text

    from ..explaining.text import short
    from .console import cross, tick

    screen.print(f"\n[bold]{heading}[/]")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(min_width=DESCRIPTION if screen.width >= WIDE else None)
    for figure in figures:
        sign = tick(screen) if figure.agrees else cross(screen)
        measured = Text.assemble((short(figure.measured), "cyan"), (f"  {figure.wanted}", "dim"))
        grid.add_row(f"  {sign}", Text(figure.what), measured)
    screen.print(grid)
    return figures


def _digits(screen: Console) -> Sequence[Figure]:
    """Train the same network in both styles, and compiled, and compare."""
    from ..datasets import load_digits
    from ..tour import digits

    train, test = load_digits().split()
    start = digits.initial_network()
    batches = digits.batches(train)
    screen.print(
        f"\n[bold]Handwritten digits[/]  {len(train.labels):,} to train, {len(test.labels)} to test, "
        f"{sum(p.size for p in start):,} parameters, {digits.EPOCHS} epochs"
    )
    first, eager = _fit(screen, "backward()", digits.fit_by_backward, start, batches)
    second, _ = _fit(screen, "value_and_grad", digits.fit_by_value_and_grad, start, batches)
    _fit(screen, "jit", digits.fit_compiled, start, batches)
    third, compiled = _fit(screen, "jit, again", digits.fit_compiled, start, batches)
    screen.print(f"  compiled as it stands, with its code in the cache: {eager / compiled:.1f} times as fast as eager")
    return _show(screen, "What was learnt", digits.figures(first, second, third, train, test))


def _fit(
    screen: Console,
    style: str,
    fit: Callable[[Network, Iterable[Any]], Network],
    start: Network,
    batches: Sequence[Any],
) -> tuple[Network, float]:
    """Train with a progress bar, and say how long it took; the network and the seconds."""
    from rich.progress import track

    began = time.perf_counter()
    bar = track(
        batches, f"  {style:16}", console=screen, transient=True, disable=not screen.is_terminal, update_period=0.1
    )
    network = fit(start, bar)
    seconds = time.perf_counter() - began
    screen.print(f"  {style:16} {len(batches):,} steps in {seconds:.2f} s")
    return network, seconds
