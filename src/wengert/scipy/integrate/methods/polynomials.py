"""Interpolants as polynomials in the part of a step."""

from __future__ import annotations

from typing import Any

import numpy


def weights_at(rows: numpy.ndarray, x: Any) -> list[Any]:
    """``row[0] x + row[1] x^2 + ...`` for each row; the integer 0 where there is nothing."""
    return [_at(row, x) if row.any() else 0 for row in rows]


def _at(row: numpy.ndarray, x: Any) -> Any:
    total = float(row[-1])
    for coefficient in row[-2::-1]:
        total = total * x + float(coefficient)
    return total * x
