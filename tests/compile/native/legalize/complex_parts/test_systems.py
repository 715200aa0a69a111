"""Systems of complex equations by LAPACK: as NumPy's, in stacks, in loops, and differentiated."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests.compile.native.compiled import assert_compiled_is_eager, steps_of

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")


def numbers(*shape: int) -> Any:
    rng = numpy.random.default_rng(sum(shape))
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


SYSTEMS = {
    "a column": (numbers(4, 4), numbers(4)),
    "columns": (numbers(4, 4), numbers(4, 3)),
    "a stack": (numbers(2, 5, 5), numbers(5, 2)),
    "a number": (numbers(1, 1), numbers(1, 1)),
    "real columns": (numbers(3, 3), numbers(3, 2).real),
    "a real matrix": (numbers(3, 3).real, numbers(3, 2)),
    "single precision": (numbers(3, 3).astype("complex64"), numbers(3, 2).astype("complex64")),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", SYSTEMS)
def test_solutions_and_inverses(name: str) -> None:
    def f(a: Any, b: Any) -> Any:
        slope = wg.grad(lambda a: np.sum(np.abs(np.linalg.solve(a, b)) ** 2))(a)
        return np.linalg.solve(a, b), np.linalg.inv(a), np.linalg.inv(np.swapaxes(a, -1, -2)), slope

    rtol = 1e-3 if name == "single precision" else 1e-9
    assert_compiled_is_eager(f, *SYSTEMS[name], rtol=rtol)
    assert not steps_of(f, *SYSTEMS[name])


def test_in_a_loop() -> None:
    a = numpy.eye(4) + 0.1 * numbers(4, 4)

    def f(a: Any) -> Any:
        return wg.fori_loop(0, 9, lambda i, x: np.linalg.solve(a, x), np.ones(4) + 0j)

    assert_compiled_is_eager(f, a, rtol=1e-11)
    assert not steps_of(f, a)


@pytest.mark.parametrize("f", [np.linalg.inv, lambda a: np.linalg.solve(a, a)])
def test_a_singular_matrix_raises(f: Any) -> None:
    with pytest.raises(numpy.linalg.LinAlgError, match="Singular matrix"):
        wg.jit(f)(numpy.ones((3, 3), complex))
