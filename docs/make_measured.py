"""Writes docs/measured.md: the results that are kept in benchmarks/measured, as tables.

Run it as ``python -m docs.make_measured`` after ``python -m benchmarks NAME --json benchmarks/measured/NAME.json``;
a test says when it is out of date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from benchmarks.report import OURS, SCALES, Measured, processor_size, unit_of
from benchmarks.results import Key, Row, read

PAGE = Path(__file__).parent / "measured.md"
RESULTS = Path(__file__).parents[1] / "benchmarks" / "measured"

HEADER = """\
# Measurements

Written by `python -m docs.make_measured` from the results in `benchmarks/measured`, each row as it came out, good or
bad. Wengert and the others took turns on one machine, which did other work as well. A time is that of the processors,
the best of several turns; the *ratio* is Wengert's time over the least of the others', so that below 1 Wengert is
quicker. With `--quick` there are few turns: differences of a tenth or two mean nothing. [How to measure on your
machine](benchmarks.md).
"""


def render() -> str:
    """The page."""
    return "\n".join([HEADER, *(line for path in sorted(RESULTS.glob("*.json")) for line in section(path))])


def section(path: Path) -> Iterator[str]:
    """What one command measured, and where."""
    origin = json.loads(path.read_text())
    machine, versions = origin["machine"], origin["versions"]
    yield f"## {path.stem.capitalize()}\n"
    yield f"`{origin['command']}`, {origin['date']}, commit `{origin['commit'][:12]}`:"
    yield f"{machine['processor']}, {machine['cores']} cores, OMP_NUM_THREADS={machine['threads'] or '(not set)'},"
    yield f"{machine['system']}, Python {machine['python']},"
    yield ", ".join(f"{name} {version}" for name, version in versions.items()) + ".\n"
    for title, rows in groupby(read(path).items(), key=lambda item: item[0][0]):
        yield from table(title, list(rows))


def table(title: str, rows: list[tuple[Key, Row]]) -> Iterator[str]:
    """One of the tables that it printed."""
    yield f"{title}:\n"
    yield "| workload | Wengert | quickest other | ratio |"
    yield "|---|---|---|---|"
    for (_, workload), row in rows:
        yield f"| {workload.replace('|', chr(92) + '|')} | {' | '.join(cells(row))} |"
    yield ""


def cells(row: Row) -> tuple[str, str, str]:
    """Wengert's number, the least of the others', and the ratio; empty where there is no other."""
    ours, others = row[OURS], {name: value for name, value in row.items() if name != OURS}
    if not others:
        return told(ours), "", ""
    best = min(others, key=lambda name: processor_size(others[name]))
    ratio = processor_size(ours) / processor_size(others[best])
    return told(ours), f"{best} {told(others[best])}", f"{ratio:.2f}"


def told(value: Measured) -> str:
    """A number in the unit that suits it."""
    unit = unit_of(value)
    return f"{processor_size(value) * SCALES[unit]:.2f} {unit}"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
