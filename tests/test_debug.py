"""`debug.print`: the same lines, eager and compiled, in order, at each call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def straight(x: Any) -> Any:
    wg.debug.print("start {} {n}", x, n=3)
    y = np.sum(x * x)
    wg.debug.print("y = {y:.3f}, |x| = {:.2e}", np.linalg.norm(x), y=y)
    wg.debug.print(y, x)
    return y


def looping(x: Any) -> Any:
    def turn(i: Any, carry: Any) -> Any:
        wg.debug.print("turn {}: {:.3f}", i, carry)
        return carry * 1.5

    return wg.fori_loop(0, 3, turn, np.sum(x))


def scanning(x: Any) -> Any:
    def turn(carry: Any, e: Any) -> Any:
        wg.debug.print("{} {}", carry, e)
        return carry + e, carry

    return wg.scan(turn, 0.0, x)[0]


def going_on(x: Any) -> Any:
    def turn(y: Any) -> Any:
        wg.debug.print("y = {:.4f}", y)
        return y / 2

    return wg.while_loop(lambda y: y > 1, turn, np.sum(np.abs(x)))


def branching(x: Any) -> Any:
    def big(y: Any) -> Any:
        wg.debug.print("big {}", y)
        return y

    def small(y: Any) -> Any:
        wg.debug.print("small {}", y)
        return 2 * y

    y = wg.cond(np.sum(x) > 1, big, small, np.sum(x))
    wg.debug.print("end {}", y)
    return y


def deciding(x: Any) -> Any:
    y = np.sum(x)
    if y > 1:
        wg.debug.print("above {}", y)
    else:
        wg.debug.print("below {}", y)
    return y


def nested(x: Any) -> Any:
    inner = wg.jit(lambda y: (wg.debug.print("inner {}", y), y * y)[1])
    wg.debug.print("outer {}", x)
    return np.sum(inner(x)) + inner(x[0])


PROGRAMS = [straight, looping, scanning, going_on, branching, deciding, nested]
POINTS = [numpy.array([1.0, 2.0]), numpy.array([0.25, 0.5]), numpy.array([3.0, 0.5]), numpy.array([-0.5, 0.125])]


def lines(f: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    for _ in range(2):
        for point in POINTS:
            f(wg.tensor(point))
    return capsys.readouterr().out.splitlines()


@pytest.mark.part(2)
@pytest.mark.parametrize("program", PROGRAMS)
def test_compiled_prints_what_eager_prints(program: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    expected = lines(program, capsys)
    assert len(expected) >= len(POINTS)
    ways = [wg.jit(program), wg.grad(program), wg.jit(wg.grad(program)), wg.grad(wg.jit(program))]
    for way in ways:
        assert lines(way, capsys) == expected
    assert lines(lambda x: wg.jvp(wg.jit(program), (x,), (x,)), capsys) == expected


def test_structured_loops_print(capsys: pytest.CaptureFixture[str]) -> None:
    def halved(x: Any) -> Any:
        while x > 1:
            wg.debug.print("x = {}", x)
            x = x / 2
        return x

    compiled = wg.jit(halved, structured=True)
    for start in (8.0, 3.0, 0.5):
        capsys.readouterr()
        halved(wg.tensor(start))
        expected = capsys.readouterr().out
        compiled(wg.tensor(start))
        assert capsys.readouterr().out == expected


def test_a_training_step_prints_its_loss(capsys: pytest.CaptureFixture[str]) -> None:
    w = wg.tensor([1.0, 2.0], requires_grad=True)

    @wg.jit
    def step(x: Any) -> Any:
        w.grad = None
        loss = np.sum((w * x) ** 2)
        loss.backward()
        wg.debug.print("loss {:.4f} slope {}", loss, w.grad)
        with wg.no_grad():
            w.copy_(w - 0.1 * w.grad)
        return loss

    losses = [step(numpy.ones(2)).item() for _ in range(5)]
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in printed] == [f"{loss:.4f}" for loss in losses]
    assert printed[0] == "loss 5.0000 slope [2. 4.]"


def recorded_loop(x: Any) -> Any:
    def turn(carry: Any, e: Any) -> Any:
        wg.debug.print("{}", e)
        return carry, e

    return wg.scan(turn, 0.0, x, memory=1)


WITHOUT_VALUES: dict[str, Callable[[], Any]] = {
    "vmap": lambda: wg.vmap(straight)(numpy.ones((2, 3))),
    "vmap in jit": lambda: wg.jit(wg.vmap(straight))(numpy.ones((2, 3))),
    "a loop in vmap in jit": lambda: wg.jit(wg.vmap(scanning))(numpy.ones((2, 3))),
    "jit in vmap": lambda: wg.vmap(wg.jit(straight))(numpy.ones((2, 3))),
    "a recorded loop": lambda: recorded_loop(numpy.ones(3)),
}


@pytest.mark.parametrize("place", WITHOUT_VALUES)
def test_where_there_are_no_values(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TypeError, match=r"^\[debug.print\] a line was to be printed inside (vmap|scan), where tensors"):
        WITHOUT_VALUES[place]()
    assert capsys.readouterr().out == ""
    straight(wg.tensor([1.0]))
    assert capsys.readouterr().out.splitlines()[0] == "start [1.] 3"


@pytest.mark.parametrize(("template", "values"), [("{:.2f}", (POINTS[0],)), ("{} {}", (1.0,)), ("{x}", ()), ("{", ())])
def test_templates_that_do_not_fit(template: str, values: tuple[Any, ...]) -> None:
    for f in (wg.debug.print, wg.jit(lambda t, *v: wg.debug.print(t, *v))):
        with pytest.raises(
            ValueError, match=r"^\[debug.print\] the template .* does not fit the values .* write wg\.debug"
        ):
            f(template, *values)


@pytest.mark.parametrize("way", [lambda f: f, wg.jit, wg.grad, lambda f: wg.jit(wg.grad(f))])
def test_called_back_with_the_values_of_each_call(way: Callable[..., Any]) -> None:
    seen: list[Any] = []

    def f(x: Any) -> Any:
        for turn in range(2):
            x = x * x
            wg.debug.callback(lambda tree, turn: seen.append((turn, tree["x"].tolist())), {"x": x}, turn=turn)
        return np.sum(x)

    run = way(f)
    for start in (1.0, 2.0):
        run(np.full(1, start))
    assert seen == [(0, [1.0]), (1, [1.0]), (0, [4.0]), (1, [16.0])]


def test_called_back_in_loops_but_not_for_a_batch() -> None:
    seen: list[float] = []
    note = lambda x: wg.debug.callback(lambda value: seen.append(value.item()), x)
    halved = lambda x: wg.while_loop(lambda c: c > 1, lambda c: (note(c), c / 2)[1], x)
    assert wg.jit(halved)(8.0) == 1.0
    assert seen == [8.0, 4.0, 2.0]
    with pytest.raises(
        TypeError, match=r"^\[debug.callback\] <function .* was to be called inside vmap, where tensors"
    ):
        wg.vmap(lambda x: (note(x), x)[1])(np.ones(2))
