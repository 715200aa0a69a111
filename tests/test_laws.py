"""Every function of every table, in every dtype and mode, to second order."""

from __future__ import annotations

import importlib
import pkgutil

import numpy
import pytest

import tests.cases
from tests import laws
from tests.cases.case import Case

FAMILIES = [name for _, name, _ in pkgutil.iter_modules(tests.cases.__path__) if name != "case"]
CASES = [
    (f"{family}-{case.name}", case)
    for family in FAMILIES
    for case in importlib.import_module(f"tests.cases.{family}").CASES
]
TABLE = [pytest.param(case, dtype, id=f"{name}-{dtype}") for name, case in CASES for dtype in case.dtypes]
DOUBLE = ("float64", "complex128")
every_case = pytest.mark.parametrize(("case", "dtype"), TABLE)
every_function = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES])


def tolerance_of(case: Case, dtype: str) -> float:
    return case.tolerance * laws.TOLERANCE[dtype]


@pytest.mark.part(2)
@every_case
def test_value_is_numpys(case: Case, dtype: str) -> None:
    if case.reference is not None:
        laws.check_value(case, dtype)


@pytest.mark.part(3)
@every_case
def test_modes_agree(case: Case, dtype: str) -> None:
    if case.order >= 1:
        laws.check_modes(laws.flat(case.function), laws.make_arguments(case, dtype), tolerance_of(case, dtype))


@pytest.mark.part(3, 1)
@every_case
def test_second_order_modes_agree(case: Case, dtype: str) -> None:
    if case.order >= 2:
        args = laws.make_arguments(case, dtype)
        derivative = laws.derivative(laws.flat(case.function), args)
        laws.check_modes(derivative, args, 10 * tolerance_of(case, dtype))


@pytest.mark.part(3)
@every_case
def test_agrees_with_differences(case: Case, dtype: str) -> None:
    if case.order >= 1 and dtype in DOUBLE:
        args = laws.make_arguments(case, dtype)
        f = laws.flat(case.function)
        laws.check_difference(f, args, case.tolerance * laws.DIFFERENCE_TOLERANCE)
        if case.order >= 2:
            laws.check_difference(laws.derivative(f, args), args, 10 * case.tolerance * laws.DIFFERENCE_TOLERANCE)


@pytest.mark.part(4, 1)
@every_case
def test_batched_is_looped(case: Case, dtype: str) -> None:
    if case.batched:
        examples = [laws.make_arguments(case, dtype, seed) for seed in range(3)]
        batches = tuple(numpy.stack(column) for column in zip(*examples, strict=True))
        f = laws.flat(case.function)
        laws.check_batched(f, batches, tolerance_of(case, dtype))
        if case.order >= 1:
            laws.check_batched(laws.derivative(f, examples[0]), batches, 10 * tolerance_of(case, dtype))


GUARDED = ("conversions", "elementwise", "indexing", "manipulation", "reductions", "sorting")
"""Families whose derivatives multiply one number by one: zero there stays zero."""
UNGUARDED = ("cov", "corrcoef")
"""Sums of products within these families."""
REFUSED = ("geomspace", "quantile_in_q")
"""Functions that NumPy does not compute of infinities."""


def is_guarded(name: str, case: Case) -> bool:
    family, _, rest = name.partition("-")
    return (
        family in GUARDED and not rest.startswith(UNGUARDED + REFUSED) and case.order >= 1 and "float64" in case.dtypes
    )


@pytest.mark.part(4)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES if is_guarded(name, case)])
def test_zero_stays_zero_where_operands_are_infinite(case: Case) -> None:
    for special in (numpy.inf, numpy.nan, 0.0):
        laws.check_zeros(laws.flat(case.function), laws.make_arguments(case, "float64"), special)
