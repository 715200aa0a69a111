"""Functions at every number of single precision: ``python -m tools.every_float [NAMES ...] [--every N]``.

Machine code computes each function at all 2**32 patterns of bits (or each Nth), NumPy or SciPy the same in double
precision. Printed are the largest error in units in the last place (of the exact result, rounded to single precision)
and where it is, how many results are off by more than one, and how many are finite, infinite or NaN where they are not
to be. The program fails if an error is over 2, or what `MOST` has of a function.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy
import scipy.special
from rich.console import Console
from rich.table import Table

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

MOST = {"erfinv": 4.0}
PATTERNS, CHUNK = 1 << 32, 1 << 22
Array = numpy.ndarray[Any, Any]

_OF_NUMPY = (
    *("arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "cos", "cosh", "exp", "exp2", "expm1"),
    *("log", "log10", "log1p", "log2", "sin", "sinh", "sqrt", "tan", "tanh"),
)
_OF_SCIPY = ("erf", "erfc", "erfinv", "expit", "ndtr")
FUNCTIONS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    **{name: (getattr(np, name), getattr(numpy, name)) for name in _OF_NUMPY},
    **{name: (getattr(special, name), getattr(scipy.special, name)) for name in _OF_SCIPY},
}
"""For each name, the function whose machine code is tried and the one that it is compared with."""


@dataclass
class Errors:
    """What has been found of a function.

    Attributes:
        largest: the largest error, in units in the last place.
        place: where it is.
        over_one: how many errors are larger than one unit.
        otherwise: how many results are not finite, infinite or NaN as they should be.
    """

    largest: float = 0.0
    place: float = 0.0
    over_one: int = 0
    otherwise: int = 0

    def note(self, x: Array, found: Array, exact: Array) -> None:
        """Compare results at some numbers with those in double precision."""
        nearest = exact.astype(numpy.float32)
        self.otherwise += int(numpy.count_nonzero(_differ_in_kind(found, nearest)))
        is_finite = numpy.isfinite(nearest) & numpy.isfinite(found)
        x, found, exact, nearest = (array[is_finite] for array in (x, found, exact, nearest))
        errors = abs(found - exact) / numpy.spacing(abs(nearest))
        self.over_one += int(numpy.count_nonzero(errors > 1))
        if errors.size and errors.max() > self.largest:
            self.largest, self.place = float(errors.max()), float(x[errors.argmax()])


def _differ_in_kind(found: Array, nearest: Array) -> Array:
    """Whether a NaN, an infinity or a finite number stands for another, where the nearest is not the largest."""
    is_edge = abs(nearest) == numpy.finfo(numpy.float32).max
    return ~is_edge & ((numpy.isnan(found) != numpy.isnan(nearest)) | (numpy.isinf(found) != numpy.isinf(nearest)))


def numbers(every: int) -> Iterator[Array]:
    """Each so many of the numbers of single precision, by their bits, NaN and infinities among them."""
    for start in range(0, PATTERNS, CHUNK * every):
        bits = numpy.arange(start, min(start + CHUNK * every, PATTERNS), every, dtype=numpy.uint64)
        yield bits.astype(numpy.uint32).view(numpy.float32)


def errors_of(name: str, every: int) -> Errors:
    f, reference = FUNCTIONS[name]
    compiled, errors = wg.jit(f), Errors()
    with numpy.errstate(all="ignore"):
        for x in numbers(every):
            errors.note(x, compiled(x).numpy(), reference(x.astype(float)))
    return errors


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.every_float")
    parser.add_argument("names", nargs="*", choices=[*FUNCTIONS, []], metavar="NAMES", help=", ".join(FUNCTIONS))
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth number")
    options = parser.parse_args()
    table = Table("function", "largest error", "at", "more than 1", "of another kind")
    has_failed = False
    for name in options.names or FUNCTIONS:
        errors = errors_of(name, options.every)
        has_failed |= errors.largest > MOST.get(name, 2.0) or errors.otherwise > 0
        numbers = f"{errors.largest:.3f}", f"{errors.place:.9g}", f"{errors.over_one:,}", f"{errors.otherwise:,}"
        table.add_row(name, *numbers)
    Console().print(table)
    return int(has_failed)


if __name__ == "__main__":
    sys.exit(main())
