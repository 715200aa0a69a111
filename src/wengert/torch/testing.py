"""``torch.testing``: comparisons that raise."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
from wengert.fronts.face import behind

__all__ = ["assert_close"]

TOLERANCES = {"float64": (1e-7, 1e-7), "float32": (1.3e-6, 1e-5), "float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5)}
"""Relative and absolute tolerances by dtype, as the documentation of ``torch.testing.assert_close`` gives them."""


def assert_close(
    actual: Any, expected: Any, *, rtol: float | None = None, atol: float | None = None, equal_nan: bool = False,
    check_dtype: bool = True, **_: Any,
) -> None:  # fmt: skip
    """Compare tensors, or trees of them.

    Raises:
        AssertionError: they are not close, or of other dtypes.
    """
    pairs = zip(*(wg.trees.flatten(behind(each))[0] for each in (actual, expected)), strict=True)
    for one, other in pairs:
        found, wanted = (numpy.asarray(behind(wg.stop_gradient(each))) for each in (one, other))
        if check_dtype and found.dtype != wanted.dtype:
            raise AssertionError(f"[assert_close] the dtypes are {found.dtype} and {wanted.dtype}, wanted the same")
        usual = TOLERANCES.get(found.dtype.name, (0.0, 0.0))
        numpy.testing.assert_allclose(
            found.astype(complex) if found.dtype.kind == "V" else found, wanted,
            rtol=usual[0] if rtol is None else rtol, atol=usual[1] if atol is None else atol, equal_nan=equal_nan,
        )  # fmt: skip
