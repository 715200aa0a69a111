"""Figures that were measured, beside those that were expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy

from ..explaining.text import short


@dataclass(frozen=True)
class Figure:
    """A number or array that was computed, and what it should be.

    Attributes:
        what: its description.
        measured: what was computed.
        expected: what a correct engine gives.
        tolerance: the relative difference that is allowed.
    """

    what: str
    measured: Any
    expected: Any
    tolerance: float = 1e-12

    bound: ClassVar[str] = ""
    """What the expected value is, if not the value itself."""

    @property
    def wanted(self) -> str:
        """What it should be, in words."""
        return f"expected {self.bound}{short(self.expected)}"

    @property
    def agrees(self) -> bool:
        """Whether what was computed is what it should be."""
        measured, expected = numpy.asarray(self.measured), numpy.asarray(self.expected)
        return measured.shape == expected.shape and bool(
            numpy.allclose(measured, expected, rtol=self.tolerance, atol=0)
        )


@dataclass(frozen=True)
class AtMost(Figure):
    """A number that should not be greater than the expected one."""

    bound = "at most "

    @property
    def agrees(self) -> bool:
        """Whether it is not greater."""
        return bool(self.measured <= self.expected)


@dataclass(frozen=True)
class AtLeast(Figure):
    """A number that should not be less than the expected one."""

    bound = "at least "

    @property
    def agrees(self) -> bool:
        """Whether it is not less."""
        return bool(self.measured >= self.expected)


@dataclass(frozen=True)
class Scenario:
    """A thing to show: a title and the function that computes its figures."""

    number: str
    title: str
    figures: Callable[[], list[Figure]]
