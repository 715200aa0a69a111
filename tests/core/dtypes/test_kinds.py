"""Dtypes: bfloat16 is promoted as in JAX, and is known wherever a dtype is asked about."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import ml_dtypes
import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.dtypes import kinds

WITH_ANOTHER = {
    **dict.fromkeys(("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"), "bfloat16"),
    "bfloat16": "bfloat16",
    "float16": "float32", "float32": "float32", "float64": "float64",
    "complex64": "complex64", "complex128": "complex128",
}  # fmt: skip
"""``{d: jax.numpy.promote_types("bfloat16", d) for d in ...}`` of JAX 0.7, with ``jax_enable_x64``."""

WITH_A_NUMBER = {True: "bfloat16", 2: "bfloat16", 2.5: "bfloat16", 2j: "complex64"}
"""``(jax.numpy.ones(2, "bfloat16") * number).dtype``."""


@pytest.mark.part(2)
@pytest.mark.parametrize("other", WITH_ANOTHER)
def test_promotion_is_that_of_jax(other: str) -> None:
    x, y, wanted = np.ones(2, "bfloat16"), np.ones(2, other), WITH_ANOTHER[other]
    for run in (lambda x, y: x * y, wg.jit(lambda x, y: x * y), wg.vmap(lambda x, y: x * y)):
        assert run(x, y).dtype == run(y, x).dtype == wanted
    assert np.result_type(x, other) == np.promote_types(other, "bfloat16") == wanted
    assert np.concatenate([x, y]).dtype == np.where(x > 1, y, x).dtype == wanted
    assert (x * y.numpy()).dtype == (y.numpy() * x).dtype == (x * y.numpy()[0]).dtype == wanted


@pytest.mark.parametrize("number", WITH_A_NUMBER)
def test_numbers_of_python_are_weak(number: Any) -> None:
    x, wanted = np.ones(2, "bfloat16"), WITH_A_NUMBER[number]
    for operate in (
        lambda x: x * number,
        lambda x: number + x,
        lambda x: x**number,
        lambda x: np.where(x > 1, x, number),
    ):
        assert operate(x).dtype == wg.jit(operate)(x).dtype == wanted
    assert np.result_type(x, number) == wanted


def test_what_is_known_of_it() -> None:
    dtype = numpy.dtype(wg.bfloat16)
    assert wg.bfloat16 is ml_dtypes.bfloat16
    found = np.finfo("bfloat16")
    assert (found.bits, found.eps, found.smallest_normal) == (16, 2.0**-7, 2.0**-126)
    assert found.max == 255 * 2.0**120
    assert np.isdtype(dtype, "real floating")
    assert np.isdtype(dtype, ("integral", dtype))
    assert not np.isdtype(dtype, "complex floating")
    assert np.issubdtype(dtype, numpy.floating)
    assert np.issubdtype("bfloat16", numpy.inexact)
    assert not np.issubdtype(dtype, numpy.integer)
    assert np.can_cast("bfloat16", "float32")
    assert not np.can_cast("float32", "bfloat16")


@pytest.mark.parametrize(
    "dtype", ["bfloat16", "float16", "float64", "complex64", "int8", "bool", "U3", "O", "V2", "M8[s]"]
)
def test_questions(dtype: str) -> None:
    """Each answer is what NumPy says of float16, for bfloat16, and what it says of the dtype itself for others."""
    asked, like = kinds.as_dtype(dtype), numpy.dtype("float16" if dtype == "bfloat16" else dtype)
    assert kinds.is_floating(asked) == numpy.issubdtype(like, numpy.floating)
    assert kinds.is_inexact(asked) == numpy.issubdtype(like, numpy.inexact)
    assert kinds.is_of_numbers(asked) == (numpy.issubdtype(like, numpy.number) or like.kind == "b")
    assert kinds.is_short(asked) == (dtype == "bfloat16")
    assert kinds.wide(asked) == ("float32" if dtype == "bfloat16" else asked)


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_the_package_is_imported_when_it_is_asked_for() -> None:
    lines = "import sys, wengert as wg, wengert.numpy as np, numpy\nx = wg.tensor([1.0, 2.0])\nx.sum()\n"
    assert run(f"{lines}print('ml_dtypes' in sys.modules)").strip() == "False"
    assert run(f"{lines}print(np.sum(x.astype('bfloat16') / 3))").split() == ["tensor(1.,", "dtype=bfloat16)"]
    others = "import ml_dtypes\nprint(wg.tensor(numpy.ones(2, ml_dtypes.bfloat16)) * 2.0)"
    assert run(lines + others).strip() == "tensor([2., 2.], dtype=bfloat16)"


def test_error_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ImportError) as caught:
        np.zeros(3, "bfloat16")
    assert str(caught.value) == (
        "[bfloat16] the package ml_dtypes is not installed, wanted it for numbers of this dtype; write "
        "pip install ml_dtypes, or 'float16', which NumPy has"
    )
