"""``torch.utils.benchmark``: how long statements take."""

from __future__ import annotations

import timeit
from typing import Any

__all__ = ["Measurement", "Timer"]


class Measurement:
    """Seconds a run, of several blocks of runs.

    Attributes:
        times: those of each block.
        number_per_run: how many runs a block has.
    """

    def __init__(self, times: list[float], number_per_run: int, label: str) -> None:
        self.times: list[float] = sorted(times)
        self.number_per_run = number_per_run
        self.label = label

    @property
    def mean(self) -> float:
        """Their mean."""
        return sum(self.times) / len(self.times)

    @property
    def median(self) -> float:
        """That in the middle."""
        return self.times[len(self.times) // 2]

    def __repr__(self) -> str:
        return f"{self.label}\n  {self.median * 1e6:.2f} us ({len(self.times)} blocks of {self.number_per_run} runs)"


class Timer:
    """Runs a statement again and again; see `timeit`."""

    def __init__(
        self, stmt: str = "pass", setup: str = "pass", globals: dict[str, Any] | None = None, label: str | None = None,
        sub_label: str | None = None, description: str | None = None, **_: Any,
    ) -> None:  # fmt: skip
        self._timer = timeit.Timer(stmt, setup, globals=globals or {})
        self._label = " ".join(each for each in (label or stmt, sub_label, description) if each)

    def timeit(self, number: int = 1000000) -> Measurement:
        """So many runs, as one block."""
        return Measurement([self._timer.timeit(number) / number], number, self._label)

    def blocked_autorange(self, min_run_time: float = 0.2, **_: Any) -> Measurement:
        """Blocks of runs, until so many seconds are over."""
        number, taken = self._timer.autorange()
        times = [taken / number]
        while sum(times) * number < min_run_time:
            times.append(self._timer.timeit(number) / number)
        return Measurement(times, number, self._label)
