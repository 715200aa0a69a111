"""`onnx`: a function, or its derivative, as a model of ONNX."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..core.python.files import write_whole


def onnx(
    f: Callable[..., Any], *args: Any, batch: Sequence[str] = (), path: str | os.PathLike[str] | None = None
) -> Any:
    """A function, or its derivative, as a model of ONNX, with its loops and branches as ``Loop`` and ``If``.

    Its inputs have the names of the parameters of `f`, and of what is in them; what `f` reads from outside, such as
    the parameters of a layer, is constant. Outputs are called ``output``, numbered if there are many.

    Args:
        f: a function of arrays, or nestings of arrays: a layer, a function of parameters, ``wg.grad(f)``.
        args: arguments of the shapes and dtypes for which the model is to be.
        batch: the inputs, by their names in the model, whose first axis is that of the examples, any number of them.
        path: a file to write it to as well, whole or not at all.

    Returns:
        An ``onnx_ir.Model``; ``onnx_ir.to_proto(model).SerializeToString()`` gives its bytes.

    Raises:
        ImportError: onnx-ir is not installed (``pip install 'wengert[onnx]'``).
        TypeError: an operation has no operators here, `f` decides by values, or writes to what is outside; or what it
            does depends on the number of examples otherwise than as its multiple or fraction.
        ValueError: there is no input of a name in `batch`.

    >>> import wengert as wg, wengert.numpy as np
    >>> model = wg.export.onnx(wg.grad(lambda x: np.sum(x ** 2)), np.ones(3))
    >>> [node.op_type for node in model.graph]
    ['Mul', 'Identity']
    """
    if find_spec("onnx_ir") is None:
        raise ImportError(
            "[onnx] the package onnx-ir is not installed, wanted it for models of ONNX; write pip install "
            "'wengert[onnx]'"
        )
    import onnx_ir as ir  # pyright: ignore[reportMissingImports]

    from .onnx_graphs.models import model_of

    model = model_of(f, args, tuple(batch))
    if path is not None:
        write_whole(Path(path), ir.to_proto(model).SerializeToString())
    return model
