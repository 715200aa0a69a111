"""Low-rank adapters: a trained weight stays, and a product of two thin matrices that is added to it is learned."""

from __future__ import annotations

from fnmatch import fnmatchcase
from math import prod, sqrt
from typing import Any

import wengert as wg
import wengert.numpy as np

from .. import init
from ..errors import wrong
from ..layers.convolution import _Conv
from ..layers.linear import Linear
from ..module import Module, Parameter
from ..utils.parametrize import is_parametrized, register_parametrization, remove_parametrizations

__all__ = ["lora", "lora_state", "merge_lora"]


class LowRank(Module):
    """A weight with a product of two thin matrices added, which is 0 at first.

    Args:
        weight: the weight; axes behind the first count as one.
        rank: the inner length of the product.
        alpha: the product is multiplied by alpha / rank.

    Attributes:
        lora_A: of shape (rank, columns), uniform at first.
        lora_B: of shape (rows, rank), 0 at first.
    """

    def __init__(self, weight: wg.Tensor, rank: int, alpha: float) -> None:
        rows, columns = weight.shape[0], prod(weight.shape[1:])
        self.rank = rank
        self.alpha = alpha
        self.lora_A: wg.Tensor = Parameter(np.zeros((rank, columns), weight.dtype))
        self.lora_B: wg.Tensor = Parameter(np.zeros((rows, rank), weight.dtype))
        init.kaiming_uniform_(self.lora_A, a=sqrt(5))

    def forward(self, weight: wg.Tensor) -> wg.Tensor:
        return weight + (self.alpha / self.rank) * (self.lora_B @ self.lora_A).reshape(weight.shape)

    def extra_repr(self) -> str:
        return f"rank={self.rank}, alpha={self.alpha}"


def lora(module: Module, rank: int = 8, alpha: float | None = None, names: str | tuple[str, ...] = "*") -> Module:
    """Freeze a network, and learn low-rank changes of the weights of its linear and convolutional layers.

    Args:
        module: the network, which is changed and given back.
        rank: of the changes.
        alpha: changes are multiplied by alpha / rank; `rank` by default.
        names: patterns of the paths of layers, such as ``"encoder.*.linear?"``; all by default.

    Raises:
        ValueError: there is no such layer.

    >>> import wengert as wg
    >>> net = wg.nn.lora(wg.nn.Sequential(wg.nn.Linear(100, 100), wg.nn.ReLU(), wg.nn.Linear(100, 10)), 2, names="0")
    >>> sum(p.size for p in net.parameters() if p.requires_grad), sum(p.size for p in net.parameters())
    (400, 11510)

    Source: E. Hu et al., "LoRA: low-rank adaptation of large language models" (2022).
    """
    patterns = (names,) if isinstance(names, str) else tuple(names)
    layers = {name: part for name, part in module.named_modules() if isinstance(part, (Linear, _Conv))}
    chosen = [part for name, part in layers.items() if any(fnmatchcase(name, pattern) for pattern in patterns)]
    if not chosen:
        raise wrong(
            "lora",
            f"names={names!r}",
            f"the path of a linear or convolutional layer ({', '.join(layers)})",
            'write "*"',
        )
    module.requires_grad_(False)
    for part in chosen:
        adapter = LowRank(part.weight, rank, rank if alpha is None else alpha)
        register_parametrization(part, "weight", adapter)
    return module


def lora_state(module: Module) -> dict[str, wg.Tensor]:
    """The part of the ``state_dict`` that was learned by adapters, which is small; load it with ``strict=False``."""
    return {name: value for name, value in module.state_dict().items() if ".lora_" in name}


def merge_lora(module: Module) -> Module:
    """Let the weights of a network be what its adapters make of them, without adapters; the network itself."""
    for part in list(module.modules()):
        if is_parametrized(part, "weight") and _has_adapter(part):
            remove_parametrizations(part, "weight")
    return module


def _has_adapter(part: Any) -> bool:
    return any(isinstance(each, LowRank) for each in part.parametrizations["weight"])
