"""Loops that users of JAX have reported as slow, as they write them, beside JAX.

Source: the issues of github.com/jax-ml/jax whose numbers are in the names of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

from ..rows import Call, Row

LENGTHS = (100_000, 200_000)
NODES = 40
MATRICES = 2_000
RANDOM = numpy.random.default_rng(0)
OBSERVED = numpy.sin(numpy.arange(100.0))


class Library(NamedTuple):
    """What a loop is written with, and how it is called."""

    np: Any
    scan: Callable[..., Any]
    fori_loop: Callable[..., Any]
    put: Callable[[Any, Any, Any], Any]
    jit: Callable[..., Any]
    grad: Callable[..., Any]
    ready: Callable[[Any], Any]


def rows() -> Iterator[Row]:
    for length in LENGTHS:
        of = lambda library, length=length: autoregression(library, length)
        yield row(f"a number written into {length:,} at each turn (40101)", of, [numpy.array(0.9)])
    nodes = lambda library: library.grad(lambda volatility: surprise(library, volatility))
    yield row(f"gradient of a scan that carries {7 * NODES} scalars (40150)", nodes, [numpy.full(NODES, -2.0)], 0.02)
    yield row("a scan over 2,000 float64 matrices of 3 x 3 (36799)", factors, semiseparable(), 0.05)


def row(name: str, of: Callable[[Library], Any], given: Any, at_most: float | None = None) -> Row:
    def call(library: Library) -> Call:
        program = library.jit(of(library))
        arrays = [library.np.asarray(x) for x in given]
        return lambda: library.ready(program(*arrays))

    calls = {"wengert": call(ours())}
    if find_spec("jax"):
        calls["jax"] = call(of_jax())
    return Row(name, calls, {} if at_most is None else {"jax": at_most})


# -- the loops -------------------------------------------------------------------------------------


def autoregression(library: Library, length: int) -> Callable[[Any], Any]:
    """x[t + 1] = a x[t] + 1, all kept in one array."""

    def run(a: Any) -> Any:
        turn = lambda t, x: library.put(x, t + 1, a * x[t] + 1)
        return library.fori_loop(0, length - 1, turn, library.np.zeros(length))

    return run


def surprise(library: Library, volatility: Any) -> Any:
    """How unexpected observations are to a chain of nodes, each of which predicts the mean of the one before.

    All that belongs to the nodes is in one dictionary of scalars that the scan carries, parameters too.

    Source: the updates of C. Mathys et al., "Uncertainty in perception and the Hierarchical Gaussian Filter", Frontiers
    in Human Neuroscience 8 (2014), with couplings of values only.
    """
    np = library.np
    first = {"mean": 0.0, "precision": 1.0, "error": 0.0, "expected": 1.0, "coupling": 0.9, "drift": 0.01}

    def turn(nodes: dict[str, Any], observed: Any) -> tuple[dict[str, Any], Any]:
        after, total, below, certainty = dict(nodes), 0.0, observed, 1.0
        for i in range(NODES):
            mean, drift, coupling = (nodes[f"{name}{i}"] for name in ("mean", "drift", "coupling"))
            expected = 1 / (1 / nodes[f"precision{i}"] + np.exp(nodes[f"volatility{i}"]))
            error = below - coupling * (mean + drift)
            precision = expected + coupling * coupling * certainty
            after[f"mean{i}"] = mean + drift + coupling * certainty / precision * error
            after |= {f"precision{i}": precision, f"error{i}": error, f"expected{i}": expected}
            total = total + (certainty * error * error - np.log(certainty)) / 2
            below, certainty = after[f"mean{i}"], expected
        return after, total

    start = {f"{name}{i}": np.asarray(value) for name, value in first.items() for i in range(NODES)}
    start |= {f"volatility{i}": volatility[i] for i in range(NODES)}
    return np.sum(library.scan(turn, start, np.asarray(OBSERVED))[1])


def factors(library: Library) -> Callable[..., Any]:
    """Cholesky's factor of a matrix that is semiseparable of order 3, row by row.

    Source: D. Foreman-Mackey et al., "Fast and scalable Gaussian process modeling", Astron. J. 154 (2017), section 5.
    """

    def run(diagonal: Any, left: Any, right: Any, move: Any) -> Any:
        def turn(carry: Any, row: Any) -> tuple[Any, Any]:
            d, p, q, a = row
            c = library.np.sqrt(d - p @ carry @ p)
            w = (q - a @ carry @ p) / c
            return a @ carry @ a.T + library.np.outer(w, w), (c, w)

        return library.scan(turn, library.np.zeros((3, 3)), (diagonal, left, right, move))[1]

    return run


def semiseparable() -> list[numpy.ndarray]:
    """Diagonal, generators and transitions of a matrix that is positive definite."""
    generators = 0.3 * RANDOM.normal(size=(2, MATRICES, 3))
    return [numpy.full(MATRICES, 5.0), *generators, 0.5 * numpy.eye(3) + 0.05 * RANDOM.normal(size=(MATRICES, 3, 3))]


# -- the libraries ---------------------------------------------------------------------------------


def ours() -> Library:
    def put(x: Any, i: Any, value: Any) -> Any:
        x[i] = value
        return x

    return Library(np, wg.scan, wg.fori_loop, put, wg.jit, wg.grad, lambda x: x)


def of_jax() -> Library:
    import jax

    def put(x: Any, i: Any, value: Any) -> Any:
        return x.at[i].set(value)

    return Library(jax.numpy, jax.lax.scan, jax.lax.fori_loop, put, jax.jit, jax.grad, jax.block_until_ready)
