"""A tensor that has two names at times, as values decide: what is written to one is written to the other."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.core.python.trees import flatten


class Kept:
    """State with two tensors, and a third name that leads to one of them at times."""

    def __init__(self) -> None:
        self.a = wg.tensor([1.0, 2.0])
        self.b = wg.tensor([3.0, 5.0])
        self.other = self.a
        self.items = {"first": self.b}

    @property
    def every(self) -> list[Any]:
        return [self.a, self.b, self.other, self.items["first"]]


def on_one_side(o: Kept, x: Any) -> Any:
    y, w = x * 1, x * 2
    if np.sum(x) > 0:
        w = y
    y += 1
    return y, w


def on_both_sides(o: Kept, x: Any) -> Any:
    y, z = x * 1, x * 2
    if np.sum(x) > 0:
        w = y
        y = y * 1
    else:
        w = z
    w += 1
    return y, z, w


def an_expression(o: Kept, x: Any) -> Any:
    y, z = x * 1, x * 2
    w = y if np.sum(x) > 0 else z
    w[0] = 7.0
    return y, z, w


def through_a_view(o: Kept, x: Any) -> Any:
    y, w = x * 1, x * 2
    if np.sum(x) > 0:
        w = y
    w[:1] *= 3
    return y, w


def a_view_on_one_side(o: Kept, x: Any) -> Any:
    y = x * 2
    w = y * 1
    if np.sum(x) > 0:
        w = np.ravel(y[None])
    w[:-1] += w[1:]
    return y, w


def views_on_both_sides(o: Kept, x: Any) -> Any:
    y, z = x * 2, x * 3
    row = y[None]
    w = row[0, ::-1] if np.sum(x) > 0 else z[:]
    y[0] = 7.0
    w += 1
    return y, z, w


def a_view_of_state(o: Kept, x: Any) -> Any:
    w = x * 1
    if np.sum(x) > 0:
        w = o.a[:]
    w *= 2
    return x * o.a, w


def a_view_after_a_loop(o: Kept, x: Any) -> Any:
    y, w = x * 2, x * 1
    for _ in range(np.sum(x > 0)):
        w = y[:]
    w += 1
    return y, w


def a_name_after_a_while(o: Kept, x: Any) -> Any:
    y, w, k = x * 2, x * 1, 0
    while k < np.sum(x > 0):
        w = y
        k += 1
    y[0] = 9.0
    return y, w


def written_before_it_is_a_name(o: Kept, x: Any) -> Any:
    y, w = x * 2, x * 1
    for _ in range(np.sum(x > 0)):
        w += 1
        w = y
    return y, w


def a_view_of_what_moves_on(o: Kept, x: Any) -> Any:
    y = x * 2
    r = y[1:]
    for _ in range(np.sum(x > 0)):
        r *= 2
        y = y + 1
    return y, r


def turn_by_turn(o: Kept, x: Any) -> Any:
    y, w = x * 1, x * 2
    for i in range(3):
        if np.sum(x) > i:
            w = y
        y += 1
    return y, w


def in_a_while(o: Kept, x: Any) -> Any:
    y, w, k = x * 1, x * 2, 0
    while np.sum(y) < 9:
        if np.sum(x) > k:
            w = y
        y = y + w
        w += 1
        k += 1
    return y, w


def an_attribute(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.other = o.b
    o.b *= 0.5
    return x * o.other


def an_attribute_of_two_names(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.a = o.a + 1
    return x * o.other


def an_item(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.items["first"] = o.a
    else:
        o.items["first"] = o.b
    o.a += 1
    return x * o.items["first"]


def moved_on(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.b = o.a
        o.a = o.a + x
    return o.b


def moved_on_one_side(o: Kept, x: Any) -> Any:
    y = x * 1
    w, items, row = y, {"y": y}, y[:1]
    if np.sum(x) > 0:
        w, row = w * 2, row * 3
    w += 1
    row += 1
    return y, w, items["y"], row


def moved_on_and_the_other_written(o: Kept, x: Any) -> Any:
    y = x * 1
    w = y[::-1]
    if np.sum(x) > 0:
        w = w * 2
    y += 1
    return y, w


def moved_on_in_a_loop(o: Kept, x: Any) -> Any:
    y, z = x * 1, x * 2
    w, v = y, z
    for _ in range(np.sum(x > 0)):
        w = w * 2
        v += 1
        v = v * 2
    w += 1
    return y, w, z, v


def an_argument_moved_on(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        x = x * 2
    x += 1
    return x


def two_names_made_on_one_side(o: Kept, x: Any) -> Any:
    z, w = x * 1, x * 3
    if np.sum(x) > 0:
        z = w = x * 2
    w += 1
    return z, w


def a_name_two_branches_deep(o: Kept, x: Any) -> Any:
    w = x * 1
    if np.sum(x) > 1:
        w = np.tanh(w)
    elif x[0] > 0:
        w = o.b[::-1]
    else:
        w = w * 0.5
    w += 1
    return w * o.b


def state_moved_on(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.b = o.b + x
    o.b *= 2
    return x * o.items["first"]


def written_and_swapped(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.b *= 2
        o.a, o.other = o.b, o.a
    return x * o.b


def two_places_for_a_new_tensor(o: Kept, x: Any) -> Any:
    if np.sum(x) > 0:
        o.b = o.b + x
        o.other = o.b
    return x * o.other


def two_places_after_a_loop(o: Kept, x: Any) -> Any:
    for _ in range(np.sum(x > 0)):
        o.b = o.b + x
        o.other = o.b
    return x * o.other


def left_after_a_turn(o: Kept, x: Any) -> Any:
    o.other = o.a
    for _ in range(np.sum(x > -9) + 1):
        o.a = o.a + x
        if np.sum(x) > 0:
            break
    return o.a * 1


def a_view_written_on_the_first_turn(o: Kept, x: Any) -> Any:
    w = x * 1
    if np.sum(x) > 0:
        w = x[::-1]
    for _ in range(np.sum(x > -9)):
        w *= 2
        w = w + 1
    return w, x * 1


FUNCTIONS = [
    left_after_a_turn,
    a_view_written_on_the_first_turn,
    *(written_and_swapped, two_places_for_a_new_tensor, two_places_after_a_loop),
    *(moved_on_one_side, moved_on_and_the_other_written, moved_on_in_a_loop, an_argument_moved_on),
    *(two_names_made_on_one_side, a_name_two_branches_deep, state_moved_on),
    *(on_one_side, on_both_sides, an_expression, through_a_view, turn_by_turn, in_a_while),
    *(a_view_on_one_side, views_on_both_sides, a_view_of_state),
    *(a_view_after_a_loop, a_name_after_a_while, written_before_it_is_a_name, a_view_of_what_moves_on),
    *(an_attribute, an_attribute_of_two_names, an_item, moved_on),
]
POINTS = [numpy.array(point) for point in ([0.5, 1.0], [-0.5, 0.25], [2.0, -1.0], [-3.0, 1.0])]


def between(o: Kept, turn: int) -> None:
    """What is done to the state between calls."""
    o.other += 0.25
    if turn % 2:
        o.other = wg.tensor([4.0, 4.0])


@pytest.mark.part(6)
@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize("f", FUNCTIONS)
def test_writing_to_one_writes_to_the_other(f: Callable[..., Any], structured: bool) -> None:
    eager, compiled = Kept(), Kept()
    call = functools.partial(wg.jit(f, structured=structured, static_argnames="o"), compiled)
    for turn, x in enumerate([*POINTS, *POINTS]):
        given, same = np.array(x), np.array(x)
        assert_same(call(given), f(eager, same))
        assert_same(given, same)
        for ours, theirs in zip(compiled.every, eager.every, strict=True):
            assert_same(ours, theirs)
        assert _names(compiled) == _names(eager)
        between(eager, turn)
        between(compiled, turn)


def _names(o: Kept) -> list[int]:
    """For each name the first that leads to the same tensor."""
    every = o.every
    return [next(i for i, t in enumerate(every) if t is one) for one in every]


def test_a_body_of_a_loop_cannot_give_a_tensor_another_name() -> None:
    o = Kept()

    def body(i: Any, c: Any) -> Any:
        o.items["first"] = o.a
        return c + 1

    with pytest.raises(RuntimeError, match=r"has another name inside the body.*copy_\(value\)"):
        wg.jit(lambda x: wg.fori_loop(0, 3, body, x) + o.a)(POINTS[0])


def of_one_name(x: Any) -> Any:
    w = x * 3
    for _ in range(np.sum(x > 0)):
        if np.sum(w) > 5:
            w = w * 0.5
        w += 1
        if np.sum(w) > 5:
            if w[0] > 1:
                w = -w
            w[0] = 1.0
        w = w * 1.5
    w[0] = 2
    return w


def of_one_name_each(x: Any) -> Any:
    o = {"a": x * 2, "b": (x * 1, x * 3)}
    if np.sum(x) > 0:
        o["a"] = o["a"] * 2
        o["b"] = (o["b"][1] + 1, o["b"][0])
    o["a"] += 1
    return o


@pytest.mark.parametrize("f", [of_one_name, of_one_name_each])
def test_tensors_with_one_name_stay_in_one_program(f: Callable[..., Any]) -> None:
    compiled = wg.jit(f, structured=True)
    for x in POINTS:
        assert_same(flatten(compiled(np.array(x)))[0], flatten(f(np.array(x)))[0])
    assert "1 program" in str(compiled.report())


# -- any program of two names ----------------------------------------------------------------------

MOVES = [
    *(
        "w = y",
        "y = w",
        "w = w * 2",
        "y = y + x",
        "w = x * 3",
        "w, y = y, w",
        "w = y[::-1]",
        "y = w[:]",
        "w = y = x - 1",
    ),
    *("w += 1", "y *= 2", "y[0] = 7.0", "w[:1] += y[1:]", "x += 1", "y = x"),
]
SHAPES = [
    "{0}\n    if np.sum(x) > 1:\n        {1}\n    {2}\n    {3}\n",
    "{0}\n    if np.sum(x) > 1:\n        {1}\n        {2}\n    else:\n        {3}\n    {4}\n    {5}\n",
    "{0}\n    if np.sum(x) > 1:\n        {1}\n    elif x[0] > 0:\n        {2}\n    else:\n        {3}\n    {4}\n",
    "{0}\n    for _ in range(np.sum(x > 1)):\n        {1}\n        {2}\n    {3}\n",
    "{0}\n    k = 0\n    while k < np.sum(x > 1):\n        {1}\n        k += 1\n    {2}\n    {3}\n",
    "{0}\n    for _ in range(np.sum(x > 0) + 1):\n        {1}\n        if np.sum(x) < 1: break\n        {2}\n    {3}\n",
    "{0}\n    for _ in range(2):\n        if np.sum(x) > 1:\n            {1}\n        {2}\n    {3}\n",
]


def _module(path: Path, text: str) -> Any:
    """What a file defines, where the source of functions is found."""
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _programs(path: Path, count: int, seed: int) -> list[Callable[..., Any]]:
    rng = random.Random(seed)
    text = "import wengert.numpy as np\n"
    for i in range(count):
        moves = [rng.choice(MOVES) for _ in range(6)]
        text += f"def f{i}(x):\n    y, w = x * 1, x * 2\n    {rng.choice(SHAPES).format(*moves)}    return x, y, w\n"
    module = _module(path, text)
    return [getattr(module, f"f{i}") for i in range(count)]


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(s, marks=pytest.mark.wide) for s in range(2, 60))])
def test_programs_of_two_names(tmp_path: Path, seed: int) -> None:
    failed = [inspect.getsource(f) for f in _programs(tmp_path / "programs.py", 25, seed) if not _is_same(f)]
    assert not failed, "\n".join(failed)


def _is_same(f: Callable[..., Any]) -> bool:
    compiled = wg.jit(f, structured=True)
    for x in POINTS:
        given, same = np.array(x), np.array(x)
        ours, theirs = (*compiled(given), given), (*f(same), same)
        if not all(numpy.allclose(a.numpy(), b.numpy(), 1e-12, 1e-12) for a, b in zip(ours, theirs, strict=True)):
            return False
    return True


# -- any program of two places, to whose tensors others hold on ------------------------------------

PLACES = [
    *("o.t = o.t + x", "o.u = o.u * 2", "o.t = o.u", "o.t, o.u = o.u, o.t", "o.u = o.t = x - 1", "o.t = x * 3"),
    *("o.t += 1", "o.u *= 2", "o.t[0] = 7.0", "o.u[:1] += o.t[1:]", "x = x + o.u", "o.u = o.u"),
]
MAKE = """
def make{i}():
    o = SimpleNamespace(t=wg.tensor([1.0, 2.0]), u=wg.tensor([3.0, 5.0]))
    def f(x):
        {body}
        return x + o.t
    return f, o
"""


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(s, marks=pytest.mark.wide) for s in range(2, 60))])
def test_programs_of_two_places(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    text = "from types import SimpleNamespace\nimport wengert as wg, wengert.numpy as np\n"
    for i in range(15):
        body = rng.choice(SHAPES).format(*(rng.choice(PLACES) for _ in range(6))).replace("\n", "\n    ").rstrip()
        text += MAKE.format(i=i, body=body)
    module = _module(tmp_path / "places.py", text)
    failed = [inspect.getsource(make) for make in (getattr(module, f"make{i}") for i in range(15)) if not _agrees(make)]
    assert not failed, "\n".join(failed)


def _agrees(make: Callable[[], Any]) -> bool:
    """Whether compiled calls leave what eager calls leave, also for those who hold what places held."""
    (f, eager), (g, compiled) = make(), make()
    g = wg.jit(g, structured=True)
    kept, same = [eager.t, eager.u], [compiled.t, compiled.u]
    for turn, x in enumerate([*POINTS, *POINTS]):
        ours = [g(np.array(x)), compiled.t, compiled.u, *same]
        theirs = [f(np.array(x)), eager.t, eager.u, *kept]
        if not all(numpy.array_equal(a.numpy(), b.numpy()) for a, b in zip(ours, theirs, strict=True)):
            return False
        for o, held in ((eager, kept), (compiled, same)):
            held[turn % 2] += 0.5
            held.append(o.t)
            o.u[1] = turn
    return True


@pytest.mark.parametrize("structured", [False, True])
def test_equal_answers_to_other_questions_are_another_path(structured: bool) -> None:
    """Where a loop makes no turn the branch before it is decided by values: that is no answer to the loop's test."""

    def steps(compiled: bool) -> Any:
        held = wg.tensor(0.75)

        def f(x: Any, n: Any) -> Any:
            nonlocal held
            if x > 0:
                held = np.tanh(held) + 0.5
            k = 0
            while k < n:
                k += 1
                held = held * 0.5 + x
            return held * 2

        run = wg.jit(f, structured=structured) if compiled else f
        calls = [(1.0, 2), (1.0, 0), (1.0, 3), (-2.0, 1), (1.0, 1), (-1.0, 0), (-1.0, 2), (3.0, 1), (-1.0, 1)]
        return [(run(np.array(x), np.array(n)).item(), held.item()) for x, n in calls * 2]

    numpy.testing.assert_allclose(steps(True), steps(False), rtol=1e-13)
