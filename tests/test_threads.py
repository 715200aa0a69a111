"""Several threads at once: each has its modes, all share the watches."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core import state

WORKERS = 8


def third_derivative(x: float) -> float:
    return wg.grad(lambda a: wg.jvp(wg.grad(lambda b: np.sin(b) * b), (a,), (1.0,))[1])(x).item()


def test_nested_derivatives_in_a_pool() -> None:
    points = numpy.linspace(0.1, 3.0, 64)
    with ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(third_derivative, points))
    numpy.testing.assert_allclose(results, -3 * numpy.sin(points) - points * numpy.cos(points), rtol=1e-12)
    assert state._derivatives.used == 0


def test_many_threads_that_are_inside_at_once() -> None:
    """More open derivatives at once than a machine word has bits."""
    barrier = threading.Barrier(40)

    def f(x: Any) -> Any:
        return wg.grad(lambda y: _wait(barrier, y * y * x))(x)

    with ThreadPoolExecutor(40) as pool:
        results = list(pool.map(wg.grad(f), [float(i) for i in range(40)]))
    assert [r.item() for r in results] == [4.0 * i for i in range(40)]  # d/dx 2 x^2


def _wait(barrier: threading.Barrier, value: Any) -> Any:
    barrier.wait(timeout=60)
    return value


def test_define_by_run_in_threads() -> None:
    def train(seed: int) -> list[float]:
        rng = numpy.random.default_rng(seed)
        target = rng.standard_normal(3)
        w = wg.tensor(numpy.zeros(3), requires_grad=True)
        for _ in range(60):
            w.grad = None
            np.sum((w - target) ** 2).backward()
            with wg.no_grad():
                w -= 0.2 * w.grad
        return (w.detach().numpy() - target).tolist()

    with ThreadPoolExecutor(WORKERS) as pool:
        for error in pool.map(train, range(24)):
            assert numpy.abs(error).max() < 1e-8


def test_vmap_and_jacobian_in_threads() -> None:
    def work(k: int) -> Any:
        x = numpy.linspace(0.1, 1.0, 6) * (k + 1)
        rows = wg.vmap(wg.grad(lambda e: np.sin(e) * e))(x)
        matrix = wg.jacobian(lambda v: np.sin(v) * np.sum(v))(x)
        return rows.numpy() - (numpy.cos(x) * x + numpy.sin(x)), matrix.numpy()[0, 1] - numpy.sin(x[0])

    with ThreadPoolExecutor(WORKERS) as pool:
        for rows, entry in pool.map(work, range(24)):
            assert numpy.abs(rows).max() < 1e-14
            assert abs(entry) < 1e-14


def test_no_grad_in_one_thread_leaves_another_alone() -> None:
    inside, done = threading.Event(), threading.Event()
    x = wg.tensor(2.0, requires_grad=True)
    seen = []

    def without() -> None:
        with wg.no_grad():
            inside.set()
            assert done.wait(60)
            seen.append((x * 2.0).requires_grad)

    thread = threading.Thread(target=without)
    thread.start()
    assert inside.wait(60)
    seen.append((x * 2.0).requires_grad)
    done.set()
    thread.join()
    assert seen == [True, False]


def test_a_watched_tensor_in_a_worker_thread() -> None:
    """What a worker computes from a watched tensor, derivatives of its own included, is differentiated."""

    def f(x: Any) -> Any:
        with ThreadPoolExecutor(4) as pool:
            parts = list(pool.map(lambda k: wg.grad(lambda y: np.sin(x * y) * k)(x), [1.0, 2.0, 3.0]))
        return parts[0] + parts[1] + parts[2]

    x = 0.7
    expected = 6 * (numpy.cos(x * x) - 2 * x * x * numpy.sin(x * x))
    assert wg.grad(f)(x).item() == pytest.approx(expected, rel=1e-14)
    assert wg.jvp(f, (x,), (1.0,))[1].item() == pytest.approx(expected, rel=1e-14)
    leaf = wg.tensor(x, requires_grad=True)
    f(leaf).backward()
    assert leaf.grad.item() == pytest.approx(expected, rel=1e-14)


def test_an_exception_in_a_worker_restores_its_state() -> None:
    def fails(x: Any) -> Any:
        raise ZeroDivisionError

    def work(k: int) -> bool:
        with pytest.raises(ZeroDivisionError):
            wg.grad(lambda x: wg.vmap(fails)(np.stack([x, x])))(float(k))
        return state.state.on == -1

    with ThreadPoolExecutor(WORKERS) as pool:
        assert all(pool.map(work, range(32)))
    assert state._derivatives.used == state._recordings.used == 0
