"""Batched results have the elements and the dtypes of looped ones, of small integers and truth values too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.abstract import NoValueError

DEPEND_ON_VALUES = {"eig", "eigvals", "poly"}
"""Functions whose dtype depends on values, which differ from example to example."""

NOT_FOR_BATCHES = {"broadcast_shapes", "nditer", "info"}
"""Functions that give no arrays, or go through their elements later."""

OPERANDS: tuple[tuple[tuple[int, ...], ...], ...] = (((4,),), ((3, 3),), ((4,), (4,)), ((3, 3), (3, 3)))


def functions() -> Iterator[Callable[..., Any]]:
    for module in (np, np.linalg, np.fft):
        for name in sorted(set(dir(module)) - DEPEND_ON_VALUES - NOT_FOR_BATCHES):
            found = getattr(module, name)
            is_made_there = callable(found) and getattr(found, "__module__", "").startswith("wengert")
            if is_made_there and not isinstance(found, type) and not name.startswith(("_", "empty")):
                yield found


def looped(f: Callable[..., Any], operands: list[Any]) -> list[Any] | None:
    """The stacked results of each example; ``None`` where NumPy has none, or of another form for another example."""
    try:
        results = [wg.trees.leaves(f(*map(np.array, example))) for example in zip(*operands, strict=True)]
        return [numpy.stack([numpy.asarray(leaf) for leaf in leaves]) for leaves in zip(*results, strict=True)]
    except Exception:  # whatever the function says of operands of this kind
        return None


def batched(f: Callable[..., Any], operands: list[Any]) -> list[Any] | None:
    """The results of `vmap`; ``None`` where the function says that it needs values."""
    try:
        return [numpy.asarray(leaf) for leaf in wg.trees.leaves(wg.vmap(f)(*map(np.array, operands)))]
    except NoValueError:
        return None


@pytest.mark.part(2)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16"])
@pytest.mark.parametrize("shapes", OPERANDS, ids=str)
def test_batches_have_the_dtypes_of_loops(shapes: tuple[tuple[int, ...], ...], dtype: str) -> None:
    random = numpy.random.default_rng(0)
    operands = [random.integers(0, 4, size=(2, *shape)).astype(dtype) for shape in shapes]
    different, tried = {}, 0
    for f in functions():
        wanted = looped(f, operands)
        found = None if wanted is None else batched(f, operands)
        if wanted is not None and found is not None:
            tried += 1
            if not all(map(same, wanted, found)):
                different[f.__name__] = [each.dtype for each in wanted], [each.dtype for each in found]
    assert not different
    assert tried > 50


def same(wanted: Any, found: Any) -> bool:
    if wanted.dtype.kind in "OUS":
        return True
    tolerance = 2e-3 if wanted.dtype.itemsize < 4 else 1e-6
    return wanted.dtype == found.dtype and numpy.allclose(wanted, found, rtol=tolerance, atol=1e-3, equal_nan=True)
