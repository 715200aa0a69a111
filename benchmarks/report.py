"""The printed tables: a row a workload, with everybody's time and the ratio to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.table import Table

from .timing import Time

OURS = "wengert"
SCALES = {"us": 1e6, "ms": 1e3, "MB": 1e-6}
PEERS = ("jax", "torch", "torch.compile")

Measured = Time | float
"""A time, or bytes."""


@dataclass(frozen=True)
class Entry:
    """What a row has measured of each library."""

    workload: str
    measured: Mapping[str, Measured]


class Page(Protocol):
    """What a command prints, and what of it is a result."""

    title: str
    entries: Sequence[Entry]

    def show(self) -> None: ...


def size(value: Measured) -> float:
    """The seconds on the wall, or the bytes."""
    return value.wall if isinstance(value, Time) else value


def processor_size(value: Measured) -> float:
    """The seconds of processors, or the bytes."""
    return value.cpu if isinstance(value, Time) else value


def text(value: Measured, unit: str) -> str:
    """A number, with that of processors in parentheses."""
    scale = SCALES[unit]
    return f"{size(value) * scale:.2f}" + (f" ({value.cpu * scale:.2f})" if isinstance(value, Time) else "")


def unit_of(value: Measured) -> str:
    """That which suits a number."""
    if not isinstance(value, Time):
        return "MB"
    return "us" if value.wall < 1e-3 else "ms"


class Report:
    """Rows of measurements beside their targets."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.entries: list[Entry] = []
        self.table = Table(title=f"{title}; in parentheses: CPU time", title_justify="left")
        for name in ("workload", "wengert", "peer", "ratio", "by CPU", "at most", ""):
            self.table.add_column(name, justify="left" if name in ("workload", "peer") else "right")

    def add(self, workload: str, measured: Mapping[str, Measured], targets: Mapping[str, float]) -> None:
        """One line for each peer that was measured."""
        self.entries.append(Entry(workload, measured))
        for peer in (name for name in measured if name != OURS):
            self._add_line(workload, measured[OURS], peer, measured[peer], targets.get(peer))

    def _add_line(self, workload: str, ours: Measured, peer: str, theirs: Measured, target: float | None) -> None:
        unit, ratio = unit_of(ours), size(ours) / size(theirs)
        verdict = "" if target is None else ("met" if ratio <= target else "missed")
        self.table.add_row(
            workload,
            f"{text(ours, unit)} {unit}",
            f"{peer} {text(theirs, unit)}",
            f"{ratio:.2f}",
            f"{processor_size(ours) / processor_size(theirs):.2f}",
            "" if target is None else f"{target:.2f}",
            verdict,
        )

    def say(self, workload: str, remark: str) -> None:
        """One line with a remark instead of numbers."""
        self.table.add_row(workload, "", remark, "", "", "", "")

    def show(self) -> None:
        Console(width=130).print(self.table)


class Comparison:
    """Rows of measurements of Wengert and every peer, with the ratio to the best of these."""

    def __init__(self, title: str, peers: Sequence[str] = PEERS) -> None:
        self.title, self.peers = title, peers
        self.entries: list[Entry] = []
        self.table = Table(title=f"{title}; in parentheses: CPU time", title_justify="left")
        self.table.add_column("workload")
        for name in (OURS, *peers, "ratio", "by CPU", "at most", ""):
            self.table.add_column(name, justify="right")

    def add(self, workload: str, measured: Mapping[str, Measured], at_most: float) -> None:
        """One line; times are in ms or us, as suits Wengert's."""
        self.entries.append(Entry(workload, measured))
        unit, theirs = unit_of(measured[OURS]), [value for name, value in measured.items() if name != OURS]
        numbers = [text(measured[name], unit) if name in measured else "" for name in (OURS, *self.peers)]
        numbers[0] += f" {unit}"
        if not theirs:
            self.table.add_row(workload, *numbers, "", "", f"{at_most:.2f}", "")
            return
        ratio = size(measured[OURS]) / min(map(size, theirs))
        by_cpu = processor_size(measured[OURS]) / min(map(processor_size, theirs))
        verdict = "met" if ratio <= at_most else "missed"
        self.table.add_row(workload, *numbers, f"{ratio:.2f}", f"{by_cpu:.2f}", f"{at_most:.2f}", verdict)

    def show(self) -> None:
        Console(width=190).print(self.table)


class Remarks:
    """Lines of text beneath a table, which are made when they are shown."""

    title = ""
    entries: Sequence[Entry] = ()

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = lines

    def show(self) -> None:
        for line in self.lines:
            print(line)
