"""Other dtypes, other places, arrays of NumPy, and copies."""

from __future__ import annotations

from typing import Any

import numpy

import wengert.numpy as np
from wengert.fronts.face import Face

from . import dtypes
from .device import check_device
from .registry import method, offer
from .tensor import Tensor, of, tensor_of

__all__ = ["to_numpy"]


def to_numpy(tensor: Tensor, force: bool = False) -> Any:
    """The elements as an array of NumPy that shares their memory and may be written to.

    Raises:
        RuntimeError: the tensor is followed, and the array would lose its derivative.
    """
    if force:
        return numpy.array(tensor._tensor.detach().numpy())
    if tensor.requires_grad:
        raise RuntimeError(
            "[numpy] the tensor requires grad, and an array of NumPy would lose its derivative, wanted one without; "
            "write x.detach().numpy()"
        )
    return tensor._tensor.numpy()


@method
def to(self: Tensor, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, **kwargs: Any) -> Tensor:
    """The tensor in another dtype (``x.to(torch.float64)``), on a device, or as another tensor is; itself if it is so.

    Raises:
        RuntimeError: the device is not the CPU.
    """
    for given in args:
        if isinstance(given, dtypes.dtype):
            dtype = given
        elif isinstance(given, Face):
            dtype = given.dtype  # type: ignore[attr-defined]
        elif not isinstance(given, bool):
            device = given
    check_device(device, "to")
    return _cast(self, self.dtype if dtype is None else dtype, copy)


def _cast(x: Tensor, dtype: Any, copy: bool = False) -> Tensor:
    wanted = dtypes.numpy_dtype(dtype)
    if x._tensor.dtype == wanted:
        return of(x._tensor.clone()) if copy else x
    return of(x._tensor.astype(wanted))


def _to_dtype(dtype: dtypes.dtype, name: str) -> Any:
    def convert(self: Tensor, memory_format: Any = None) -> Tensor:
        return _cast(self, dtype)

    convert.__name__, convert.__doc__ = name, f"The tensor as {dtype!r}; itself if it is so."
    return convert


for _name, _canonical in {**{name: name for name in dtypes.DTYPES}, **dtypes.OTHER_NAMES}.items():
    if _name in {*dtypes.OTHER_NAMES, "bool"}:
        method(_to_dtype(dtypes.DTYPES[_canonical], _name))
method(_to_dtype(dtypes.DTYPES["int8"], "char"))
method(_to_dtype(dtypes.DTYPES["uint8"], "byte"))


@method
def bfloat16(self: Tensor) -> Tensor:
    """The tensor as `torch.bfloat16`; itself if it is so."""
    return _cast(self, dtypes.bfloat16())


@method
def type(self: Tensor, dtype: Any = None) -> Any:
    """The tensor as another dtype; without one, the name of the class that it has in PyTorch."""
    if dtype is not None:
        return _cast(self, LEGACY_TYPES.get(dtype, dtype) if isinstance(dtype, str) else dtype)
    return {of_dtype: name for name, of_dtype in LEGACY_TYPES.items()}.get(self.dtype, f"torch.{self.dtype.name}")


LEGACY_TYPES = {
    f"torch.{name}Tensor": dtypes.DTYPES[dtype]
    for name, dtype in {
        "Float": "float32", "Double": "float64", "Half": "float16", "Long": "int64", "Int": "int32", "Short": "int16",
        "Char": "int8", "Byte": "uint8", "Bool": "bool", "ComplexFloat": "complex64", "ComplexDouble": "complex128",
    }.items()
}  # fmt: skip
"""The dtypes by the names of their classes."""


@method
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of another."""
    return _cast(self, other.dtype)


@method
def cpu(self: Tensor) -> Tensor:
    """The tensor itself, which is on the CPU."""
    return self


@method
def cuda(self: Tensor, device: Any = None) -> Tensor:
    """Refused: there is no such device.

    Raises:
        RuntimeError: always.
    """
    return to(self, device="cuda")


@method
def get_device(self: Tensor) -> int:
    """-1, the CPU."""
    return -1


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A new tensor with the same elements and derivatives."""
    return of(tensor_of(input, "clone").clone())


def detach(input: Tensor) -> Tensor:
    """A view that no derivative follows."""
    return of(tensor_of(input, "detach").detach())


offer(clone)
offer(detach)


@method
def detach_(self: Tensor) -> Tensor:
    """Follow it no longer; the tensor itself."""
    self._tensor = self._tensor.detach()
    return self


@method
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor with its elements in order in memory; itself if they are."""
    return self if is_contiguous(self) else of(np.ravel(self._tensor).reshape(self._tensor.shape))


@method
def is_contiguous(self: Tensor, memory_format: Any = None) -> bool:
    """Whether the elements lie in memory in order."""
    return bool(np.asarray(self._tensor).flags.c_contiguous)


@method
def element_size(self: Tensor) -> int:
    """Bytes an element."""
    return self.dtype.itemsize
