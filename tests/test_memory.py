"""What is kept, how long, and very long lists."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def leaf(value: Any) -> wg.Tensor:
    return wg.tensor(value, requires_grad=True)


A = numpy.array([0.5, 1.5])

KEPT = [
    ("add", lambda x, y: x + y, (False, False, False)),
    ("subtract", lambda x, y: x - y, (False, False, False)),
    ("multiply", lambda x, y: x * y, (True, True, False)),
    ("multiply by a constant", lambda x, y: x * A, (False, True, False)),
    ("multiply a constant", lambda x, y: A * y, (True, False, False)),
    ("divide by a constant", lambda x, y: x / A, (False, True, False)),
    ("divide", lambda x, y: x / y, (False, True, True)),
    ("exp", lambda x, y: np.exp(x), (False, True)),
    ("tanh", lambda x, y: np.tanh(x), (True, False)),
    ("sin", lambda x, y: np.sin(x), (True, False)),
    ("negative", lambda x, y: -x, (False, False)),
    ("reshape", lambda x, y: np.reshape(x, (2, 1)), (False, False)),
    ("sum", lambda x, y: np.sum(x), (False, False)),
    ("matmul by a constant", lambda x, y: np.matmul(numpy.ones((2, 2)), x[:, None]), (True, False, False)),
    ("where", lambda x, y: np.where(A > 1, x, y), (True, False, False, False)),
]


@pytest.mark.parametrize(("name", "f", "kept"), KEPT, ids=[row[0] for row in KEPT])
def test_a_node_keeps_only_what_its_rules_need(name: str, f: Any, kept: tuple[bool, ...]) -> None:
    node = f(leaf([1.0, 2.0]), leaf([3.0, 4.0]))._node
    assert tuple(r is not None for r in node.residuals) == kept


def test_what_is_not_differentiable_is_not_recorded() -> None:
    x = leaf(A)
    for result in (x > 1.0, np.floor(x), np.argmax(x), x.astype(int), x.detach(), np.isnan(x)):
        assert result._node.watch == 0


def test_results_of_inner_derivatives_are_unwatched() -> None:
    x = wg.tensor(2.0)
    results = [
        wg.grad(np.sin)(x),
        *wg.value_and_grad(np.sin)(x),
        *wg.jvp(np.sin, (x,), (1.0,)),
        wg.vjp(np.sin, x)[0],
        wg.vjp(np.sin, x)[1](1.0)[0],
        wg.linearize(np.sin, x)[0],
        wg.linearize(np.sin, x)[1](1.0),
        wg.jacobian(np.sin)(x),
        wg.hessian(np.sin)(x),
        wg.vmap(np.sin)(np.stack([x, x])),
        wg.checkpoint(np.sin)(x),
    ]
    assert [r._node.watch for r in results] == [0] * len(results)


def test_inside_another_derivative_only_that_one_watches() -> None:
    watches = []

    def f(x: Any) -> Any:
        y = wg.grad(lambda y: y * y * y)(x)
        watches.append((x._node.watch, y._node.watch))
        return y

    wg.grad(f)(2.0)
    ((outer, result),) = watches
    assert result == outer


@pytest.fixture
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def held(array: Any) -> weakref.ref:
    """A weak reference to the memory of a tensor."""
    value = array._value
    return weakref.ref(value if value.base is None else value.base)


@pytest.mark.usefixtures("_without_collector")
def test_backward_frees_as_it_goes() -> None:
    x = leaf(numpy.ones(10))
    first = np.sin(x)
    second = np.sin(first)
    alive = []
    references = [held(first), held(second)]
    for tensor in (first, second):
        tensor.register_hook(lambda g: alive.append([r() is not None for r in references]))
    z = np.sum(np.sin(second))
    first_node = first._node
    del first, second, tensor
    z.backward()
    assert alive == [[True, False], [False, False]]
    assert first_node.residuals is None
    assert [r() for r in references] == [None, None]


@pytest.mark.usefixtures("_without_collector")
def test_retain_graph_keeps() -> None:
    x = leaf(numpy.ones(10))
    middle = np.sin(x)
    reference = held(middle)
    z = np.sum(np.sin(middle))
    del middle
    z.backward(retain_graph=True)
    assert reference() is not None
    z.backward()
    assert reference() is None


PROGRAMS = {
    "backward": lambda: np.sum(np.sin(leaf(A)) * 2.0).backward(),
    "dropped": lambda: np.sum(np.sin(leaf(A)) * 2.0),
    "retained": lambda: np.sum(np.sin(leaf(A)) * 2.0).backward(retain_graph=True),
    "gradients": lambda: _higher(leaf(2.0)),
    "grad": lambda: wg.grad(wg.grad(np.sin))(2.0),
    "jvp": lambda: wg.jvp(np.sin, (A,), (A,)),
    "vjp": lambda: wg.vjp(np.sin, A)[1](A),
    "linearize": lambda: wg.linearize(np.sin, A)[1](A),
    "jacobian": lambda: wg.jacobian(np.sin)(A),
    "hessian": lambda: wg.hessian(lambda x: np.sum(np.sin(x)))(numpy.ones(9)),
    "vmap": lambda: wg.vmap(wg.grad(np.sin))(A),
    "checkpoint": lambda: wg.grad(lambda x: np.sum(wg.checkpoint(np.sin)(x)))(A),
    "custom": lambda: wg.grad(wg.custom_derivative(np.sin, vjp=lambda p, o, c: c * np.cos(p[0])))(2.0),
    "hooks": lambda: _hooked(leaf(2.0)),
    "in place": lambda: _in_place(leaf(A)),
    "matmul": lambda: np.sum(np.matmul(leaf(numpy.ones((2, 2))), A)).backward(),
    "many": lambda: np.sum(np.linalg.eigh(leaf(numpy.eye(2)))[0]).backward(),
}


def _higher(x: Any) -> None:
    (slope,) = wg.gradients(x**3, x, create_graph=True)
    wg.gradients(slope, x)


def _hooked(x: Any) -> None:
    y = x * x
    y.register_hook(lambda g: 2.0 * g)
    y.retain_grad()
    y.backward()


def _in_place(x: Any) -> None:
    y = x * 1.0
    y[0] = y[1]
    y += 1.0
    np.sum(y).backward()


@pytest.mark.part(4)
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.usefixtures("_without_collector")
def test_no_reference_cycles(name: str) -> None:
    """What a program leaves goes by reference counting: the collector finds nothing."""
    PROGRAMS[name]()
    gc.collect()
    PROGRAMS[name]()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        garbage = [type(o).__name__ for o in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert garbage == []


@pytest.mark.usefixtures("_without_collector")
def test_memory_returns_after_each_step() -> None:
    w = leaf(numpy.ones(50_000))

    def step() -> None:
        np.sum(np.sin(w * 2.0) ** 2).backward()
        w.grad = None

    step()
    tracemalloc.start()
    for _ in range(5):
        step()
    current, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert current < 100_000
    assert peak < 10 * w.size * 8


def test_peak_of_additions_is_that_of_the_values() -> None:
    """A hundred additions keep no array: two are alive, and in the walk one cotangent more."""
    size = 100_000
    x = leaf(numpy.ones(size))
    tracemalloc.start()
    y = x
    for _ in range(100):
        y = y + 1.0
    np.sum(y).backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * size * 8


# -- a million operations (here 200,000, which is far beyond any recursion limit) ------------------

LENGTH = 200_000


def chain(x: Any) -> Any:
    for _ in range(LENGTH // 2):
        x = x * 1.00001
        x = x + 1e-7
    return x


SLOPE = 1.00001 ** (LENGTH // 2)


def test_long_chain_backward_and_dropped() -> None:
    x = leaf(1.0)
    y = chain(x)
    y.backward()
    assert x.grad.item() == pytest.approx(SLOPE, rel=1e-9)
    y = chain(x)
    del y


def test_long_chain_in_functional_modes() -> None:
    assert wg.grad(chain)(1.0).item() == pytest.approx(SLOPE, rel=1e-9)
    assert wg.jvp(chain, (1.0,), (1.0,))[1].item() == pytest.approx(SLOPE, rel=1e-9)


def test_long_chain_hessian_vector_product() -> None:
    def f(x: Any) -> Any:
        for _ in range(LENGTH // 40):
            x = np.sin(x) + x
            x = x * 0.6
        return x * x

    product = wg.hvp(f, (0.3,), (1.0,)).item()  # of 15,000 operations, which a gradient quadruples
    step = 1e-5
    ahead, behind = (wg.grad(f)(0.3 + h).item() for h in (step, -step))
    assert product == pytest.approx((ahead - behind) / (2 * step), rel=1e-5, abs=1e-12)


def test_long_chain_with_create_graph() -> None:
    x = leaf(1.0)
    (slope,) = wg.gradients(chain(x) ** 2, x, create_graph=True)
    assert wg.gradients(slope, x)[0].item() == pytest.approx(2 * SLOPE**2, rel=1e-9)


def test_wide_list() -> None:
    """Many results that are pending at once: the cost stays proportional to their number."""
    x = leaf(1.0)
    parts = [np.sin(x * float(i)) for i in range(20_000)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    total.backward()
    i = numpy.arange(20_000.0)
    assert x.grad.item() == pytest.approx(numpy.sum(i * numpy.cos(i)), rel=1e-9)


def test_many_leaves() -> None:
    leaves = [leaf(float(i)) for i in range(20_000)]
    total = leaves[0] * 1.0
    for x in leaves[1:]:
        total = total + x * x
    total.backward()
    assert leaves[123].grad.item() == 246.0
