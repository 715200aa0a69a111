"""Sparse Jacobians and Hessians beside CasADi 3.8 and asdex 0.5: evaluation, and apart from it what is done once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy

import wengert as wg
import wengert.numpy as np

from ..rows import Row
from .sparse_peers import Peer, asdex, casadi
from .sparse_problems import (
    Problem,
    banded,
    brusselator,
    brusselator_residual,
    bundle_adjustment,
    hand_tracking,
    optimal_control,
    tridiagonal,
)

AT_MOST = {"casadi": 0.5, "asdex": 0.5}

PROBLEMS: dict[str, Callable[[], Problem]] = {
    "brusselator, 4 x 4": partial(brusselator, 4),
    "brusselator, 32 x 32": partial(brusselator, 32),
    "brusselator, 128 x 128": partial(brusselator, 128),
    "its residual, 4 x 4, Hessian": partial(brusselator_residual, 4),
    "its residual, 32 x 32, Hessian": partial(brusselator_residual, 32),
    "bundle adjustment, 21 cameras": partial(bundle_adjustment, 21, 500, 2000),
    "hand tracking, 500 points": partial(hand_tracking, 544, 500),
    "optimal control, Hessian": partial(optimal_control, 1000),
    "tridiagonal, 1000": partial(tridiagonal, 1000),
    "tridiagonal, 100000": partial(tridiagonal, 100_000),
    "banded, 10000": partial(banded, 10_000),
}


def rows() -> Iterator[Row]:
    """A row for each problem; what is done once is printed."""
    for name, make in PROBLEMS.items():
        problem = make()
        prepared = {"wengert": _timed(name, "wengert", lambda: ours(problem))}  # noqa: B023
        prepared["casadi"] = _timed(name, "casadi", lambda: casadi(problem.build, problem.derivative, problem.x))  # noqa: B023
        prepared["asdex"] = _timed(name, "asdex", lambda: theirs(problem))  # noqa: B023
        there = {library: peer for library, peer in prepared.items() if peer is not None}
        _check(name, there)
        yield Row(name, {library: peer.call for library, peer in there.items()}, AT_MOST, is_same=False)


def ours(problem: Problem) -> Peer:
    prepare = wg.sparse.plan_jacobian if problem.derivative == "jacobian" else wg.sparse.plan_hessian
    plan = prepare(lambda x: problem.f(np, x), problem.x)
    x = problem.x
    return Peer(lambda: plan.nonzeros(x), lambda: plan(x))


def theirs(problem: Problem) -> Peer | None:
    import jax

    return asdex(lambda x: problem.f(jax.numpy, x), problem.derivative, problem.x)


def _timed(name: str, library: str, prepare: Callable[[], Peer | None]) -> Peer | None:
    """What a library has prepared and run once; prints how long that took."""
    start = time.perf_counter()
    peer = prepare()
    if peer is not None:
        peer.call()
        print(f"{name}: {library} is ready after {time.perf_counter() - start:.2f} s")
    return peer


def _check(name: str, peers: dict[str, Peer]) -> None:
    """Compare all matrices with ours along a direction."""
    direction = numpy.random.default_rng(0).normal(size=peers["wengert"].matrix().shape[1])
    wanted = peers["wengert"].matrix() @ direction
    for library, peer in peers.items():
        error = abs(peer.matrix() @ direction - wanted).max() / abs(wanted).max()
        if not error < 1e-10:
            raise ArithmeticError(f"[benchmarks] {name}: {library} differs by {error:.1e}")
