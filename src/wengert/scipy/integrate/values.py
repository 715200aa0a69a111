"""Values that nobody watches are NumPy's arrays, and stay so: where nothing is differentiated, NumPy does all.

All arithmetic of this package is written in operators and NumPy's functions, which take arrays and tensors alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg

from ...core.abstract import Abstract
from ...core.state import observers
from ..recording import is_recorded


def known(x: Any) -> Any:
    """The value of a tensor that no derivative and no recording watches; any other thing as it is."""
    if type(x) is not wg.Tensor or x._node.watch or type(x._value) is Abstract or observers:
        return x
    return x._value


def settled(tree: Any) -> Any:
    """The tree as constants for every derivative."""
    kind = type(tree)
    if kind is wg.Tensor:
        return known(wg.stop_gradient(tree))
    if kind is list or kind is tuple:
        return kind([settled(branch) for branch in tree])
    return tree if kind in CONSTANT else wg.trees.map(known, wg.stop_gradient(tree))


CONSTANT = frozenset([float, int, type(None), numpy.ndarray, numpy.float64, numpy.int64, numpy.bool_])
"""Types of what is a constant as it is."""


def repeated(test: Callable[[Any], Any], body: Callable[[Any], Any], carry: Any, captured: Any) -> Any:
    """``while test(carry): carry = body(carry)``, as a loop that is recorded where such values are."""
    if is_recorded((carry, captured)):
        return wg.while_loop(test, body, carry)
    while test(carry):
        carry = body(carry)
    return carry


def branched(test: Any, first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """What the first function gives where the test holds, or the second; only that one is called."""
    if type(test) is wg.Tensor:
        return wg.cond(test, first, second)
    return first() if test else second()
