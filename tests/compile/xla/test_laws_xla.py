"""Every function of every table, and its derivative, on XLA: it is eager, or says that it has no form."""

from __future__ import annotations

import pytest
from tests import laws
from tests.cases.case import Case
from tests.compile.test_laws_compiled import results
from tests.test_laws import CASES, every_case, tolerance_of

import wengert as wg
from wengert.compile.xla.refused import NotLoweredError

pytest.importorskip("jax")

SAMPLE = {
    *("conversions-copy", "elementwise-power", "elementwise-logaddexp", "fft-rfft_odd_None", "index_tricks-piecewise"),
    *("indexing-getitem_integers", "linalg-solve_stack", "linalg-cholesky", "manipulation-reshape_(3, 2)"),
    *("polynomials-polymul", "products-matmul_5x2x3_3x4", "reductions-prod_axis", "scipy_linalg-norm_nuclear"),
    *("scipy_sparse-columns", "signal-convolve_full", "sorting-sort_tied", "special-gammaln", "stats-norm_logpdf"),
    "windows-correlate_groups",
}
"""A function or two of each family, for every run; the whole where it is asked for."""

MET = {name for name, _ in CASES} & SAMPLE


def test_the_sample_is_of_all_families() -> None:
    assert MET == SAMPLE
    assert {name.split("-")[0] for name in SAMPLE} == {name.split("-")[0] for name, _ in CASES} - {"data"}


def check(case: Case, dtype: str) -> None:
    """The value and the derivative in one program."""
    args = laws.make_arguments(case, dtype)
    value = results(case)
    derivative = laws.derivative(laws.flat(case.function), args) if case.order >= 1 else lambda *args: ()
    both = lambda *args: (*value(*args), *derivative(*args))
    laws.assert_close(wg.jit(both, backend="xla")(*args), both(*args), 50 * tolerance_of(case, dtype))


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES if name in SAMPLE])
def test_a_sample_on_xla_is_eager(case: Case) -> None:
    check(case, case.dtypes[-1])


@pytest.mark.wide
@every_case
def test_on_xla_is_eager(case: Case, dtype: str) -> None:
    try:
        check(case, dtype)
    except NotLoweredError as error:
        pytest.skip(str(error))
