"""What lives in registers: results of branches and loops that are constants, of every dtype and size."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

CONSTANTS = [1j, 2.0, 3, True, numpy.zeros(2, complex), numpy.float32(1.5), numpy.longdouble(1), numpy.zeros(0)]
CONSTANTS += [numpy.arange(100.0), numpy.ones((2, 2), numpy.int8), numpy.float16(0.5)]


@pytest.mark.part(4)
@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda c: f"{numpy.asarray(c).dtype}-{numpy.shape(c)}")
def test_a_result_that_is_a_constant(constant: Any) -> None:
    def branch(x: Any) -> Any:
        return wg.cond(np.sum(x) > 0, lambda x: (x * 2, constant), lambda x: (x, constant * np.ones((), bool)), x)

    def turns(x: Any) -> Any:
        return wg.scan(lambda c, e: (c * x, constant), x, np.ones(4))

    def steps(x: Any) -> Any:
        return wg.fori_loop(0, 3, lambda i, c: (c[0] * x, np.asarray(constant)), (x, np.asarray(constant)))

    for f in (branch, turns, steps):
        for x in (numpy.array([1.0, 2.0, 3.0]), numpy.array([-1.0, -2.0, -3.0])):
            found, expected = wg.jit(f)(x), f(wg.tensor(x))
            for one, other in zip(found, expected, strict=True):
                assert one.dtype == other.dtype
                assert numpy.array_equal(one.numpy(), other.numpy())
