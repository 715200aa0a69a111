"""Nothing is behind the input of a graph: what a loop or a branch is given stays outside, whatever made it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.compile.record.trace import record_graph
from wengert.core.abstract import Abstract
from wengert.core.graph import Graph, cut

X = numpy.array([[0.5, -2.0], [1.5, 3.0]])

CHANGES: dict[str, Callable[[Any], Any]] = {
    "negative": lambda x: -x,
    "transpose": np.transpose,
    "reshape": lambda x: np.reshape(np.reshape(x, (4, 1)), (2, 2)),
    "short axis": lambda x: np.reshape(x, (1, 2, 2))[0],
    "broadcast": lambda x: np.broadcast_to(x[:1], (2, 2)),
    "part": lambda x: np.stack(np.split(x, 2)[1][0] + np.zeros((2, 2))),
    "times one": lambda x: x * 1.0,
    "softmax": lambda x: np.exp(x - np.max(x, axis=1, keepdims=True)),
    "picked": lambda x: np.linalg.qr(x)[0],
}
"""What passes merge with what comes before it, or see through; the shape stays."""

BODIES: dict[str, Callable[[Callable[[Any], Any], Any], Any]] = {
    "cond": lambda f, x: wg.cond(np.sum(x) > 1e9, lambda y: y * 2, f, x),
    "switch": lambda f, x: wg.switch(1, [lambda y: y, f], x),
    "captured by cond": lambda f, x: wg.cond(np.sum(x) > 1e9, lambda: x, lambda: f(x)),
    "carried": lambda f, x: wg.fori_loop(0, 2, lambda i, y: f(y), x),
    "captured by scan": lambda f, x: wg.scan(lambda y, _: (y * 0.5 + f(x), f(x)), x, None, length=2),
    "slices": lambda f, x: wg.scan(lambda y, row: (y + f(row), row), x, np.stack([x, 2 * x])),
    "captured by while": lambda f, x: wg.while_loop(
        lambda c: c[0] < 2, lambda c: (c[0] + 1, c[1] + f(x)), (np.array(0), x)
    )[1],
}

PAIRS = [
    (outside, inside, list(BODIES)[i % len(BODIES)]) for i, (outside, inside) in enumerate(product(CHANGES, CHANGES))
]
"""Every two changes, and the bodies in turn."""


@pytest.mark.part(4)
@pytest.mark.parametrize(("outside", "inside", "body"), PAIRS)
def test_a_change_inside_does_not_meet_the_one_outside(outside: str, inside: str, body: str) -> None:
    def f(x: Any) -> Any:
        return BODIES[body](CHANGES[inside], CHANGES[outside](x))

    assert_same(wg.jit(f)(X), f(np.array(X)))


def test_a_graph_refuses_an_input_that_was_made() -> None:
    graph = record_graph(lambda x: [-np.sin(x)], [Abstract(X.shape, X.dtype)])
    sine, _ = graph.nodes
    with pytest.raises(AssertionError, match="cut it off"):
        Graph([sine], graph.nodes[1:], graph.outputs)
    part = cut([sine], graph.nodes[1:], graph.outputs)
    (given,) = part.inputs
    assert given.operands == ()
    assert given.form == sine.form
    assert part.nodes[0].operands == (given,)
