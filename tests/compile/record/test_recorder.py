"""State that a compiled function reads and writes: after any number of calls it is what eager calls leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

ONES = numpy.ones(2)


def values_of(*tensors: Any) -> list[Any]:
    return [None if t is None else numpy.array(t.detach() if isinstance(t, wg.Tensor) else t) for t in tensors]


def assert_all_same(actual: Any, expected: Any) -> None:
    for a, e in zip(actual, expected, strict=True):
        assert (a is None) == (e is None)
        if a is not None:
            assert_same(a, e)


class World:
    """Tensors that functions read and write; two worlds begin equal."""

    def __init__(self) -> None:
        self.w = wg.tensor([1.0, -2.0], requires_grad=True)
        self.v = wg.tensor([0.5, 4.0])
        self.count = wg.tensor(0)
        self.many = [wg.tensor([float(i), 1.0], requires_grad=True) for i in range(3)]

    def state(self) -> list[Any]:
        leaves = [self.w, *self.many]
        return values_of(*leaves, *(leaf.grad for leaf in leaves), self.v, self.count)


def read_then_write(world: World, x: Any) -> Any:
    before = world.v * x
    world.v.copy_(world.v + x)
    return before, world.v * 1


def write_then_read_then_write(world: World, x: Any) -> Any:
    world.v.copy_(x)
    between = world.v * 3
    world.v.copy_(between + world.v)
    return between


def write_a_constant(world: World, x: Any) -> Any:
    world.v.copy_([7.0, 8.0])
    return world.v * x


def write_an_argument(world: World, x: Any) -> Any:
    world.v.copy_(x)
    return x


def write_an_item(world: World, x: Any) -> Any:
    world.v[0] = x[1] * 2
    world.v[-1:] += 1
    return world.v + 0


def reverse_in_place(world: World, x: Any) -> Any:
    world.v[::-1] = world.v
    return x


def shift_in_place(world: World, x: Any) -> Any:
    world.v[1:] = world.v[:-1]
    return x


def swap(world: World, x: Any) -> Any:
    held = world.v * 1
    with wg.no_grad():
        world.v.copy_(world.w)
        world.w.copy_(held)
    return x


def accumulate_gradients(world: World, x: Any) -> Any:
    np.sum(world.w**2 * x).backward()
    return x


def gradients_from_nothing(world: World, x: Any) -> Any:
    world.w.grad = None
    np.sum(world.w**3 * x).backward()
    return world.w.grad * 2


def gradients_away(world: World, x: Any) -> Any:
    np.sum(world.w * x).backward()
    read = world.w.grad * 5
    world.w.grad = None
    return read


def read_and_replace_gradient(world: World, x: Any) -> Any:
    np.sum(world.w * x).backward()
    before = world.w.grad * 1
    world.w.grad = wg.tensor([3.0, 3.0])
    np.sum(world.w * x).backward()
    return before


def several_leaves(world: World, x: Any) -> Any:
    loss = sum(np.sum(np.sin(p) * x) for p in world.many)
    loss.backward()
    with wg.no_grad():
        for p in world.many:
            p.copy_(p - 0.1 * p.grad)
    return loss


def twice_from_one_result(world: World, x: Any) -> Any:
    loss = np.sum(np.exp(world.w) * x)
    loss.backward(retain_graph=True)
    loss.backward()
    return loss


def gradient_of_a_gradient(world: World, x: Any) -> Any:
    loss = np.sum(world.w**3 * x)
    loss.backward(create_graph=True)
    norm = np.sum(world.w.grad**2)
    world.w.grad = None
    norm.backward()
    return norm


def functional_derivatives(world: World, x: Any) -> Any:
    first = wg.grad(lambda v: np.sum(v**3 * x))(world.v)
    second = wg.hessian(lambda v: np.sum(v**3 * x))(world.v)
    pushed = wg.jvp(lambda v: np.sin(v), (world.v,), (x,))[1]
    world.v.copy_(world.v * 0.5)
    return first, second, pushed, wg.grad(lambda v: np.sum(v * v))(world.v)


def within_no_grad(world: World, x: Any) -> Any:
    with wg.no_grad():
        unwatched = world.w * x
    np.sum(world.w * x * unwatched).backward()
    return unwatched


def grad_within_no_grad(world: World, x: Any) -> Any:
    with wg.no_grad(), wg.enable_grad():
        loss = np.sum(world.w * x)
    loss.backward()
    return loss


def with_a_hook(world: World, x: Any) -> Any:
    hidden = world.w * x
    hidden.register_hook(lambda gradient: gradient * 10)
    np.sum(hidden).backward()
    return hidden


def detached(world: World, x: Any) -> Any:
    before = world.w.detach()
    copy = world.v.clone()
    with wg.no_grad():
        world.w.copy_(world.w + x)
    world.v.copy_(world.v + x)
    return before, copy


def counted(world: World, x: Any) -> Any:
    world.count += 1
    return x * world.count


def local_state(world: World, x: Any) -> Any:
    """A buffer of its own, which a function that calls itself keeps alive."""
    buffer = np.zeros(2)

    def fill(i: int) -> None:
        if i < 2:
            buffer[i] += x[i]
            fill(i + 1)

    fill(0)
    return buffer + world.v


def an_index(world: World, x: Any) -> Any:
    world.count.copy_(1 - world.count)
    return x[world.count]


CHANGES: list[Callable[[World, Any], Any]] = [
    read_then_write, write_then_read_then_write, write_a_constant, write_an_argument, write_an_item, reverse_in_place,
    shift_in_place, swap, accumulate_gradients, gradients_from_nothing, gradients_away, read_and_replace_gradient,
    several_leaves, twice_from_one_result, gradient_of_a_gradient, functional_derivatives, within_no_grad,
    grad_within_no_grad, with_a_hook, detached, counted, local_state, an_index,
]  # fmt: skip


@pytest.mark.part(4)
@pytest.mark.parametrize("native", [True, False], ids=["native", "interpreted"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_state_is_what_eager_calls_leave(
    change: Callable[[World, Any], Any], native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not native:
        monkeypatch.setattr("wengert.compile.backend.find_spec", lambda name: None)
    eager, compiled = World(), World()
    step = wg.jit(lambda x: change(compiled, x))
    for turn in range(4):
        x = numpy.array([1.0, 0.5]) * (turn + 1)
        expected, found = change(eager, np.asarray(x)), step(x)
        for e, f in zip(*[r if isinstance(r, tuple) else (r,) for r in (expected, found)], strict=True):
            assert_same(f, e)
        assert_all_same(compiled.state(), eager.state())
        x[:] = 99.0  # the caller's array is the caller's
        assert_all_same(compiled.state(), eager.state())
        if turn == 1:
            for world in (eager, compiled):
                world.w.grad = None
    assert compiled.w.is_leaf
    assert compiled.w.requires_grad


@pytest.mark.part(4)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_an_exception_anywhere_leaves_the_state_as_it_was(change: Callable[[World, Any], Any]) -> None:
    world = World()

    @wg.jit
    def step(x: Any, y: Any) -> Any:
        change(world, x)
        return np.linalg.inv(y)  # a step in NumPy, at the end

    @wg.jit
    def raising(x: Any) -> Any:
        change(world, x)
        raise ZeroDivisionError

    for _ in range(2):
        before = world.state()
        with pytest.raises(ZeroDivisionError):
            raising(ONES)
        assert_all_same(world.state(), before)
        with pytest.raises(numpy.linalg.LinAlgError):
            step(ONES, numpy.zeros((2, 2)))
        assert_all_same(world.state(), before)
        step(ONES, numpy.eye(2))


def test_a_failing_step_in_the_middle_leaves_the_state_as_it_was() -> None:
    w = wg.tensor(numpy.eye(2), requires_grad=True)
    total = wg.tensor(numpy.zeros((2, 2)))

    @wg.jit
    def step(x: Any) -> Any:
        w.grad = None
        np.sum(w * x).backward()
        total.copy_(total + x)
        inverse = np.linalg.inv(w.grad)
        total.copy_(total + inverse)
        return inverse

    step(numpy.eye(2))
    before = values_of(w, w.grad, total)
    with pytest.raises(numpy.linalg.LinAlgError):
        step(numpy.ones((2, 2)))
    assert_all_same(values_of(w, w.grad, total), before)


# -- optimizers ------------------------------------------------------------------------------------


class Momentum:
    def __init__(self, parameters: list[Any]) -> None:
        self.parameters = parameters
        self.velocity: list[Any] | None = None

    def step(self) -> None:
        if self.velocity is None:
            self.velocity = [np.zeros_like(p.detach()) for p in self.parameters]
        with wg.no_grad():
            for p, v in zip(self.parameters, self.velocity, strict=True):
                v *= 0.9
                v += p.grad
                p -= 0.05 * v


class Adam:
    def __init__(self, parameters: list[Any]) -> None:
        self.parameters = parameters
        self.count = wg.tensor(0.0)
        self.first = [np.zeros_like(p.detach()) for p in parameters]
        self.second = [np.zeros_like(p.detach()) for p in parameters]

    def step(self) -> None:
        with wg.no_grad():
            self.count += 1
            for p, m, v in zip(self.parameters, self.first, self.second, strict=True):
                m.copy_(0.9 * m + 0.1 * p.grad)
                v.copy_(0.999 * v + 0.001 * p.grad**2)
                scale = np.sqrt(1 - 0.999**self.count) / (1 - 0.9**self.count)
                p.copy_(p - 0.01 * scale * m / (np.sqrt(v) + 1e-8))


class Network:
    def __init__(self, dtype: str) -> None:
        rng = numpy.random.default_rng(0)
        sizes = [(4, 6), (6, 3)]
        self.weights = [wg.tensor(rng.standard_normal(s).astype(dtype) / 2, requires_grad=True) for s in sizes]
        self.biases = [wg.tensor(numpy.zeros(s[1], dtype), requires_grad=True) for s in sizes]

    def __call__(self, x: Any) -> Any:
        for weight, bias in zip(self.weights, self.biases, strict=True):
            x = np.tanh(x @ weight + bias)
        return x

    @property
    def parameters(self) -> list[Any]:
        return [*self.weights, *self.biases]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer_type", [Momentum, Adam])
def test_training_is_that_of_eager_steps(optimizer_type: Any, dtype: str) -> None:
    rng = numpy.random.default_rng(1)
    batches = [(rng.standard_normal((8, 4)).astype(dtype), rng.standard_normal((8, 3)).astype(dtype)) for _ in range(3)]

    def trained(compiler: Any) -> tuple[list[Any], list[Any]]:
        model = Network(dtype)
        optimizer = optimizer_type(model.parameters)

        @compiler
        def step(x: Any, y: Any) -> Any:
            loss = np.mean((model(x) - y) ** 2)
            for p in model.parameters:
                p.grad = None
            loss.backward()
            optimizer.step()
            return loss

        losses = [float(step(*map(np.asarray, batches[i % 3]))) for i in range(60)]
        return losses, values_of(*model.parameters)

    losses, parameters = trained(wg.jit)
    expected_losses, expected_parameters = trained(lambda f: f)
    tolerance = 1e-10 if dtype == "float64" else 2e-4  # rounding grows over 60 steps
    numpy.testing.assert_allclose(losses, expected_losses, rtol=tolerance)
    assert losses[57] < losses[0]  # of the same batch
    for found, expected in zip(parameters, expected_parameters, strict=True):
        assert found.dtype == expected.dtype
        numpy.testing.assert_allclose(found, expected, rtol=10 * tolerance, atol=tolerance)


# -- who shares what -------------------------------------------------------------------------------


def test_two_functions_share_state() -> None:
    w = wg.tensor([1.0, 2.0])
    write = wg.jit(lambda x: w.copy_(w + x) * 1)
    read = wg.jit(lambda x: w * x)
    for turn in range(1, 4):
        write(ONES)
        assert_same(read(ONES), numpy.array([1.0, 2.0]) + turn)


def test_two_names_of_one_tensor_are_one() -> None:
    first = second = wg.tensor([1.0, 2.0])

    @wg.jit
    def step(x: Any) -> Any:
        first.copy_(first + x)
        result = second * 2
        second.copy_(second + x)
        return result

    assert_same(step(ONES), numpy.array([4.0, 6.0]))
    assert_same(first, numpy.array([3.0, 4.0]))


def test_a_state_given_to_another_is_not_shared() -> None:
    a, b = wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])
    give = wg.jit(lambda x: a.copy_(b) * x)
    add = wg.jit(lambda x: b.copy_(b + x) * 1)
    give(ONES)
    add(ONES)
    add(ONES)
    assert_same(a, numpy.array([3.0, 4.0]))
    assert_same(b, numpy.array([5.0, 6.0]))


def test_an_argument_may_be_state_too() -> None:
    w, v, other = wg.tensor([1.0, 2.0]), wg.tensor([1.0, 2.0]), wg.tensor([5.0, 5.0])
    change = lambda state: lambda x: (x * state, state.copy_(state + 1) * 1, x * 1)[0::2]
    step, eager = wg.jit(change(w)), change(v)
    for argument, same in [(w, v), (other, other), (w, v)]:
        assert_all_same(step(argument), eager(same))
        assert_same(w, v)


def test_a_written_constant_stays_what_it_is() -> None:
    w = wg.tensor([1.0, 2.0])
    reset = wg.jit(lambda x: w.copy_([7.0, 8.0]) * x)
    for _ in range(3):
        assert_same(reset(ONES), numpy.array([7.0, 8.0]))
        w[0] = 99.0
        w += 1.0


def test_state_that_is_made_in_the_first_call() -> None:
    class Holder:
        memory: Any = None

    @wg.jit
    def step(x: Any) -> Any:
        if Holder.memory is None:
            Holder.memory = np.zeros(2)
        Holder.memory.copy_(Holder.memory + x)
        return Holder.memory * 1

    for turn in range(1, 4):
        assert_same(step(ONES), numpy.full(2, float(turn)))


def test_jit_in_jit_writes_state_once() -> None:
    w = wg.tensor([1.0, 2.0])

    @wg.jit
    def inner(x: Any) -> Any:
        w.copy_(w + x)
        return w * 1

    outer = wg.jit(lambda x: inner(x) + inner(2 * x))
    assert_same(outer(ONES), numpy.array([6.0, 8.0]))
    assert_same(w, numpy.array([4.0, 5.0]))
    assert_same(inner(ONES), numpy.array([5.0, 6.0]))
    assert_same(outer(ONES), numpy.array([14.0, 16.0]))


# -- what follows the state ------------------------------------------------------------------------


def test_a_captured_result_passes_its_derivative_on() -> None:
    w = wg.tensor([2.0, 3.0], requires_grad=True)
    squared = w * w
    np.sum(wg.jit(lambda x: squared * x)(ONES)).backward()
    assert_same(w.grad, numpy.array([4.0, 6.0]))


def test_freezing_and_thawing_is_seen() -> None:
    w = wg.tensor([1.0, 2.0])
    f = wg.jit(lambda x: np.sum(w * x))
    assert not f(ONES).requires_grad
    w.requires_grad_(True)
    f(ONES).backward()
    assert_same(w.grad, ONES)
    w.requires_grad_(False)
    assert not f(ONES).requires_grad
    w.requires_grad_(True)
    f(ONES).backward()
    assert_same(w.grad, ONES)


def test_a_first_call_within_no_grad_does_not_decide_for_later_ones() -> None:
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    f = wg.jit(lambda x: np.sum(w * x))
    for is_on in (False, True, False, True):
        with wg.enable_grad() if is_on else wg.no_grad():
            assert f(ONES).requires_grad is is_on


def test_gradients_that_come_and_go_are_recorded_anew() -> None:
    w = wg.tensor([1.0, 2.0], requires_grad=True)

    @wg.jit
    def step(x: Any) -> Any:
        np.sum(w * x).backward()
        return w.grad * 1

    step(ONES)
    assert_same(step(ONES), 2 * ONES)
    w.grad = None
    assert_same(step(ONES), ONES)
    assert len(next(iter(step.programs.values()))) == 2


def test_outer_derivatives_see_state_that_they_watch() -> None:
    def through_state(w: Any) -> Any:
        return np.sum(wg.jit(lambda x: w**2 * x)(ONES))

    assert_same(wg.grad(through_state)(numpy.array([1.0, 3.0])), numpy.array([2.0, 6.0]))
    assert_same(wg.vmap(through_state)(numpy.eye(2)), ONES)
