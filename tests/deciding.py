"""Functions that decide by values, and what tests of them ask."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import wengert as wg
import wengert.numpy as np


def programs_of(f: Any) -> list[Any]:
    return [program for paths in f.programs.values() for program in paths]


@contextmanager
def warned_once(match: str) -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", wg.ImpureWarning)  # tests count recordings by what is done once
        yield caught
    assert len(caught) == 1
    assert issubclass(caught[0].category, RuntimeWarning)
    assert match in str(caught[0].message)


def an_if(x: Any) -> Any:
    if np.sum(x) > 0:
        return np.sin(x)
    return np.cos(x) * 2


def a_while(x: Any) -> Any:
    turns = 0
    while np.sum(x * x) > 0.3:
        x = x * 0.7
        turns += 1
    return x, turns


def a_new_float(x: Any) -> Any:
    return x * math.sinh(np.sum(x))  # float
