"""Matrix products in native programs are those of NumPy, whatever the ranks, sizes and strides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((2, 3), (5, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((6, 1, 2, 3), (5, 3, 4)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((1, 1), (1, 1)),
    ((1, 3), (3, 1)),
    ((3, 1), (1, 3)),
    ((2, 1), (1, 1)),
    ((1, 400), (400, 1)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((150, 130), (130, 70)),
    ((30, 5), (5, 700)),
    ((12, 40, 20), (12, 20, 10)),
    ((900, 200), (200,)),
    ((20, 9000), (9000, 33)),
    ((7, 500), (500, 300)),
    ((300, 1100), (1100, 290)),
    ((3, 70, 130), (3, 130, 90)),
]


def turned(x: Any) -> Any:
    return np.swapaxes(x, -1, -2) if x.ndim > 1 else x


FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "plain": lambda x, y: x @ y,
    "turned": lambda x, y: (
        turned(y) @ turned(x) if x.ndim > 1 and y.ndim > 1 else y @ turned(x) if y.ndim == 1 else x @ y
    ),
    "reversed": lambda x, y: x[..., ::-1] @ y,
    "computed": lambda x, y: np.tanh((x + 1) @ (y * 2) + 1),
    "twice": lambda x, y: (x @ y) + (x @ (2 * y)),
    "derivative": lambda x, y: wg.grad(lambda x, y: np.sum(np.sin(x @ y)), argnums=(0, 1))(x, y),
}


@pytest.mark.part(8)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_products(shapes: Any, dtype: str) -> None:
    rng = numpy.random.default_rng(0)
    x, y = (rng.standard_normal(shape).astype(dtype) for shape in shapes)
    every = lambda x, y: [form(x, y) for form in FORMS.values()]
    found, expected = wg.jit(every)(x, y), every(np.asarray(x), np.asarray(y))
    length = max(1, x.shape[-1])
    tolerance = 64 * length * numpy.finfo(dtype).eps  # rounding of sums of so many terms
    for a, e in zip(
        *[[leaf for f in r for leaf in (f if isinstance(f, tuple) else (f,))] for r in (found, expected)], strict=True
    ):
        assert (a.shape, a.dtype) == (e.shape, e.dtype)
        numpy.testing.assert_allclose(a.numpy(), e.numpy(), rtol=tolerance, atol=tolerance)


EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,kj->ki", (2, 3), (4, 3)),
    ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)),
    ("i,j->ij", (2,), (3,)),
    ("ii->i", (3, 3)),
    ("ii->", (3, 3)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("i,i->", (3,), (3,)),
    ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)),
    ("bhqk,bhkd->bqhd", (2, 2, 3, 4), (2, 2, 4, 5)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
    ("ij,k->", (2, 3), (4,)),
    ("ij,j->i", (2, 3), (3,)),
    ("...i,...i->...", (2, 3), (2, 3)),
    ("ij,ik->jk", (1, 3), (1, 3)),
    ("ab,ba->ab", (2, 3), (3, 2)),
    ("ii,ij->j", (3, 3), (3, 2)),
    ("aij,bij->ab", (2, 3, 4), (5, 3, 4)),
    ("i,->i", (3,), ()),
]


@pytest.mark.part(2)
@pytest.mark.parametrize("case", EINSUMS, ids=lambda case: case[0])
def test_einsums(case: Any) -> None:
    spec, *shapes = case
    rng = numpy.random.default_rng(0)
    operands = [rng.standard_normal(shape) for shape in shapes]

    def f(*operands: Any) -> Any:
        return np.einsum(spec, *operands), wg.grad(lambda x: np.sum(np.einsum(spec, x, *operands[1:]) ** 2))(
            operands[0]
        )

    found, expected = wg.jit(f)(*operands), f(*map(np.asarray, operands))
    for a, e in zip(found, expected, strict=True):
        assert a.shape == e.shape
        numpy.testing.assert_allclose(a.numpy(), e.numpy(), rtol=1e-12, atol=1e-13)
    numpy.testing.assert_allclose(found[0].numpy(), numpy.einsum(spec, *operands), rtol=1e-12, atol=1e-13)


def test_one_operand_on_both_sides() -> None:
    x = numpy.random.default_rng(0).standard_normal((7, 5))
    numpy.testing.assert_allclose(wg.jit(lambda x: x.T @ x)(x).numpy(), x.T @ x, rtol=1e-12)


def test_other_dtypes_are_done_by_numpy() -> None:
    x = numpy.arange(6).reshape(2, 3)
    for dtype in ("int32", "bool", "float16", "complex128"):
        found = wg.jit(lambda x: x @ x.T)(x.astype(dtype)).numpy()
        assert found.dtype == dtype
        numpy.testing.assert_array_equal(found, x.astype(dtype) @ x.T.astype(dtype))
