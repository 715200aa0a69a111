"""Dtypes are NumPy's objects, promoted by NumPy's rules; constants and inspection."""

from __future__ import annotations

import itertools
import operator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

DTYPES = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "complex64", "complex128",
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), list(itertools.product(DTYPES, DTYPES)))
def test_promotion_is_numpys(left: str, right: str) -> None:
    a, b = numpy.ones(2, left), numpy.ones(2, right)
    for operate in [operator.add, operator.mul, operator.truediv, numpy.maximum]:
        assert operate(wg.tensor(a), wg.tensor(b)).dtype == operate(a, b).dtype
    assert np.result_type(wg.tensor(a), right) == numpy.result_type(left, right)
    assert np.can_cast(wg.tensor(a), right) == numpy.can_cast(left, right)


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes_are_numpys(name: str) -> None:
    assert getattr(np, name) is getattr(numpy, name)
    assert wg.tensor(numpy.ones(2, name)).dtype == getattr(np, name)


@pytest.mark.parametrize("name", ["e", "pi", "inf", "euler_gamma", "newaxis"])
def test_constants_are_numpys(name: str) -> None:
    assert getattr(np, name) == getattr(numpy, name)


def test_nan_is_not_itself() -> None:
    assert np.nan != np.nan


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64"])
def test_finfo_of_dtypes_and_tensors(dtype: str) -> None:
    assert np.finfo(dtype).eps == numpy.finfo(dtype).eps
    assert np.finfo(wg.tensor(numpy.ones(2, dtype))).max == numpy.finfo(dtype).max


def test_iinfo_of_dtypes_and_tensors() -> None:
    assert np.iinfo("int8").max == 127
    assert np.iinfo(wg.tensor([1, 2])).min == -(2**63)


def test_astype() -> None:
    x = wg.tensor([1.5, -2.5])
    assert np.astype(x, np.int32).tolist() == [1, -2]
    assert np.astype(x, np.float64, copy=False) is x
    assert np.astype(x, np.float64) is not x
    assert np.astype(x, np.float32, device="cpu").dtype == np.float32
    with pytest.warns(numpy.exceptions.ComplexWarning):
        assert np.astype(wg.tensor([1 + 2j]), float).tolist() == [1.0]
    with pytest.raises(ValueError, match=r"\[astype\] device='gpu' was given, wanted 'cpu'"):
        np.astype(x, np.float32, device="gpu")


def test_astype_differentiates_through_other_precisions() -> None:
    slope = wg.grad(lambda x: np.astype(np.astype(x, np.float32) ** 2, np.float64).sum())(numpy.array([1.5, 2.0]))
    assert slope.dtype == np.float64
    assert slope.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("value", [2.0, [1, 2], [[1.0], [2.0]], numpy.zeros((2, 0))])
def test_form_of_anything(value: Any) -> None:
    for given in [value, wg.tensor(value)]:
        assert np.shape(given) == numpy.shape(value)
        assert np.ndim(given) == numpy.ndim(value)
        assert np.size(given) == numpy.size(value)
    assert np.size([[1, 2, 3]], 1) == 3


def test_form_inside_vmap() -> None:
    def f(x: wg.Tensor) -> wg.Tensor:
        assert np.shape(x) == (3,)
        assert np.size(x) == 3
        assert np.isrealobj(x)
        return x * np.ndim(x)

    assert wg.vmap(f)(numpy.ones((2, 3))).shape == (2, 3)


def test_kinds() -> None:
    assert np.iscomplexobj(wg.tensor(1j))
    assert np.isrealobj(wg.tensor(1.0))
    assert np.isscalar(2.0)
    assert np.isscalar(wg.tensor(2.0))
    assert not np.isscalar(wg.tensor([2.0]))
    assert np.isdtype(wg.tensor(2.0).dtype, "real floating")
    assert np.issubdtype(wg.tensor(2).dtype, np.integer)
