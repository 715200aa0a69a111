"""The dynamic graph, run line by line, beside PyTorch and HIPS autograd."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .optimizers import steps
from .options import Options
from .report import OURS, Measured, Page, Report
from .timing import ROUNDS, Time, best_times, peak_bytes, process_time

HAS_TORCH = find_spec("torch") is not None
HAS_AUTOGRAD = find_spec("autograd") is not None
CHAIN = 200
Candidates = dict[str, Callable[[], Any]]

rng = numpy.random.default_rng(0)


def candidates(ours: Callable[[], Any], torch: Callable[[], Any], autograd: Callable[[], Any]) -> Candidates:
    """The workload in each library that is installed; the peers' versions are made on demand."""
    made = {OURS: ours}
    if HAS_TORCH:
        made["torch"] = torch()
    if HAS_AUTOGRAD:
        made["autograd"] = autograd()
    return made


# -- a chain of small operations -------------------------------------------------------------------


def repeat_four(x: Any, a: Any, sin: Any, tanh: Any, count: int) -> Any:
    """`count` operations: sin, product, tanh, sum, over and over."""
    for _ in range(count // 4):
        x = tanh(sin(x) * a) + a
    return x


def chain(count: int = CHAIN) -> Candidates:
    """Forward and backward through `count` elementwise operations on ten numbers."""
    start, factor = numpy.linspace(0.1, 1, 10), numpy.linspace(0.5, 1.5, 10)
    x, a = wg.tensor(start, requires_grad=True), wg.tensor(factor)

    def ours() -> None:
        x.grad = None
        repeat_four(x, a, np.sin, np.tanh, count).sum().backward()

    def torch() -> Callable[[], Any]:
        import torch

        leaf, constant = torch.tensor(start, requires_grad=True), torch.tensor(factor)

        def run() -> None:
            leaf.grad = None
            repeat_four(leaf, constant, torch.sin, torch.tanh, count).sum().backward()

        return run

    def autograd() -> Callable[[], Any]:
        import autograd
        import autograd.numpy as anp

        gradient = autograd.grad(lambda z: anp.sum(repeat_four(z, factor, anp.sin, anp.tanh, count)))
        return lambda: gradient(start)

    return candidates(ours, torch, autograd)


# -- a dense network -------------------------------------------------------------------------------

BATCH, WIDTH = 32, 64


def network_loss(parameters: Any, x: Any, y: Any, tanh: Any) -> Any:
    (w1, b1), (w2, b2) = parameters
    error = tanh(x @ w1 + b1) @ w2 + b2 - y
    return (error * error).sum()


def network() -> Candidates:
    """Loss and gradient of a 64-64-64 network on a batch of 32, float64."""
    weights = [(rng.standard_normal((WIDTH, WIDTH)) / 8, rng.standard_normal(WIDTH)) for _ in range(2)]
    inputs, targets = rng.standard_normal((2, BATCH, WIDTH))
    ours_parameters = [tuple(wg.tensor(p, requires_grad=True) for p in layer) for layer in weights]
    x, y = wg.tensor(inputs), wg.tensor(targets)

    def ours() -> None:
        for layer in ours_parameters:
            for p in layer:
                p.grad = None
        network_loss(ours_parameters, x, y, np.tanh).backward()

    def torch() -> Callable[[], Any]:
        import torch

        parameters = [tuple(torch.tensor(p, requires_grad=True) for p in layer) for layer in weights]
        tx, ty = torch.tensor(inputs), torch.tensor(targets)

        def run() -> None:
            for layer in parameters:
                for p in layer:
                    p.grad = None
            network_loss(parameters, tx, ty, torch.tanh).backward()

        return run

    def autograd() -> Callable[[], Any]:
        import autograd
        import autograd.numpy as anp

        def loss(parameters: Any) -> Any:
            (w1, b1), (w2, b2) = parameters
            error = anp.dot(anp.tanh(anp.dot(inputs, w1) + b1), w2) + b2 - targets
            return anp.sum(error * error)

        gradient = autograd.grad(loss)
        return lambda: gradient(weights)

    return candidates(ours, torch, autograd)


# -- logistic regression ---------------------------------------------------------------------------

EXAMPLES, FEATURES = 1_000, 50


def logistic_loss(w: Any, x: Any, y: Any, m: Any) -> Any:
    """The mean negative log likelihood of labels y in {-1, 1}."""
    return m.mean(m.log1p(m.exp(-y * m.matmul(x, w))))


def _logistic_data() -> tuple[Any, Any, Any]:
    x = rng.standard_normal((EXAMPLES, FEATURES))
    y = numpy.sign(rng.standard_normal(EXAMPLES))
    return rng.standard_normal(FEATURES) / 10, x, y


def logistic() -> Candidates:
    """Loss and gradient of logistic regression on 1,000 examples with 50 features."""
    weights, data, labels = _logistic_data()
    w, x, y = wg.tensor(weights, requires_grad=True), wg.tensor(data), wg.tensor(labels)

    def ours() -> None:
        w.grad = None
        logistic_loss(w, x, y, np).backward()

    def torch() -> Callable[[], Any]:
        import torch

        leaf = torch.tensor(weights, requires_grad=True)
        tx, ty = torch.tensor(data), torch.tensor(labels)

        def run() -> None:
            leaf.grad = None
            logistic_loss(leaf, tx, ty, torch).backward()

        return run

    def autograd() -> Callable[[], Any]:
        import autograd
        import autograd.numpy as anp

        gradient = autograd.grad(lambda p: logistic_loss(p, data, labels, anp))
        return lambda: gradient(weights)

    return candidates(ours, torch, autograd)


def logistic_hessian() -> Candidates:
    """The 50 x 50 Hessian of the same."""
    weights, data, labels = _logistic_data()
    hessian = wg.hessian(lambda w: logistic_loss(w, data, labels, np))

    def torch() -> Callable[[], Any]:
        import torch

        tx, ty = torch.tensor(data), torch.tensor(labels)
        peer = torch.func.hessian(lambda w: logistic_loss(w, tx, ty, torch))
        point = torch.tensor(weights)
        return lambda: peer(point)

    def autograd() -> Callable[[], Any]:
        import autograd
        import autograd.numpy as anp

        peer = autograd.hessian(lambda w: logistic_loss(w, data, labels, anp))
        return lambda: peer(weights)

    return candidates(lambda: hessian(weights), torch, autograd)


# -- Jacobians -------------------------------------------------------------------------------------


def jacobian(inputs: int, outputs: int) -> Candidates:
    """The Jacobian of x -> sin(A x)^2 + exp(-(A x)^2)."""
    matrix = rng.standard_normal((outputs, inputs)) / inputs**0.5
    point = rng.standard_normal(inputs)

    def f(x: Any, a: Any, m: Any) -> Any:
        y = m.matmul(a, x)
        return m.sin(y) ** 2 + m.exp(-(y**2))

    ours = wg.jacobian(lambda x: f(x, matrix, np))

    def torch() -> Callable[[], Any]:
        import torch

        a = torch.tensor(matrix)
        transform = torch.func.jacfwd if inputs <= outputs else torch.func.jacrev
        peer = transform(lambda x: f(x, a, torch))
        x = torch.tensor(point)
        return lambda: peer(x)

    def autograd() -> Callable[[], Any]:
        import autograd
        import autograd.numpy as anp

        peer = autograd.jacobian(lambda x: f(x, matrix, anp))
        return lambda: peer(point)

    return candidates(lambda: ours(point), torch, autograd)


# -- random numbers --------------------------------------------------------------------------------


def normals(compiled: bool = False, count: int = 1_000_000) -> Candidates:
    """Normal numbers in single precision, by each library's own generator."""
    ours, theirs = wg.random.default_rng(0), numpy.random.default_rng(0)
    draw = lambda: ours.standard_normal(count, "float32")
    made = {OURS: wg.jit(draw) if compiled else draw, "numpy": lambda: theirs.standard_normal(count, "float32")}
    if HAS_TORCH:
        import torch

        made["torch"] = lambda: torch.randn(count)
    return made


# -- the table -------------------------------------------------------------------------------------


def add_options(_: argparse.ArgumentParser) -> None:
    """All rows are measured."""


def pages(options: Options) -> Iterator[Page]:
    def times(candidates: Candidates, rounds: int = ROUNDS) -> dict[str, Time]:
        return best_times(candidates, options.rounds if options.quick else rounds)

    report = Report("Eager mode: best of several turns, in one process; ratio of Wengert to each peer")
    eager_target = {"torch": 0.8, "autograd": 0.4}
    chained = {name: taken / CHAIN for name, taken in times(chain()).items()}
    report.add(f"chain of {CHAIN} on 10 elements, per operation", chained, eager_target)
    report.add("dense 64-64-64, batch 32", times(network(), 20), eager_target)
    report.add("logistic regression 1,000 x 50", times(logistic(), 20), eager_target)
    report.add("its Hessian", times(logistic_hessian(), 5), {})
    report.add("Jacobian, 3 in, 1,000 out", times(jacobian(3, 1_000), 5), {})
    report.add("Jacobian, 1,000 in, 3 out", times(jacobian(1_000, 3), 5), {})
    fused = {"torch fused": 1.0}
    report.add("a step of Adam, 20 of 16 x 16", times(steps("Adam", 20)), fused)
    report.add("a step of SGD, 20 of 16 x 16", times(steps("SGD", 20, lr=0.1, momentum=0.9)), fused)
    report.add("1,000,000 float32 normal numbers", times(normals(), 20), {"torch": 0.5, "numpy": 1.0})
    report.add("the same, compiled", times(normals(compiled=True), 20), {"torch": 0.5, "numpy": 1.0})
    report.add("chain of 1,000,000 against 1,000, per operation", _long_chain(), {"chain of 1,000": 1.1})
    gc.disable()
    report.add("the same with Python's cyclic collector off", _long_chain(), {})
    gc.enable()
    if HAS_TORCH:
        for name in ("additions", "relus"):
            peaks: dict[str, Measured] = {OURS: peak_bytes("benchmarks.memory", f"wengert_{name}")}
            peaks["torch"] = peak_bytes("benchmarks.memory", f"torch_{name}")
            report.add(f"peak memory, 100 chained {name} of 8 MB", peaks, {"torch": 1.0})
    report.add("import", _import_times(), {"1.6 numpy + 30 ms": 1.0})
    yield report


def _long_chain() -> dict[str, Time]:
    """Time per operation of a long and of a short chain, forward and backward."""
    long, short = 1_000_000, 1_000
    return {
        OURS: best_times({OURS: chain(long)[OURS]}, 1)[OURS] / long,
        "chain of 1,000": best_times({OURS: chain(short)[OURS]})[OURS] / short,
    }


def _import_times() -> dict[str, Time]:
    bare = process_time("pass")
    ours, numpys = (process_time(f"import {name}") - bare for name in ("wengert", "numpy"))
    return {OURS: ours, "1.6 numpy + 30 ms": Time(1.6 * numpys.wall + 0.030, 1.6 * numpys.cpu + 0.030)}
