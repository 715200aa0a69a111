"""`device`: where tensors are, which is the CPU."""

from __future__ import annotations

from typing import Any

__all__ = ["CPU", "check_device", "device"]


class device:  # noqa: N801 - as in PyTorch
    """Where a tensor is. Any may be named, as scripts do before they choose; only the CPU can hold a tensor.

    >>> from wengert import torch
    >>> torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device(type='cpu')
    """

    __slots__ = ("index", "type")

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        kind, _, number = str(type).partition(":")
        self.type: str = kind
        self.index: int | None = int(number) if number else index

    def __repr__(self) -> str:
        return (
            f"device(type={self.type!r})" if self.index is None else f"device(type={self.type!r}, index={self.index})"
        )

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


CPU = device("cpu")


def check_device(given: Any, op: str) -> None:
    """Refuse a place that is not here.

    Raises:
        RuntimeError: it is not the CPU.
    """
    if given is not None and device(given).type not in ("cpu", "meta"):
        raise RuntimeError(
            f"[{op}] the device {str(device(given))!r} was asked for, wanted 'cpu', the only one that is here; write "
            "torch.device('cuda' if torch.cuda.is_available() else 'cpu')"
        )
