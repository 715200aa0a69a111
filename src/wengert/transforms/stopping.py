"""`stop_gradient`: the value without its derivative."""

from __future__ import annotations

from typing import Any

from ..core.lending import lent
from ..core.python.trees import flatten, unflatten
from ..core.tensor import Tensor
from ..ops.elementwise import stop_gradient as stop
from ..ops.operands import is_number, numbers


def stop_gradient(tree: Any) -> Any:
    """The same values, which count as constants for every derivative.

    Args:
        tree: a tensor, array or number, or any nesting of dict, list, tuple, named tuple and dataclass of
            them; other leaves are left as they are.

    >>> import wengert as wg
    >>> wg.grad(lambda x: x * wg.stop_gradient(x))(3.0)
    tensor(3.)
    """
    leaves, structure = flatten(tree)
    return unflatten(structure, [_stopped(leaf) for leaf in leaves])


def _stopped(leaf: Any) -> Any:
    if type(leaf) is Tensor:
        return stop(leaf)
    return lent(numbers(leaf, "stop_gradient")) if is_number(leaf) else leaf
