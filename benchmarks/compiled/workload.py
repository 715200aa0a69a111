"""One computation in each library: the results are compared before anything is timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy

from ..report import OURS

Call = Callable[[], Any]
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]
STEPS = 3
"""Calls whose last result is compared: those of a training step differ from one to the next."""


@dataclass(frozen=True)
class Workload:
    """A computation, and what is wanted of it.

    Attributes:
        name: as the table has it.
        at_most: the ratio to the best peer that is wanted.
        wengert: gives the call to time.
        jax: gives the call to time, which waits for its results.
        torch: gives the call to time, with its function wrapped: by ``torch.compile``, or as it is.
        tolerance: of the results, relative to the largest number of an array.
    """

    name: str
    at_most: float
    wengert: Callable[[], Call]
    jax: Callable[[], Call] | None
    torch: Callable[[Wrap], Call] | None
    tolerance: float

    def calls(self, *, torch_compile: bool = False) -> dict[str, Call]:
        """The call of each library that is installed."""
        made = {OURS: self.wengert()}
        if self.jax is not None and find_spec("jax"):
            import jax

            jax.config.update("jax_enable_x64", True)
            made["jax"] = self.jax()
        if self.torch is not None and find_spec("torch"):
            made["torch"] = self.torch(as_it_is)
            if torch_compile:
                import torch

                made["torch.compile"] = self.torch(torch.compile)
        return made


def as_it_is(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that nothing is wrapped around."""
    return f


def check_equal(calls: Mapping[str, Call], tolerance: float) -> None:
    """Every library's results are those of Wengert."""
    results = {name: [_arrays(call()) for _ in range(STEPS)][-1] for name, call in calls.items()}
    for name, found in results.items():
        for ours, theirs in zip(results[OURS], found, strict=True):
            if ours.dtype != theirs.dtype:
                raise TypeError(f"[benchmarks] {name} computes in {theirs.dtype}, Wengert in {ours.dtype}")
            size = abs(theirs).max(initial=0)
            numpy.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * size, err_msg=name)


def _arrays(result: Any) -> list[numpy.ndarray]:
    return list(_flat(result))


def _flat(result: Any) -> Iterator[numpy.ndarray]:
    """The arrays of nested tuples and lists."""
    if isinstance(result, (tuple, list)):
        for part in result:
            yield from _flat(part)
    else:
        result = result.detach() if hasattr(result, "detach") else result
        yield numpy.asarray(result.numpy() if hasattr(result, "numpy") else result)
