"""What the Python array API standard (2024.12) asks for beyond NumPy's own names.

The standard: https://data-apis.org/array-api/2024.12/
"""

from __future__ import annotations

from typing import Any

import numpy

from ...core.lending import lent
from ...core.tensor import Tensor
from ..arrays.creation import check_device, copied

__all__ = ["__array_api_version__", "__array_namespace_info__", "from_dlpack"]

VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")
"""The versions of the array API standard that `wengert.numpy` conforms to."""

__array_api_version__ = VERSIONS[-1]


def __array_namespace_info__() -> Any:  # noqa: N807 - the standard's name
    """Capabilities, devices and default dtypes, in the form of the array API standard: those of NumPy."""
    return numpy.__array_namespace_info__()


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor of an array of any library that exports DLPack; it shares the memory unless `copy` is true.

    Raises:
        ValueError: the device is not ``"cpu"``.
    """
    check_device(device, "from_dlpack")
    if type(x) is Tensor:
        return copied(x) if copy else x
    if not hasattr(x, "__dlpack__"):
        raise TypeError(
            f"[from_dlpack] a {type(x).__name__} was given, wanted an array of a library that has __dlpack__; write "
            "wengert.numpy.asarray(x)"
        )
    return lent(numpy.from_dlpack(x, copy=copy))
