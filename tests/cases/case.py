"""One row of a table: a function, how to make its arguments, and what holds of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

REAL = ("float32", "float64")
COMPLEX = ("complex64", "complex128")
EVERY = REAL + COMPLEX

Maker = Callable[[numpy.random.Generator, numpy.dtype], Any]


@dataclass(frozen=True)
class Case:
    """A function of arrays, tested by every law of `tests/test_laws.py`.

    Attributes:
        name: unique within its family.
        function: from `wengert.numpy` (or `scipy`), with static parameters bound.
        arguments: for each array argument a maker, as those below.
        reference: the NumPy (or SciPy) function with the same parameters; ``None`` if there is none.
        dtypes: in which it is tested.
        order: up to which order it has derivatives here: 0 (none), 1 or 2.
        batched: whether `vmap` of it is tested.
        tolerance: relative tolerance of values, times the dtype's default; say why if not 1.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Maker, ...]
    reference: Callable[..., Any] | None = None
    dtypes: tuple[str, ...] = REAL
    order: int = 2
    batched: bool = True
    tolerance: float = 1.0


def uniform(shape: tuple[int, ...], low: float = -1.0, high: float = 1.0) -> Maker:
    """Numbers in an interval (for a complex dtype: both parts), none of them at a kink or flat point."""

    def make(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
        values = rng.uniform(low, high, shape)
        if dtype.kind == "c":
            values = values + 1j * rng.uniform(low, high, shape)
        return numpy.asarray(values, dtype)

    return make


def apart(shape: tuple[int, ...], low: float = -1.0, high: float = 1.0) -> Maker:
    """Distinct numbers in random order, evenly apart: for sorting, extremes and comparisons."""

    def make(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
        size = int(numpy.prod(shape))
        steps = numpy.linspace(low, high, size + 2)[1:-1] + rng.uniform(-0.2, 0.2) * (high - low) / (size + 1)
        return rng.permutation(steps).reshape(shape).astype(dtype)

    return make


def fixed(value: Any) -> Maker:
    """A given array, in the dtype under test."""
    return lambda rng, dtype: numpy.asarray(value, dtype)


def positive_definite(shape: tuple[int, ...]) -> Maker:
    """Symmetric (Hermitian) matrices with eigenvalues well above zero."""

    def make(rng: numpy.random.Generator, dtype: numpy.dtype) -> Any:
        x = uniform(shape)(rng, dtype)
        eye = numpy.eye(shape[-1], dtype=dtype)
        return (x @ numpy.conj(numpy.swapaxes(x, -1, -2)) + shape[-1] * eye).astype(dtype)

    return make
