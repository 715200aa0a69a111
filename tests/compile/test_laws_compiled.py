"""Every function of every table, and its derivative: compiled is eager."""

from __future__ import annotations

from optree import tree_leaves
from tests import laws
from tests.cases.case import Case
from tests.test_laws import every_case, tolerance_of

import wengert as wg
from wengert.compile.program import OFTEN


def results(case: Case) -> object:
    return lambda *args: tuple(tree_leaves(case.function(*args)))


@every_case
def test_compiled_is_eager(case: Case, dtype: str) -> None:
    args = laws.make_arguments(case, dtype)
    compiled = wg.jit(results(case))
    expected = results(case)(*args)
    laws.assert_close(compiled(*args), expected, 5 * tolerance_of(case, dtype))
    if any(program.decisions for paths in compiled.programs.values() for program in paths):
        again = [compiled(*args) for _ in range(OFTEN)]
        laws.assert_close(again[-1], expected, 5 * tolerance_of(case, dtype))


@every_case
def test_compiled_derivative_is_eager(case: Case, dtype: str) -> None:
    if case.order >= 1:
        args = laws.make_arguments(case, dtype)
        derivative = laws.derivative(laws.flat(case.function), args)
        laws.assert_close(wg.jit(derivative)(*args), derivative(*args), 50 * tolerance_of(case, dtype))
