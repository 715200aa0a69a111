"""Every function of every table, and its derivative: compiled is eager."""

from __future__ import annotations

import pytest
from optree import tree_leaves
from tests import laws
from tests.cases.case import Case
from tests.test_laws import every_case, tolerance_of

import wengert as wg

SHAPE_DEPENDS_ON_VALUES = (
    *("unique", "histogram", "extract", "nonzero", "argwhere", "flatnonzero"),
    *("union1d", "setdiff1d", "setxor1d", "intersect1d", "trim_zeros"),
)


def asks_for_values(case: Case, dtype: str) -> bool:
    """Whether the shape or dtype of the result depends on values, which a recording does not have."""
    if case.name == "real_if_close":
        return dtype.startswith("complex")
    return case.name.startswith(SHAPE_DEPENDS_ON_VALUES) and case.name != "histogram_weighted"


def results(case: Case) -> object:
    return lambda *args: tuple(tree_leaves(case.function(*args)))


@every_case
def test_compiled_is_eager(case: Case, dtype: str) -> None:
    args = laws.make_arguments(case, dtype)
    compiled = wg.jit(results(case))
    if asks_for_values(case, dtype):
        with pytest.raises(TypeError, match="inside jit"):
            compiled(*args)
        return
    laws.assert_close(compiled(*args), results(case)(*args), 5 * tolerance_of(case, dtype))


@every_case
def test_compiled_derivative_is_eager(case: Case, dtype: str) -> None:
    if case.order >= 1 and not asks_for_values(case, dtype):
        args = laws.make_arguments(case, dtype)
        derivative = laws.derivative(laws.flat(case.function), args)
        laws.assert_close(wg.jit(derivative)(*args), derivative(*args), 50 * tolerance_of(case, dtype))
