"""The printed table: a row a workload, with each peer's time and the ratio to it."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

OURS = "wengert"
SCALES = {"us": 1e6, "ms": 1e3, "MB": 1e-6}
PEERS = ("jax", "torch", "torch.compile")


class Report:
    """Rows of measurements beside their targets."""

    def __init__(self, title: str) -> None:
        self.table = Table(title=title, title_justify="left")
        for name in ("workload", "wengert", "peer", "ratio", "at most", ""):
            self.table.add_column(name, justify="left" if name in ("workload", "peer") else "right")

    def add(self, workload: str, measured: Mapping[str, float], targets: Mapping[str, float], unit: str = "us") -> None:
        """One line for each peer that was measured."""
        scale = SCALES[unit]
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

    def say(self, workload: str, remark: str) -> None:
        """One line with a remark instead of numbers."""
        self.table.add_row(workload, "", remark, "", "", "")

    def show(self) -> None:
        Console(width=110).print(self.table)


class Comparison:
    """Rows of measurements of Wengert and every peer, with the ratio to the best of these."""

    def __init__(self, title: str) -> None:
        self.table = Table(title=title, title_justify="left")
        self.table.add_column("workload")
        for name in (OURS, *PEERS, "ratio", "at most", ""):
            self.table.add_column(name, justify="right")

    def add(self, workload: str, measured: Mapping[str, float], at_most: float, unit: str | None = None) -> None:
        """One line; times are in ms or us, as suits Wengert's."""
        unit = unit or ("us" if measured[OURS] < 1e-3 else "ms")
        peers = [value for name, value in measured.items() if name != OURS]
        ratio = measured[OURS] / min(peers) if peers else float("nan")
        numbers = [f"{measured[name] * SCALES[unit]:.2f}" if name in measured else "" for name in (OURS, *PEERS)]
        verdict = "met" if ratio <= at_most else "missed"
        numbers[0] += f" {unit}"
        self.table.add_row(workload, *numbers, f"{ratio:.2f}", f"{at_most:.2f}", verdict if peers else "")

    def show(self) -> None:
        Console(width=140).print(self.table)
