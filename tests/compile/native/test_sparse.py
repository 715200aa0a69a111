"""Products with sparse matrices in machine code, of raw arrays and in programs: what SciPy gives, to rounding."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.sparse

import wengert as wg
from wengert.core import routines
from wengert.ops.matrices.sparse import Pattern, parts_of, sampled, spread

pytest.importorskip("llvmlite")

RNG = numpy.random.default_rng(5)
SHAPE = (60, 40)
WIDTHS = [None, 1, 2, 3, 7, 16, 31]
DTYPES = ["float64", "float32", "int64", "int32"]
of_every_width = pytest.mark.parametrize("width", WIDTHS)
of_every_dtype = pytest.mark.parametrize("dtype", DTYPES)
from_either_side = pytest.mark.parametrize("is_turned", [False, True], ids=["by rows", "by columns"])


def numbers(shape: Any, dtype: str) -> Any:
    return RNG.integers(-9, 9, shape).astype(dtype) if dtype[0] == "i" else RNG.standard_normal(shape).astype(dtype)


def pattern(is_turned: bool, index: str = "int32") -> Pattern:
    """Places in any order, some of them twice, and with rows and columns that are empty."""
    major, minor = SHAPE[::-1] if is_turned else SHAPE
    rows = numpy.sort(RNG.integers(0, major - 1, 300))
    rows += rows >= major // 2
    pointers = numpy.searchsorted(rows, numpy.arange(major + 1)).astype(index)
    return Pattern(SHAPE, RNG.integers(1, minor, 300).astype(index), pointers, is_turned)


def dense(data: Any, places: Pattern) -> Any:
    made = numpy.zeros(places.shape, data.dtype)
    numpy.add.at(made, (places.rows, places.columns), data)
    return made


def columns(length: int, width: int | None, dtype: str) -> Any:
    return numbers((length,) if width is None else (length, width), dtype)


def close(found: Any, expected: Any) -> None:
    assert found.dtype == expected.dtype
    limit = 1e-5 if expected.dtype == numpy.float32 else 1e-13
    numpy.testing.assert_allclose(found, expected, rtol=limit, atol=20 * limit)


@pytest.mark.part(6)
@from_either_side
@of_every_width
@of_every_dtype
@pytest.mark.parametrize("is_constant", [False, True], ids=["numbers given", "numbers known"])
def test_compiled_product(dtype: str, width: int | None, is_turned: bool, is_constant: bool) -> None:
    places, data = pattern(is_turned), numbers(300, dtype)
    x = columns(SHAPE[1], width, dtype)
    given = wg.tensor(data)
    if is_constant:
        found = wg.jit(lambda x: spread(data.copy(), x, pattern=places))(x)
    else:
        found = wg.jit(lambda data, x: spread(data, x, pattern=places))(given, x)
    close(found.numpy(), dense(data, places) @ x)


@pytest.mark.part(4)
@from_either_side
@of_every_width
@of_every_dtype
def test_compiled_outer_product(dtype: str, width: int | None, is_turned: bool) -> None:
    places = pattern(is_turned)
    u, x = (columns(length, width, dtype) for length in SHAPE)
    found = wg.jit(lambda u, x: sampled(u, x, pattern=places))(u, x)
    whole = numpy.outer(u, x) if width is None else u @ x.T
    close(found.numpy(), whole[places.rows, places.columns])


@pytest.mark.part(6)
@from_either_side
@of_every_width
@pytest.mark.parametrize("index", ["int32", "int64", "int16"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_eager(dtype: str, index: str, width: int | None, is_turned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routines, "WORTH_A_ROUTINE", 1)
    places, data = pattern(is_turned, index), numbers(300, dtype)
    u, x = (columns(length, width, dtype) for length in SHAPE)
    close(spread(wg.tensor(data), x, pattern=places).numpy(), dense(data, places) @ x)
    whole = numpy.outer(u, x) if width is None else u @ x.T
    close(sampled(wg.tensor(u), x, pattern=places).numpy(), whole[places.rows, places.columns])
    assert routines.routine_by_size(spread.primitive, 1) is not None


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (3, 4)], ids=str)
def test_nothing_in_it(shape: tuple[int, int]) -> None:
    matrix = scipy.sparse.csr_array(shape)
    x = numpy.ones((shape[1], 2))
    assert wg.jit(lambda x: matrix @ x)(x).tolist() == (matrix @ x).tolist()
    assert wg.jit(wg.grad(lambda x: (matrix @ x).sum()))(x).tolist() == numpy.zeros_like(x).tolist()


def test_shared_by_threads_and_of_many_columns() -> None:
    matrix = scipy.sparse.random_array((3_000, 2_000), density=0.01, rng=RNG, format="csr")
    x = RNG.standard_normal((2_000, 37))
    compiled = wg.jit(lambda x: matrix @ x)(x)
    close(compiled.numpy(), matrix @ x)
    assert (matrix @ wg.tensor(x)).tolist() == compiled.tolist()


def test_in_a_loop() -> None:
    matrix = scipy.sparse.random_array((30, 30), density=0.1, rng=RNG, format="csc")

    def power(x: Any) -> Any:
        return wg.fori_loop(0, 3, lambda i, x: matrix @ x, x)

    x = RNG.standard_normal(30)
    close(wg.jit(power)(x).numpy(), matrix @ (matrix @ (matrix @ x)))
    slope = wg.jit(wg.grad(lambda x: power(x).sum()))(x).numpy()
    close(slope, matrix.T @ (matrix.T @ (matrix.T @ numpy.ones(30))))


def test_derivatives_and_batches_are_compiled_the_same() -> None:
    data, places = parts_of(scipy.sparse.random_array((30, 20), density=0.1, rng=RNG, format="csr"))

    def f(data: Any, x: Any) -> Any:
        return (spread(data, x, pattern=places) ** 3).sum()

    x = RNG.standard_normal(20)
    for derive in (wg.grad(f, (0, 1)), wg.hessian(f, (0, 1))):
        for found, expected in zip(*map(wg.trees.leaves, (wg.jit(derive)(data, x), derive(data, x))), strict=True):
            numpy.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    batch = RNG.standard_normal((4, 20))
    found = wg.jit(wg.vmap(wg.grad(f, 1), in_axes=(None, 0)))(data, batch)
    numpy.testing.assert_allclose(found, [wg.grad(f, 1)(data, x) for x in batch], rtol=1e-12, atol=1e-12)
