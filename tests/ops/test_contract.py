"""The matrix product: what it keeps, and its derivatives for every combination of ranks."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest
from tests import laws

import wengert as wg
import wengert.numpy as np
from wengert.ops import contract
from wengert.ops.contract import matmul

LEFT = [(3,), (2, 3), (4, 2, 3), (5, 1, 2, 3)]
RIGHT = [(3,), (3, 2), (4, 3, 2), (5, 4, 3, 2)]


@pytest.mark.parametrize(("left", "right"), list(itertools.product(LEFT, RIGHT)))
@pytest.mark.parametrize("dtypes", [("d", "d"), ("D", "d"), ("d", "D"), ("D", "D")])
def test_every_pair_of_ranks_and_kinds(left: tuple[int, ...], right: tuple[int, ...], dtypes: tuple[str, str]) -> None:
    args = tuple(
        laws.random_like(numpy.zeros(shape, dtype), i)
        for i, (shape, dtype) in enumerate(zip((left, right), dtypes, strict=True))
    )
    f = lambda x, y: (matmul(x, y),)
    numpy.testing.assert_allclose(f(*args)[0], args[0] @ args[1])
    laws.check_modes(f, args, 1e-12)
    laws.check_modes(laws.derivative(f, args), args, 1e-12)


@pytest.mark.parametrize(("left", "right"), [((2, 3), (3, 2)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2))])
def test_without_stacks_no_forms_are_made(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    x, y = wg.tensor(numpy.ones(left), requires_grad=True), wg.tensor(numpy.ones(right), requires_grad=True)
    out = x @ y
    assert out._node.forms is None
    out.backward(numpy.ones(out.shape))
    assert x.grad.shape == left
    assert y.grad.shape == right


@pytest.mark.parametrize("lead", [(), (4,), (2, 4), (2, 3, 4)])
def test_a_product_by_rows_is_the_product_with_the_transposed(lead: tuple[int, ...]) -> None:
    rng = numpy.random.default_rng(0)
    x, w, dx, dw, v = (rng.normal(size=s) for s in ((*lead, 3), (5, 3), (*lead, 3), (5, 3), (*lead, 5)))

    def derivatives(product: Any) -> Any:
        def f(x: Any, w: Any) -> Any:
            return np.sum(product(x, w) ** 3 * v)

        gradients = wg.grad(f, (0, 1))
        return [*gradients(x, w), *wg.jvp(gradients, (x, w), (dx, dw))[1], wg.jvp(f, (x, w), (dx, dw))[1]]

    ours = derivatives(contract.product_by_rows)
    theirs = derivatives(lambda x, w: contract.matmul(x, contract.matrix_transpose(w)))
    for found, expected in zip(ours, theirs, strict=True):
        numpy.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_gradient_of_a_matrix_of_rows_lies_in_memory_as_the_matrix_does() -> None:
    np.linalg.eigh(numpy.eye(2))  # from now on products are asked whether they are functions of a matrix
    x, w = wg.tensor(numpy.ones((2, 4, 3))), wg.tensor(numpy.ones((5, 3)), requires_grad=True)
    product = contract.product_by_rows(x, w)
    assert product._node.primitive.name == "product_by_rows"
    product.sum().backward()
    assert w.grad is not None
    assert w.grad.numpy().flags.c_contiguous


def test_a_function_of_a_matrix_is_known_by_its_rows_too() -> None:
    def root(product: Any) -> Any:
        def f(x: Any) -> Any:
            values, vectors = np.linalg.eigh(x)
            return np.sum(product(vectors * np.sqrt(values), vectors) * numpy.arange(9.0).reshape(3, 3))

        return wg.grad(f)(numpy.diag([2.0, 2.0, 5.0]))

    expected = root(lambda x, w: x @ w.T)
    assert numpy.isfinite(expected).all()
    numpy.testing.assert_allclose(root(contract.product_by_rows), expected, rtol=1e-12)


def test_what_is_no_real_matrix_is_multiplied_as_any_other() -> None:
    w = numpy.arange(15.0).reshape(5, 3)
    for x, matrix in ((numpy.ones((0, 3)), w), (numpy.ones(3) * 1j, w), (numpy.ones((4, 3), "float32"), w)):
        found = contract.product_by_rows(wg.tensor(x), wg.tensor(matrix))
        expected = x @ matrix.T
        assert found.dtype == expected.dtype
        numpy.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match="matmul"):
        contract.product_by_rows(wg.tensor(numpy.ones(4)), wg.tensor(w))


def test_a_node_of_rows_keeps_its_own_copy_of_an_array_from_outside() -> None:
    rows, w = numpy.ones((2, 3)), wg.tensor(numpy.ones((5, 3)), requires_grad=True)
    loss = np.matvec(w, rows).sum()
    rows[:] = 7.0
    loss.backward()
    numpy.testing.assert_array_equal(w.grad, numpy.full((5, 3), 2.0))
