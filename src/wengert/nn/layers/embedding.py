"""Tables of rows that are learned."""

from __future__ import annotations

from typing import Any

import wengert as wg
import wengert.numpy as np

from .. import functional as F, init
from ..module import Module, Parameter

__all__ = ["Embedding", "EmbeddingBag"]


class _Table(Module):
    weight: wg.Tensor

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        dtype: Any = "float32",
    ) -> None:
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx: int | None = padding_idx if padding_idx is None else padding_idx % num_embeddings
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.weight = Parameter(np.zeros((num_embeddings, embedding_dim), dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table anew; the padding is 0."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with wg.no_grad():
                self.weight[self.padding_idx] = 0

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, **settings: Any) -> Any:
        """A layer with a table that is there already.

        Args:
            embeddings: of shape (count, features).
            freeze: do not learn it.
            settings: other arguments of the layer.
        """
        table = np.asarray(embeddings)
        layer = cls(*table.shape, dtype=table.dtype, **settings)
        with wg.no_grad():
            layer.weight.copy_(table)
        layer.weight.requires_grad_(not freeze)
        return layer

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class Embedding(_Table):
    """`wengert.nn.functional.embedding` with a table that is learned.

    Args:
        num_embeddings: how many rows there are.
        embedding_dim: the length of a row.
        padding_idx: a row that is 0 at first and not learned.
        max_norm: rows that are looked up are shortened to this norm.
        norm_type: the order of the norm.
        dtype: of the table.

    >>> import wengert as wg
    >>> wg.nn.Embedding(10, 3)([[1, 2, 4, 5]]).shape
    (1, 4, 3)
    """

    def forward(self, input: Any) -> wg.Tensor:
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type)


class EmbeddingBag(_Table):
    """`wengert.nn.functional.embedding_bag` with a table that is learned.

    Args:
        num_embeddings: how many rows there are.
        embedding_dim: the length of a row.
        max_norm: rows that are looked up are shortened to this norm.
        norm_type: the order of the norm.
        mode: ``"sum"``, ``"mean"`` or ``"max"``.
        include_last_offset: the last offset is where the last bag ends.
        padding_idx: a row that is 0 at first, not learned, and does not count.
        dtype: of the table.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        mode: str = "mean",
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        dtype: Any = "float32",
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, dtype)
        self.mode = mode
        self.include_last_offset = include_last_offset

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> wg.Tensor:
        return F.embedding_bag(
            input, self.weight, offsets, self.mode, per_sample_weights, self.padding_idx, self.include_last_offset,
            self.max_norm, self.norm_type,
        )  # fmt: skip
