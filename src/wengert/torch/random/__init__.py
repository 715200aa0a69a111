"""``torch.random``: the generator that is drawn from, and PyTorch's numbers on a CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .mersenne import (
    default_generator as default_generator,
    initial_seed as initial_seed,
    manual_seed as manual_seed,
    seed as seed,
)

__all__ = [
    "default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state",
]  # fmt: skip


def get_rng_state() -> Any:
    """What is about to be drawn without a generator, as something that `set_rng_state` takes."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Draw again, without a generator, what was drawn from a state on.

    >>> from wengert import torch
    >>> state = torch.get_rng_state()
    >>> first = torch.rand(2)
    >>> torch.set_rng_state(state)
    >>> torch.equal(torch.rand(2), first)
    True
    """
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = (), enabled: bool = True, **_: Any) -> Iterator[None]:
    """Draw within a ``with`` block without what is drawn after it changing."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)
