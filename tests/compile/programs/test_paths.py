"""Plain Python decisions on values inside a compiled function: every call is what the eager call is."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.deciding import a_new_float, a_while, an_if, programs_of, warned_once
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.compile.programs.paths import MOST_PROGRAMS
from wengert.compile.programs.program import Program

X = numpy.array([0.5, -1.0, 2.0])


def as_tensors(*arguments: Any) -> list[Any]:
    return [np.asarray(a) if isinstance(a, numpy.ndarray) else a for a in arguments]


# -- every kind of question ------------------------------------------------------------------------


def an_if_of_an_argument(x: Any) -> Any:
    return x * 2 if x[0] else x * 3


def nested(x: Any) -> Any:
    if x[0] > 0:
        y = x * 2
        if np.max(y) > 2:
            y = y - 1
        elif y[1] < 0 and y[2] > 0:
            y = np.exp(y)
    else:
        y = -x if not x[1] > 0 else x
    return y + 1


def an_assertion(x: Any) -> Any:
    assert np.all(np.isfinite(x))
    return x / (1 + x * x)


def an_integer(x: Any) -> Any:
    return np.sum(x[: int(np.sum(np.abs(x))) % 3 + 1])


def an_item(x: Any) -> Any:
    return x * np.round(x)[1].item()


def a_float(x: Any) -> Any:
    return x * math.floor(float(np.max(x)))


def an_index(x: Any) -> Any:
    return x * [1.0, 20.0, 300.0][np.argmax(x)]


def a_range(x: Any) -> Any:
    total = x
    for i in range(int(np.sum(x > 0))):
        total = total * x + i
    return total


def an_array(x: Any) -> Any:
    return x * np.sign(x).numpy()


def a_list(x: Any) -> Any:
    return [np.sum(x) * s for s in np.sign(x).tolist()]


def chosen_by_numpy(x: Any) -> Any:
    return x[numpy.asarray(x > 0)]


def in_range(x: Any) -> Any:
    return x if x[0] in (0.5, 1.0) else -x


def chosen_by_a_mask(x: Any) -> Any:
    return x[x > 0] * 2


def written_through_a_mask(x: Any) -> Any:
    y = x * 1
    y[x > 0] = x[x > 0] * 10
    return y


def a_slice(x: Any) -> Any:
    count = np.sum(x > 0)
    return x[:count] * np.ones(int(count))


def an_equality(x: Any) -> Any:
    return x * 2 if np.array_equal(np.sign(x), [1, -1, 1]) else x * 5


def the_same_question_twice(x: Any) -> Any:
    is_large = np.sum(x) > 1
    y = x * 2 if is_large else x
    return y * 3 if is_large else y - 1


def short_circuit(x: Any) -> Any:
    return x if (x[0] > 0 and 1 / x[0] > 1.5) or x[1] > 10 else -x


def a_boolean_result(x: Any) -> Any:
    return bool(np.sum(x) > 0), x + 1


def the_truth_of_a_number(x: Any) -> Any:
    return x if np.sum(np.round(x)) else x - 1


QUESTIONS = [
    an_if, an_if_of_an_argument, nested, a_while, an_assertion, an_integer, an_item, a_float, an_index, a_range,
    an_array, a_list, chosen_by_numpy, chosen_by_a_mask, written_through_a_mask, a_slice, in_range, an_equality,
    the_same_question_twice, short_circuit, a_boolean_result, the_truth_of_a_number,
]  # fmt: skip

POINTS = [X, X, -X, X, -X, -X, 3 * X, X[::-1].copy(), 3 * X, 0.1 * X, X * 0, X, -3 * X, X]


@pytest.mark.part(4)
@pytest.mark.parametrize("native", [True, False], ids=["native", "interpreted"])
@pytest.mark.parametrize("f", QUESTIONS, ids=lambda f: f.__name__)
def test_calls_are_eager_calls(f: Callable[[Any], Any], native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not native:
        monkeypatch.setattr("wengert.compile.backend.find_spec", lambda name: None)
    compiled = wg.jit(f)
    for x in POINTS:
        assert_same(compiled(x), f(np.asarray(x)))
        assert_same(compiled(np.asarray(x)), f(np.asarray(x)))
    assert 1 <= len(programs_of(compiled)) <= MOST_PROGRAMS


@pytest.mark.part(2)
@pytest.mark.parametrize("f", [an_if, nested, a_while, an_index, a_range, short_circuit], ids=lambda f: f.__name__)
def test_derivatives_go_through_the_path_taken(f: Callable[[Any], Any]) -> None:
    first = lambda x: (lambda r: r[0] if isinstance(r, tuple) else r)(f(x))
    scalar = lambda x: np.sum(first(x) ** 2)
    inner = wg.jit(first)
    through = lambda x: np.sum(inner(x) ** 2)
    forms = {
        "grad(jit)": wg.grad(through),
        "jit(grad)": wg.jit(wg.grad(scalar)),
        "jit(grad(jit))": wg.jit(wg.grad(through)),
    }
    second = {"hessian(jit)": wg.hessian(through), "jit(hessian)": wg.jit(wg.hessian(scalar))}
    pushed = wg.jit(lambda x: wg.jvp(scalar, (x,), (x,))[1])
    for x in [X, -X, X, 3 * X, -X]:
        for form in forms.values():
            assert_same(form(x), wg.grad(scalar)(x))
        for form in second.values():
            assert_same(form(x), wg.hessian(scalar)(x))
        assert_same(pushed(x), wg.jvp(scalar, (x,), (x,))[1])
        assert_same(wg.jvp(through, (x,), (x,))[1], wg.jvp(scalar, (x,), (x,))[1])


def test_backward_through_a_path() -> None:
    w = wg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    f = wg.jit(lambda x: np.sum(an_if(x * w)))
    for x in [X, -X, X, -X, -X]:
        w.grad = None
        f(x).backward()
        compiled: Any = w.grad
        w.grad = None
        np.sum(an_if(np.asarray(x) * w)).backward()
        assert_same(compiled, w.grad)


def test_vmap_says_what_to_write() -> None:
    batch = numpy.stack([X, -X])
    with pytest.raises(TypeError, match=r"inside vmap.*np.where"):
        wg.vmap(wg.jit(an_if))(batch)
    with pytest.raises(TypeError, match=r"inside vmap.*np.where"):
        wg.jit(wg.vmap(an_if))(batch)


def test_jit_in_jit() -> None:
    inner = wg.jit(an_if)
    outer = wg.jit(lambda x: inner(x) + inner(-x))
    for x in [X, -X, X]:
        assert_same(outer(x), an_if(np.asarray(x)) + an_if(-np.asarray(x)))


def test_float_refuses_a_derivative_as_eager_code_does() -> None:
    f = lambda x: x * float(x)
    compiled = wg.jit(f)
    assert_same(compiled(numpy.array(3.0)), numpy.float64(9))
    for function in (f, compiled):
        with pytest.raises(TypeError, match=r"\[float\] a tensor whose derivative is being recorded"):
            wg.grad(function)(3.0)
    w = wg.tensor(2.0)
    through_state = lambda w: wg.jit(lambda x: x * float(w))(numpy.array(1.0))
    assert_same(through_state(w), numpy.float64(2.0))
    with pytest.raises(TypeError, match=r"\[float\] a tensor whose derivative is being recorded"):
        wg.grad(through_state)(3.0)


def test_a_custom_rule_that_decides() -> None:
    @wg.custom_derivative(vjp=lambda primals, out, ct: ct * (3.0 if np.sum(primals[0]) > 0 else 5.0))
    def g(x: Any) -> Any:
        return x * 1.0

    f = wg.jit(g)
    for x in [X, -X, X]:
        assert_same(f(x), g(np.asarray(x)))
        assert_same(wg.grad(lambda x: np.sum(f(x)))(x), wg.grad(lambda x: np.sum(g(x)))(x))


# -- special values --------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [math.nan, -math.nan, 0.0, -0.0, math.inf, -math.inf, 1.0])
def test_special_values_decide_as_in_eager_code(value: float) -> None:
    def f(x: Any) -> Any:
        if x > 0:
            return 1.0 * x
        if x < 0:
            return 2 * x
        if x == 0:
            return math.copysign(1.0, float(x)) * (x + 3)
        return x if bool(x != x) else x * 4

    compiled = wg.jit(f)
    for x in [value, 1.0, value, -2.0, value, value, math.nan, 0.0, -0.0]:
        numpy.testing.assert_array_equal(compiled(numpy.array(x)), f(np.asarray(x)))


def test_the_truth_of_several_elements_is_an_error_as_in_eager_code() -> None:
    f = lambda x: x if x > 0 else -x
    for function in (f, wg.jit(f)):
        with pytest.raises(ValueError, match="ambiguous"):
            function(np.asarray(X))


def test_numbers_decide() -> None:
    f = lambda n, x: x * n if n > 2 else x - n
    compiled = wg.jit(f)
    for n in [1, 3, 1, 5, 2.5, 0.5, 3]:
        assert_same(compiled(n, X), f(n, np.asarray(X)))


# -- state -----------------------------------------------------------------------------------------


class World:
    def __init__(self) -> None:
        self.w = wg.tensor([1.0, -2.0, 0.5], requires_grad=True)
        self.best = wg.tensor(math.inf)
        self.count = wg.tensor(0)
        self.kept = wg.tensor([0.0, 0.0, 0.0])
        self.name = "none"

    def state(self) -> list[Any]:
        tensors = [self.w, self.w.grad, self.best, self.count, self.kept]
        return [None if t is None else numpy.array(t.detach()) for t in tensors] + [self.name]


def written_before(world: World, x: Any) -> Any:
    world.count += 1
    if np.sum(x) > 0:
        return x * world.count
    return x


def written_after(world: World, x: Any) -> Any:
    if np.sum(x) > 0:
        world.kept.copy_(x)
        world.name = "positive"
    else:
        world.count += 1
        world.name = "negative"
    return x + world.kept


def decided_by_state(world: World, x: Any) -> Any:
    world.count += 1
    if world.count > 3:
        world.count.zero_()
        world.kept += x
    return world.kept * 1


def the_best_so_far(world: World, x: Any) -> Any:
    loss = np.sum((world.w - x) ** 2)
    world.w.grad = None
    loss.backward()
    gradient: Any = world.w.grad
    if np.sum(gradient**2) > 9:
        gradient = gradient * (3 / np.sqrt(np.sum(gradient**2)))
    with wg.no_grad():
        world.w -= 0.1 * gradient
    if loss < world.best:
        world.best.copy_(loss.detach())
        world.kept = world.w.detach() * 1
    return loss


def a_loop_over_state(world: World, x: Any) -> Any:
    while np.sum(world.kept**2) < 4:
        world.kept += x * x
    world.kept *= 0.1
    return world.kept + 1


CHANGES = [written_before, written_after, decided_by_state, the_best_so_far, a_loop_over_state]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_state_is_what_eager_calls_leave(change: Callable[[World, Any], Any]) -> None:
    eager, compiled = World(), World()
    step = wg.jit(lambda x: change(compiled, x))
    for i in range(24):
        x = numpy.roll(X, i) * (-1) ** (i // 3)
        expected = change(eager, np.asarray(x))
        held, before = wg.stop_gradient(compiled.kept), numpy.array(compiled.kept.detach())
        found = step(x)
        assert_same(found, expected)
        assert_same(held, before)
        for e, c in zip(eager.state(), compiled.state(), strict=True):
            assert_same(c, e) if isinstance(e, numpy.ndarray) else e == c


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_an_exception_after_a_decision_leaves_the_state_as_it_was(change: Callable[[World, Any], Any]) -> None:
    world = World()

    @wg.jit
    def step(x: Any, y: Any) -> Any:
        change(world, x)
        if np.sum(y) < 0:
            raise ZeroDivisionError
        return np.linalg.inv(y)

    for _ in range(3):
        for y, error in [(-numpy.eye(2), ZeroDivisionError), (numpy.zeros((2, 2)), numpy.linalg.LinAlgError)]:
            before = world.state()
            with pytest.raises(error):
                step(X, y)
            for b, a in zip(before, world.state(), strict=True):
                assert_same(a, b) if isinstance(b, numpy.ndarray) else b == a
        step(X, numpy.eye(2))


def test_an_operation_that_fails_on_the_other_path_only() -> None:
    w = wg.tensor(numpy.zeros((2, 2)))

    @wg.jit
    def solve(a: Any) -> Any:
        w.copy_(w + a)
        if np.abs(np.linalg.det(a)) < 1e-9:
            return a * 0
        return np.linalg.inv(a)

    good, bad = numpy.array([[1.0, 2.0], [3.0, 4.0]]), numpy.ones((2, 2))
    for turn, a in enumerate([good, good, bad, good, bad, bad]):
        assert_same(solve(a), a * 0 if a is bad else numpy.linalg.inv(a))
        assert_same(np.sum(w), numpy.sum([10, 10, 4, 10, 4, 4][: turn + 1]) * 1.0)


def test_a_written_argument_on_a_path() -> None:
    def f(x: Any) -> Any:
        if np.sum(x) > 0:
            x -= 1
        else:
            x[0] = 10.0
        return x * 2

    compiled = wg.jit(f)
    ours, eager = wg.tensor(X), wg.tensor(X)
    for _ in range(8):
        assert_same(compiled(ours), f(eager))
        assert_same(ours, eager)


# -- threads ---------------------------------------------------------------------------------------


def test_several_threads_at_once() -> None:
    f = wg.jit(nested)
    points = [X, -X, 3 * X, X[::-1].copy()]
    expected = [nested(np.asarray(x)) for x in points]
    found: dict[tuple[int, int], Any] = {}

    def work(k: int) -> None:
        for i in range(60):
            found[k, i] = f(points[(k + i) % 4])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (k, i), result in found.items():
        assert_same(result, expected[(k + i) % 4])
    assert len(found) == 240


# -- looking at it ---------------------------------------------------------------------------------


def test_the_report_shows_the_tree() -> None:
    f = wg.jit(nested)
    for x in [X, X, X, -X, 3 * X, 0.2 * X]:
        f(x)
    text = f.report()
    shown = [line.strip().rpartition(": ")[2] if "in nested" in line else line for line in text.splitlines()]
    assert shown[shown.index("  paths:") :] == [
        "  paths:",
        "if x[0] > 0:",
        "      True",
        "if np.max(y) > 2:",
        "          True",
        "            4 calls",
        "          False",
        "elif y[1] < 0 and y[2] > 0:",
        "              True, 2 times",
        "                1 calls",
        "      False",
        "y = -x if not x[1] > 0 else x",
        "          True",
        "            1 calls",
    ]


def test_the_report_counts_turns_and_plain_calls() -> None:
    f = wg.jit(a_while)
    for x in [X, X, 3 * X]:
        f(x)
    text = f.report()
    assert "True, 5 times" in text
    assert "True, 3 times" in text
    g = wg.jit(a_new_float)
    with warned_once("paths"):
        for i in range(20):
            g(X * (1 + i))
    assert "4 calls without being compiled" in g.report()


# -- errors ----------------------------------------------------------------------------------------


def test_a_number_that_another_path_has_none_for_is_an_error_of_python() -> None:
    compiled = wg.jit(lambda x: x * len(range(int(x[0]))))
    for _ in range(3):
        assert_same(compiled(numpy.array([2.0, 3.0])), numpy.array([4.0, 6.0]))
        with pytest.raises(ValueError, match="NaN"):
            compiled(numpy.array([numpy.nan, 3.0]))
        with pytest.raises(OverflowError):
            compiled(numpy.array([numpy.inf, 3.0]))


def test_a_fault_of_the_compiler_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken for a call on another path, which would be recorded over and over."""

    def broken(*_: Any) -> Any:
        raise KeyError("fault")

    compiled = wg.jit(lambda x: x * 2 if x[0] > 0 else -x)
    compiled(numpy.ones(2))
    monkeypatch.setattr(Program, "attempt", broken)
    with pytest.raises(KeyError, match="fault"):
        compiled(numpy.ones(2))


def test_a_function_with_a_cache_is_compiled_without_it() -> None:
    x = wg.tensor([1.0, 2.0])
    compiled = wg.jit(functools.lru_cache(lambda x: x * 2))
    for _ in range(3):
        assert_same(compiled(x), x * 2)
        x += 1
