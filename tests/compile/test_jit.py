"""A compiled function is the function: values, derivatives in both orders, state, errors."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def f(x: Any) -> Any:
    return np.sum(np.sin(x) * x + np.exp(-(x**2)) * np.tanh(x))


POINT = numpy.array([0.3, -1.2, 2.0])


def assert_same(actual: Any, expected: Any) -> None:
    left, right = (x.detach() if isinstance(x, wg.Tensor) else x for x in (actual, expected))
    numpy.testing.assert_allclose(numpy.asarray(left), numpy.asarray(right), rtol=1e-12, atol=1e-13)


ORDERS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "jit(f)": (wg.jit(f), f),
    "jit(grad(f))": (wg.jit(wg.grad(f)), wg.grad(f)),
    "grad(jit(f))": (wg.grad(wg.jit(f)), wg.grad(f)),
    "jit(hessian(f))": (wg.jit(wg.hessian(f)), wg.hessian(f)),
    "hessian(jit(f))": (wg.hessian(wg.jit(f)), wg.hessian(f)),
    "grad(jit(grad(jit(f))))": (
        wg.grad(lambda x: np.sum(wg.jit(wg.grad(wg.jit(f)))(x) ** 2)),
        wg.grad(lambda x: np.sum(wg.grad(f)(x) ** 2)),
    ),
    "vmap(jit(f))": (lambda x: wg.vmap(wg.jit(f))(np.stack([x, 2 * x])), lambda x: np.stack([f(x), f(2 * x)])),
    "jit(vmap(grad(f)))": (
        lambda x: wg.jit(wg.vmap(wg.grad(f)))(np.stack([x, 2 * x])),
        lambda x: np.stack([wg.grad(f)(x), wg.grad(f)(2 * x)]),
    ),
    "jit(jit(f))": (wg.jit(wg.jit(f)), f),
    "jit(checkpoint(f))": (wg.jit(wg.grad(wg.checkpoint(f))), wg.grad(f)),
    "jvp(jit(f))": (lambda x: wg.jvp(wg.jit(f), (x,), (x,))[1], lambda x: wg.jvp(f, (x,), (x,))[1]),
    "third derivative": (
        wg.grad(lambda x: np.sum(wg.hessian(wg.jit(f))(x))),
        wg.grad(lambda x: np.sum(wg.hessian(f)(x))),
    ),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", ORDERS)
def test_composes_with_every_transformation(name: str) -> None:
    compiled, plain = ORDERS[name]
    assert_same(compiled(POINT), plain(POINT))
    assert_same(compiled(POINT + 1), plain(POINT + 1))


def test_a_custom_derivative_is_kept() -> None:
    @wg.custom_derivative(vjp=lambda primals, out, ct: ct * 10.0)
    def g(x: Any) -> Any:
        return x * 1.0

    assert_same(wg.grad(lambda x: np.sum(wg.jit(g)(x)))(POINT), numpy.full(3, 10.0))
    assert_same(wg.jit(wg.grad(lambda x: np.sum(g(x))))(POINT), numpy.full(3, 10.0))


def test_records_once_for_each_signature() -> None:
    runs = []

    @wg.jit
    def g(x: Any) -> Any:
        runs.append(x.shape)
        return x + 1

    for shape in [(2,), (2,), (3,), (2,), (3,)]:
        g(numpy.zeros(shape))
    g(numpy.zeros(2, numpy.float32))
    assert runs == [(2,), (3,), (2,)]


def test_nested_arguments_and_results() -> None:
    @wg.jit
    def g(tree: Any, scale: Any) -> Any:
        return {"a": tree["x"] * scale, "b": (tree["y"][0], [tree["y"][1] + 1])}

    result = g({"x": POINT, "y": (POINT, 2.0)}, scale=3.0)
    assert_same(result["a"], POINT * 3)
    assert_same(result["b"][1][0], 3.0)


def test_static_arguments_are_compiled_for_each_value() -> None:
    g = wg.jit(lambda x, power=2: x**power, static_argnames=("power",))
    assert_same(g(POINT, power=3), POINT**3)
    assert_same(g(POINT, power=2), POINT**2)


# -- state -----------------------------------------------------------------------------------------


def make_step(w: Any) -> Callable[[Any, Any], Any]:
    def step(x: Any, y: Any) -> Any:
        loss = np.mean((x @ w - y) ** 2)
        w.grad = None
        loss.backward()
        with wg.no_grad():
            w.copy_(w - 0.1 * w.grad)
        return loss

    return step


def test_a_whole_training_step() -> None:
    rng = numpy.random.default_rng(0)
    x, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    eager, compiled = (wg.tensor(numpy.zeros(3), requires_grad=True) for _ in range(2))
    step, compiled_step = make_step(eager), wg.jit(make_step(compiled))
    for _ in range(5):
        assert_same(compiled_step(x, y), step(x, y))
    assert_same(compiled, eager)
    assert compiled.grad is not None
    assert_same(compiled.grad, eager.grad)
    assert compiled.is_leaf
    assert compiled.requires_grad


def test_a_gradient_is_cleared_after_its_parameter_was_written() -> None:
    def make_step(w: Any) -> Callable[[Any], Any]:
        def step(x: Any) -> Any:
            loss = np.sum(x * w**2)
            loss.backward()
            with wg.no_grad():
                w.copy_(w - 0.1 * w.grad)
                w.grad = None
            return loss

        return step

    eager, compiled = (wg.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    step, compiled_step = make_step(eager), wg.jit(make_step(compiled))
    for _ in range(4):
        assert_same(compiled_step(POINT[:2]), step(POINT[:2]))
        assert compiled.grad is None
    assert_same(compiled, eager)
    assert "1 program" in compiled_step.report()


def test_state_is_read_at_each_call() -> None:
    w = wg.tensor([1.0, 2.0])
    g = wg.jit(lambda x: x * w)
    assert_same(g(numpy.ones(2)), [1, 2])
    w.copy_([5.0, 6.0])
    assert_same(g(numpy.ones(2)), [5, 6])


def test_state_that_changed_its_shape_is_recorded_anew() -> None:
    class Holder:
        w = wg.tensor([1.0, 2.0])

    g = wg.jit(lambda x: x * np.sum(Holder.w * Holder.w))
    assert_same(g(1.0), 5)
    assert_same(g(2.0), 10)


def test_what_others_hold_of_overwritten_state_does_not_change() -> None:
    w = wg.tensor(numpy.zeros(3))

    @wg.jit
    def step(x: Any) -> Any:
        w.copy_(w + x)
        return x

    step(numpy.ones(3))
    held = w.numpy()
    alias = wg.stop_gradient(w)
    step(numpy.ones(3))
    assert_same(w, [2, 2, 2])
    assert_same(held, [1, 1, 1])
    assert_same(alias, [1, 1, 1])


def test_in_place_writes_inside() -> None:
    @wg.jit
    def g(x: Any) -> Any:
        buffer = np.zeros(3)
        for i in range(3):
            buffer[i] = x[i] ** 2
        buffer += 1
        return buffer

    assert_same(g(POINT), POINT**2 + 1)
    assert_same(g(2 * POINT), (2 * POINT) ** 2 + 1)
    assert_same(wg.grad(lambda x: np.sum(g(x)))(POINT), 2 * POINT)


def test_an_exception_leaves_the_state_as_it_was() -> None:
    w = wg.tensor(numpy.ones(2), requires_grad=True)

    @wg.jit
    def step(x: Any) -> Any:
        (w * x).sum().backward()
        with wg.no_grad():
            w.copy_(w * 2)
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            step(numpy.ones(2))
        assert_same(w.detach(), [1, 1])
        assert w.grad is None


def test_gradients_flow_to_captured_parameters() -> None:
    w = wg.tensor([2.0, 3.0], requires_grad=True)
    g = wg.jit(lambda x: np.sum(x * w**2))
    g(numpy.ones(2)).backward()
    assert_same(w.grad, [4, 6])
    g(numpy.ones(2)).backward()
    assert_same(w.grad, [8, 12])


def test_several_threads_at_once() -> None:
    g = wg.jit(wg.grad(f))
    expected = [wg.grad(f)(POINT * k) for k in range(8)]
    found: dict[int, Any] = {}

    def work(k: int) -> None:
        for _ in range(50):
            found[k] = g(POINT * k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(8):
        assert_same(found[k], expected[k])


def test_large_arrays_are_shared_among_threads_with_equal_results() -> None:
    x = numpy.linspace(-1, 2, 300_001)
    rows = x[:300_000].reshape(300, 1000)
    assert_same(wg.jit(f)(x), f(x))
    assert_same(wg.jit(wg.grad(f))(x), wg.grad(f)(x))
    g = lambda a: (np.sum(a * a, axis=0), np.max(a, axis=1), np.sum(np.exp(a)), a @ a.T)
    for compiled, plain in zip(wg.jit(g)(rows), g(rows), strict=True):
        assert_same(compiled, plain)
    first, second = wg.jit(f)(x), wg.jit(f)(x)
    assert first.item() == second.item()


# -- errors ----------------------------------------------------------------------------------------


def test_a_leaked_tensor_is_an_error() -> None:
    leaked = []
    with pytest.raises(RuntimeError, match=r"\[jit\] a tensor of shape \(3,\) from inside jit is still held by leaked"):
        wg.jit(lambda x: leaked.append(x * 2) or x)(POINT)


class Accumulator:
    def __init__(self, start: float) -> None:
        self.total = wg.tensor([start, start])
        self.scale = 1.0

    @wg.jit
    def add(self, x: Any) -> Any:
        """Adds."""
        self.total = self.total + x * self.scale
        return self.total * 1


def test_a_method_is_compiled_for_each_object() -> None:
    first, second = Accumulator(0.0), Accumulator(10.0)
    for turn in range(1, 4):
        assert_same(first.add(numpy.ones(2)), numpy.full(2, float(turn)))
        assert_same(second.add(numpy.ones(2)), numpy.full(2, 10.0 + turn))
    first.scale = 5.0
    assert_same(first.add(numpy.ones(2)), numpy.full(2, 8.0))
    assert first.add is first.add
    assert Accumulator.add.__doc__ == "Adds."
    assert "add: 1 program" in first.add.report()


def test_a_copy_of_an_object_has_its_own_method() -> None:
    first = Accumulator(0.0)
    first.add(numpy.ones(2))
    second = copy.deepcopy(first)
    assert_same(second.add(numpy.ones(2)), [2, 2])
    assert_same(first.total, [1, 1])
    third = pickle.loads(pickle.dumps(first))
    assert_same(third.add(numpy.ones(2)), [2, 2])


# -- looking at it ---------------------------------------------------------------------------------


def test_the_graph_prints_as_text() -> None:
    text = str(wg.jit(lambda x: np.sum(np.sin(x) * x)).lower(POINT))
    assert text.splitlines() == [
        "program(a: float64[3]):",
        "    b = sin(a)                                                # float64[3]",
        "    c = multiply(b, a)                                        # float64[3]",
        "    d = sum(c, axis=(0,), keepdims=False)                     # float64[]",
        "    return d",
    ]


def test_what_is_detached_inside_stays_so_outside() -> None:
    g = lambda x: np.sum(wg.stop_gradient(x) * x)
    assert_same(wg.grad(wg.jit(g))(POINT), POINT)
    assert_same(wg.jit(wg.grad(wg.jit(g)))(POINT), POINT)


def test_what_is_computed_under_no_grad_is_not_followed_from_outside() -> None:
    w = wg.tensor(2.0, requires_grad=True)

    def f(x):
        with wg.no_grad():
            fixed = w * x
        return x * w + fixed

    for run in (f, wg.jit(f)):
        w.grad = None
        run(wg.tensor(3.0)).backward()
        assert w.grad.item() == 3.0
    assert wg.grad(wg.jit(f))(3.0).item() == wg.grad(f)(3.0).item() == 4.0


def test_results_are_walked_back_one_after_the_other() -> None:
    """As in eager mode: each walk frees its own, and what a result does not depend on gets no gradient."""
    f = wg.jit(lambda x, y: (np.sum(x * x), np.sum(y * y), np.sum(x * y)))
    x, y = (wg.tensor([value], requires_grad=True) for value in (1.0, 2.0))
    first, second, third = f(x, y)
    first.backward()
    assert y.grad is None
    second.backward()
    third.backward()
    assert (x.grad.item(), y.grad.item()) == (4.0, 5.0)
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        second.backward()


def test_a_step_that_computes_names_is_recorded_once_though_methods_in_it_are_compiled() -> None:
    class Counter:
        def __init__(self) -> None:
            self.count = np.asarray(0.0)

        @wg.jit
        def grown(self, x: Any) -> Any:
            return self.count + x

    counter, name = Counter(), "grown"

    @wg.jit
    def step(x: Any) -> Any:
        return getattr(counter, name)(x)

    assert [step(1.0).item() for _ in range(3)] == [1.0, 1.0, 1.0]
    assert step.report().startswith("step: 1 program\n")
