"""Recurrent layers: RNN, LSTM and GRU over sequences, and their single steps."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

import numpy

import wengert as wg
import wengert.numpy as np

from .. import functional as F, init
from ..errors import check_features, wrong
from ..functional import recurrent as r
from ..functional.recurrent import Kind, State, Weights, over_time
from ..module import Module, Parameter
from ..utils.rnn import PackedSequence, lengths_of, pad_packed_sequence, places

__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNCell"]


def _draw(module: Module, width: int) -> None:
    """Uniform parameters in +-1 / sqrt(width)."""
    bound = 1 / sqrt(width) if width else 0.0
    for parameter in module.parameters():
        init.uniform_(parameter, -bound, bound)


def _with(nonlinearity: str) -> Kind:
    """The kind of layer with a function.

    Raises:
        ValueError: it is none of those there are.
    """
    if nonlinearity not in ("tanh", "relu"):
        raise wrong("RNN", f"nonlinearity={nonlinearity!r}", '"tanh" or "relu"', 'write nonlinearity="tanh"')
    return r.TANH if nonlinearity == "tanh" else r.RELU


class _Recurrent(Module):
    """Layers of one kind, one over the other, in one direction or two."""

    kind: Kind

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        dtype: Any = "float32",
    ) -> None:
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self.suffixes: tuple[str, ...] = tuple(
            f"_l{layer}{direction}" for layer in range(num_layers) for direction in self._directions()
        )
        for position, suffix in enumerate(self.suffixes):
            self._make(suffix, input_size if position < len(self._directions()) else self._width(), dtype)
        _draw(self, hidden_size)

    def _directions(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    def _width(self) -> int:
        """How many features a layer gives."""
        return (self.proj_size or self.hidden_size) * len(self._directions())

    def _make(self, suffix: str, inputs: int, dtype: Any) -> None:
        rows, state = self.kind.gates * self.hidden_size, self.proj_size or self.hidden_size
        shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, state)}
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        for name, shape in shapes.items():
            setattr(self, name + suffix, Parameter(np.zeros(shape, dtype)))

    def _weights(self, suffix: str) -> Weights:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        return Weights(*(getattr(self, name + suffix, None) for name in names))

    # -- a run -------------------------------------------------------------------------------------

    def forward(self, input: Any, hx: Any = None) -> Any:
        if isinstance(input, PackedSequence):
            return self._of_packed(input, hx)
        x = F.as_input(input, self._first())
        check_features(self, x, self.input_size, "input_size")
        if x.ndim == 2:
            states = None if hx is None else tuple(np.expand_dims(s, 1) for s in self._given(hx))
            hidden, last = self._run(np.expand_dims(x, 1), states, None)
            return hidden[:, 0], self._as_given([s[:, 0] for s in last])
        x = np.swapaxes(x, 0, 1) if self.batch_first else x
        hidden, last = self._run(x, None if hx is None else self._given(hx), None)
        return np.swapaxes(hidden, 0, 1) if self.batch_first else hidden, self._as_given(last)

    def _of_packed(self, sequence: PackedSequence, hx: Any) -> tuple[PackedSequence, Any]:
        """A run over packed sequences: padded, and packed again."""
        x, _ = pad_packed_sequence(PackedSequence(F.as_input(sequence.data, self._first()), sequence.batch_sizes))
        check_features(self, x, self.input_size, "input_size")
        counts = numpy.arange(len(x))[:, None, None] < lengths_of(sequence)[:, None]
        order, back = sequence.sorted_indices, sequence.unsorted_indices
        states = None if hx is None else tuple(s if order is None else s[:, order] for s in self._given(hx))
        hidden, last = self._run(x, states, counts)
        data = hidden[places(sequence.batch_sizes)]
        return sequence._replace(data=data), self._as_given([s if back is None else s[:, back] for s in last])

    def _first(self) -> wg.Tensor:
        return self.weight_ih_l0

    def _given(self, hx: Any) -> State:
        """The arrays of a state that was given."""
        given = (hx,) if self.kind.states == 1 else hx
        if not isinstance(given, (tuple, list)) or len(given) != self.kind.states:
            kind = type(self).__name__
            raise wrong(kind, f"a state of type {type(hx).__name__}", "a pair of arrays", "write (h, c)")
        return tuple(F.as_input(s, self._first()) for s in given)

    def _as_given(self, states: Any) -> Any:
        return states[0] if self.kind.states == 1 else tuple(states)

    def _begin(self, x: wg.Tensor) -> State:
        """States of zeros."""
        widths = (self.proj_size or self.hidden_size, self.hidden_size)[: self.kind.states]
        return tuple(np.zeros((len(self.suffixes), x.shape[1], width), x.dtype) for width in widths)

    def _run(self, x: wg.Tensor, states: State | None, counts: Any) -> tuple[wg.Tensor, list[wg.Tensor]]:
        """The hidden states of the last layer, and the last states of all layers and directions."""
        states = self._begin(x) if states is None else states
        self._check_states(states, x)
        last: list[State] = []
        per_layer = len(self._directions())
        for layer in range(self.num_layers):
            found = []
            for position in range(layer * per_layer, (layer + 1) * per_layer):
                begin = tuple(s[position] for s in states)
                weights = self._weights(self.suffixes[position])
                backwards = position % per_layer == 1
                hidden, end = over_time(self.kind, x, begin, weights, counts, backwards)
                found.append(hidden)
                last.append(end)
            x = found[0] if per_layer == 1 else np.concatenate(found, axis=-1)
            if self.dropout and self.training and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout)
        return x, [np.stack(column) for column in zip(*last, strict=True)]

    def _check_states(self, states: State, x: wg.Tensor) -> None:
        for given, wanted in zip(states, self._begin(x), strict=True):
            if given.shape != wanted.shape:
                raise wrong(
                    type(self).__name__,
                    f"a state of shape {given.shape}",
                    f"shape {wanted.shape}: (layers * directions, sequences, features)",
                    "leave it out for zeros",
                )

    def extra_repr(self) -> str:
        other = {name: getattr(self, name) for name, default in DEFAULTS.items() if getattr(self, name) != default}
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *(f"{n}={value}" for n, value in other.items())])


DEFAULTS = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False, "proj_size": 0}
"""What the text of a recurrent layer leaves out."""


class RNN(_Recurrent):
    """Layers of h = tanh(W x + b + U h + c), J. Elman's network (1990).

    Args:
        input_size: features of an input.
        hidden_size: features of a state.
        num_layers: layers, each over the hidden states of the one before.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        bias: learn shifts.
        batch_first: inputs and hidden states have shape (N, T, features) instead of (T, N, features).
        dropout: applied to the hidden states between layers, in training.
        bidirectional: a second direction, from the last step to the first, in each layer.
        dtype: of the parameters; floating inputs are cast to it.

    Called with an input of shape (T, N, input_size), or (T, input_size) for one sequence, or a
    `wengert.nn.utils.rnn.PackedSequence`, and perhaps a state, it gives the hidden states of the last layer of shape
    (T, N, directions * hidden_size), and the last state of shape (layers * directions, N, hidden_size).

    >>> import wengert as wg, wengert.numpy as np
    >>> hidden, last = wg.nn.RNN(3, 4)(np.ones((5, 2, 3)))
    >>> hidden.shape, last.shape
    ((5, 2, 4), (1, 2, 4))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = "float32",
    ) -> None:
        self.nonlinearity = nonlinearity
        self.kind: Kind = _with(nonlinearity)
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, dtype)


class LSTM(_Recurrent):
    """Long short-term memory; arguments and calls as for `RNN`, with a state of two arrays (hidden, cell).

    Args:
        proj_size: if not 0, hidden states are projected to so many features (H. Sak et al., 2014).

    >>> import wengert as wg, wengert.numpy as np
    >>> hidden, (last, cell) = wg.nn.LSTM(3, 4, num_layers=2, batch_first=True)(np.ones((2, 5, 3)))
    >>> hidden.shape, last.shape, cell.shape
    ((2, 5, 4), (2, 2, 4), (2, 2, 4))
    """

    kind: Final = r.LSTM


class GRU(_Recurrent):
    """Gated recurrent units; arguments and calls as for `RNN`.

    >>> import wengert as wg, wengert.numpy as np
    >>> hidden, last = wg.nn.GRU(3, 4, bidirectional=True)(np.ones((5, 2, 3)))
    >>> hidden.shape, last.shape
    ((5, 2, 8), (2, 2, 4))
    """

    kind: Final = r.GRU

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = "float32",
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, dtype)


# -- single steps ----------------------------------------------------------------------------------


class _Cell(Module):
    kind: Kind
    weight_ih: wg.Tensor
    weight_hh: wg.Tensor
    bias_ih: wg.Tensor | None
    bias_hh: wg.Tensor | None

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, dtype: Any = "float32") -> None:
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = self.kind.gates * hidden_size
        self.weight_ih = Parameter(np.zeros((rows, input_size), dtype))
        self.weight_hh = Parameter(np.zeros((rows, hidden_size), dtype))
        self.register_parameter("bias_ih", Parameter(np.zeros(rows, dtype)) if bias else None)
        self.register_parameter("bias_hh", Parameter(np.zeros(rows, dtype)) if bias else None)
        _draw(self, hidden_size)

    def forward(self, input: Any, hx: Any = None) -> Any:
        kind = self.kind
        x = F.as_input(input, self.weight_ih)
        check_features(self, x, self.input_size, "input_size")
        if hx is None:
            state = (np.zeros((*x.shape[:-1], self.hidden_size), x.dtype),) * kind.states
        else:
            state = tuple(F.as_input(s, x) for s in ((hx,) if kind.states == 1 else hx))
        w = Weights(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        after = kind.step(state, F.linear(x, w.of_input, w.bias_of_input), w)
        return after[0] if kind.states == 1 else after

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}, bias={self.bias}"


class RNNCell(_Cell):
    """One step of `RNN`: from an input of shape (N, input_size) and a state to the next state.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.RNNCell(3, 4)(np.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        dtype: Any = "float32",
    ) -> None:
        self.nonlinearity = nonlinearity
        self.kind: Kind = _with(nonlinearity)
        super().__init__(input_size, hidden_size, bias, dtype)


class LSTMCell(_Cell):
    """One step of `LSTM`: from an input and a state (hidden, cell) to the next state."""

    kind: Final = r.LSTM


class GRUCell(_Cell):
    """One step of `GRU`: from an input and a state to the next state."""

    kind: Final = r.GRU
