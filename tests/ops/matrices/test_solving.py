"""Operations of linear algebra: routes that depend on size, and values that NumPy does not have."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
from wengert.ops.matrices import determinants, solving as ops


def cofactors(x: Any) -> Any:
    """The adjugate by its definition: signed determinants of minors, transposed."""
    size = len(x)
    signed = [
        [(-1) ** (i + j) * numpy.linalg.det(numpy.delete(numpy.delete(x, i, 0), j, 1)) for i in range(size)]
        for j in range(size)
    ]
    return numpy.array(signed)


@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_adjugate_of_every_rank(rank: int, kind: str) -> None:
    rng = numpy.random.default_rng(rank)
    left, right = rng.standard_normal((2, 4, rank))
    if kind == "complex":
        left = left + 1j * rng.standard_normal((4, rank))
    x = left @ right.T
    numpy.testing.assert_allclose(determinants.adjugate(x), cofactors(x), atol=1e-10)


def test_stack_of_regular_and_singular_matrices() -> None:
    x = numpy.array([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [2.0, 4.0]]])
    numpy.testing.assert_allclose(determinants.adjugate(x), [[[4, -2], [-3, 1]], [[4, -2], [-2, 1]]], atol=1e-12)
    gradient = wg.grad(lambda x: determinants.slogdet(x[:1])[1][0])(x).numpy()
    numpy.testing.assert_allclose(gradient, [numpy.linalg.inv(x[0]).T, numpy.zeros((2, 2))])


@pytest.mark.parametrize("size", [3, ops.MANY_ROWS])
@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("unit_diagonal", [True, False])
def test_triangular_systems_small_and_large(size: int, lower: bool, unit_diagonal: bool) -> None:
    rng = numpy.random.default_rng(0)
    a = rng.standard_normal((size, size)) / size + 2 * numpy.eye(size)
    b = rng.standard_normal((size, 2))
    x = ops.solve_triangular(a, b, lower=lower, unit_diagonal=unit_diagonal)
    triangle = numpy.tril(a) if lower else numpy.triu(a)
    if unit_diagonal:
        triangle[numpy.diag_indices(size)] = 1
    numpy.testing.assert_allclose(triangle @ x, b, atol=1e-10)


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("name", ["solve", "solve_triangular"])
def test_right_hand_sides_of_many_examples_are_solved_at_once(name: str, columns: int) -> None:
    from wengert.core.state import observers

    rng = numpy.random.default_rng(0)
    a, b = rng.standard_normal((4, 4)) + 4 * numpy.eye(4), rng.standard_normal((5, 4, columns))
    params: dict[str, Any] = {"lower": True, "unit_diagonal": False} if name == "solve_triangular" else {}
    shapes: list[Any] = []

    def listen(primitive: Any, operands: Any, *rest: Any) -> None:
        if primitive.name == name:
            shapes.append(operands[1].shape)

    observers.append(listen)
    try:
        x = wg.vmap(lambda b: getattr(ops, name)(a, b, **params))(b)
    finally:
        observers.remove(listen)
    assert shapes[-1] == (4, 5 * columns)
    numpy.testing.assert_allclose((numpy.tril(a) if params else a) @ x.numpy(), b, atol=1e-12)


def test_solving_backward_solves_once() -> None:
    from wengert.core.state import observers

    seen: list[str] = []
    a, b = wg.tensor(numpy.eye(2) * 2), wg.tensor(numpy.ones((2, 1)))

    def listen(primitive: Any, *rest: Any) -> None:
        seen.append(primitive.name)

    def pulled(a: Any, b: Any) -> Any:
        return wg.vjp(ops.solve, a, b)[1](numpy.ones((2, 1)))

    observers.append(listen)
    try:
        wg.vjp(pulled, a, b)
    finally:
        observers.remove(listen)
    assert seen.count("solve") == 2
