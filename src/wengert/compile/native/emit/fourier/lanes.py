"""Vectors of complex numbers in registers, as the formulas of small transforms would like to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy
from llvmlite import ir

from ...facts.fourier import unit_roots
from ...ir.types import Builder, Value
from ..products.tiles import permuted

_FUSED = ("contract",)


class Reals:
    """A vector of real numbers (or one, if it has a single lane); products and sums of them may be fused."""

    __slots__ = ("builder", "value")

    def __init__(self, builder: Builder, value: Value) -> None:
        self.builder: Builder = builder
        self.value: Value = value

    def __add__(self, other: Reals) -> Reals:
        return Reals(self.builder, self.builder.fadd(self.value, other.value, flags=_FUSED))

    def __sub__(self, other: Reals) -> Reals:
        return Reals(self.builder, self.builder.fsub(self.value, other.value, flags=_FUSED))

    def __mul__(self, other: Reals | float) -> Reals:
        by = other.value if isinstance(other, Reals) else constant(self.value.type, other)
        return Reals(self.builder, self.builder.fmul(self.value, by, flags=_FUSED))


def constant(kind: Any, number: float) -> Value:
    """The number in every lane."""
    is_vector = isinstance(kind, ir.VectorType)
    return ir.Constant(kind, [ir.Constant(kind.element, number)] * kind.count if is_vector else number)


class Numbers(NamedTuple):
    """A vector of complex numbers."""

    real: Reals
    imag: Reals

    def plus(self, other: Numbers) -> Numbers:
        return Numbers(self.real + other.real, self.imag + other.imag)

    def minus(self, other: Numbers) -> Numbers:
        return Numbers(self.real - other.real, self.imag - other.imag)

    def times(self, other: Numbers) -> Numbers:
        real = self.real * other.real - self.imag * other.imag
        return Numbers(real, self.real * other.imag + self.imag * other.real)

    def turned_back(self, other: Numbers) -> tuple[Numbers, Numbers]:
        """This less i times another, and this and i times it."""
        less = Numbers(self.real + other.imag, self.imag - other.real)
        return less, Numbers(self.real - other.imag, self.imag + other.real)


def transformed(x: Sequence[Numbers]) -> list[Numbers]:
    """The discrete Fourier transform of some vectors, lane by lane."""
    if len(x) == 2:
        return [x[0].plus(x[1]), x[0].minus(x[1])]
    if len(x) == 4:
        return _of_four(x)
    return _of_eight(x) if len(x) == 8 else _of_odd(x)


def _of_four(x: Sequence[Numbers]) -> list[Numbers]:
    even, across, odd = x[0].plus(x[2]), x[0].minus(x[2]), x[1].plus(x[3])
    second, last = across.turned_back(x[1].minus(x[3]))
    return [even.plus(odd), second, even.minus(odd), last]


def _of_eight(x: Sequence[Numbers]) -> list[Numbers]:
    even, odd = _of_four(x[::2]), _of_four(x[1::2])
    root = math.sqrt(0.5)
    one, three = odd[1], odd[3]
    one = Numbers((one.real + one.imag) * root, (one.imag - one.real) * root)
    three = Numbers((three.imag - three.real) * root, (three.real + three.imag) * -root)
    third, seventh = even[2].turned_back(odd[2])
    first = [even[0].plus(odd[0]), even[1].plus(one), third, even[3].plus(three)]
    return [*first, even[0].minus(odd[0]), even[1].minus(one), seventh, even[3].minus(three)]


def _of_odd(x: Sequence[Numbers]) -> list[Numbers]:
    """By the sums and differences of those that are as far from the first to either side."""
    count = len(x)
    sides = range(1, count // 2 + 1)
    sums = [x[k].plus(x[count - k]) for k in sides]
    gaps = [x[k].minus(x[count - k]) for k in sides]
    total = x[0]
    for pair in sums:
        total = total.plus(pair)
    found = [total, *x[1:]]
    cosines, sines = unit_roots(numpy.arange(count), count)
    for j in sides:
        even, odd = x[0], None
        for k, pair, gap in zip(sides, sums, gaps, strict=True):
            cosine, sine = float(cosines[j * k % count]), -float(sines[j * k % count])
            even = even.plus(Numbers(pair.real * cosine, pair.imag * cosine))
            part = Numbers(gap.real * sine, gap.imag * sine)
            odd = part if odd is None else odd.plus(part)
        assert odd is not None
        found[j], found[count - j] = even.turned_back(odd)
    return found


def side_by_side(builder: Builder, vectors: Sequence[Value], group: int) -> list[Value]:
    """The lanes of vectors, in groups of neighbours, one group of each in turn."""
    if len(vectors) == 1:
        return list(vectors)
    first, second = (side_by_side(builder, vectors[i::2], group) for i in (0, 1))
    lanes, found = vectors[0].type.count, []
    for x, y in zip(first, second, strict=True):
        for begin in (0, lanes // 2):
            pairs = [(begin + i, lanes + begin + i) for i in range(0, lanes // 2, group)]
            order = [start + lane for pair in pairs for start in pair for lane in range(group)]
            found.append(permuted(builder, x, y, order))
    return found
