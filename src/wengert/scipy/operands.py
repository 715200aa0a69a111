"""The operands of SciPy's functions as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.dtypes.kinds import result_type
from ..core.tensor import Tensor
from ..numpy.protocols.lift import weak


def in_one_precision(values: Sequence[Any]) -> list[Tensor]:
    """The values as tensors; a Python number takes the precision of the others."""
    operands = [weak(value) for value in values]
    dtype = result_type(*[o.dtype if type(o) is Tensor else o for o in operands])
    precision = numpy.real(numpy.zeros((), dtype)).dtype
    return [o if type(o) is Tensor else _scalar(o, precision) for o in operands]


def _scalar(number: Any, dtype: numpy.dtype) -> Tensor:
    return Tensor(numpy.asarray(number, None if isinstance(number, complex) else dtype))
