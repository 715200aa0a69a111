"""LAPACK from machine code: what NumPy gives, whatever the size, the stack, the strides and the dtype."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.python.trees import flatten
from wengert.ops.matrices import equations as matrix_equations

pytest.importorskip("llvmlite")

from tests.compile.native.linear_algebra import (
    OPERATIONS,
    RECTANGULAR,
    SIZES,
    TOLERANCE,
    assert_native,
    definite,
    right_side,
    solve_banded,
    square,
    total,
)


@pytest.mark.part(8)
@pytest.mark.parametrize(("size", "dtype"), [(1, "float64"), (3, "float64"), (32, "float64"), (9, "float32")])
@pytest.mark.parametrize("name", OPERATIONS)
def test_one_matrix_and_a_stack(name: str, size: int, dtype: str) -> None:
    operation = OPERATIONS[name]
    one, stack = (operation.operands((*lead, size, size), dtype) for lead in ((), (2, 3)))

    def both(*operands: Any) -> Any:
        return operation.call(*operands[: len(one)]), operation.call(*operands[len(one) :])

    assert_native(both, *one, *stack, tolerance=TOLERANCE[dtype])


@pytest.mark.wide
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_matrices_of_all_sizes(name: str, size: int) -> None:
    operands = OPERATIONS[name].operands((size, size), "float64")
    assert_native(OPERATIONS[name].call, *operands, tolerance=TOLERANCE["float64"])


@pytest.mark.part(2)
@pytest.mark.parametrize("name", RECTANGULAR)
def test_rectangular_matrices(name: str) -> None:
    rng = numpy.random.default_rng(2)
    operands = [rng.normal(size=shape) for shape in [(5, 3), (3, 5), (1, 4), (40, 7), (2, 7, 40)]]
    assert_native(lambda *xs: tuple(OPERATIONS[name].call(x) for x in xs), *operands)
    singles = [x.astype("float32") for x in operands]
    assert_native(lambda *xs: tuple(OPERATIONS[name].call(x) for x in xs), *singles, tolerance=TOLERANCE["float32"])


@pytest.mark.part(8)
@pytest.mark.parametrize("size", [3, 7])
@pytest.mark.parametrize("name", OPERATIONS)
def test_operands_of_any_strides(name: str, size: int) -> None:
    """Transposed, sliced, backwards, a part of something larger, and computed on the way."""
    operation = OPERATIONS[name]
    operands = operation.operands((size, size), "float64")
    widened = [numpy.repeat(numpy.repeat(x, 2, 0), 3, 1) for x in operands]
    stacks = [numpy.stack([x, x + 0.01], -1) for x in operands]

    def f(operands: Any, widened: Any, turned: Any, backwards: Any, stacks: Any) -> Any:
        return (
            operation.call(*(x * 2 - x for x in operands)),
            operation.call(*(x[::2, ::3] for x in widened)),
            operation.call(*(np.transpose(x) for x in turned)),
            operation.call(*(x[::-1, ::-1] for x in backwards)),
            operation.call(*(np.moveaxis(x, -1, 0) for x in stacks)),
        )

    assert_native(f, operands, widened, [x.T for x in operands], [x[::-1, ::-1] for x in operands], stacks)


@pytest.mark.part(4)
@pytest.mark.parametrize("size", [3, 7])
@pytest.mark.parametrize("leads", [((), (4,)), ((4,), ()), ((2, 1), (3,)), ((1,), (4,)), ((1, 1), (4,)), ((), (2, 3))])
def test_stacks_that_broadcast(leads: tuple[tuple[int, ...], tuple[int, ...]], size: int) -> None:
    a, b = square((*leads[0], size, size)), right_side((*leads[1], size, size), 3)
    assert_native(np.linalg.solve, a, b)
    assert_native(OPERATIONS["solve_lower"].call, a, b)


@pytest.mark.parametrize("name", ["solve", "solve_lower"])
def test_numbers_of_two_precisions(name: str) -> None:
    for size in (3, 7):
        a, b = OPERATIONS[name].operands((size, size), "float64")
        assert_native(OPERATIONS[name].call, a.astype("float32"), b, tolerance=1e-5)


def test_bands() -> None:
    bands = numpy.random.default_rng(3).normal(size=(4, 9))
    bands[1] += 5
    for columns in (1, 3):
        b = right_side((9, 9), columns)
        assert_native(solve_banded, bands, b)
        assert_native(lambda *xs: wg.grad(total(solve_banded), (0, 1))(*xs), bands, b)


@pytest.mark.parametrize("lead", [(), (3,)])
def test_sylvester_equations(lead: tuple[int, ...]) -> None:
    """Of any two sizes; some eigenvalues are complex."""
    rng = numpy.random.default_rng(5)
    operands = []
    for m, n in ((1, 1), (3, 3), (2, 6), (20, 12)):
        a, b = rng.normal(size=(*lead, m, m)) + 6 * numpy.eye(m), rng.normal(size=(n, n))
        operands.append((a, b, rng.normal(size=(*lead, m, n))))
    assert_native(lambda *xs: tuple(matrix_equations.sylvester(*x) for x in xs), *operands)
    gradient = wg.grad(total(matrix_equations.sylvester), (0, 1, 2))
    assert_native(lambda *xs: gradient(*xs), *operands[2], tolerance=1e-7)


# -- derivatives -----------------------------------------------------------------------------------

WITHOUT_DERIVATIVES = ("permutation", "svd_full")
"""Pivots have none, nor have vectors beyond the singular values."""


@pytest.mark.part(6)
@pytest.mark.parametrize("size", [1, 3, 6])
@pytest.mark.parametrize("name", [n for n in OPERATIONS if n not in WITHOUT_DERIVATIVES])
def test_derivatives_in_both_modes(name: str, size: int) -> None:
    operation = OPERATIONS[name]
    operands = operation.operands((size, size), "float64")
    places = tuple(range(len(operands)))
    tangents = tuple(numpy.cos(x) for x in operands)

    def f(*xs: Any) -> Any:
        return wg.grad(total(operation.call), places)(*xs), wg.jvp(total(operation.call), xs, tangents)[1]

    assert_native(f, *operands, tolerance=1e-7)


@pytest.mark.parametrize("size", [3, 6])
def test_second_derivatives(size: int) -> None:
    s, b = definite((size, size)), right_side((size, size), 1)

    def loss(s: Any, b: Any) -> Any:
        return np.linalg.slogdet(s)[1] + np.sum(b * np.linalg.solve(s, b)) + np.sum(np.linalg.cholesky(s) ** 3)

    assert_native(lambda s, b: wg.grad(lambda s: np.sum(wg.grad(loss)(s, b) * np.cos(s)))(s), s, b, tolerance=1e-7)


# -- errors ----------------------------------------------------------------------------------------

SINGULAR = {"solve": np.linalg.solve, "inv": lambda a, b: np.linalg.inv(a)}


@pytest.mark.part(4)
@pytest.mark.parametrize("size", [2, 4, 7, 60])
@pytest.mark.parametrize("lead", [(), (3,)])
@pytest.mark.parametrize("name", SINGULAR)
def test_a_singular_matrix_raises_what_numpy_raises(name: str, lead: tuple[int, ...], size: int) -> None:
    a, b = square((*lead, size, size)), right_side((*lead, size, size))
    compiled = wg.jit(SINGULAR[name])
    compiled(a, b)
    a[..., -1, :] = 0
    for _ in range(2):
        with pytest.raises(np.linalg.LinAlgError, match=r"^Singular matrix$"):
            compiled(a, b)
    assert_native(SINGULAR[name], square(a.shape), b)


@pytest.mark.parametrize("size", [2, 4, 7, 100])
def test_a_zero_on_the_diagonal_of_a_triangle_raises(size: int) -> None:
    compiled = wg.jit(OPERATIONS["solve_upper"].call)
    a, b = definite((size, size)), right_side((size, size))
    compiled(a, b)
    a[size // 2, size // 2] = 0
    with pytest.raises(np.linalg.LinAlgError, match=r"^([Ss]ingular matrix|.*singular.*)"):
        compiled(a, b)


@pytest.mark.parametrize("size", [1, 2, 4, 7, 60])
def test_a_matrix_that_is_not_definite_raises_what_numpy_raises(size: int) -> None:
    compiled = wg.jit(np.linalg.cholesky)
    s = definite((3, size, size))
    compiled(s)
    s[2, -1, -1] = -1
    with pytest.raises(np.linalg.LinAlgError, match=r"^Matrix is not positive definite$"):
        compiled(s)


@pytest.mark.parametrize("size", [3, 9])
def test_state_stays_as_it_was(size: int) -> None:
    weights, count = wg.tensor(numpy.ones((size, size))), wg.tensor(0.0)

    @wg.jit
    def step(a: Any) -> Any:
        weights[...] = weights * 2
        count[...] = count + 1
        return np.linalg.solve(a, weights)

    step(numpy.eye(size))
    before = weights.numpy().copy()
    with pytest.raises(np.linalg.LinAlgError):
        step(numpy.zeros((size, size)))
    numpy.testing.assert_array_equal(weights.numpy(), before)
    assert float(count) == 1
    step(numpy.eye(size))
    assert float(count) == 2


def test_what_only_rounding_makes_singular_has_the_value_that_numpy_gives() -> None:
    """Pivots that vanish here and not there, or the other way round: NumPy decides."""
    a = numpy.array([[0.1, 0.3], [0.2, 0.6]])
    compiled, b = wg.jit(np.linalg.solve), numpy.ones((2, 1))
    try:
        expected = numpy.linalg.solve(a, b)
    except numpy.linalg.LinAlgError:
        with pytest.raises(np.linalg.LinAlgError):
            compiled(a, b)
    else:
        assert numpy.abs(expected).max() > 1e12
        assert numpy.abs(compiled(a, b).numpy()).max() > 1e12


# -- special numbers and sizes ---------------------------------------------------------------------


@pytest.mark.part(2)
@pytest.mark.parametrize("size", [2, 4, 7])
@pytest.mark.parametrize("name", ["solve", "inv", "det", "slogdet", "cholesky", "qr"])
def test_nan_comes_out(name: str, size: int) -> None:
    operation = OPERATIONS[name]
    operands = operation.operands((size, size), "float64")
    operands[0][0, 0] = numpy.nan
    compiled = wg.jit(operation.call)
    found = compiled(*operands)
    parts = found if isinstance(found, tuple) else (found,)
    assert any(numpy.isnan(part.numpy()).any() for part in parts)
    assert "NumPy step" not in compiled.report()


def test_singular_values_of_nan_raise_what_numpy_raises() -> None:
    compiled = wg.jit(lambda x: tuple(np.linalg.svd(x)))
    with pytest.raises(np.linalg.LinAlgError, match=r"^SVD did not converge$"):
        compiled(numpy.full((5, 5), numpy.nan))


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ["solve", "inv", "cholesky", "svd", "qr", "eigh"])
@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 3, 3)])
def test_empty_matrices(name: str, shape: tuple[int, ...]) -> None:
    operation = OPERATIONS[name]
    operands = [numpy.zeros(shape), numpy.zeros((*shape[:-1], 2))][: 1 + operation.solves]
    found, expected = wg.jit(operation.call)(*operands), operation.call(*map(np.asarray, operands))
    for part, wanted in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        assert part.shape == wanted.shape


@pytest.mark.parametrize("size", [1, 3, 6])
def test_determinant_of_a_singular_matrix(size: int) -> None:
    x = square((size, size))
    x[-1] = x[0] if size > 1 else 0
    assert_native(np.linalg.det, x)
    assert_native(lambda x: wg.grad(np.linalg.det)(x), x)
    x[...] = 0
    assert_native(lambda x: (*np.linalg.slogdet(x), wg.grad(np.linalg.det)(x)), x)


def test_complex_matrices_are_numpys() -> None:
    x = square((4, 4)) + 1j * square((4, 4))
    compiled = wg.jit(np.linalg.inv)
    numpy.testing.assert_allclose(compiled(x).numpy(), numpy.linalg.inv(x), rtol=1e-12)
