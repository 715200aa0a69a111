"""Whether numbers are finite, in machine code: at every place, of any number."""

from __future__ import annotations

import subprocess
import sys

import numpy
import pytest

from wengert.core import routines
from wengert.ops.axes import finite as eager

pytest.importorskip("llvmlite")

from wengert.compile.native import finite

COUNTS = [1, 7, 1000, finite.NUMBERS_OF_CHUNK, finite.NUMBERS_OF_CHUNK + 1, 3 * finite.NUMBERS_OF_CHUNK - 5]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count", COUNTS)
def test_a_number_that_is_not_finite_is_found_anywhere(count: int, dtype: str) -> None:
    routine = routines.routine_of(eager.ARE_FINITE)
    assert routine is not None
    x = numpy.random.default_rng(0).normal(size=count).astype(dtype)
    x[0] = numpy.finfo(dtype).max
    assert routine(x) is True
    for place in {0, count // 2, count - 1}:
        for wrong in (numpy.nan, -numpy.nan, numpy.inf, -numpy.inf):
            y = x.copy()
            y[place] = wrong
            assert routine(y) is False


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128", "float16", ">f8"])
def test_arrays_of_any_kind(dtype: str) -> None:
    x = numpy.ones((300, 400), dtype)
    for given in (x, x.T, x[:, ::2]):
        assert eager.ARE_FINITE.evaluate(given)
        wrong = given.copy()
        wrong[17, 5] = numpy.nan
        assert not eager.ARE_FINITE.evaluate(wrong)


def test_eager_code_does_not_load_the_compiler_for_it() -> None:
    code = (
        "import sys, numpy, wengert as wg\n"
        "wg.grad(lambda x: (x * x).sum())(numpy.ones(100_000))\n"
        "assert 'wengert.compile.native' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
