"""Every function of every table, and its derivative: compiled is eager."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from optree import tree_leaves
from tests import laws
from tests.cases.case import Case
from tests.test_laws import DOUBLE, every_case, every_function, tolerance_of

import wengert as wg
from wengert.compile.programs.program import MET_TO_COMPILE


def results(case: Case) -> Callable[..., Any]:
    return lambda *args: tuple(tree_leaves(case.function(*args)))


@pytest.mark.part(12)
@every_function
def test_compiled_is_eager(case: Case) -> None:
    """In one program: the values in each dtype, and derivatives in double precision."""
    dtypes = [*case.dtypes, *(dtype for dtype in case.dtypes if dtype in DOUBLE and case.order >= 1)]
    points = [laws.make_arguments(case, dtype) for dtype in dtypes]
    values = [results(case)] * len(case.dtypes)
    derivatives = [laws.derivative(laws.flat(case.function), point) for point in points[len(values) :]]

    def each(*points: Sequence[Any]) -> list[Any]:
        return [f(*point) for f, point in zip([*values, *derivatives], points, strict=True)]

    compiled = wg.jit(each)
    found, expected = compiled(*points), each(*points)
    if any(program.decisions for paths in compiled.programs.values() for program in paths):
        found = [compiled(*points) for _ in range(MET_TO_COMPILE + 1)][-1]
    for dtype, factor, one, other in zip(
        dtypes, [5] * len(values) + [50] * len(derivatives), found, expected, strict=True
    ):
        laws.assert_close(one, other, factor * tolerance_of(case, dtype))


@pytest.mark.wide
@every_case
def test_compiled_alone_is_eager(case: Case, dtype: str) -> None:
    args = laws.make_arguments(case, dtype)
    laws.assert_close(wg.jit(results(case))(*args), results(case)(*args), 5 * tolerance_of(case, dtype))


@pytest.mark.wide
@every_case
def test_compiled_derivative_is_eager(case: Case, dtype: str) -> None:
    if case.order >= 1:
        args = laws.make_arguments(case, dtype)
        derivative = laws.derivative(laws.flat(case.function), args)
        laws.assert_close(wg.jit(derivative)(*args), derivative(*args), 50 * tolerance_of(case, dtype))
