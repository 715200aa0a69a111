"""Results in a file, with command, machine, versions, commit and day; and two such files beside each other."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from wengert.core.python.files import write_whole

from .report import OURS, Measured, Page, processor_size, text, unit_of
from .timing import Time

PACKAGES = ("wengert", "numpy", "scipy", "llvmlite", "jax", "torch", "autograd")
LEAST_CHANGE = 0.05
"""Changes below are noise even where no noise was seen."""

LEAST = 1e-12
"""Seconds; a clock that has not moved is taken for this."""

Key = tuple[str, str]
"""The table's title and the workload."""
Row = Mapping[str, Measured]


def write(path: Path, pages: Iterable[Page], command: str) -> None:
    """All results, or, if something goes wrong, the file as it was."""
    day = date.today().isoformat()
    origin = {"command": command, "machine": machine(), "versions": dict(versions()), "commit": commit(), "date": day}
    result = {**origin, "tables": [_table(page) for page in pages if page.entries]}
    write_whole(path, json.dumps(result, indent=1).encode())


def _table(page: Page) -> Mapping[str, Any]:
    rows = [
        {"workload": entry.workload, "measured": {name: _told(value) for name, value in entry.measured.items()}}
        for entry in page.entries
    ]
    return {"title": page.title, "rows": rows}


def _told(value: Measured) -> Mapping[str, float]:
    return asdict(value) if isinstance(value, Time) else {"bytes": value}


def machine() -> Mapping[str, Any]:
    """The processor, how many there are, and the system."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    """By its name, which Python does not know on Linux."""
    told = Path("/proc/cpuinfo")
    names = [line for line in told.read_text().splitlines() if line.startswith("model name")] if told.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor()


def versions() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def commit() -> str:
    """That of the sources; with a plus if they have been changed since."""
    root = Path(__file__).parents[1]
    try:
        told = [_git(root, *words) for words in (("rev-parse", "HEAD"), ("status", "--porcelain"))]
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told[0] + ("+" if told[1] else "")


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


# -- two files -------------------------------------------------------------------------------------


def read(path: Path) -> dict[Key, Row]:
    """The rows of a file."""
    return {
        (table["title"], row["workload"]): {name: _measured(told) for name, told in row["measured"].items()}
        for table in json.loads(path.read_text())["tables"]
        for row in table["rows"]
    }


def _measured(told: Mapping[str, float]) -> Measured:
    return told["bytes"] if "bytes" in told else Time(**told)


@dataclass(frozen=True)
class Change:
    """What became of a row.

    Attributes:
        before, after: Wengert's numbers.
        peers: how the peers', which nobody has touched, have changed: the median, 1 if there are none.
        noise: the part by which it may be off.
    """

    before: Measured
    after: Measured
    peers: float
    noise: float

    @property
    def ratio(self) -> float:
        return _ratio(self.before, self.after)

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` if Wengert's change is beyond that of the peers and of noise."""
        own, limit = self.ratio / self.peers, 1 + max(LEAST_CHANGE, self.noise)
        return "worse" if own > limit else "better" if own < 1 / limit else ""


def change(before: Row, after: Row) -> Change:
    """Of one row from a file to another."""
    peers = [_ratio(before[name], after[name]) for name in before if name in after and name != OURS]
    values = [*before.values(), *after.values()]
    noise = max((value.noise for value in values if isinstance(value, Time)), default=0.0)
    return Change(before[OURS], after[OURS], statistics.median(peers or [1.0]), noise)


def _ratio(before: Measured, after: Measured) -> float:
    """Of processors' times, which a loaded machine changes least, or of bytes."""
    return processor_size(after) / max(processor_size(before), LEAST)


def compare(first: Path, second: Path) -> None:
    """Print the rows that both files have, with a mark where Wengert's numbers have changed beyond noise."""
    before, after = read(first), read(second)
    table = Table(title=f"{first} and {second}; by CPU time, in parentheses", title_justify="left")
    for name in ("workload", "before", "after", "ratio", "that of peers", ""):
        table.add_column(name, justify="left" if name == "workload" else "right")
    both = [key for key in before if key in after]
    for title in dict.fromkeys(title for title, _ in both):
        table.add_section()
        table.add_row(title)
        for key in (key for key in both if key[0] == title):
            table.add_row(f"  {key[1]}", *_line(change(before[key], after[key])))
    console = Console(width=150)
    console.print(table)
    for path, alone in ((first, before.keys() - after.keys()), (second, after.keys() - before.keys())):
        for _, workload in sorted(alone):
            console.print(f"in {path} alone: {workload}")


def _line(found: Change) -> tuple[str, ...]:
    unit = unit_of(found.before)
    numbers = (f"{text(value, unit)} {unit}" for value in (found.before, found.after))
    return *numbers, f"{found.ratio:.2f}", f"{found.peers:.2f}", found.verdict
