"""The printed table: a row a workload, with each peer's time and the ratio to it."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

OURS = "wengert"


class Report:
    """Rows of measurements beside their targets."""

    def __init__(self, title: str) -> None:
        self.table = Table(title=title, title_justify="left")
        for name in ("workload", "wengert", "peer", "ratio", "at most", ""):
            self.table.add_column(name, justify="left" if name in ("workload", "peer") else "right")

    def add(self, workload: str, measured: Mapping[str, float], targets: Mapping[str, float], unit: str = "us") -> None:
        """One line for each peer that was measured."""
        scale = {"us": 1e6, "ms": 1e3, "MB": 1e-6}[unit]
        ours = measured[OURS]
        for peer, value in measured.items():
            if peer == OURS:
                continue
            ratio = ours / value
            target = targets.get(peer)
            verdict = "" if target is None else ("met" if ratio <= target else "missed")
            self.table.add_row(
                workload,
                f"{ours * scale:.2f} {unit}",
                f"{peer} {value * scale:.2f} {unit}",
                f"{ratio:.2f}",
                "" if target is None else f"{target:.2f}",
                verdict,
            )

    def show(self) -> None:
        Console(width=110).print(self.table)
