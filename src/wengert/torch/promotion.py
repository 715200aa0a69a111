"""PyTorch's promotion of dtypes: by category, and of operands with axes before those without.

Source: the page "Tensor Attributes" of PyTorch's documentation, section ``torch.dtype``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy

from wengert.fronts.face import Face
from wengert.fronts.promotion import CATEGORIES, by_category

from . import dtypes

__all__ = ["floating", "promote_types", "promoted", "result_dtype", "result_type"]

BOOL, INT64 = numpy.dtype(bool), numpy.dtype(numpy.int64)
COMPLEX64, COMPLEX128 = numpy.dtype(numpy.complex64), numpy.dtype(numpy.complex128)


@cache
def _with_lower(higher: Any, lower: Any) -> Any:
    """The dtype of a result of operands of one standing and of a lower, which only matters if its category is later."""
    if higher is None or lower is None:
        return lower if higher is None else higher
    if CATEGORIES[higher.kind] >= CATEGORIES[lower.kind]:
        return higher
    if CATEGORIES[higher.kind] == 2:
        return COMPLEX128 if higher == numpy.float64 else COMPLEX64
    return lower


def _of_number(value: Any) -> Any:
    """The dtype that a Python number asks for."""
    if isinstance(value, (bool, numpy.bool_)):
        return BOOL
    if isinstance(value, complex):
        return dtypes.get_default_dtype().to_complex().numpy
    return dtypes.get_default_dtype().numpy if isinstance(value, float) else INT64


def result_dtype(*operands: Any) -> Any:
    """The dtype of NumPy that an operation of faces and Python numbers has."""
    standing: list[Any] = [None, None, None]
    for operand in operands:
        if isinstance(operand, Face):
            place, dtype = (0 if operand._tensor.ndim else 1), operand._tensor.dtype
        else:
            place, dtype = 2, _of_number(operand)
        known = standing[place]
        standing[place] = dtype if known is None else by_category(known, dtype)
    return _with_lower(standing[0], _with_lower(standing[1], standing[2]))


def promoted(*operands: Any) -> list[Any]:
    """What is behind the operands of an operation, all of the dtype that PyTorch promotes them to.

    Python numbers stay as they are where they do not decide the dtype.
    """
    dtype = result_dtype(*operands)
    return [_cast(operand, dtype) for operand in operands]


def _cast(operand: Any, dtype: Any) -> Any:
    if isinstance(operand, Face):
        tensor = operand._tensor
        return tensor if tensor.dtype == dtype else tensor.astype(dtype)
    return dtype.type(operand) if CATEGORIES[dtype.kind] < 2 else operand


def floating(tensor: Any) -> Any:
    """What is behind an operand of a function of real numbers: integers become of the default dtype."""
    return tensor if tensor.dtype.kind in "fcV" else tensor.astype(dtypes.get_default_dtype().numpy)


def promote_types(type1: dtypes.dtype, type2: dtypes.dtype) -> dtypes.dtype:
    """The dtype of a result of operands of two.

    >>> from wengert import torch
    >>> torch.promote_types(torch.int64, torch.float16)
    torch.float16
    """
    return dtypes.from_numpy_dtype(by_category(type1.numpy, type2.numpy))


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype that an operation of two tensors or numbers has.

    >>> from wengert import torch
    >>> torch.result_type(torch.ones(2), torch.tensor(1.0, dtype=torch.float64))
    torch.float32
    """
    return dtypes.from_numpy_dtype(result_dtype(tensor1, tensor2))
