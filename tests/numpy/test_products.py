"""Products: what the laws do not say."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


@pytest.mark.parametrize(
    ("subscripts", "shapes", "message"),
    [
        ("ij,jk", [(2, 3)], "[einsum] the subscripts 'ij,jk' has 2 terms for 1 operands, wanted one term"),
        ("i.j", [(2, 3)], "have the term 'i.j', wanted letters"),
        ("i", [(2, 3)], "have the term 'i' for an operand of shape (2, 3), wanted one letter for each axis"),
        ("ijk", [(2, 3)], "have the term 'ijk' for an operand of shape (2, 3), wanted one letter for each axis"),
        ("ij->ii", [(2, 3)], "have 'i' 2 times in the result, wanted each letter once"),
        ("ij->k", [(2, 3)], "have 'k' 1 times in the result, wanted each letter once"),
        ("...i->i", [(2, 3)], "drop the axes of '...', wanted '...' in the result too"),
        ("ij,ij", [(2, 3), (2, 4)], "have 'j' for axes of length 3 and 4, wanted one length a letter"),
        ("ii", [(1, 3)], "have the term 'ii' for a diagonal of axes of lengths 1 and more, wanted equal lengths"),
    ],
)
def test_einsum_names_the_term_that_is_wrong(subscripts: str, shapes: list[Any], message: str) -> None:
    operands = [numpy.ones(shape) for shape in shapes]
    with pytest.raises(ValueError, match=r"^\[einsum\]") as caught:
        np.einsum(subscripts, *operands)
    assert message in str(caught.value)
    with pytest.raises(ValueError, match=r"."):
        numpy.einsum(subscripts, *operands)


def test_einsum_orders_labels_as_numpy_does() -> None:
    x = numpy.arange(6.0).reshape(2, 3)
    for labels in ([1, 0], [27, 26], [26, 25], [Ellipsis, 3]):
        numpy.testing.assert_array_equal(np.einsum(x, labels).numpy(), numpy.einsum(x, labels))


def test_einsum_with_dtype() -> None:
    out = np.einsum("ij,j->i", numpy.ones((2, 3), int), numpy.ones(3, int), dtype=float)
    assert out.dtype == numpy.float64


def test_einsum_in_a_loop_of_derivatives_stays_an_einsum() -> None:
    x = numpy.random.default_rng(0).standard_normal((3, 3))
    f = lambda t: np.einsum("ij,jk,ki", t, t, t)
    for _ in range(2):
        f = _sum_of_gradient(f)
    numpy.testing.assert_allclose(wg.grad(f)(x).numpy(), _third_of_trace_of_cube(x), rtol=1e-12)


def _sum_of_gradient(f: Any) -> Any:
    return lambda x: np.einsum("ij->", wg.grad(f)(x))


def _third_of_trace_of_cube(x: Any) -> Any:
    """d/dx of the sum of second derivatives of tr x^3: each is linear in x, so differences are exact."""

    def second(y: Any) -> float:
        gradient = lambda z: 3 * (z @ z).T
        ones = numpy.ones_like(y)
        return float(numpy.sum(gradient(y + ones) - gradient(y - ones)) / 2)

    units = numpy.eye(9).reshape(9, 3, 3)
    return numpy.array([(second(x + unit) - second(x - unit)) / 2 for unit in units]).reshape(3, 3)


@pytest.mark.parametrize("name", ["matmul", "dot", "inner", "outer", "vdot", "kron", "tensordot", "vecdot"])
def test_integers_and_lists(name: str) -> None:
    x, y = [[1, 2], [3, 4]], numpy.array([[5, 6], [7, 8]], numpy.int32)
    actual, expected = getattr(np, name)(x, y), getattr(numpy, name)(x, y)
    numpy.testing.assert_array_equal(actual.numpy(), expected)
    assert actual.dtype == expected.dtype


def test_operator() -> None:
    x, y = wg.tensor([[1.0, 2.0]]), numpy.array([[3.0], [4.0]])
    assert (x @ y).tolist() == [[11.0]]
    assert (x @ [1.0, 1.0]).tolist() == [3.0]
    assert ([1.0] @ x).tolist() == [1.0, 2.0]


def test_product_of_mixed_dtypes_keeps_the_dtype_of_each_gradient() -> None:
    x, y = numpy.ones((2, 3), numpy.float32), numpy.ones((3, 2))
    left, right = wg.grad(lambda a, b: np.einsum("ij->", a @ b), argnums=(0, 1))(x, y)
    assert (left.dtype, right.dtype) == (numpy.float32, numpy.float64)


@pytest.mark.parametrize(("left", "right"), [((2, 3), (2, 3)), ((3,), (2,)), ((2, 2, 3), (3, 3, 2))])
def test_matmul_names_the_shapes_that_do_not_fit(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^\[matmul\] the shapes are .*, wanted") as caught:
        np.matmul(numpy.ones(left), numpy.ones(right))
    assert f"{left} and {right}" in str(caught.value)
    with pytest.raises(ValueError, match=r"."):
        wg.vmap(np.matmul)(numpy.ones((2, *left)), numpy.ones((2, *right)))


def test_matmul_refuses_scalars() -> None:
    with pytest.raises(ValueError, match=r"write .* x \* y for a product with a scalar"):
        np.matmul(2.0, numpy.ones((2, 2)))


def test_matmul_keeps_only_the_operand_that_a_derivative_needs() -> None:
    x, w = wg.tensor(numpy.ones((2, 3))), wg.tensor(numpy.ones((3, 4)), requires_grad=True)
    assert [r is None for r in (x @ w)._node.residuals] == [False, True, True]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: np.tensordot(numpy.ones((2, 3)), numpy.ones((2, 3))[:, :2]), r"\[tensordot\] the shapes are"),
        (lambda: np.tensordot(numpy.ones((2, 3)), numpy.ones((2, 3)), axes=([0, 1], [0])), r"\[tensordot\] axes="),
        (lambda: np.cross(numpy.ones(4), numpy.ones(3)), r"\[cross\] the vectors have lengths 4 and 3"),
        (lambda: np.convolve(numpy.ones((2, 2)), numpy.ones(2)), r"\[convolve\] the shapes are \(2, 2\) and \(2,\)"),
        (lambda: np.convolve([], [1.0]), r"\[convolve\] .* not empty"),
        (lambda: np.correlate(numpy.ones(3), numpy.ones(2), mode="half"), r"\[correlate\] mode='half', wanted"),
        (lambda: np.trace(numpy.ones(3)), r"\[trace\] the shape is \(3,\)"),
        (lambda: np.trace(numpy.ones((2, 2)), axis1=1, axis2=-1), r"\[trace\] axis1=1 and axis2=-1 are the same"),
    ],
)
def test_errors_say_what_was_wanted(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
def test_cross_of_vectors_in_the_plane() -> None:
    x, y = numpy.array([1.0, 2.0]), numpy.array([[3.0, 4.0], [5.0, 7.0]])
    z = numpy.array([1.0, 2.0, 3.0])
    numpy.testing.assert_array_equal(np.cross(x, y).numpy(), numpy.cross(x, y))
    numpy.testing.assert_array_equal(np.cross(x, z).numpy(), numpy.cross(x, z))
    numpy.testing.assert_array_equal(np.cross(z, y).numpy(), numpy.cross(z, y))


@pytest.mark.parametrize("offset", range(-4, 5))
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
def test_trace_of_every_diagonal(shape: tuple[int, int], offset: int) -> None:
    x = numpy.random.default_rng(0).standard_normal(shape)
    numpy.testing.assert_allclose(np.trace(x, offset).numpy(), numpy.trace(x, offset))


def test_axes_that_are_given_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="tensordot") as error:
        np.tensordot(numpy.ones((3, 3)), numpy.ones((3, 3)), axes=([0, 0], [0, 1]))
    assert str(error.value) == (
        "[tensordot] the axes to sum over are [0, 0] and [0, 1], wanted each axis once; write np.einsum for a "
        "diagonal, such as np.einsum('ii,ij->j', a, b)"
    )
