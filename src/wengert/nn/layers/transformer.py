"""Transformer layers: attention and a network for each place, each with a residual connection and normalisation.

Source: A. Vaswani et al., "Attention is all you need" (2017); `norm_first` after R. Xiong et al. (2020).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import wengert as wg
import wengert.numpy as np

from .. import functional as F, init
from ..errors import wrong
from ..module import Module
from .attention import MultiheadAttention
from .containers import ModuleList
from .dropout import Dropout
from .linear import Linear
from .normalization import LayerNorm

__all__ = [
    "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer",
]  # fmt: skip


def _function(activation: str | Callable[..., Any]) -> Callable[..., Any]:
    if callable(activation):
        return activation
    if activation not in ("relu", "gelu"):
        raise wrong("Transformer", f"activation={activation!r}", '"relu", "gelu" or a function', 'write "gelu"')
    return getattr(F, activation)


class _Layer(Module):
    """What encoder and decoder layers share: the network for each place."""

    def _make(
        self,
        d_model: int,
        dim_feedforward: int,
        dropout: float,
        activation: str | Callable[..., Any],
        norms: int,
        eps: float,
        norm_first: bool,
        bias: bool,
        dtype: Any,
    ) -> None:
        self.linear1: Any = Linear(d_model, dim_feedforward, bias, dtype)
        self.dropout: Any = Dropout(dropout)
        self.linear2: Any = Linear(dim_feedforward, d_model, bias, dtype)
        self.norm_first = norm_first
        for i in range(1, norms + 1):
            setattr(self, f"norm{i}", LayerNorm(d_model, eps, bias=bias, dtype=dtype))
        for i in range(1, norms + 1):
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation: Callable[..., Any] = _function(activation)

    def _network(self, x: wg.Tensor) -> wg.Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def _through(self, x: wg.Tensor, part: Callable[[Any], Any], norm: Module, dropout: Module) -> wg.Tensor:
        """x with what a part of the layer makes of it added, normalised before or after."""
        if self.norm_first:
            return x + dropout(part(norm(x)))
        return norm(x + dropout(part(x)))


class TransformerEncoderLayer(_Layer):
    """Attention of a sequence to itself, and a network for each place.

    Args:
        d_model: features of each place.
        nhead: heads of the attention.
        dim_feedforward: features inside the network.
        dropout: the probability of 0, in training.
        activation: ``"relu"``, ``"gelu"`` or a function.
        layer_norm_eps: added to variances.
        batch_first: arrays have shape (N, L, features) instead of (L, N, features).
        norm_first: normalise what goes into each part instead of what comes out.
        bias: learn shifts.
        dtype: of the parameters; floating inputs are cast to it.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)(np.ones((3, 5, 8))).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[..., Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: Any = "float32",
    ) -> None:
        self.self_attn: Any = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype)
        self._make(d_model, dim_feedforward, dropout, activation, 2, layer_norm_eps, norm_first, bias, dtype)

    def forward(
        self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> wg.Tensor:
        """The sequences after the layer; masks as for `MultiheadAttention`."""

        def attention(x: wg.Tensor) -> wg.Tensor:
            return self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal)[0]

        x = F.as_input(src, self.linear1.weight)
        x = self._through(x, attention, self.norm1, self.dropout1)
        return self._through(x, self._network, self.norm2, self.dropout2)


class TransformerDecoderLayer(_Layer):
    """Attention of a sequence to itself and to what an encoder gave, and a network for each place.

    Arguments as for `TransformerEncoderLayer`.

    >>> import wengert as wg, wengert.numpy as np
    >>> layer = wg.nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)
    >>> layer(np.ones((3, 5, 8)), np.ones((3, 7, 8))).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[..., Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: Any = "float32",
    ) -> None:
        self.self_attn: Any = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype)
        self.multihead_attn: Any = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype
        )
        self._make(d_model, dim_feedforward, dropout, activation, 3, layer_norm_eps, norm_first, bias, dtype)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> wg.Tensor:
        """The sequences after the layer; masks as for `MultiheadAttention`."""

        def to_itself(x: wg.Tensor) -> wg.Tensor:
            return self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal)[0]

        def to_memory(x: wg.Tensor) -> wg.Tensor:
            masks = (memory_key_padding_mask, False, memory_mask)
            return self.multihead_attn(x, memory, memory, *masks, is_causal=memory_is_causal)[0]

        x = F.as_input(tgt, self.linear1.weight)
        x = self._through(x, to_itself, self.norm1, self.dropout1)
        x = self._through(x, to_memory, self.norm2, self.dropout2)
        return self._through(x, self._network, self.norm3, self.dropout3)


class _Stack(Module):
    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        self.layers: Any = ModuleList(copy.deepcopy(layer) for _ in range(num_layers))
        self.num_layers = num_layers
        self.norm = norm

    def _normed(self, x: wg.Tensor) -> wg.Tensor:
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """Copies of an encoder layer, one after the other.

    Args:
        encoder_layer: a `TransformerEncoderLayer`, which is copied.
        num_layers: how often.
        norm: a layer at the end.
        enable_nested_tensor: taken for scripts from PyTorch; it changes nothing.
    """

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True
    ) -> None:
        super().__init__(encoder_layer, num_layers, norm)

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> wg.Tensor:
        """The sequences after all layers; masks as for `MultiheadAttention`."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, is_causal)
        return self._normed(src)


class TransformerDecoder(_Stack):
    """Copies of a decoder layer, one after the other.

    Args:
        decoder_layer: a `TransformerDecoderLayer`, which is copied.
        num_layers: how often.
        norm: a layer at the end.
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(self, tgt: Any, memory: Any, *masks: Any, **named_masks: Any) -> wg.Tensor:
        """The sequences after all layers; masks as for `TransformerDecoderLayer`."""
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks, **named_masks)
        return self._normed(tgt)


class Transformer(Module):
    """An encoder and a decoder.

    Args:
        d_model: features of each place.
        nhead: heads of the attentions.
        num_encoder_layers: layers of the encoder.
        num_decoder_layers: layers of the decoder.
        dim_feedforward: features inside the networks.
        dropout: the probability of 0, in training.
        activation: ``"relu"``, ``"gelu"`` or a function.
        layer_norm_eps: added to variances.
        batch_first: arrays have shape (N, L, features) instead of (L, N, features).
        norm_first: normalise what goes into each part instead of what comes out.
        bias: learn shifts.
        dtype: of the parameters; floating inputs are cast to it.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[..., Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: Any = "float32",
    ) -> None:
        of_layer = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, dtype,
        )  # fmt: skip

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)

        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first
        self.encoder: Any = TransformerEncoder(TransformerEncoderLayer(*of_layer), num_encoder_layers, norm())
        self.decoder: Any = TransformerDecoder(TransformerDecoderLayer(*of_layer), num_decoder_layers, norm())
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool = False,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> wg.Tensor:
        """The decoded sequences; masks as for `MultiheadAttention`."""
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return self.decoder(tgt, memory, *masks, tgt_is_causal, memory_is_causal)

    @staticmethod
    def generate_square_subsequent_mask(size: int) -> wg.Tensor:
        """What is added so that each place sees those up to its own: 0, and -infinity above the diagonal."""
        return np.where(np.tri(size, dtype=bool), np.float32(0), np.float32(-np.inf))
