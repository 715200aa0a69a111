"""What a gradient costs, measured, as a multiple of its function."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, NamedTuple

from ..core.python.trees import flatten, unflatten
from ..transforms.derivatives import value_and_grad
from ..transforms.recorded import as_tensor

ROUNDS = 7
ROUND_SECONDS = 5e-3
MOST_SECONDS = 1.0
"""So long one call of the function and its gradient may take, that they are timed at all."""
LEAST_SECONDS = 200e-6
"""In less time than this a function does little but call its operations: the ratio says nothing of its derivative."""
STEADY = 1.25
"""So many times the best a round in the middle may take, that the measurement is believed."""


class Cost(NamedTuple):
    """Seconds for the function, on tensors that nobody watches, and for its value and gradient.

    Attributes:
        function: of the best round.
        gradient: likewise.
        steady: the median round as a multiple of the best, of the two the larger.
    """

    function: float
    gradient: float
    steady: float = 1.0

    @property
    def ratio(self) -> float:
        """The gradient as a multiple of the function."""
        return self.gradient / self.function

    @property
    def means_something(self) -> bool:
        """Whether the function works long enough, and the rounds agree."""
        return self.function >= LEAST_SECONDS and self.steady <= STEADY


def cost(f: Callable[..., Any], args: Sequence[Any]) -> Cost | None:
    """Time ``f(*args)`` and its gradient in turns; the best of each, or ``None`` if that means nothing."""
    leaves, structure = flatten(tuple(args))
    tensors = unflatten(structure, [as_tensor(leaf) for leaf in leaves])
    gradient = value_and_grad(f, argnums=tuple(range(len(args))))
    if not args or _once(f, tensors) + _once(gradient, tensors) > MOST_SECONDS or _seconds(f, tensors) < LEAST_SECONDS:
        return None
    rounds = [(_seconds(f, tensors), _seconds(gradient, tensors)) for _ in range(ROUNDS)]
    times = list(zip(*rounds, strict=True))
    spent = Cost(min(times[0]), min(times[1]), max(median(each) / min(each) for each in times))
    return spent if spent.means_something else None


def _once(f: Callable[..., Any], args: Sequence[Any]) -> float:
    """The time of a first call, in which things may be compiled."""
    start = time.perf_counter()
    f(*args)
    return time.perf_counter() - start


def _seconds(f: Callable[..., Any], args: Sequence[Any]) -> float:
    """The mean time of a call, over as many as a round has room for."""
    calls = 0
    start = time.perf_counter()
    while True:
        f(*args)
        calls += 1
        elapsed = time.perf_counter() - start
        if elapsed >= ROUND_SECONDS:
            return elapsed / calls


def told(spent: Cost) -> list[str]:
    """The cost in words, and what it means."""
    return [
        f"value and gradient take {spent.ratio:.1f} times as long as the value",
        f"({_time(spent.gradient)}, {_time(spent.function)}; in operations it is at most about 5 times)",
    ]


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} us" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"
