"""Elements that are carried each by themselves are those of the matrix of derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.tensor import Tensor
from wengert.walks.patterns import elements
from wengert.walks.patterns.elements import NotCarriedError, carried, total

from .test_walk import EXACT, SIZE, WIDER, derivative

LOOPS = {
    "mapped",
    "scanned",
    "counted",
    "looped",
    "while rolled",
    "branches",
    "gradient of a map",
    "gradient of a scan",
}
"""What is not gone through: loops and branches."""

OTHERS = {
    *("cumulative", "products in a row", "product", "fourier", "convolved", "windows", "inverse", "solved"),
    *("solved, triangular", "largest in windows", "sorted", "median", "indices from values"),
    *("added at indices from values", "diagonal"),
}
"""What is not gone through since it takes operations that mix whole axes, or go where values say."""

CARRIED = {name: f for name, f in (EXACT | WIDER).items() if name not in LOOPS | OTHERS}


def in_a_row(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: np.concatenate([np.ravel(leaf) for leaf in wg.trees.leaves(f(x))])


def matrix(f: Callable[[Any], Any], x: Any) -> Any:
    """The Jacobian, as its elements are carried."""
    push = lambda x, v: wg.jvp(in_a_row(f), (x,), (v,))[1]

    @wg.jit
    def dense(x: Any) -> Any:
        found = carried(push, [x], SIZE)
        rows = derivative(f, numpy.ones(SIZE)).shape[0]
        return np.reshape(total(found.terms, numpy.arange(rows * SIZE)), (rows, SIZE))

    return dense(x).numpy()


@pytest.mark.part(2)
@pytest.mark.parametrize("name", CARRIED)
def test_elements_are_those_of_the_matrix(name: str) -> None:
    x = numpy.random.default_rng(2).normal(size=SIZE)
    numpy.testing.assert_allclose(matrix(CARRIED[name], x), derivative(CARRIED[name], x), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", [*sorted(LOOPS), "fourier", "sorted"])
def test_the_others_are_told(name: str) -> None:
    with pytest.raises(NotCarriedError):
        matrix((EXACT | WIDER)[name], numpy.ones(SIZE))


MANY: dict[str, Callable[[Any], Any]] = {
    "many terms": lambda x: np.exp(sum(np.roll(x, i) * (x if i % 2 else 1) for i in range(SIZE))),
    "many numbers at a place": lambda x: np.sum(np.exp(x[:, None] * x) * np.arange(SIZE), axis=0),
    "of many numbers": lambda x: np.stack([np.sum(np.sin(x) ** 2 * x[i] * (np.arange(SIZE) < i)) for i in range(SIZE)]),
    "terms that double": lambda x: _doubled(x, 12),
    "squares": wg.grad(lambda x: np.sum((x[1:] * x[:-1] - x[1:] ** 2) ** 2)),
    "a scalar": lambda x: np.sum(x**2) * x,
    "a factor of one number": lambda x: x[2] * np.sin(x),
}


def _doubled(x: Any, times: int) -> Any:
    for _ in range(times):
        x = 0.5 * x + 0.1 * x * np.roll(x, 1)
    return x


@pytest.mark.part(2)
@pytest.mark.parametrize("name", MANY)
def test_terms_that_meet_are_added_up(name: str) -> None:
    x = numpy.random.default_rng(3).normal(size=SIZE) / 3
    numpy.testing.assert_allclose(matrix(MANY[name], x), derivative(MANY[name], x), rtol=1e-11, atol=1e-12)


def test_widths_are_filled_up_where_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "MANY_WIDTHS", 1)
    x = numpy.random.default_rng(3).normal(size=SIZE)
    f = MANY["of many numbers"]
    numpy.testing.assert_allclose(matrix(f, x), derivative(f, x), rtol=1e-12, atol=1e-12)


def test_what_is_linear_is_known_beforehand() -> None:
    found: list[Any] = []

    @wg.jit
    def note(x: Any) -> Any:
        push = lambda x, v: wg.jvp(lambda x: np.diff(x[::2]) * 3 + np.sum(x), (x,), (v,))[1]
        made = carried(push, [x], SIZE)
        found.extend([made.work, any(isinstance(term.source, Tensor) for term in made.terms)])
        return x * 1.0

    note(numpy.ones(SIZE))
    assert found == [0, False]


def test_terms_do_not_multiply() -> None:
    found: list[Any] = []

    @wg.jit
    def note(x: Any) -> Any:
        push = lambda x, v: wg.jvp(lambda x: _doubled(x, 30), (x,), (v,))[1]
        found.append(carried(push, [x], SIZE).work)
        return x * 1.0

    note(numpy.ones(SIZE))
    assert found[0] < 30 * 12 * SIZE**2


def test_a_factor_that_is_infinite_does_not_poison_an_element_that_is_zero() -> None:
    f = lambda x: np.where(x > 0, np.sqrt(x), 0) * x[0]
    x = numpy.zeros(SIZE)
    assert numpy.isfinite(matrix(f, x)).all()
    numpy.testing.assert_array_equal(matrix(f, x), derivative(f, x))


def test_indices_that_the_function_makes_are_known() -> None:
    f = lambda x: x[np.arange(6) * 2] ** 2 * np.where(np.arange(6) > 2, x[:6], 1.0)
    x = numpy.random.default_rng(2).normal(size=SIZE)
    numpy.testing.assert_allclose(matrix(f, x), derivative(f, x))
