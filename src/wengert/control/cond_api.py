"""Branches that are recorded as one node: `cond`, `switch`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.lending import lent
from ..core.node import next_sequence
from ..core.python.source import at_line
from ..core.python.trees import flatten, unflatten
from ..core.state import compilation
from ..core.tensor import Tensor
from ..ops.elementwise import astype, not_equal
from ..ops.operands import unmasked
from ..transforms.asked import check_function
from ..transforms.closures import since, united, with_inputs
from . import cond_primitive as branch
from .structures import (
    fitted,
    handle,
    is_recorded,
    tree,
)
from .written_state import sides_with_state


def cond(test: Any, if_true: Callable[..., Any], if_false: Callable[..., Any], *operands: Any) -> Any:
    """``if_true(*operands) if test else if_false(*operands)``, where only the side that is taken is computed.

    What the other side would give, an infinity or a NaN, never reaches the result or a derivative. In eager mode it is
    not run at all; where the branch is recorded both sides are, and must agree in structure, shapes and dtypes.

    Args:
        test: a scalar.
        if_true: a function of the operands, which returns numbers and arrays, nested as you like.
        if_false: another, with results of the same structure, shapes and dtypes.
        operands: anything; both may also read what they need from outside.

    Raises:
        TypeError: the test is no scalar, or the results differ.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.grad(lambda x: wg.cond(x > 0, np.sqrt, lambda x: 0 * x, x))(-1.0)
    tensor(0.)
    """
    check_function(if_true, "cond", "if_true")
    check_function(if_false, "cond", "if_false")
    test = _scalar(test, "cond", "the test", "biuf")
    return _branch(test, (if_false, if_true), operands, "cond")


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """``branches[index](*operands)``; an index outside is the nearest within.

    Args:
        index: an integer scalar.
        branches: functions of the operands, with results of the same structure, shapes and dtypes.
        operands: anything; the branches may also read what they need from outside.

    Raises:
        TypeError: the index is no integer, or the results differ.
        ValueError: there is no branch.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.switch(2, [np.sin, np.cos, np.exp], 0.0)
    tensor(1.)
    """
    if not branches:
        raise ValueError(f"[switch] no branches were given, wanted at least one; write switch(i, [f, g], x){at_line()}")
    index = _scalar(index, "switch", "the index", "iu")
    for number, side in enumerate(branches):
        check_function(side, "switch", f"branches[{number}]")
    return _branch(index, tuple(branches), operands, "switch")


def _scalar(value: Any, op: str, what: str, kinds: str) -> Any:
    tensor = value if type(value) is Tensor else lent(unmasked(value, op))
    if tensor.shape != () or tensor.dtype.kind not in kinds:
        wanted = "an integer scalar" if op == "switch" else "a scalar, true or false"
        raise TypeError(
            f"[{op}] {what} is {tensor.dtype} of shape {tensor.shape}, wanted {wanted}; write np.all(...) or "
            f"np.where(...) for an array of them{at_line()}"
        )
    return tensor


def _branch(index: Tensor, branches: Sequence[Callable[..., Any]], operands: Sequence[Any], op: str) -> Any:
    if op == "cond" and index.dtype.kind != "b":
        index = not_equal(index, 0)
    if type(index._value) is not Abstract and not is_recorded():
        return _taken(min(max(int(index._value), 0), len(branches) - 1), branches, operands, op)
    return _recorded(index, branches, operands, op)


def _taken(position: int, branches: Sequence[Callable[..., Any]], operands: Sequence[Any], op: str) -> Any:
    """The result of one side, as plain Python."""
    result = tree(branches[position](*operands), op, f"the result of {_names(op, len(branches))[position]}")
    return result.whole(result.handles)


def _names(op: str, count: int) -> list[str]:
    """What messages call the sides."""
    return ["if_false", "if_true"] if op == "cond" else [f"branch {i}" for i in range(count)]


def _recorded(index: Tensor, branches: Sequence[Callable[..., Any]], operands: Sequence[Any], op: str) -> Any:
    """The branch as one node."""
    begins: list[int] = []

    def side(f: Callable[..., Any]) -> Any:
        begins.append(next_sequence())
        leaves, structure = flatten(f(*operands))
        return unflatten(structure, [handle(leaf) if type(leaf) is Tensor else leaf for leaf in leaves])

    results, cells, held = sides_with_state(op, [partial(side, f) for f in branches])
    names = _names(op, len(branches))
    first = tree(results[0], op, f"the result of {names[0]}")
    others = zip(results[1:], names[1:], strict=True)
    leaves = [first.leaves, *(fitted(r, first, op, f"the result of {name}", names[0]) for r, name in others)]
    recorded = [since(b, [*own, *kept]) for b, own, kept in zip(begins, leaves, held, strict=True)]
    captured = united(recorded)
    graphs = tuple(with_inputs(sub, captured) for sub in recorded)
    found = branch.cond(astype(index, dtype=numpy.dtype(numpy.int64)), *captured, branches=graphs)
    count = len(first.leaves)
    for cell, tensor in zip(cells, found[count:], strict=True):
        compilation().writes.put(cell, tensor)
    return first.whole(found[:count])
