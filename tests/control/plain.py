"""Loops and branches as the Python that they stand for: the reference of `wengert.control`."""

from __future__ import annotations

from typing import Any

from optree import tree_map

import wengert.numpy as np
from wengert.core.python.trees import flatten, unflatten


def _started(init: Any) -> Any:
    """A carry of tensors, whose dtypes are settled."""
    leaves, structure = flatten(init)
    return unflatten(structure, [np.asarray(leaf) for leaf in leaves])


def cond(test: Any, if_true: Any, if_false: Any, *operands: Any) -> Any:
    return if_true(*operands) if test else if_false(*operands)


def switch(index: Any, branches: Any, *operands: Any) -> Any:
    return branches[min(max(int(index), 0), len(branches) - 1)](*operands)


def while_loop(test: Any, body: Any, init: Any, memory: Any = None) -> Any:
    carry = _started(init)
    while test(carry):
        carry = body(carry)
    return carry


def fori_loop(lower: Any, upper: Any, body: Any, init: Any, memory: Any = None) -> Any:
    carry = _started(init)
    for i in range(int(lower), int(upper)):
        carry = body(i, carry)
    return carry


def scan(f: Any, init: Any, xs: Any = None, length: Any = None, reverse: bool = False, memory: Any = None) -> Any:
    carry, ys = _started(init), []
    leaves, structure = flatten(_started(xs))
    order = range(len(leaves[0]) if leaves else length)
    for t in reversed(order) if reverse else order:
        carry, y = f(carry, unflatten(structure, [x[t] for x in leaves]))
        ys.append(y)
    return carry, tree_map(lambda *column: np.stack(column[::-1] if reverse else column), *ys, namespace="wengert")


def map(f: Any, xs: Any) -> Any:
    return scan(lambda nothing, x: (None, f(x)), None, xs)[1]
