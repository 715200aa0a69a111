"""What transformations give belongs to whoever asked: writing to one result changes no other, and no argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

X = numpy.array([1.0, 2.0, 3.0])


def leaf() -> Any:
    return wg.tensor(X, requires_grad=True)


def _backward(x: Any, v: Any, **options: Any) -> Any:
    a, b = leaf(), leaf()
    (a + b).backward(v, **options)
    return a.grad, b.grad


def _gradients(x: Any, v: Any, **options: Any) -> Any:
    a, b = leaf(), leaf()
    return wg.gradients(a + b, (a, b), cotangents=v, **options)


def _retained(x: Any, v: Any) -> Any:
    a = leaf()
    b = a + x
    b.retain_grad()
    b.backward(v)
    return a.grad, b.grad


RESULTS: dict[str, Callable[[Any, Any], Any]] = {
    "value": lambda x, v: wg.vjp(lambda x: x, x)[0],
    "vjp": lambda x, v: wg.vjp(lambda x: x, x)[1](v),
    "vjp of a sum": lambda x, v: wg.vjp(np.add, x, x)[1](v),
    "jvp": lambda x, v: wg.jvp(lambda x: x, (x,), (v,)),
    "jvp of a pair": lambda x, v: wg.jvp(lambda x: (x, x * 1.0), (x,), (v,))[1],
    "linearize": lambda x, v: wg.linearize(lambda x: x, x)[1](v),
    "grad": lambda x, v: wg.grad(lambda x, y: np.sum((x + y) * v), argnums=(0, 1))(x, x),
    "hvp": lambda x, v: wg.hvp(lambda x: np.sum(x**2) / 2, (x,), (v,)),
    "vmap": lambda x, v: wg.vmap(lambda x: x)(x),
    "vmap to a pair": lambda x, v: wg.vmap(lambda x: (x, x))(x),
    "cond": lambda x, v: wg.cond(x[0] > 0, lambda x: (x, x), lambda x: (-x, x), x),
    "fori_loop": lambda x, v: wg.fori_loop(0, 2, lambda i, c: (c[1], c[0]), (x, v)),
    "scan": lambda x, v: wg.scan(lambda c, x: (c, x), v, x),
    "checkpoint": lambda x, v: wg.checkpoint(lambda x: x)(x),
    "custom_derivative": lambda x, v: wg.custom_derivative(lambda x: x, vjp=lambda p, out, ct: ct)(x),
    "backward": _backward,
    "backward, recorded": lambda x, v: _backward(x, v, create_graph=True),
    "gradients": _gradients,
    "gradients, recorded": lambda x, v: _gradients(x, v, create_graph=True),
    "retain_grad": _retained,
}


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize("name", RESULTS)
def test_a_result_that_is_written_changes_nothing_else(name: str, compiled: bool) -> None:
    x, v = wg.tensor(X), wg.tensor(X)
    f = RESULTS[name]
    found = (wg.jit(f) if compiled else f)(x, v)
    results = [r for part in (found if isinstance(found, tuple) else (found,)) for r in _leaves(part)]
    for k, written in enumerate(results):
        with wg.no_grad():
            written += 100.0
        for other in (x, v, *results[:k], *results[k + 1 :]):
            assert numpy.asarray(other.detach()).max() < 50
        with wg.no_grad():
            written -= 100.0


def _leaves(part: Any) -> list[Any]:
    return list(part) if isinstance(part, tuple) else [part]
