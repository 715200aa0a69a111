"""Recurrent layers over a whole sequence: the input products of all steps at once, and one loop over time.

Each kind has a step from the state and the products of one input to the next state. In a compiled function the loop is
one native loop (`wengert.scan`); in eager mode it is compiled in pieces of a few fixed lengths.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

from ...core.abstract import Abstract
from ...core.state import state as engine
from .linear import affine
from .mixed import in_short_numbers

__all__ = ["gru_cell", "lstm_cell", "rnn_relu_cell", "rnn_tanh_cell"]

State = tuple[wg.Tensor, ...]


class Weights(NamedTuple):
    """The parameters of one direction of one layer.

    Attributes:
        of_input: of shape (gates * H, I).
        of_state: of shape (gates * H, H), or (gates * H, P) with a projection.
        bias_of_input: of shape (gates * H,), or ``None``.
        bias_of_state: likewise.
        projection: of shape (P, H), or ``None``.
    """

    of_input: Any
    of_state: Any
    bias_of_input: Any = None
    bias_of_state: Any = None
    projection: Any = None


def _tanh_step(state: State, products: wg.Tensor, w: Weights) -> State:
    return (np.tanh(products + affine(state[0], w.of_state, w.bias_of_state)),)


def _relu_step(state: State, products: wg.Tensor, w: Weights) -> State:
    sums = products + affine(state[0], w.of_state, w.bias_of_state)
    return (np.where(sums > 0, sums, 0),)


def _lstm_step(state: State, products: wg.Tensor, w: Weights) -> State:
    hidden, cell = state
    width = cell.shape[-1]
    sums = products + affine(hidden, w.of_state, w.bias_of_state)
    gates = special.expit(sums[..., : 2 * width])
    cell = gates[..., width:] * cell + gates[..., :width] * np.tanh(sums[..., 2 * width : 3 * width])
    hidden = special.expit(sums[..., 3 * width :]) * np.tanh(cell)
    return (hidden if w.projection is None else hidden @ w.projection.T), cell


def _gru_step(state: State, products: wg.Tensor, w: Weights) -> State:
    (hidden,) = state
    width = hidden.shape[-1]
    of_state = affine(hidden, w.of_state, w.bias_of_state)
    gates = special.expit(products[..., : 2 * width] + of_state[..., : 2 * width])
    new = np.tanh(products[..., 2 * width :] + gates[..., :width] * of_state[..., 2 * width :])
    return (new + gates[..., width:] * (hidden - new),)


class Kind(NamedTuple):
    """A kind of recurrent layer.

    Attributes:
        step: from the state, the products of an input, and the weights to the next state.
        gates: how many rows of weights there are for each feature.
        states: how many arrays the state consists of.
    """

    step: Callable[[State, wg.Tensor, Weights], State]
    gates: int
    states: int = 1


TANH = Kind(_tanh_step, 1)
RELU = Kind(_relu_step, 1)
LSTM = Kind(_lstm_step, 4, 2)
GRU = Kind(_gru_step, 3)


def over_time(
    kind: Kind, x: wg.Tensor, state: State, w: Weights, counts: wg.Tensor | None, reverse: bool
) -> tuple[wg.Tensor, State]:
    """The hidden states of all steps, and the last state.

    Args:
        kind: the kind of layer.
        x: of shape (T, N, I).
        state: arrays of shape (N, H) each.
        w: the parameters.
        counts: where the sequences have a step, of shape (T, N, 1); ``None`` if they have all.
        reverse: go from the last step to the first.
    """
    x, *given = in_short_numbers(x, *state, *w)
    state, w = tuple(given[: len(state)]), Weights(*given[len(state) :])
    products = affine(x, w.of_input, w.bias_of_input)
    if _is_recorded(products, *state) or not len(products):
        return _turns(kind, reverse, products, counts, state, w)
    return _in_pieces(kind, reverse, products, counts, state, w)


def _is_recorded(*tensors: wg.Tensor) -> bool:
    """Whether somebody records a program, in which the loop is one."""
    return engine.recorder is not None or any(type(tensor._value) is Abstract for tensor in tensors)


def _turns(
    kind: Kind, reverse: bool, products: wg.Tensor, counts: Any, state: State, w: Weights
) -> tuple[wg.Tensor, State]:
    """The loop: hidden states, and the last state."""

    def turn(state: State, at: Any) -> tuple[State, wg.Tensor]:
        after = kind.step(state, at[0], w)
        if counts is not None:
            after = tuple(np.where(at[1], a, b) for a, b in zip(after, state, strict=True))
        return after, after[0]

    last, hidden = wg.scan(turn, state, (products,) if counts is None else (products, counts), reverse=reverse)
    return hidden, last


PIECES = (256, 64, 16)
"""Lengths of loops for which there are compiled programs in eager mode, so that no length needs one of its own."""


def _in_pieces(
    kind: Kind, reverse: bool, products: wg.Tensor, counts: Any, state: State, w: Weights
) -> tuple[wg.Tensor, State]:
    """The loop in compiled pieces, and what is left in Python."""
    found: list[wg.Tensor] = []
    for piece in _cuts(products.shape[0], reverse):
        loop = _compiled(kind, reverse) if piece.stop - piece.start in PIECES else partial(_turns, kind, reverse)
        hidden, state = loop(products[piece], None if counts is None else counts[piece], state, w)
        found.append(hidden)
    return np.concatenate(found[::-1] if reverse else found), state


def _cuts(length: int, reverse: bool) -> list[slice]:
    """The pieces of so many steps, in the order in which they are gone through."""
    cuts, start = [], 0
    while start < length:
        size = next((size for size in PIECES if size <= length - start), length - start)
        cuts.append(slice(start, start + size))
        start += size
    return cuts[::-1] if reverse else cuts


@cache
def _compiled(kind: Kind, reverse: bool) -> Callable[..., tuple[wg.Tensor, State]]:
    def loop(products: wg.Tensor, counts: Any, state: State, w: Weights) -> tuple[wg.Tensor, State]:
        return _turns(kind, reverse, products, counts, state, w)

    return wg.jit(loop)


# -- single steps ----------------------------------------------------------------------------------


def _cell(kind: Kind, x: Any, state: State, weights: tuple[Any, ...]) -> State:
    x, *given = in_short_numbers(np.asarray(x), *state, *weights)
    state, w = tuple(given[: len(state)]), Weights(*given[len(state) :])
    return kind.step(state, affine(x, w.of_input, w.bias_of_input), w)


def rnn_tanh_cell(x: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> wg.Tensor:
    """tanh(x @ w_ih.T + b_ih + hx @ w_hh.T + b_hh)."""
    return _cell(TANH, x, (np.asarray(hx),), (w_ih, w_hh, b_ih, b_hh))[0]


def rnn_relu_cell(x: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> wg.Tensor:
    """relu(x @ w_ih.T + b_ih + hx @ w_hh.T + b_hh)."""
    return _cell(RELU, x, (np.asarray(hx),), (w_ih, w_hh, b_ih, b_hh))[0]


def lstm_cell(x: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> State:
    """The next hidden and cell state of a long short-term memory; rows of weights are input, forget, cell, output.

    Source: S. Hochreiter, J. Schmidhuber (1997), with the forget gates of F. Gers et al. (2000).
    """
    hidden, cell = hx
    return _cell(LSTM, x, (np.asarray(hidden), np.asarray(cell)), (w_ih, w_hh, b_ih, b_hh))


def gru_cell(x: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> wg.Tensor:
    """The next state of a gated recurrent unit; rows of weights are reset, update, new.

    Source: K. Cho et al. (2014), with the reset gate after the product, as in cuDNN.
    """
    return _cell(GRU, x, (np.asarray(hx),), (w_ih, w_hh, b_ih, b_hh))[0]
