"""One line of the table: candidates that compute the same, and what is wanted of Wengert beside each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Call = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """A computation in several ways.

    Attributes:
        name: as the table has it.
        calls: Wengert's call and those of its peers; a peer may be Wengert at an easier task.
        at_most: for peers the ratio that is wanted.
        is_same: whether all give the same numbers, which is checked before anything is timed.
    """

    name: str
    calls: Mapping[str, Call]
    at_most: Mapping[str, float] = field(default_factory=dict)
    is_same: bool = True
    tolerance: float = 1e-9
