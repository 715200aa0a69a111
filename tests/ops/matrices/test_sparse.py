"""Products with constants of SciPy's sparse formats."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy
import pytest
import scipy.sparse

import wengert as wg
import wengert.numpy as np
from wengert.ops.matrices.sparse import Pattern, parts_of, spread

RNG = numpy.random.default_rng(7)
MATRIX = scipy.sparse.random_array((5, 4), density=0.5, rng=RNG, format="csr")
DENSE = MATRIX.toarray()
FORMATS = ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")
KINDS = [getattr(scipy.sparse, f"{name}_{kind}") for name in FORMATS for kind in ("array", "matrix")]
of_every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.mark.part(8)
@of_every_kind
@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 3), (2, 4, 3), (4, 0)], ids=str)
def test_product(kind: Any, shape: tuple[int, ...]) -> None:
    matrix, x = kind(MATRIX), RNG.standard_normal(shape)
    numpy.testing.assert_allclose((matrix @ wg.tensor(x)).numpy(), DENSE @ x, rtol=1e-13)
    numpy.testing.assert_allclose(wg.jit(lambda x: matrix @ x)(x).numpy(), DENSE @ x, rtol=1e-13)


@pytest.mark.part(8)
@of_every_kind
@pytest.mark.parametrize("shape", [(5,), (1, 5), (3, 5), (2, 3, 5), (0, 5)], ids=str)
def test_product_from_left(kind: Any, shape: tuple[int, ...]) -> None:
    matrix, x = kind(MATRIX), RNG.standard_normal(shape)
    numpy.testing.assert_allclose((wg.tensor(x) @ matrix).numpy(), x @ DENSE, rtol=1e-13)
    numpy.testing.assert_allclose(wg.jit(lambda x: x @ matrix)(x).numpy(), x @ DENSE, rtol=1e-13)


@of_every_kind
def test_derivatives(kind: Any) -> None:
    matrix = kind(MATRIX)

    def f(x: Any) -> Any:
        return np.sum((matrix @ x) ** 3)

    x = RNG.standard_normal(4)
    value = DENSE @ x
    numpy.testing.assert_allclose(wg.grad(f)(x).numpy(), 3 * DENSE.T @ value**2, rtol=1e-12)
    numpy.testing.assert_allclose(wg.hessian(f)(x).numpy(), 6 * DENSE.T @ (value[:, None] * DENSE), rtol=1e-12)
    numpy.testing.assert_allclose(
        wg.jit(lambda x, v: wg.hvp(f, (x,), (v,)))(x, x).numpy(), 6 * DENSE.T @ value**2, rtol=1e-12
    )


def test_backward_of_a_product() -> None:
    x = wg.tensor(RNG.standard_normal(4), requires_grad=True)
    np.sum(MATRIX @ x).backward()
    numpy.testing.assert_allclose(numpy.asarray(x.grad), DENSE.sum(0), rtol=1e-13)


@pytest.mark.parametrize("what", ["data", "indices"])
def test_a_write_to_the_matrix_is_seen_by_compiled_code(what: str) -> None:
    matrix = scipy.sparse.csr_array(([1.0, 2.0], [0, 1], [0, 1, 2]), shape=(2, 2))
    product = wg.jit(lambda x: matrix @ x)
    x = numpy.array([1.0, 10.0])
    assert product(x).tolist() == [1.0, 20.0]
    getattr(matrix, what)[0] = 1 if what == "indices" else 5
    assert product(x).tolist() == (matrix @ x).tolist()


@pytest.mark.parametrize("what", ["data", "indices"])
def test_a_write_between_forward_and_backward_changes_nothing(what: str) -> None:
    matrix = scipy.sparse.csr_array(([1.0, 2.0], [0, 1], [0, 1, 2]), shape=(2, 2))
    x = wg.tensor([1.0, 10.0], requires_grad=True)
    total = np.sum(matrix @ x)
    getattr(matrix, what)[0] = 1 if what == "indices" else 5
    total.backward()
    assert numpy.asarray(x.grad).tolist() == [1.0, 2.0]


def test_patterns_are_compared_by_their_places() -> None:
    one, same, other = (Pattern((2, 2), numpy.array(i), numpy.array([0, 1, 2])) for i in ([0, 1], [0, 1], [1, 1]))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != one.T
    assert one.T.T is one
    assert repr(one) == "<2 places in 2 x 2>"


def test_half_precision_is_rounded_once() -> None:
    matrix, x = MATRIX.astype("float32"), RNG.standard_normal(4).astype("float16")
    data, pattern = parts_of(matrix)
    half = wg.tensor(data.astype("float16"))
    product = spread(half, wg.tensor(x), pattern=pattern)
    assert product.dtype == "float16"
    numpy.testing.assert_allclose(product.numpy(), DENSE @ x, rtol=5e-3, atol=1e-3)


def test_pattern_of_a_derivative() -> None:
    jacobian = wg.jacobian(lambda x: (MATRIX @ x) ** 2, sparse=True)(numpy.ones(4))
    assert jacobian.nnz == MATRIX.nnz
    numpy.testing.assert_allclose(jacobian.toarray(), 2 * (DENSE @ numpy.ones(4))[:, None] * DENSE, rtol=1e-13)


def test_shapes_that_do_not_go_together() -> None:
    advice = (
        "wanted the last axis of the first as long as the last but one of the second (or the only one of a vector); "
        "write A.T for a matrix transposed"
    )
    with pytest.raises(ValueError, match="matmul") as error:
        _ = MATRIX @ wg.tensor(numpy.ones(5))
    assert str(error.value).startswith(f"[matmul] the shapes are (5, 4) and (5,), {advice}")
    with pytest.raises(ValueError, match="matmul") as error:
        _ = wg.tensor(numpy.ones(4)) @ MATRIX
    assert str(error.value).startswith(f"[matmul] the shapes are (4,) and (5, 4), {advice}")


def test_a_tensor_of_one_axis_more_is_an_array_still() -> None:
    """Only a product asks what a tensor is in this way; SciPy's other functions get its values."""
    assert isinstance(scipy.sparse.csr_array(wg.tensor(DENSE)), scipy.sparse.csr_array)
    assert type(MATRIX.multiply(numpy.asarray(wg.tensor(DENSE)))) is scipy.sparse.coo_array


@pytest.mark.parametrize("matrix", [MATRIX, MATRIX.tocsc()], ids=["csr", "csc"])
def test_the_numbers_are_an_input_of_compiled_code(matrix: Any) -> None:
    matrix = matrix.copy()
    product = wg.jit(lambda x: matrix @ x)
    x = RNG.standard_normal(4)
    product(x)
    matrix.data *= 2.0
    numpy.testing.assert_allclose(product(x).numpy(), 2 * DENSE @ x, rtol=1e-13)
    assert "1 program\n" in product.report()


def test_places_stay_as_they_are() -> None:
    _, pattern = parts_of(MATRIX)
    assert not pattern.indices.flags.writeable
    assert MATRIX.indices.flags.writeable
    for other in (pickle.loads(pickle.dumps(pattern)), copy.deepcopy(pattern)):
        assert other == pattern
        assert not other.pointers.flags.writeable


def test_an_array_that_was_read_only_is_looked_at() -> None:
    index = numpy.array([0, 1])
    index.flags.writeable = False
    taken = wg.jit(lambda x: x[index])
    x = numpy.array([1.0, 2.0, 3.0])
    assert taken(x).tolist() == [1.0, 2.0]
    index.flags.writeable = True
    index[0] = 2
    assert taken(x).tolist() == [3.0, 2.0]
