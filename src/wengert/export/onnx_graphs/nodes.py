"""The nodes of a graph of ONNX in the making, by onnx-ir."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy
import onnx_ir as ir  # pyright: ignore[reportMissingImports]

OPSET = 20
"""The version of the operators."""


class Nodes:
    """Operators on values, in the graph that is open; constants are those of the whole model.

    Attributes:
        prefix: what all names begin with.
        open: the nodes of the graphs that are being made, the innermost last.
        constants: the values of constants, in the order in which they were asked for.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.open: list[list[Any]] = [[]]
        self.constants: list[Any] = []
        self.count = 0

    def name(self, stem: str = "v") -> str:
        self.count += 1
        return f"{self.prefix}{stem}{self.count}"

    def call(self, op: str, *inputs: Any, outputs: int = 1, **attributes: Any) -> Any:
        """The value of an operator, or the values if there are several; inputs that are no values are constants."""
        given = [None if x is None else x if isinstance(x, ir.Value) else self.constant(x) for x in inputs]
        results = [ir.val(self.name()) for _ in range(outputs)]
        self.open[-1].append(ir.node(op, given, attributes or None, outputs=results))
        return results[0] if outputs == 1 else results

    def constant(self, value: Any) -> Any:
        """A constant array; of equal numbers, one that is spread."""
        array = numpy.ascontiguousarray(value).reshape(numpy.shape(value))
        if array.dtype.kind == "f" and array.size > 1 and (array == array.flat[0]).all():
            return self.call("Expand", array.reshape(-1)[0], self.integers(array.shape))
        name = f"{self.prefix}constant{len(self.constants) + 1}"
        made = ir.val(name, const_value=ir.tensor(array, name=name))
        made.shape, made.dtype = ir.Shape(array.shape), datatype(array.dtype)
        self.constants.append(made)
        return made

    def integers(self, values: Sequence[int]) -> Any:
        return self.constant(numpy.asarray(list(values), numpy.int64))

    def cast(self, value: Any, dtype: numpy.dtype) -> Any:
        return self.call("Cast", value, to=datatype(dtype).value)

    def reshape(self, value: Any, shape: Sequence[int]) -> Any:
        return self.call("Reshape", value, self.integers(shape), allowzero=1)

    def graph(self, name: str, inputs: Sequence[Any], body: Callable[[], Sequence[Any]]) -> Any:
        """A graph within this one, which may use the values around it."""
        with self._within() as nodes:
            outputs = [self.call("Identity", output) for output in body()]
        return ir.Graph(list(inputs), outputs, nodes=nodes, name=self.name(name))

    @contextmanager
    def _within(self) -> Iterator[list[Any]]:
        self.open.append([])
        try:
            yield self.open[-1]
        finally:
            self.open.pop()


def datatype(dtype: Any) -> Any:
    """ONNX's name of a dtype."""
    return ir.DataType.from_numpy(numpy.dtype(dtype))


def value(name: str, dtype: Any, shape: Sequence[int | str]) -> Any:
    """A value of a dtype and shape: an input of a graph."""
    return ir.val(name, datatype(dtype), list(shape))
