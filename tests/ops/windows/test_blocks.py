"""Windows side by side give what windows give that are looked at one by one."""

import itertools

import numpy
import pytest

import wengert as wg
from wengert import windows
from wengert.ops.windows.blocks import are_blocks, are_repeats
from wengert.ops.windows.geometry import Axis

CASES = [
    ((6,), (3,)),
    ((3, 16), (16,)),
    ((2, 4, 6), (2, 3)),
    ((2, 20, 9), (20, 9)),
    ((5, 4, 4), (1, 2)),
    ((3, 4), (1,)),
]
"""Shapes, and the size of blocks of the last axes."""


def by_places(x, size, of_many):
    """A function of each block, one after the other."""
    lead = x.ndim - len(size)
    counts = [n // m for n, m in zip(x.shape[lead:], size, strict=True)]
    out = numpy.empty((*x.shape[:lead], *counts))
    for place in itertools.product(*map(range, counts)):
        block = x[(..., *(slice(p * m, p * m + m) for p, m in zip(place, size, strict=True)))]
        out[(..., *place)] = of_many(block, axis=tuple(range(lead, x.ndim)))
    return out


@pytest.mark.parametrize(("shape", "size"), CASES)
@pytest.mark.parametrize(
    ("ours", "numpys"), [(windows.sum, numpy.sum), (windows.max, numpy.max), (windows.min, numpy.min)]
)
def test_numbers(shape, size, ours, numpys):
    x = numpy.random.default_rng(0).integers(0, 4, shape).astype(float)
    numpy.testing.assert_allclose(ours(x, size), by_places(x, size, numpys))


@pytest.mark.part(4)
@pytest.mark.parametrize(("shape", "size"), CASES)
@pytest.mark.parametrize("pool", [windows.sum, windows.max, windows.min])
def test_derivatives_are_those_of_compiled_code_to_second_order(shape, size, pool):
    rng = numpy.random.default_rng(1)
    x, v = rng.integers(0, 4, shape).astype(float), rng.normal(size=shape)

    def f(x):
        return (pool(x * x, size) ** 2).sum()

    def both(x, v):
        return wg.grad(f)(x), *wg.jvp(wg.grad(f), (x,), (v,))

    for eager, compiled in zip(both(x, v), wg.jit(both)(x, v), strict=True):
        numpy.testing.assert_allclose(eager, compiled, rtol=1e-12)


def test_a_block_with_nan_has_no_derivative_but_zero():
    x = numpy.array([1.0, numpy.nan, 2.0, 5.0])
    assert numpy.isnan(windows.max(x, 2)[0])
    numpy.testing.assert_array_equal(wg.grad(lambda x: windows.max(x, 2).sum())(x), [0, 0, 0, 1])


def test_what_is_not_side_by_side():
    assert are_blocks((Axis(3),), (6,), (3,))
    assert are_blocks((Axis(1),), (6,), (6,))
    assert not are_blocks((Axis(3),), (7,), (3,))
    assert not are_blocks((Axis(2),), (6,), (3,))
    assert not are_blocks((Axis(3, 1, 2),), (6,), (3,))
    assert not are_blocks((Axis(3, dilation=2),), (6,), (3,))
    assert are_repeats((Axis(3).of_input(6, 3),), (2,), (3,))
    assert not are_repeats((Axis(2).of_input(7, 3),), (3,), (3,))
    assert not are_repeats((Axis(3).of_input(7, 3),), (2,), (3,))


def test_the_result_is_not_the_operand():
    x = wg.tensor([1.0, 2.0])
    y = windows.sum(x, 1)
    y[0] = 5.0
    assert x[0].item() == 1.0
