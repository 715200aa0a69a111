"""When decisions are checked: at once, ahead of the rest, or with it; and whose memory is written to."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.programs.program import MET_TO_COMPILE

SMALL = numpy.linspace(0.1, 1, 7)
LARGE = numpy.linspace(0.1, 1, 30_000)


def on_an_input(x: Any, flag: Any) -> Any:
    return np.sin(x) if flag else np.cos(x)


def on_something_cheap(x: Any, flag: Any) -> Any:
    return np.tanh(np.sin(x) * np.exp(x)) if x[0] > 0 else np.tanh(np.cos(x) * x)


def on_everything(x: Any, flag: Any) -> Any:
    y = np.tanh(np.sin(x) * np.exp(x))
    return y * 2 if np.sum(y) > 0 else y - 1


def on_all_of_them(x: Any, flag: Any) -> Any:
    if flag and x[1] > 0:
        y = np.tanh(np.sin(x) * np.exp(x))
        return y * 2 if np.sum(y) > 0 else y - 1
    return x


PLACES = {
    (on_an_input, "small"): (1, 0, 0),
    (on_an_input, "large"): (1, 0, 0),
    (on_something_cheap, "small"): (0, 0, 1),
    (on_something_cheap, "large"): (0, 1, 0),
    (on_everything, "small"): (0, 0, 1),
    (on_everything, "large"): (0, 0, 1),
    (on_all_of_them, "small"): (1, 0, 2),
    (on_all_of_them, "large"): (1, 1, 1),
}


@pytest.mark.part(2)
@pytest.mark.parametrize(("f", "size"), PLACES, ids=lambda p: getattr(p, "__name__", p))
def test_where_decisions_are_checked(f: Any, size: str) -> None:
    x = SMALL if size == "small" else LARGE
    flag = numpy.array(True)
    compiled = wg.jit(f)
    for _ in range(2 * MET_TO_COMPILE):
        for point in (x, -x):
            found, expected = compiled(point, flag), f(np.asarray(point), np.asarray(flag))
            numpy.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12)
    guards = next(iter(compiled.programs.values()))[0].guards
    assert (len(guards.before), len(guards.checks_ahead), len(guards.after)) == PLACES[f, size]


class Holder:
    def __init__(self, x: Any) -> None:
        self.w = wg.tensor(x)


@pytest.mark.part(2)
@pytest.mark.parametrize("f", [on_an_input, on_something_cheap, on_everything], ids=lambda f: f.__name__)
@pytest.mark.parametrize("size", ["small", "large"])
def test_memory_that_others_hold_is_not_written_to(f: Any, size: str) -> None:
    x = SMALL if size == "small" else LARGE
    ours, eager = Holder(x), Holder(x)

    def make(holder: Holder) -> Any:
        def step(x: Any, flag: Any) -> Any:
            holder.w.copy_(holder.w * 0.5 + f(x, flag))
            return np.sum(holder.w)

        return step

    step, plain = wg.jit(make(ours)), make(eager)
    held = []
    for i in range(24):
        point, flag = x * (-1) ** (i // 2), numpy.array(i % 3 > 0)
        if i % 5 == 0:
            held.append((ours.w.numpy(), wg.stop_gradient(ours.w), numpy.array(ours.w)))
        numpy.testing.assert_allclose(step(point, flag).item(), plain(np.asarray(point), np.asarray(flag)).item())
        numpy.testing.assert_allclose(ours.w.numpy(), eager.w.numpy(), rtol=1e-12, atol=1e-12)
    for view, alias, copy in held:
        numpy.testing.assert_array_equal(view, copy)
        numpy.testing.assert_array_equal(alias.numpy(), copy)


def test_memory_of_what_was_replaced_is_used_again() -> None:
    w = wg.tensor(LARGE)

    @wg.jit
    def step(x: Any) -> Any:
        w.copy_(np.tanh(w * x))
        return np.sum(w) if np.sum(w * w) > 0 else x

    addresses = []
    for _ in range(8):
        step(LARGE)
        addresses.append(w._value.ctypes.data)
    assert len(set(addresses[-6:])) == 2


def test_a_wrong_path_costs_what_its_decision_costs() -> None:
    """The operations of the other path are not run: here they would fail."""

    @wg.jit
    def f(x: Any, m: Any) -> Any:
        if x[0] > 0:
            return np.sum(np.tanh(np.sin(x) * x)) + np.sum(np.linalg.inv(m))
        return np.sum(np.tanh(np.cos(x) * x) * 2)

    regular, singular = numpy.eye(2), numpy.zeros((2, 2))
    for _ in range(3 * MET_TO_COMPILE):
        f(LARGE, regular)
        f(-LARGE, singular)
    paths = next(iter(f.programs.values()))
    assert [program.calls for program in paths] == [3 * MET_TO_COMPILE, 3 * MET_TO_COMPILE]
    for _ in range(4):
        f(-LARGE, singular)
    f(LARGE, regular)
    with pytest.raises(numpy.linalg.LinAlgError):
        f(LARGE, singular)
    assert len(paths) == 2
