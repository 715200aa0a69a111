"""What a gradient costs, measured, as a multiple of its function."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core.trees import flatten, unflatten
from ..transforms.derivatives import value_and_grad
from ..transforms.recorded import as_tensor

ROUNDS = 7
ROUND_SECONDS = 5e-3


class Cost(NamedTuple):
    """Seconds for the function, on tensors that nobody watches, and for its value and gradient."""

    function: float
    gradient: float

    @property
    def ratio(self) -> float:
        """The gradient as a multiple of the function."""
        return self.gradient / self.function


def cost(f: Callable[..., Any], args: Sequence[Any]) -> Cost:
    """Time ``f(*args)`` and its gradient in turns, and give the best of each."""
    leaves, structure = flatten(tuple(args))
    tensors = unflatten(structure, [as_tensor(leaf) for leaf in leaves])
    gradient = value_and_grad(f, argnums=tuple(range(len(args))))
    rounds = [(_seconds(f, tensors), _seconds(gradient, tensors)) for _ in range(ROUNDS)]
    return Cost(*map(min, zip(*rounds, strict=True)))


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
