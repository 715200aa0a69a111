"""Names that lead to other tensors at each call, one or nested in tuples, lists, dicts and dataclasses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.python.trees import flatten

ONES = numpy.ones(2)


class Pair(NamedTuple):
    h: Any
    c: Any


@dataclasses.dataclass
class Weights:
    w: Any
    rest: Any


class World:
    """State of all kinds; two worlds begin equal."""

    def __init__(self) -> None:
        def made() -> Iterator[Any]:
            count = 0.0
            while True:
                count += 1
                yield wg.tensor([count, 1.0])

        new = made()
        zero = next(new)
        self.a, self.b = next(new), next(new)
        self.pair = (next(new), next(new))
        self.named = Pair(next(new), next(new))
        self.twins = (zero, zero)
        self.table = {"z": next(new), "a": next(new), "rate": 0.5}
        self.rows = [next(new), next(new)]
        self.weights = Weights(next(new), {"deep": [next(new), 3]})
        self.lazy: Any = None
        self.parameter = wg.tensor([2.0, 3.0], requires_grad=True)
        self.held = {"parameter": self.parameter, "mean": next(new)}
        self.slot = {"state": (next(new), next(new))}

    def state(self) -> list[Any]:
        leaves, structure = flatten([v for k, v in sorted(vars(self).items())])
        return [numpy.array(x.detach()) if isinstance(x, wg.Tensor) else x for x in leaves] + [str(structure)]


def swapped(world: World, x: Any) -> Any:
    world.a, world.b = world.b, world.a
    return world.a * x


def passed_on(world: World, x: Any) -> Any:
    world.a = world.b
    world.b = world.b * x
    return world.a * x


def a_tuple(world: World, x: Any) -> Any:
    h, c = world.pair
    h = h * x
    world.pair = (h, c + h)
    return c


def a_named_tuple(world: World, x: Any) -> Any:
    world.named = world.named._replace(h=world.named.h + x)
    return world.named.c * world.named.h


def two_that_are_one_at_first(world: World, x: Any) -> Any:
    h, c = world.twins
    world.twins = (h + x, c * x)
    return h - c


def a_dict(world: World, x: Any) -> Any:
    world.table = {**world.table, "a": world.table["a"] + x}
    return world.table["z"] * x * world.table["rate"]


def a_list(world: World, x: Any) -> Any:
    world.rows = [row + x * i for i, row in enumerate(world.rows)]
    return sum(world.rows)


def reversed_list(world: World, x: Any) -> Any:
    world.rows = world.rows[::-1]
    return world.rows[0] * x


def a_dataclass(world: World, x: Any) -> Any:
    deep, count = world.weights.rest["deep"]
    world.weights = Weights(world.weights.w * x, {"deep": [deep - world.weights.w, count]})
    return deep * count


def made_when_first_needed(world: World, x: Any) -> Any:
    if world.lazy is None:
        world.lazy = (np.zeros(2), x * 2)
    world.lazy = tuple(z + x for z in world.lazy)
    return world.lazy[0] * world.lazy[1]


def reset_by_value(world: World, x: Any) -> Any:
    world.pair = (world.pair[0] * 0, world.pair[1]) if np.sum(world.pair[0]) > 20 else (world.pair[0] + x, x)
    return world.pair[0] * 1


def beside_a_parameter(world: World, x: Any) -> Any:
    np.sum(world.held["parameter"] ** 2 * x).backward()
    gradient: Any = world.parameter.grad
    world.held = {**world.held, "mean": 0.5 * world.held["mean"] + gradient}
    world.parameter.grad = None
    return x * 2


def in_an_item(world: World, x: Any) -> Any:
    h, c = world.slot["state"]
    world.slot["state"] = (c, h + x)
    return h


CHANGES = [
    swapped, passed_on, a_tuple, a_named_tuple, two_that_are_one_at_first, a_dict, a_list, reversed_list, a_dataclass,
    made_when_first_needed, reset_by_value, beside_a_parameter, in_an_item,
]  # fmt: skip


def assert_same_state(actual: World, expected: World) -> None:
    for a, e in zip(actual.state(), expected.state(), strict=True):
        if isinstance(e, numpy.ndarray):
            numpy.testing.assert_allclose(a, e, rtol=1e-13)
        else:
            assert a == e


@pytest.mark.part(2)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_calls_bind_what_eager_calls_bind(change: Callable[[World, Any], Any]) -> None:
    eager, compiled, runs = World(), World(), []

    @wg.jit
    def step(x: Any) -> Any:
        runs.append(1)
        return change(compiled, x)

    for turn in range(12):
        x = np.asarray([1.0, 0.5]) * (turn + 1)
        numpy.testing.assert_allclose(step(x).numpy(), change(eager, x).numpy(), rtol=1e-13)
        assert_same_state(compiled, eager)
    assert len(runs) <= 3


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_an_exception_leaves_them(change: Callable[[World, Any], Any]) -> None:
    world, before = World(), World()

    @wg.jit
    def raising(x: Any) -> Any:
        change(world, x)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        raising(ONES)
    assert_same_state(world, before)


def test_a_parameter_that_is_passed_on_stays_the_parameter() -> None:
    world = World()
    step = wg.jit(lambda x: beside_a_parameter(world, x))
    for _ in range(3):
        step(ONES)
        assert world.held["parameter"] is world.parameter


def test_a_number_in_a_nesting_is_what_it_is() -> None:
    world = World()
    step = wg.jit(lambda x: a_dict(world, x))
    first = step(ONES).numpy()
    world.table = {**world.table, "rate": 5.0}
    numpy.testing.assert_allclose(step(ONES).numpy(), 10 * first)


# -- between calls ---------------------------------------------------------------------------------


def rebind(world: World, value: Any) -> None:
    world.a = value
    world.rows[0] = value * 2
    world.pair = (value * 3, value * 4)
    world.weights = Weights(value * 5, {"deep": [value * 6, 3]})


def read(world: World, x: Any) -> Any:
    return x * world.a + world.rows[0] * world.pair[0] - world.weights.w / world.weights.rest["deep"][0]


def test_what_is_bound_anew_between_calls_is_read_by_name() -> None:
    world, runs = World(), []

    @wg.jit
    def compiled(x: Any) -> Any:
        runs.append(1)
        return read(world, x)

    for turn in range(20):
        rebind(world, wg.tensor([turn + 1.0, 2.0]))
        numpy.testing.assert_allclose(compiled(ONES).numpy(), read(world, ONES).numpy(), rtol=1e-14)
    assert len(runs) == 2


def test_a_plain_descent_in_a_global() -> None:
    globals()["WEIGHT"] = wg.tensor([1.0, 2.0])
    runs = []

    @wg.jit
    def loss(x: Any) -> Any:
        runs.append(1)
        return np.sum((WEIGHT * x - 3) ** 2)

    def expected(w: Any) -> Any:
        return np.sum((w - 3) ** 2)

    for _ in range(20):
        assert loss(ONES).item() == pytest.approx(expected(WEIGHT).item(), abs=1e-12)
        globals()["WEIGHT"] = WEIGHT - 0.1 * wg.grad(expected)(WEIGHT)
    assert len(runs) == 2


WEIGHT: Any = None


def test_another_shape_or_dtype_is_recorded_for_itself() -> None:
    world = World()
    compiled = wg.jit(lambda: world.pair[0] * 2)
    for given in ([1.0, 2.0], [3.0, 4.0], [5.0], numpy.ones((2, 2), numpy.float32), [7.0, 8.0]):
        world.pair = (wg.tensor(given), None)
        assert compiled().dtype == world.pair[0].dtype
        numpy.testing.assert_array_equal(compiled().numpy(), world.pair[0].numpy() * 2)


def test_more_or_fewer_items() -> None:
    world = World()
    compiled = wg.jit(lambda x: sum(world.rows) * x)
    for count in (2, 3, 3, 1, 2):
        world.rows = [wg.tensor([float(count), i]) for i in range(count)]
        numpy.testing.assert_array_equal(compiled(ONES).numpy(), numpy.sum([row.numpy() for row in world.rows], 0))


def test_a_derivative_follows_what_is_found_by_name() -> None:
    world = World()
    compiled = wg.jit(lambda x: np.sum(x * world.pair[0]))
    for turn in range(4):
        world.pair = (wg.tensor([turn, 1.0], requires_grad=True), None)
        numpy.testing.assert_array_equal(wg.grad(compiled)(ONES).numpy(), [turn, 1.0])
        compiled(2 * ONES).backward()
        gradient: Any = world.pair[0].grad
        numpy.testing.assert_array_equal(gradient.numpy(), [2.0, 2.0])


def test_a_tensor_with_two_names_is_recorded_for_itself() -> None:
    world, runs = World(), []

    @wg.jit
    def compiled(x: Any) -> Any:
        runs.append(1)
        return x * world.a + world.b

    for turn in range(4):
        world.a = world.b = wg.tensor([turn, 1.0])
        numpy.testing.assert_array_equal(compiled(ONES).numpy(), 2 * world.a.numpy())
    world.a = wg.tensor([5.0, 5.0])
    numpy.testing.assert_array_equal(compiled(ONES).numpy(), [8.0, 6.0])
    assert len(runs) == 5


def test_a_tensor_written_in_place_may_go_with_its_name() -> None:
    eager, compiled = World(), World()

    def change(world: World, x: Any) -> Any:
        h, c = world.pair
        h += x
        world.pair = (h, c * 2)
        return c

    step = wg.jit(lambda x: change(compiled, x))
    for _ in range(4):
        held = compiled.pair[0]
        numpy.testing.assert_array_equal(step(ONES).numpy(), change(eager, ONES).numpy())
        assert_same_state(compiled, eager)
        assert compiled.pair[0] is held


# -- what is refused -------------------------------------------------------------------------------


def test_a_container_with_two_names() -> None:
    eager, compiled = World(), World()
    for world in (eager, compiled):
        world.slot = {"state": world.pair}

    def step(world: World, x: Any) -> Any:
        return a_tuple(world, x) + world.slot["state"][0]

    call = wg.jit(lambda x: step(compiled, x))
    for _ in range(3):
        numpy.testing.assert_allclose(call(ONES).numpy(), step(eager, np.asarray(ONES)).numpy())
        assert_same_state(compiled, eager)


def test_an_item_of_what_is_replaced_then_is_refused() -> None:
    world = World()

    def step(x: Any) -> Any:
        world.rows[0] = world.rows[0] + x
        world.rows = [world.rows[1], x * 2]
        return x * 1

    with pytest.raises(RuntimeError, match=r"world.rows\[0\] is bound to something else inside jit, and then what it"):
        wg.jit(step)(ONES)
    assert_same_state(world, World())


def test_a_nesting_bound_in_the_body_of_a_loop_is_refused() -> None:
    world = World()

    def turn(i: Any, c: Any) -> Any:
        return c + a_tuple(world, c)

    with pytest.raises(RuntimeError, match=r"world.pair is bound to another tuple inside the body of a loop"):
        wg.jit(lambda x: wg.fori_loop(0, 3, turn, x))(ONES)
    assert_same_state(world, World())
