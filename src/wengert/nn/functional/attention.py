"""Attention: averages of values, weighted by how well keys fit queries."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

from .dropout import dropout
from .mixed import shortly

__all__ = ["scaled_dot_product_attention"]


@shortly
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> wg.Tensor:
    """softmax(query @ key^T * scale) @ value.

    Args:
        query: of shape (..., L, E).
        key: of shape (..., S, E).
        value: of shape (..., S, Ev).
        attn_mask: of a shape that broadcasts to (..., L, S): where it is True a query may see a key; or numbers that
            are added to the products.
        dropout_p: the probability with which a weight is 0.
        is_causal: a query sees the keys up to its own place.
        scale: 1 / sqrt(E) by default.
        enable_gqa: each head (axis -3) of keys and values serves several neighbouring heads of queries.

    Returns:
        Averages, of shape (..., L, Ev); 0 for a query that sees no key.

    >>> import wengert as wg, wengert.numpy as np
    >>> x = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> wg.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)[0]
    tensor([1., 0.])

    Source: A. Vaswani et al., "Attention is all you need" (2017), eq. 1.
    """
    query, key, value = np.asarray(query), np.asarray(key), np.asarray(value)
    if enable_gqa:
        heads = query.shape[-3] // key.shape[-3]
        key, value = np.repeat(key, heads, axis=-3), np.repeat(value, heads, axis=-3)
    weights = attention_weights(query, key, attn_mask, is_causal, scale)
    return dropout(weights, dropout_p) @ value


def attention_weights(
    query: wg.Tensor, key: wg.Tensor, attn_mask: Any, is_causal: bool, scale: float | None
) -> wg.Tensor:
    """How much each query takes of each key: shape (..., L, S)."""
    factor = 1 / sqrt(query.shape[-1]) if scale is None else scale
    products = (query * factor) @ np.swapaxes(key, -1, -2)
    hidden = None
    if is_causal:
        hidden = ~numpy.tri(*products.shape[-2:], dtype=bool)
    if attn_mask is not None:
        mask = np.asarray(attn_mask)
        if mask.dtype.kind == "b":
            hidden = ~mask if hidden is None else hidden | ~mask
        else:
            products = products + mask.astype(products.dtype)
    return special.softmax(products, axis=-1) if hidden is None else _softmax_of_seen(products, hidden)


def _softmax_of_seen(products: wg.Tensor, hidden: Any) -> wg.Tensor:
    """The softmax over the keys that a query sees; 0 where it sees none."""
    sees_none = np.all(hidden, axis=-1, keepdims=True)
    seen = np.where(hidden & ~sees_none, -numpy.inf, products)
    return np.where(sees_none, 0, special.softmax(seen, axis=-1))
