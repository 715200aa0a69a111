"""Going through elements one by one, against NumPy, with derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

A = numpy.arange(6.0).reshape(2, 3) + 0.5


def _doubles(np: Any, a: Any) -> Any:
    a = a * 1.0
    with np.nditer(a, op_flags=["readwrite"]) as elements:
        for x in elements:
            x[...] = 2 * x * x
    return a


def _doubles_a_view(np: Any, a: Any) -> Any:
    a = a * 1.0
    for x in np.nditer(a[:, ::-1].T[1:], op_flags=["readwrite"]):
        x *= x
    return a


def _where_it_is(np: Any, a: Any) -> Any:
    elements, out = np.nditer(a * 1.0, flags=["multi_index"]), np.zeros((2, 3))
    while not elements.finished:
        out[elements.multi_index] = elements[0] * (elements.multi_index[1] + 1) * elements.value
        elements.iternext()
    return out


def _numbered(np: Any, a: Any) -> Any:
    total, elements = a[0] * 0.0, np.nditer(a.T, flags=["c_index"])
    for x in elements:
        total = total + x**2 * elements.index
    return total


def _makes_the_result(np: Any, a: Any) -> Any:
    with np.nditer([a, a[:, 1:2], None]) as elements:
        for x, y, z in elements:
            z[...] = x * y
        return elements.operands[2]


def _copies(np: Any, a: Any) -> Any:
    b = np.zeros_like(a)
    for x, y in np.nditer([a, b], op_flags=[["readonly"], ["writeonly"]]):
        y[...] = x**2
    return b


PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "writes": _doubles,
    "writes a view": _doubles_a_view,
    "multi_index": _where_it_is,
    "index": _numbered,
    "None": _makes_the_result,
    "two operands": _copies,
    "as it lies": lambda np, a: np.stack([x * 1.0 for x in np.nditer(a.T)]),
    "by rows": lambda np, a: np.stack([x * 1.0 for x in np.nditer(a.T, order="C")]),
    "ndenumerate": lambda np, a: sum(x**2 * (i - 2 * j) for (i, j), x in np.ndenumerate(a.T)),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_elements_are_numpys_and_differentiate(program: str) -> None:
    f = PROGRAMS[program]
    wanted = f(numpy, A.copy())
    numpy.testing.assert_allclose(f(np, wg.tensor(A)), wanted)
    numpy.testing.assert_allclose(wg.jit(lambda a: f(np, a))(A), wanted)
    numpy.testing.assert_allclose(wg.vmap(lambda a: f(np, a))(numpy.stack([A, A])), numpy.stack([wanted, wanted]))
    direction = numpy.cos(A)
    slope = (f(numpy, A + 1e-6 * direction) - f(numpy, A - 1e-6 * direction)) / 2e-6
    numpy.testing.assert_allclose(wg.jvp(lambda a: f(np, a), (A,), (direction,))[1], slope, rtol=1e-7)
    leaf = wg.tensor(A, requires_grad=True)
    f(np, leaf).sum().backward()
    numpy.testing.assert_allclose((leaf.grad * direction).sum(), slope.sum(), rtol=1e-7)


def test_what_an_iterator_says_of_itself() -> None:
    ours, theirs = (np.nditer([a, a[0]], flags=["multi_index"]) for a in (wg.tensor(A), A))
    assert (ours.shape, ours.ndim, ours.itersize, len(ours)) == (theirs.shape, theirs.ndim, theirs.itersize, 2)
    assert [i for i, _ in np.ndenumerate(wg.tensor(A))] == [i for i, _ in numpy.ndenumerate(A)]


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"gives to be read .* op_flags=\['readwrite'\]"):
        next(iter(np.nditer(wg.tensor(A)))).fill(0.0)
    with pytest.raises(ValueError, match=r"\[nditer\] external_loop was asked for, .* write x.ravel"):
        np.nditer(wg.tensor(A), flags=["external_loop"])
