"""Systems of few equations as straight-line code: the pivots of LAPACK, and its special cases."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

from tests.compile.native.linear_algebra import OPERATIONS, assert_native, right_side, square

from wengert.compile.native.facts import registers

NAMES = ("solve", "solve_transposed", "solve_lower", "solve_upper", "solve_unit", "inv", "det", "slogdet", "cholesky")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that may be done so is."""
    monkeypatch.setattr(registers, "MOST_ALONE", 2000)


@pytest.mark.part(8)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("name", NAMES)
def test_every_size(name: str, size: int) -> None:
    operation = OPERATIONS[name]
    for lead, dtype in (((), "float64"), ((5,), "float32")):
        compiled = assert_native(operation.call, *operation.operands((*lead, size, size), dtype), tolerance=1e-4)
        assert "0 of them by LAPACK" in compiled.report()


def test_stacks_of_many_are_done_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for count, called in ((1, 2), (100, 0)):
        a, b = square((count, 8, 8)), right_side((count, 8, 8), 1)
        report = assert_native(np.linalg.solve, a, b).report()
        assert f"{called} of them by LAPACK" in report


def test_pivots_are_the_largest_below() -> None:
    """Without exchanging rows the tiny pivot would leave nothing of the solution."""
    a = numpy.array([[1e-20, 1.0, 2.0], [1.0, 1.0, 1.0], [2.0, 1e-18, 3.0]])
    b = right_side((3, 3))
    assert_native(np.linalg.solve, a, b, tolerance=1e-14)
    assert_native(np.linalg.inv, a, tolerance=1e-14)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_signs_of_permutations(size: int) -> None:
    for seed in range(10):
        x = numpy.eye(size)[numpy.random.default_rng(seed).permutation(size)] * 2
        assert_native(lambda x: (np.linalg.det(x), *np.linalg.slogdet(x)), x)


def test_logarithms_of_determinants_that_are_no_numbers() -> None:
    x = square((4, 4))
    assert_native(lambda x: tuple(np.linalg.slogdet(x)), x * 1e-200)
    assert_native(lambda x: tuple(np.linalg.slogdet(x)), x * 1e200)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_pivot_that_is_not_positive_ends_the_call(value: float) -> None:
    s = numpy.diag([1.0, 2.0, value])
    with pytest.raises(np.linalg.LinAlgError, match=r"^Matrix is not positive definite$"):
        wg.jit(np.linalg.cholesky)(s)


def test_only_one_triangle_is_read() -> None:
    s = numpy.tril(numpy.full((3, 3), 1.0)) + 3 * numpy.eye(3)
    s[0, 2] = numpy.nan
    assert_native(np.linalg.cholesky, s)


def test_no_inverse_is_infinite_in_rules() -> None:
    x = square((3, 3, 3))
    x[1] = 0

    def f(x: Any) -> Any:
        sign, logarithm = np.linalg.slogdet(x)
        return np.where(sign == 0, 0, logarithm)

    assert_native(f, x)
    assert_native(lambda x: wg.grad(lambda x: np.sum(f(x)))(x), x)


@pytest.mark.parametrize("name", ["inv", "cholesky"])
def test_what_raises_here_raises_in_numpy(name: str) -> None:
    """Matrices that are singular up to rounding: whether a pivot vanishes is a matter of the last bit."""
    compiled, rng = wg.jit(getattr(np.linalg, name)), numpy.random.default_rng(0)
    raised = 0
    for _ in range(100):
        rows = 0.1 * numpy.round(rng.normal(size=(2, 3)), 1)
        x = numpy.vstack([rows, 0.3 * rows[0] + 0.7 * rows[1]])
        x = x @ x.T if name == "cholesky" else x
        try:
            compiled(x)
        except np.linalg.LinAlgError:
            raised += 1
            with pytest.raises(np.linalg.LinAlgError):
                getattr(numpy.linalg, name)(x)
    assert raised
