"""What scripts ask of tensors: of what kind they are, where they are, how large."""

from __future__ import annotations

from typing import Any

from ..device import CPU, check_device
from ..registry import function, method, offer
from ..tensor import Tensor, tensor_of

__all__: list[str] = []


def is_floating_point(input: Tensor) -> bool:
    """Whether its elements are real floating numbers."""
    return input.dtype.is_floating_point


def is_complex(input: Tensor) -> bool:
    """Whether its elements are complex numbers."""
    return input.dtype.is_complex


def is_signed(input: Tensor) -> bool:
    """Whether its dtype has negative numbers."""
    return input.dtype.is_signed


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not 0."""
    return bool(tensor_of(input, "is_nonzero"))


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape."""
    return input.shape == other.shape


def is_conj(input: Tensor) -> bool:
    """Never: what is conjugated is conjugated at once."""
    return False


for _function in (is_floating_point, is_complex, is_signed, is_nonzero, is_same_size, is_conj):
    offer(_function)


@method
def ndimension(self: Tensor) -> int:
    """The number of axes."""
    return self._tensor.ndim


@method
def data_ptr(self: Tensor) -> int:
    """The address of the first element in memory."""
    return self._tensor.detach().numpy().__array_interface__["data"][0]


@method
def is_pinned(self: Tensor) -> bool:
    """Never: there is no other device."""
    return False


@method
def pin_memory(self: Tensor) -> Tensor:
    """The tensor itself: there is no other device."""
    return self


@method
def share_memory_(self: Tensor) -> Tensor:
    """The tensor itself, which threads share."""
    return self


Tensor.is_cpu = True  # type: ignore[attr-defined]
Tensor.layout = "torch.strided"  # type: ignore[attr-defined]
Tensor.itemsize = property(lambda self: self._tensor.dtype.itemsize, doc="Bytes an element.")  # type: ignore[attr-defined]
Tensor.nbytes = property(lambda self: self._tensor.nbytes, doc="Bytes of all elements.")  # type: ignore[attr-defined]


@function
def is_storage(obj: Any) -> bool:
    """Never: memory is no object of its own here."""
    return False


@function
def can_cast(from_: Any, to: Any) -> bool:
    """Whether numbers of a dtype may be written to a tensor of another: not of a later category."""
    order = "biufc"
    kinds = [order.index("f" if each.is_floating_point else each.numpy.kind) for each in (from_, to)]
    return {0: 0, 1: 1, 2: 1}.get(kinds[0], kinds[0]) <= {0: 0, 1: 1, 2: 1}.get(kinds[1], kinds[1])


@function
def set_default_device(device: Any) -> None:
    """Nothing for the CPU, where every tensor is.

    Raises:
        RuntimeError: it is another.
    """
    check_device(device, "set_default_device")


@function
def get_default_device() -> Any:
    """The CPU."""
    return CPU


@function
def typename(obj: Any) -> str:
    """The name of the class that a tensor has in PyTorch; of others that of their class."""
    if isinstance(obj, Tensor):
        return obj.type()
    return f"{type(obj).__module__}.{type(obj).__qualname__}"


@method
def storage_offset(self: Tensor) -> int:
    """0: a view is not known by a place in its base."""
    return 0


@function
def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Nothing: all algorithms are deterministic."""


@function
def are_deterministic_algorithms_enabled() -> bool:
    """Whether the same program gives the same numbers: always."""
    return True
