"""A determinant by expansion of minors, each as often as the recursion meets it, and its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library


@cache
def columns(length: int) -> tuple[numpy.ndarray, ...]:
    """For the minors of 1, 2, ... rows: the columns of each, (rows, minors); those without the first come first."""
    left = numpy.arange(length)[:, None]
    tables = [left]
    while len(left) > 1:
        left = numpy.concatenate([numpy.delete(left, taken, axis=0) for taken in range(len(left))], axis=1)
        tables.append(left)
    return tuple(reversed(tables))


def determinant(library: Library, given: Input) -> Function:
    """From the last row to the first: all minors of as many rows as have been met."""
    m, length = library.numpy, given["ell"]
    tables = columns(length)
    signs = [library.tensor((-1.0) ** numpy.arange(size)[:, None]) for size in range(1, length + 1)]

    def f(flat: Any) -> Any:
        rows = flat.reshape(length, length)
        minors = m.ones_like(flat[:1])
        for size, table in enumerate(tables, 1):
            below = minors.reshape(size, -1)
            minors = m.sum(rows[length - size][table] * signs[size - 1] * below, axis=0)
        return minors[0]

    return f


def cases() -> Iterator[Case]:
    rng = numpy.random.default_rng(31337)
    for length in (5, 7, 9):
        yield Case(f"l={length}", {"A": rng.random(length * length), "ell": length}, is_quick=length == 5)


EVAL = Eval(
    name="det",
    functions={
        "primal": determinant,
        "gradient": lambda library, given: library.grad(determinant(library, given)),
    },
    arrays=lambda given: [numpy.asarray(given["A"])],
    integers=lambda given: [given["ell"]],
    cases=cases,
)
