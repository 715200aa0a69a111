"""Names, attributes and items that a compiled function binds anew, and those that are bound anew between calls."""

from __future__ import annotations

import copy
import dataclasses
import enum
import functools
import types
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.core.python.trees import flatten

ONES = numpy.ones(2)


class World:
    """State of all kinds; two worlds begin equal."""

    limit = 3.0

    def __init__(self) -> None:
        self.m = wg.tensor([1.0, 2.0])
        self.w = wg.tensor([3.0, 1.0], requires_grad=True)
        self.items = [wg.tensor([float(i), 1.0]) for i in range(3)]
        self.table = {"a": wg.tensor([1.0, 1.0]), "b": wg.tensor([2.0, 2.0])}
        self.lazy: Any = None
        self.last: Any = wg.tensor([0.0, 0.0])
        self.turn = 0
        self.built = False
        self.inner = types.SimpleNamespace(scale=2.0, m=wg.tensor([5.0, 6.0]))

    def state(self) -> list[Any]:
        every = [self.m, self.w, *self.items, *self.table.values(), self.lazy, self.last, self.inner.m]
        plain = [self.turn, self.built, self.inner.scale, list(self.table)]
        return [None if t is None else numpy.array(t.detach()) for t in every] + plain


def an_attribute(world: World, x: Any) -> Any:
    world.m = 0.9 * world.m + x
    return world.m * 2


def twice(world: World, x: Any) -> Any:
    world.m = world.m + x
    world.m = world.m * world.m
    return x


def an_item_of_a_list(world: World, x: Any) -> Any:
    for i, item in enumerate(world.items):
        world.items[i] = item * 2 - x
    return sum(world.items)


def an_item_of_a_dict(world: World, x: Any) -> Any:
    world.table["a"] = world.table["a"] + x * world.table["b"]
    world.table["c"] = world.table["a"] * 2
    return x


def an_attribute_deeper(world: World, x: Any) -> Any:
    world.inner.m = world.inner.m * world.inner.scale + x
    return world.inner.m


def made_when_first_needed(world: World, x: Any) -> Any:
    if world.lazy is None:
        world.lazy = np.zeros(2)
    world.lazy = 0.5 * world.lazy + x
    return world.lazy * 1


def computed_when_first_needed(world: World, x: Any) -> Any:
    if world.lazy is None:
        world.lazy = x * 10
    return world.lazy + x


def only_bound(world: World, x: Any) -> Any:
    world.last = x * 3
    return x


def made_anew_each_time(world: World, x: Any) -> Any:
    world.last = np.zeros(2)
    world.last += x
    world.last = world.last * 2
    return world.last + 1


def reset_each_time(world: World, x: Any) -> Any:
    world.m = np.ones(2)
    return world.m * x


def a_parameter(world: World, x: Any) -> Any:
    np.sum(world.w**2 * x).backward()
    gradient: Any = world.w.grad
    world.w = (world.w - 0.1 * gradient).detach().requires_grad_()
    return x


def exchanged(world: World, x: Any) -> Any:
    world.m, world.last = world.last + x, world.m * 1
    return x


def a_flag(world: World, x: Any) -> Any:
    if not world.built:
        world.m = world.m * 100
        world.built = True
    return world.m * x


def a_number_that_repeats(world: World, x: Any) -> Any:
    world.turn = (world.turn + 1) % 2
    return x * (world.turn + 1)


def shape_that_grows(world: World, x: Any) -> Any:
    world.m = np.concatenate([world.m, x[:1]])
    return np.sum(world.m) * x


def in_a_loop(world: World, x: Any) -> Any:
    def turn(i: Any, c: Any) -> Any:
        world.m = world.m * 2 + x
        return c + world.m

    return wg.fori_loop(0, 3, turn, x)


def in_a_loop_in_a_loop(world: World, x: Any) -> Any:
    def inner(j: Any, d: Any) -> Any:
        world.inner.m = world.inner.m * 0.5 + x
        return d + 1

    def outer(i: Any, c: Any) -> Any:
        world.m = world.m + world.inner.m
        return wg.fori_loop(0, 2, inner, c) * 2

    return wg.fori_loop(0, 3, outer, x)


def on_one_side(world: World, x: Any) -> Any:
    def yes() -> Any:
        world.m = world.m * 2
        return world.m + 1

    return wg.cond(x[0] > 2, yes, lambda: x)


CHANGES = [
    an_attribute, twice, an_item_of_a_list, an_item_of_a_dict, an_attribute_deeper, made_when_first_needed,
    computed_when_first_needed, only_bound, made_anew_each_time, reset_each_time, exchanged, a_flag,
    a_number_that_repeats, shape_that_grows, in_a_loop, in_a_loop_in_a_loop, on_one_side,
]  # fmt: skip


@pytest.mark.part(2)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_names_bound_inside_are_bound_as_eager_calls_bind_them(change: Callable[[World, Any], Any]) -> None:
    eager, compiled = World(), World()
    step = wg.jit(lambda x: change(compiled, x))
    for turn in range(5):
        x = np.asarray([1.0, 0.5]) * (turn + 1)
        expected = change(eager, x)
        held = compiled.m
        before = numpy.array(held)
        assert_same(step(x), expected)
        assert_same(held, before)  # who holds the tensor that was replaced
        for e, f in zip(eager.state(), compiled.state(), strict=True):
            assert_same(f, e) if isinstance(e, numpy.ndarray) else e == f
        if turn == 2:
            for world in (eager, compiled):
                world.m = wg.tensor([7.0, 8.0])
                world.inner.scale = 3.0


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_an_exception_leaves_names_bound_as_they_were(change: Callable[[World, Any], Any]) -> None:
    world = World()

    @wg.jit
    def raising(x: Any) -> Any:
        change(world, x)
        raise ZeroDivisionError

    before = world.state()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            raising(ONES)
        for b, a in zip(before, world.state(), strict=True):
            if isinstance(b, numpy.ndarray):
                assert_same(a, b)


def test_programs_are_used_again() -> None:
    world, runs = World(), []

    @wg.jit
    def step(x: Any) -> Any:
        runs.append(1)
        an_attribute(world, x)
        return an_item_of_a_list(world, x)

    for _ in range(5):
        step(ONES)
    assert len(runs) == 1


def test_a_cell_and_a_global() -> None:
    total = wg.tensor([0.0, 0.0])

    @wg.jit
    def step(x: Any) -> Any:
        nonlocal total
        total = total + x
        return total * 1

    for turn in range(1, 4):
        assert_same(step(ONES), ONES * turn)
        assert_same(total, ONES * turn)
    total = wg.tensor([10.0, 10.0])
    assert_same(step(ONES), 11 * ONES)

    globals()["GLOBAL"] = wg.tensor([0.0, 0.0])
    compiled = wg.jit(with_a_global)
    for turn in range(1, 4):
        assert_same(compiled(ONES), ONES * turn)
    globals()["GLOBAL"] = wg.tensor([5.0, 5.0])
    assert_same(compiled(ONES), 6 * ONES)


GLOBAL: Any = None


def with_a_global(x: Any) -> Any:
    global GLOBAL
    GLOBAL = GLOBAL + x
    return GLOBAL * 1


# -- between calls ---------------------------------------------------------------------------------


class Mode(enum.Enum):
    TRAIN = 1
    EVALUATE = 2


class Layer:
    def __init__(self, value: float) -> None:
        self.w = wg.tensor([value, value])
        self.training = True
        self.rate = 1.0
        self.history: list[int] = []
        self.batch: Any = None

    def __call__(self, x: Any) -> Any:
        return x * self.w if self.training else x + self.w


class Model:
    gain = 1.0

    def __init__(self) -> None:
        self.layers = [Layer(2.0), Layer(3.0)]
        self.head = Layer(5.0)
        self.rate = 0.5
        self.mode = Mode.TRAIN
        self.options = {"bias": 1.0, "sizes": [1, 2]}
        self.pair = (wg.tensor([1.0, 1.0]), 4.0)
        self.function = np.sin
        self.table = numpy.array([1.0, 2.0])

    @property
    def doubled(self) -> float:
        return self.rate * 2

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        x = self.head(x) * self.doubled * self.gain + self.options["bias"] + self.options["sizes"][0]
        x = x * self.pair[0] * self.pair[1] * self.table
        return self.function(x) if self.mode is Mode.TRAIN else x


def set_class_attribute(model: Model) -> None:
    type(model).gain = 2.0


BETWEEN: dict[str, Callable[[Model], Any]] = {
    "a tensor": lambda m: setattr(m.head, "w", wg.tensor([7.0, 7.0])),
    "a layer": lambda m: setattr(m, "head", Layer(9.0)),
    "an item": lambda m: m.layers.__setitem__(0, Layer(9.0)),
    "one more": lambda m: m.layers.append(Layer(9.0)),
    "one less": lambda m: m.layers.pop(),
    "a flag": lambda m: setattr(m.head, "training", False),
    "a flag deep inside": lambda m: setattr(m.layers[1], "training", False),
    "a number": lambda m: setattr(m, "rate", 0.25),
    "an enum": lambda m: setattr(m, "mode", Mode.EVALUATE),
    "an item of a dict": lambda m: m.options.__setitem__("bias", 3.0),
    "an item of a list in a dict": lambda m: m.options["sizes"].__setitem__(0, 5),
    "a tuple": lambda m: setattr(m, "pair", (wg.tensor([2.0, 2.0]), 4.0)),
    "a number in a tuple": lambda m: setattr(m, "pair", (m.pair[0], 6.0)),
    "a function": lambda m: setattr(m, "function", np.cos),
    "an array": lambda m: setattr(m, "table", numpy.array([5.0, 5.0])),
    "a class attribute": lambda m: setattr(Model, "gain", 2.0),
    "in place": lambda m: m.head.w.copy_([4.0, 4.0]),
    "nothing": lambda m: None,
}


@pytest.mark.part(4)
@pytest.mark.parametrize("how", BETWEEN)
def test_what_is_bound_anew_between_calls_is_noticed(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "gain", 1.0)
    model = Model()
    forms = {
        "closure": wg.jit(lambda x: model.forward(x)),
        "method": wg.jit(model.forward),
        "partial": wg.jit(functools.partial(lambda m, x: m.forward(x), model)),
        "grad": wg.jit(wg.grad(lambda x: np.sum(model.forward(x)))),
    }
    expected = {"grad": wg.grad(lambda x: np.sum(model.forward(x)))}
    for name, f in forms.items():
        assert_same(f(ONES), expected.get(name, model.forward)(np.asarray(ONES)))
    BETWEEN[how](model)
    for _ in range(2):
        for name, f in forms.items():
            assert_same(f(ONES), expected.get(name, model.forward)(np.asarray(ONES)))


def test_going_back_and_forth_records_once_for_each() -> None:
    layer, runs = Layer(2.0), []

    @wg.jit
    def f(x: Any) -> Any:
        runs.append(1)
        return layer(x)

    for _ in range(4):
        for layer.training in (True, False):
            assert_same(f(ONES), layer(np.asarray(ONES)))
    assert len(runs) == 2


def test_equal_values_are_the_same() -> None:
    layer, runs = Layer(2.0), []

    @wg.jit
    def f(x: Any) -> Any:
        runs.append(1)
        return layer(x) * layer.rate

    for rate in ("0.5", "0.5", "0.50"):
        layer.rate = float(rate)
        f(ONES)
    assert len(runs) == 1


def test_what_nobody_reads_may_change() -> None:
    layer, runs = Layer(2.0), []

    @wg.jit
    def f(x: Any) -> Any:
        runs.append(1)
        return layer(x)

    for i in range(5):
        layer.history = [i]
        layer.batch = (wg.tensor(float(i)), i)
        f(ONES)
    assert len(runs) == 1


# -- arguments -------------------------------------------------------------------------------------


def test_a_written_argument_is_the_callers_tensor() -> None:
    def f(x: Any, y: Any) -> Any:
        x += y
        x[0] = 9.0
        return y * x

    compiled = wg.jit(f)
    for _ in range(3):
        x, y = wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])
        same_x, same_y = wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])
        held = x.numpy()
        assert_same(compiled(x, y), f(same_x, same_y))
        assert_same(x, same_x)
        assert_same(y, same_y)
        assert_same(held, numpy.array([1.0, 2.0]))


def test_one_tensor_given_twice() -> None:
    def f(x: Any, y: Any) -> Any:
        x += 1
        return x * y

    compiled = wg.jit(f)
    for given in [(0, 0), (0, 1), (1, 1), (1, 0)]:
        eager, ours = ([wg.tensor([1.0, 2.0]), wg.tensor([5.0, 7.0])] for _ in range(2))
        assert_same(compiled(*[ours[i] for i in given]), f(*[eager[i] for i in given]))
        assert_same(ours[0], eager[0])
        assert_same(ours[1], eager[1])


def test_a_written_argument_that_is_state() -> None:
    eager, ours = ([wg.tensor([1.0, 2.0]), wg.tensor([5.0, 7.0])] for _ in range(2))
    make = lambda state: lambda x: (np.multiply(x, 1).sum() + state[0].sum(), state[0].__iadd__(1), x.__imul__(2))[0]
    f, compiled = make(eager), wg.jit(make(ours))
    for i in (0, 1, 0, 1):
        assert_same(compiled(ours[i]), f(eager[i]))
        assert_same(ours[0], eager[0])
        assert_same(ours[1], eager[1])


def test_a_written_number_is_not_the_callers() -> None:
    def f(x: Any) -> Any:
        y = x
        x += 1
        return y * x

    assert_same(wg.jit(f)(3.0), f(3.0))
    assert_same(wg.jit(f)(3), f(3))


def test_a_written_argument_after_an_exception() -> None:
    x = wg.tensor([1.0, 2.0])

    @wg.jit
    def f(x: Any, m: Any) -> Any:
        x += 1
        return np.linalg.inv(m)

    f(x, numpy.eye(2))
    with pytest.raises(numpy.linalg.LinAlgError):
        f(x, numpy.zeros((2, 2)))
    assert_same(x, numpy.array([2.0, 3.0]))


def test_booleans_and_texts_are_what_they_are() -> None:
    def f(x: Any, flag: bool, text: str, other: bool) -> Any:
        return (x if flag else -x) * len(text) + (flag + other)

    compiled = wg.jit(f)
    for flag in (True, False):
        for text in ("ab", "abc"):
            assert_same(compiled(ONES, flag, text, True), f(np.asarray(ONES), flag, text, True))
    assert wg.jit(lambda a, b: a + b)(True, True) == 2


@dataclasses.dataclass
class Outcome:
    value: Any
    name: str
    rest: Any


def test_results_that_are_no_tensors_stay_what_they_are() -> None:
    table = numpy.array([1, 2])

    def f(x: Any) -> Any:
        return Outcome(x * 2, "twice", {"none": None, "number": 1.5, "table": table, "flag": True, "x": x})

    compiled = wg.jit(f)
    for _ in range(3):
        found = compiled(ONES)
        assert_same(found.value, 2 * ONES)
        assert found.name == "twice"
        assert found.rest["none"] is None
        assert type(found.rest["number"]) is float
        assert found.rest["flag"] is True
        assert type(found.rest["table"]) is numpy.ndarray
        found.rest["table"][0] = 100
        assert_same(found.rest["x"], ONES)
    for constant in (None, "text", 2.5, (1, None)):
        assert wg.jit(lambda x, c=constant: c)(ONES) == constant


def test_a_deep_copy_of_state() -> None:
    layer = Layer(2.0)
    layer.w.requires_grad_()

    @wg.jit
    def f(x: Any) -> Any:
        other = copy.deepcopy(layer)
        with wg.no_grad():
            other.w += x
        assert other.w.requires_grad
        return other(x), layer(x)

    for _ in range(3):
        first, second = f(ONES)
        assert_same(first, 3 * ONES)
        assert_same(second, 2 * ONES)
        assert not any(t is layer.w for t in (first, second))


# -- what holds state is another object at each call -----------------------------------------------


@dataclasses.dataclass
class Moments:
    m: Any
    turns: int = 0


def in_a_dict(s: Any, x: Any) -> None:
    s["h"] = s["h"] * 0.5 + x
    s["v"] += 1


def in_a_list(s: Any, x: Any) -> None:
    s[0] = s[0] * 0.5 + x
    s[1] += s[0]


def deep_inside(s: Any, x: Any) -> None:
    s["p"][1]["q"] = s["p"][1]["q"] * 0.5 + x
    s["p"][0] += x


def in_a_dataclass(s: Any, x: Any) -> None:
    s.m = s.m * 0.5 + x
    s.turns += 1


def in_a_namespace(s: Any, x: Any) -> None:
    s.h = s.h * 0.5 + x
    s.v += x


def beside_a_number(s: Any, x: Any) -> None:
    s["h"] = s["h"] * s["c"] + x
    s["c"] = s["c"] + 1


STATES: dict[Callable[..., None], Callable[[Any, Any], Any]] = {
    in_a_dict: lambda t, u: {"h": t, "v": u},
    in_a_list: lambda t, u: [t, u],
    deep_inside: lambda t, u: {"p": [t, {"q": u}], "n": 3},
    in_a_dataclass: lambda t, u: Moments(t),
    in_a_namespace: lambda t, u: types.SimpleNamespace(h=t, v=u),
    beside_a_number: lambda t, u: {"h": t, "c": 1},
}
CHANGES = [lambda k: True, lambda k: k > 1, lambda k: k % 2 == 1, lambda k: k % 3 == 0]


@pytest.mark.part(4)
@pytest.mark.parametrize("structured", [False, True])
@pytest.mark.parametrize("changes", range(len(CHANGES)))
@pytest.mark.parametrize("step", STATES)
def test_what_holds_state_may_be_replaced(step: Callable[..., None], changes: int, structured: bool) -> None:
    runs = []
    for wrap in (lambda f: f, functools.partial(wg.jit, structured=structured)):
        held = types.SimpleNamespace()
        call, run = wrap(lambda x, held=held: step(held.state, x)), []
        for k in range(7):
            if k == 0 or CHANGES[changes](k):
                held.state = STATES[step](wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0]))
                run.append(held.state)
            call(np.array([0.1, 0.2]) * (k + 1))
            run.append(copy.deepcopy(held.state))
        runs.append(run)
    for ours, theirs in zip(*runs, strict=True):
        assert_same(_leaves(ours), _leaves(theirs))


def _leaves(state: Any) -> list[Any]:
    return flatten(vars(state) if isinstance(state, (Moments, types.SimpleNamespace)) else state)[0]
