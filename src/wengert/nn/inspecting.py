"""Looking into a module: what its parts gave in a run, and a table of shapes, parameters and costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from math import prod
from typing import Any, NamedTuple

import wengert as wg

from ..html import table
from .layers.attention import MultiheadAttention
from .layers.convolution import _Conv, _ConvTranspose
from .layers.linear import Bilinear, Linear
from .layers.recurrent import _Cell, _Recurrent
from .module import Module

__all__ = ["Summary", "capture", "summary"]


def capture(module: Module, *args: Any, names: Iterable[str] | None = None, **kwargs: Any) -> dict[str, Any]:
    """What the parts of a module gave when it was called, by path; the module itself is ``""``.

    A part that is called several times is there with a list of what it gave.

    Args:
        module: the module.
        args: its arguments.
        names: the paths of the parts wanted; all by default.
        kwargs: its arguments by keyword.

    >>> import wengert as wg, wengert.numpy as np
    >>> net = wg.nn.Sequential(wg.nn.Linear(3, 4), wg.nn.ReLU())
    >>> {name: y.shape for name, y in wg.nn.capture(net, np.ones((2, 3))).items()}
    {'0': (2, 4), '1': (2, 4), '': (2, 4)}
    """
    wanted = dict(module.named_modules()) if names is None else {name: module.get_submodule(name) for name in names}
    seen: dict[str, list[Any]] = {}

    def noting(name: str) -> Callable[..., None]:
        return lambda _, args, output: seen.setdefault(name, []).append(output)

    with ExitStack() as hooks:
        for name, part in wanted.items():
            hooks.enter_context(part.register_forward_hook(noting(name)))
        module(*args, **kwargs)
    return {name: outputs[0] if len(outputs) == 1 else outputs for name, outputs in seen.items()}


class Row(NamedTuple):
    """A part of a module in a run.

    Attributes:
        path: the way to it.
        kind: its class.
        shape: of what it gave.
        parameters: how many numbers of its own it has.
        flops: additions and multiplications of its matrix products and convolutions.
        memory: bytes of what it gave.
    """

    path: str
    kind: str
    shape: Any
    parameters: int
    flops: int
    memory: int


HEAD = ("part", "kind", "output", "parameters", "flops", "bytes")


class Summary(NamedTuple):
    """A table of the parts of a module, which prints as text.

    Attributes:
        rows: one for each part that was called.
        parameters: how many numbers the module has, each once.
        flops: of all parts.
        memory: bytes of all that was given.
    """

    rows: list[Row]
    parameters: int
    flops: int
    memory: int

    def __str__(self) -> str:
        lines = self._lines()
        widths = [max(map(len, column)) for column in zip(HEAD, *lines, strict=True)]
        rule = "  ".join("-" * width for width in widths)
        aligned = [_aligned(line, widths) for line in (HEAD, *lines)]
        return "\n".join([aligned[0], rule, *aligned[1:-1], rule, aligned[-1]])

    def _repr_html_(self) -> str:
        return table(HEAD, self._lines())

    def _lines(self) -> list[tuple[str, ...]]:
        """The cells of the table, those of the sums last."""
        lines = [
            (r.path, r.kind, str(r.shape), f"{r.parameters:,}", f"{r.flops:,}", f"{r.memory:,}") for r in self.rows
        ]
        return [*lines, ("total", "", "", f"{self.parameters:,}", f"{self.flops:,}", f"{self.memory:,}")]

    __repr__ = __str__


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    cells = [text.ljust(n) if i < 3 else text.rjust(n) for i, (text, n) in enumerate(zip(line, widths, strict=True))]
    return "  ".join(cells).rstrip()


def summary(module: Module, *args: Any, **kwargs: Any) -> Summary:
    """A table of the parts of a module: shapes, parameters, costs and memory of a run.

    Args:
        module: the module.
        args: its arguments, of the shapes of interest.
        kwargs: its arguments by keyword.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.summary(wg.nn.Sequential(wg.nn.Linear(3, 4), wg.nn.ReLU()), np.ones((2, 3)))
    part   kind    output  parameters  flops  bytes
    -----  ------  ------  ----------  -----  -----
    0      Linear  (2, 4)          16     48     32
    1      ReLU    (2, 4)           0      0     32
    -----  ------  ------  ----------  -----  -----
    total                          16     48     64
    """
    rows: list[Row] = []

    def noting(path: str) -> Callable[..., None]:
        return lambda part, args, output: rows.append(_row(path, part, args, output))

    with ExitStack() as hooks, wg.no_grad():
        for path, part in module.named_modules():
            if path and (not list(part.children()) or isinstance(part, MultiheadAttention)):
                hooks.enter_context(part.register_forward_hook(noting(path)))
        module(*args, **kwargs)
    parameters = sum(parameter.size for parameter in module.parameters())
    return Summary(rows, parameters, sum(row.flops for row in rows), sum(row.memory for row in rows))


def _row(path: str, part: Module, args: tuple[Any, ...], output: Any) -> Row:
    tensors = [leaf for leaf in wg.trees.leaves(output) if isinstance(leaf, wg.Tensor)]
    count = next((count for kind, count in FLOPS if isinstance(part, kind)), _none)
    own = sum(parameter.size for parameter in part.parameters(recurse=False))
    shape = tensors[0].shape if tensors else None
    flops = count(part, [leaf for leaf in args if hasattr(leaf, "shape")], tensors)
    return Row(path, type(part).__name__, shape, own, flops, sum(tensor.nbytes for tensor in tensors))


def _none(part: Any, inputs: Any, outputs: Any) -> int:
    return 0


def _of_outputs(part: Any, inputs: Any, outputs: Any) -> int:
    """Each number of the result is a sum over a row of weights."""
    return 2 * outputs[0].size * prod(part.weight.shape[1:])


def _of_inputs(part: Any, inputs: Any, outputs: Any) -> int:
    """Each number of the input goes to a row of weights."""
    return 2 * inputs[0].size * prod(part.weight.shape[1:])


def _of_steps(part: Any, inputs: Any, outputs: Any) -> int:
    """All matrices are used at each step of each sequence."""
    steps = inputs[0].size // part.input_size
    return 2 * steps * sum(parameter.size for parameter in part.parameters() if parameter.ndim == 2)


def _of_attention(part: Any, inputs: Any, outputs: Any) -> int:
    """The projections but the last, which is a layer of its own, and the two products of queries, keys and values."""
    query, key, value = inputs[:3]
    width, batch = part.embed_dim, query.size // (query.shape[-1] * query.shape[1 if part.batch_first else 0])
    pairs = query.size // query.shape[-1] * (key.size // key.shape[-1]) // batch
    return 2 * width * (query.size + key.size + value.size) + 4 * pairs * width


FLOPS: list[tuple[Any, Callable[..., int]]] = [
    ((Linear, Bilinear, _Conv), _of_outputs),
    (_ConvTranspose, _of_inputs),
    ((_Recurrent, _Cell), _of_steps),
    (MultiheadAttention, _of_attention),
]
"""For kinds of layers what they cost."""
