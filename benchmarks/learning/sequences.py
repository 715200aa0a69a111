"""Networks for sequences: recurrent ones, a Transformer, a bag of words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .jax_layers import Layers, cross_entropy
from .task import Task, classified, classified_in_jax, integers, normal

LENGTH, WIDTH = 64, 128

# -- recurrent layers ------------------------------------------------------------------------------


def recurrent(kind: str, library: Any) -> Any:
    nn = library.nn

    class Recurrent(nn.Module):
        """Scores of the last hidden state."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = getattr(nn, kind)(WIDTH, WIDTH, batch_first=True)
            self.head = nn.Linear(WIDTH, 10)

        def forward(self, x: Any) -> Any:
            return self.head(self.layer(x)[0][:, -1])

    return Recurrent()


def _next_state(gates: Any, cell: Any) -> tuple[Any, Any]:
    """The hidden and the inner state of an LSTM."""
    import jax

    enter, forget, new, out = jax.numpy.split(gates, 4, -1)
    cell = jax.nn.sigmoid(forget) * cell + jax.nn.sigmoid(enter) * jax.numpy.tanh(new)
    return jax.nn.sigmoid(out) * jax.numpy.tanh(cell), cell


def lstm_in_jax(layers: Layers, x: Any) -> Any:
    """The part of the gates that needs no state is computed for all times at once."""
    import jax

    weight, bias = layers["layer.weight_hh_l0"], layers["layer.bias_ih_l0"] + layers["layer.bias_hh_l0"]
    given = x.swapaxes(0, 1) @ layers["layer.weight_ih_l0"].T + bias
    zeros = jax.numpy.zeros((len(x), WIDTH), x.dtype)

    def step(state: Any, row: Any) -> Any:
        return _next_state(row + state[0] @ weight.T, state[1]), None

    (hidden, _), _ = jax.lax.scan(step, (zeros, zeros), given)
    return layers.linear("head", hidden)


def gru_in_jax(layers: Layers, x: Any) -> Any:
    """The part of the gates that needs no state is computed for all times at once."""
    import jax

    weight, bias = layers["layer.weight_hh_l0"], layers["layer.bias_hh_l0"]
    given = x.swapaxes(0, 1) @ layers["layer.weight_ih_l0"].T + layers["layer.bias_ih_l0"]

    def step(hidden: Any, row: Any) -> Any:
        reset, update, new = jax.numpy.split(row, 3, -1)
        own_reset, own_update, own_new = jax.numpy.split(hidden @ weight.T + bias, 3, -1)
        new = jax.numpy.tanh(new + jax.nn.sigmoid(reset + own_reset) * own_new)
        return new + jax.nn.sigmoid(update + own_update) * (hidden - new), None

    hidden, _ = jax.lax.scan(step, jax.numpy.zeros((len(x), WIDTH), x.dtype), given)
    return layers.linear("head", hidden)


def _recurrent(kind: str, jax_model: Callable[..., Any]) -> Task:
    batch = (normal(0, 32, LENGTH, WIDTH), integers(1, 10, 32))
    model = partial(recurrent, kind)
    name = f"{kind}, length {LENGTH}, width {WIDTH}, batch 32"
    return Task(name, model, classified, jax_model, classified_in_jax(jax_model), batch)


# -- a causal Transformer --------------------------------------------------------------------------

TOKENS, HEADS, BLOCKS = 64, 4, 4


def transformer(library: Any) -> Any:
    nn = library.nn

    class Language(nn.Module):
        """Scores of the token after each."""

        def __init__(self) -> None:
            super().__init__()
            self.token, self.place = nn.Embedding(TOKENS, WIDTH), nn.Embedding(LENGTH, WIDTH)
            layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, 0.0, "gelu", batch_first=True, norm_first=True)
            self.blocks = nn.TransformerEncoder(layer, BLOCKS, enable_nested_tensor=False)
            self.head = nn.Linear(WIDTH, TOKENS)
            self.mask = nn.Transformer.generate_square_subsequent_mask(LENGTH)

        def forward(self, tokens: Any) -> Any:
            x = self.token(tokens) + self.place.weight
            return self.head(self.blocks(x, self.mask, is_causal=True))

    return Language()


def next_token(library: Any, model: Any, tokens: Any, following: Any) -> Any:
    scores = model(tokens).reshape((-1, TOKENS))
    return library.nn.functional.cross_entropy(scores, following.reshape((-1,)))


def _attention(layers: Layers, name: str, x: Any) -> Any:
    import jax

    def heads(part: Any) -> Any:
        return part.reshape(*x.shape[:2], HEADS, WIDTH // HEADS)

    parts = x @ layers[f"{name}.in_proj_weight"].T + layers[f"{name}.in_proj_bias"]
    query, key, value = (heads(part) for part in jax.numpy.split(parts, 3, -1))
    mixed = jax.nn.dot_product_attention(query, key, value, is_causal=True)
    return layers.linear(f"{name}.out_proj", mixed.reshape(x.shape))


def transformer_in_jax(layers: Layers, tokens: Any) -> Any:
    import jax

    x = layers["token.weight"][tokens] + layers["place.weight"]
    for block in (f"blocks.layers.{i}" for i in range(BLOCKS)):
        x = x + _attention(layers, f"{block}.self_attn", layers.layer_norm(f"{block}.norm1", x))
        inner = layers.linear(f"{block}.linear1", layers.layer_norm(f"{block}.norm2", x))
        x = x + layers.linear(f"{block}.linear2", jax.nn.gelu(inner, approximate=False))
    return layers.linear("head", x)


def next_token_in_jax(layers: Layers, tokens: Any, following: Any) -> Any:
    return cross_entropy(transformer_in_jax(layers, tokens).reshape(-1, TOKENS), following.reshape(-1))


# -- a bag of words --------------------------------------------------------------------------------

WORDS, FEATURES, BAGS, BAG = 100_000, 64, 64, 32


def bag_of_words(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(nn.EmbeddingBag(WORDS, FEATURES), nn.Linear(FEATURES, 10))


def bag_of_words_in_jax(layers: Layers, words: Any) -> Any:
    return layers.linear("1", layers["0.weight"][words].mean(1))


TASKS = (
    _recurrent("LSTM", lstm_in_jax),
    _recurrent("GRU", gru_in_jax),
    Task(
        f"causal Transformer, {BLOCKS} layers, {WIDTH} wide, 16x{LENGTH}",
        transformer,
        next_token,
        transformer_in_jax,
        next_token_in_jax,
        (integers(0, TOKENS, 16, LENGTH), integers(1, TOKENS, 16, LENGTH)),
    ),
    Task(
        f"embedding bag, 100k x {FEATURES}",
        bag_of_words,
        classified,
        bag_of_words_in_jax,
        classified_in_jax(bag_of_words_in_jax),
        (integers(0, WORDS, BAGS, BAG), integers(1, 10, BAGS)),
    ),
)
