"""`onnx`: a function, or its derivative, as a model of ONNX."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..core.files import write_whole
from ..core.graph import form_of_operand
from .recorded import exported, identifier


def onnx(f: Callable[..., Any], *args: Any, path: str | os.PathLike[str] | None = None) -> Any:
    """A function, or its derivative, as a model of ONNX, with its loops and branches as ``Loop`` and ``If``.

    Its inputs have the names of the parameters of `f`, and of what is in them; what `f` reads from outside, such as
    the parameters of a layer, is constant. Outputs are called ``output``, numbered if there are many.

    Args:
        f: a function of arrays, or nestings of arrays: a layer, a function of parameters, ``wg.grad(f)``.
        args: arguments of the shapes and dtypes for which the model is to be.
        path: a file to write it to as well, whole or not at all.

    Returns:
        An ``onnx_ir.Model``; ``onnx_ir.to_proto(model).SerializeToString()`` gives its bytes.

    Raises:
        ImportError: onnx-ir is not installed (``pip install 'wengert[onnx]'``).
        TypeError: an operation has no operators here, `f` decides by values, or writes to what is outside.

    >>> import wengert as wg, wengert.numpy as np
    >>> model = wg.export.onnx(wg.grad(lambda x: np.sum(x ** 2)), np.ones(3))
    >>> [node.op_type for node in model.graph]
    ['Mul']
    """
    if find_spec("onnx_ir") is None:
        raise ImportError(
            "[onnx] the package onnx-ir is not installed, wanted it for models of ONNX; write pip install "
            "'wengert[onnx]'"
        )
    import onnx_ir as ir  # pyright: ignore[reportMissingImports]

    from .numpy_source.writing import readable
    from .onnx_graphs.graphs import outputs_of
    from .onnx_graphs.nodes import OPSET, Nodes, datatype, value

    made = exported(f, args, "onnx")
    graph, nodes = readable(made.graph), Nodes()
    forms = [node.form for node in made.graph.inputs]
    inputs = [value(identifier(a.name), form.dtype, form.shape) for a, form in zip(made.arguments, forms, strict=True)]
    found = outputs_of(nodes, graph, inputs)
    outputs = []
    for place, (output, form) in enumerate(zip(found, map(form_of_operand, graph.outputs), strict=True), 1):
        named = nodes.call("Identity", output) if output in inputs or output.const_value is not None else output
        named.name = "output" if len(found) == 1 else f"output_{place}"
        named.shape, named.dtype = ir.Shape(form.shape), datatype(form.dtype)
        outputs.append(named)
    constants = list(nodes.constants.values())
    whole = ir.Graph(
        inputs, outputs, nodes=nodes.open[0], initializers=constants, opset_imports={"": OPSET}, name=made.name
    )
    model = ir.Model(whole, ir_version=10, producer_name="wengert")
    if path is not None:
        write_whole(Path(path), ir.to_proto(model).SerializeToString())
    return model
