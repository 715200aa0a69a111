"""``torch.utils.checkpoint``: parts of a computation that are run again instead of kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert as wg

__all__ = ["checkpoint", "checkpoint_sequential"]


def checkpoint(
    function: Callable[..., Any], *args: Any, use_reentrant: bool | None = None, preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:  # fmt: skip
    """The result of a function, of which nothing is kept but its arguments (see `wengert.checkpoint`).

    >>> from wengert import torch
    >>> x = torch.tensor(1.0, requires_grad=True)
    >>> torch.utils.checkpoint.checkpoint(torch.exp, x, use_reentrant=False).backward()
    >>> x.grad
    tensor(2.7183)
    """
    return wg.checkpoint(lambda *given: function(*given, **kwargs))(*args)


def checkpoint_sequential(functions: Any, segments: int, input: Any, **_: Any) -> Any:
    """What layers one after another give, of which only the inputs of `segments` parts are kept."""
    layers = list(functions)
    length = max(len(layers) // segments, 1)
    for start in range(0, len(layers), length):
        part = layers[start : start + length]

        def run(x: Any, part: Any = part) -> Any:
            for layer in part:
                x = layer(x)
            return x

        input = checkpoint(run, input)
    return input
