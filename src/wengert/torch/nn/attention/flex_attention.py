"""Attention whose scores are changed, or left out, by functions of where they are.

Source: J. Dong et al., "Flex attention: a programming model for generating optimized attention kernels" (2024). All
scores are computed here.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

from ...creation import arange, ones
from ...dtypes import DTYPES
from ...tensor import Tensor

__all__ = ["BlockMask", "and_masks", "create_block_mask", "flex_attention", "or_masks"]


class BlockMask:
    """Which scores count.

    Attributes:
        mask: truth values, of shape (batch, heads, queries, keys), or 1 where all are alike.
    """

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def to_dense(self) -> Tensor:
        """The truth values."""
        return self.mask


def _places(*lengths: int) -> list[Tensor]:
    """The numbers along each of four axes, which broadcast."""
    return [
        arange(length).reshape(*(1,) * axis, -1, *(1,) * (len(lengths) - axis - 1))
        for axis, length in enumerate(lengths)
    ]


def create_block_mask(
    mask_mod: Callable[..., Tensor],
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = "cpu",
    **_: Any,
) -> BlockMask:
    """Which scores count, by a function of the batch, head, query and key."""
    kept = mask_mod(*_places(B or 1, H or 1, Q_LEN, KV_LEN))
    return BlockMask(kept & ones(B or 1, H or 1, Q_LEN, KV_LEN, dtype=DTYPES["bool"]))


def flex_attention(
    query: Tensor, key: Tensor, value: Tensor, score_mod: Callable[..., Tensor] | None = None,
    block_mask: BlockMask | None = None, scale: float | None = None, enable_gqa: bool = False, **_: Any,
) -> Tensor:  # fmt: skip
    """Attention over (batch, heads, length, features).

    Args:
        query: of the places that attend.
        key: of those that are attended to.
        value: what is averaged.
        score_mod: from scores, batch, head, query and key to other scores.
        block_mask: which scores count.
        scale: of the scores; 1 / sqrt(features) by default.
        enable_gqa: several heads of queries have one of keys.
    """
    if enable_gqa:
        key, value = (x.repeat_interleave(query.size(1) // key.size(1), 1) for x in (key, value))
    scores = query @ key.transpose(-2, -1) * (1 / sqrt(query.size(-1)) if scale is None else scale)
    if score_mod is not None:
        scores = score_mod(scores, *_places(*scores.shape))
    if block_mask is not None:
        scores = scores.masked_fill(~block_mask.mask, float("-inf"))
    return scores.softmax(-1).nan_to_num(0.0) @ value


def _joined(
    masks: tuple[Callable[..., Tensor], ...], join: Callable[[Tensor, Tensor], Tensor]
) -> Callable[..., Tensor]:
    def mask(*places: Tensor) -> Tensor:
        found = masks[0](*places)
        for other in masks[1:]:
            found = join(found, other(*places))
        return found

    return mask


def and_masks(*mask_mods: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Where all of several masks are true."""
    return _joined(mask_mods, lambda x, y: x & y)


def or_masks(*mask_mods: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Where one of several masks is true."""
    return _joined(mask_mods, lambda x, y: x | y)
