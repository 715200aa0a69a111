"""Attention with several heads."""

from __future__ import annotations

from math import sqrt
from typing import Any

import wengert as wg
import wengert.numpy as np

from .. import functional as F, init
from ..errors import check_features, wrong
from ..functional.attention import attention_weights
from ..module import Module, Parameter
from .linear import Linear

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Attention in parallel subspaces: queries, keys and values are projected, and the results joined and projected.

    Args:
        embed_dim: features of queries and of results.
        num_heads: a divisor of `embed_dim`.
        dropout: the probability with which a weight is 0 in training.
        bias: learn shifts.
        add_bias_kv: learn a key and a value that all queries see.
        add_zero_attn: let all queries see a key and a value of zeros.
        kdim: features of keys, `embed_dim` by default.
        vdim: features of values, `embed_dim` by default.
        batch_first: arrays have shape (N, L, features) instead of (L, N, features).
        dtype: of the parameters; floating inputs are cast to it.

    >>> import wengert as wg, wengert.numpy as np
    >>> attention = wg.nn.MultiheadAttention(8, 2, batch_first=True)
    >>> x = np.ones((3, 5, 8))
    >>> out, weights = attention(x, x, x)
    >>> out.shape, weights.shape
    ((3, 5, 8), (3, 5, 5))

    Source: A. Vaswani et al., "Attention is all you need" (2017), section 3.2.2.
    """

    in_proj_weight: wg.Tensor | None
    in_proj_bias: wg.Tensor | None
    bias_k: wg.Tensor | None
    bias_v: wg.Tensor | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: Any = "float32",
    ) -> None:
        if embed_dim % num_heads:
            raise wrong(
                "MultiheadAttention", f"embed_dim={embed_dim} in {num_heads} heads", "a divisor", "write num_heads=1"
            )
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.kdim: int = kdim or embed_dim
        self.vdim: int = vdim or embed_dim
        self.add_zero_attn = add_zero_attn
        self._make_projections(bias, dtype)
        self.out_proj: Any = Linear(embed_dim, embed_dim, bias, dtype)
        for name in ("bias_k", "bias_v"):
            self.register_parameter(name, Parameter(np.zeros((1, 1, embed_dim), dtype)) if add_bias_kv else None)
        self.reset_parameters()

    def _make_projections(self, bias: bool, dtype: Any) -> None:
        width = self.embed_dim
        together = self.kdim == self.vdim == width
        self.register_parameter("in_proj_weight", Parameter(np.zeros((3 * width, width), dtype)) if together else None)
        for name, features in (("q", width), ("k", self.kdim), ("v", self.vdim)):
            apart = None if together else Parameter(np.zeros((width, features), dtype))
            self.register_parameter(f"{name}_proj_weight", apart)
        self.register_parameter("in_proj_bias", Parameter(np.zeros(3 * width, dtype)) if bias else None)

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if self.__dict__[name] is not None:
                init.xavier_uniform_(self.__dict__[name])
        for parameter in (self.in_proj_bias, self.out_proj.bias):
            if parameter is not None:
                init.zeros_(parameter)
        for parameter in (self.bias_k, self.bias_v):
            if parameter is not None:
                init.normal_(parameter, 0.0, sqrt(1 / self.embed_dim))

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[wg.Tensor, wg.Tensor | None]:
        """The results, and the weights (or ``None``).

        Args:
            query: of shape (L, N, embed_dim), or (L, embed_dim).
            key: of shape (S, N, kdim), or (S, kdim).
            value: of shape (S, N, vdim), or (S, vdim).
            key_padding_mask: True where a key is not to be seen (or numbers to add), of shape (N, S), or (S,).
            need_weights: give the weights too.
            attn_mask: True where a query is not to see a key (or numbers to add), of shape (L, S), or
                (N * num_heads, L, S).
            average_attn_weights: give the mean over the heads.
            is_causal: a query sees the keys up to its own place.
        """
        arrays = [F.as_input(x, self.out_proj.weight) for x in (query, key, value)]
        for x, width, name in zip(
            arrays, (self.embed_dim, self.kdim, self.vdim), ("embed_dim", "kdim", "vdim"), strict=True
        ):
            check_features(self, x, width, name)
        single = arrays[0].ndim == 2
        if single:
            arrays = [np.expand_dims(x, 0) for x in arrays]
            key_padding_mask = None if key_padding_mask is None else np.expand_dims(np.asarray(key_padding_mask), 0)
        elif not self.batch_first:
            arrays = [np.swapaxes(x, 0, 1) for x in arrays]
        out, weights = self._attend(*arrays, key_padding_mask, attn_mask, is_causal, need_weights)
        if weights is not None and average_attn_weights:
            weights = np.mean(weights, axis=1)
        if single:
            return out[0], None if weights is None else weights[0]
        return out if self.batch_first else np.swapaxes(out, 0, 1), weights

    def _attend(
        self, query: Any, key: Any, value: Any, padding: Any, mask: Any, is_causal: bool, need_weights: bool
    ) -> tuple[wg.Tensor, wg.Tensor | None]:
        """The same with the sequences along the first axis, and the weights of each head."""
        q, k, v = self._projected(query, key, value)
        k, v, added = self._with_more_keys(k, v)
        q, k, v = (self._in_heads(x) for x in (q, k, v))
        allowed = _allowed(mask, padding, q.shape[0], self.num_heads, added)
        if is_causal:
            causal = np.tri(q.shape[2], k.shape[2] - added, dtype=bool)
            causal = np.pad(causal, [(0, 0), (0, added)], constant_values=True)
            allowed = _both(allowed, causal)
        weights = attention_weights(q, k, allowed, False, None)
        taken = F.dropout(weights, self.dropout, self.training) @ v
        joined = np.swapaxes(taken, 1, 2).reshape(q.shape[0], q.shape[2], self.embed_dim)
        return self.out_proj(joined), weights if need_weights else None

    def _projected(self, query: Any, key: Any, value: Any) -> list[wg.Tensor]:
        if self.in_proj_weight is not None:
            if query is key is value:
                return np.split(F.linear(query, self.in_proj_weight, self.in_proj_bias), 3, axis=-1)
            weights = np.split(self.in_proj_weight, 3)
        else:
            weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        shifts = [None] * 3 if self.in_proj_bias is None else np.split(self.in_proj_bias, 3)
        return [F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, shifts, strict=True)]

    def _with_more_keys(self, k: wg.Tensor, v: wg.Tensor) -> tuple[wg.Tensor, wg.Tensor, int]:
        """Keys and values with those that all queries see, and how many these are."""
        row, before = (k.shape[0], 1, self.embed_dim), k.shape[1]
        if self.bias_k is not None and self.bias_v is not None:
            k = np.concatenate([k, np.broadcast_to(self.bias_k, row)], axis=1)
            v = np.concatenate([v, np.broadcast_to(self.bias_v, row)], axis=1)
        if self.add_zero_attn:
            k, v = (np.concatenate([x, np.zeros(row, x.dtype)], axis=1) for x in (k, v))
        return k, v, k.shape[1] - before

    def _in_heads(self, x: wg.Tensor) -> wg.Tensor:
        split = x.reshape(x.shape[0], x.shape[1], self.num_heads, self.embed_dim // self.num_heads)
        return np.swapaxes(split, 1, 2)

    def extra_repr(self) -> str:
        return f"embed_dim={self.embed_dim}, num_heads={self.num_heads}"


def _allowed(mask: Any, padding: Any, batch: int, heads: int, added: int) -> Any:
    """What queries may see, of a shape that broadcasts to (N, heads, L, S): truth values, or numbers to add."""
    found = None
    if mask is not None:
        mask = np.asarray(mask)
        mask = mask if mask.ndim == 2 else mask.reshape(batch, heads, *mask.shape[1:])
        found = _both(found, _for_all(mask, added))
    if padding is not None:
        found = _both(found, _for_all(np.asarray(padding)[:, None, None, :], added))
    return found


def _for_all(mask: wg.Tensor, added: int) -> wg.Tensor:
    """A mask that says True where a key may be seen, or a number to add; added keys may be."""
    mask = ~mask if mask.dtype.kind == "b" else mask
    return np.pad(mask, [(0, 0)] * (mask.ndim - 1) + [(0, added)], constant_values=mask.dtype.kind == "b")


def _both(one: Any, other: Any) -> Any:
    """What two masks say together."""
    if one is None:
        return other
    if one.dtype.kind == other.dtype.kind == "b":
        return one & other
    return _as_numbers(one) + _as_numbers(other)


def _as_numbers(mask: Any) -> Any:
    return np.where(mask, np.float32(0), np.float32(-np.inf)) if mask.dtype.kind == "b" else mask
