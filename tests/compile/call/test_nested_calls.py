"""Calls with nested, keyword, static and fixed arguments go without Python, and what is other in them is noticed."""

from __future__ import annotations

import collections
import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert import trees

pytest.importorskip("llvmlite")

from wengert.compile import jit as jit_module
from wengert.compile.interpreter import layouts
from wengert.core.python.trees import flatten

pytestmark = pytest.mark.skipif(not layouts.are_as_described(), reason="there are no doors in this Python")

X = numpy.linspace(0.1, 1.0, 4)


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclass
class Point:
    x: Any
    rest: Any = field(default_factory=dict)


@dataclass(slots=True)
class Narrow:
    x: Any


class Mode(Enum):
    TWICE = 2
    THRICE = 3


@pytest.fixture(autouse=True)
def _doors_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit_module, "FREQUENT", 1)


def parts_of(value: Any) -> list[Any] | None:
    """The children of a container, those of a dict in its order."""
    if isinstance(value, dict):
        return list(value.values())
    if type(value) in (Point, Narrow):
        return [value.x, value.rest] if type(value) is Point else [value.x]
    return list(value) if isinstance(value, (list, tuple, collections.deque)) else None


def fold(value: Any) -> Any:
    """A number on which every leaf has its effect, and its place."""
    parts = parts_of(value)
    if parts is None:
        is_number = isinstance(value, (numpy.ndarray, wg.Tensor, float, int))
        return np.sum(np.asarray(value)) * 1.0 if is_number else 1.0
    total = np.asarray(float(len(parts)))
    for part in parts:
        total = total * 1.5 + np.sin(fold(part))
    return total


def calls_by_doors(compiled: Any) -> int:
    return sum(door.calls for door in compiled.doors)


def goes_through(compiled: Any, *args: Any, **kwargs: Any) -> bool:
    """Whether a call goes through a door; its result is compared with that of the function itself."""
    before = calls_by_doors(compiled)
    found = compiled(*args, **kwargs)
    went = calls_by_doors(compiled) > before
    for ours, theirs in zip(*(flatten(result)[0] for result in (found, compiled.f(*args, **kwargs))), strict=True):
        assert_same(ours, theirs)
    return went


def opened(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    compiled = wg.jit(f)
    for _ in range(2):
        compiled(*args, **kwargs)
    assert goes_through(compiled, *args, **kwargs)
    return compiled


NESTED: dict[str, tuple[Any, list[Any]]] = {
    "tuple": ((X, 2 * X), [[X, 2 * X], (X,), (X, X, X), (X, 2.0), (X, (X,)), Pair(X, X), (X, None)]),
    "list": ([X, 2 * X], [(X, 2 * X), [X], [X, X, X], [X, X[:2]], collections.deque([X, X])]),
    "dict": (
        {"b": X, "a": 2 * X},
        [{"a": X, "b": 2 * X}, {"b": X}, {"b": X, "c": X}, {"b": X, "a": X, "c": X}, collections.OrderedDict(b=X, a=X)],
    ),
    "dict of integers": ({7: X, 1000: 2 * X}, [{7: X, 1001: X}, {7.0: X, 1000: X}, {1000: X, 7: X}]),
    "named tuple": (Pair(X, 2 * X), [(X, X), [X, X], Pair(X, (X,))]),
    "dataclass": (Point(X, {"k": 2 * X}), [Point(X), Point(X, {"j": X}), Point(X, X), Pair(X, {"k": X})]),
    "dataclass with slots": (Narrow(X), [Narrow((X,)), Point(X), X]),
    "nested": (
        {"layers": [Pair(X, {"w": 2 * X}), Pair(3 * X, {"w": 4 * X})], "scale": 2.0},
        [
            {"layers": [Pair(X, {"w": X})], "scale": 2.0},
            {"layers": [Pair(X, {"w": X}), Pair(X, {"v": X})], "scale": 2.0},
            {"layers": [Pair(X, {"w": X}), Pair(X, {"w": X})], "scale": 2},
            {"layers": (Pair(X, {"w": X}), Pair(X, {"w": X})), "scale": 2.0},
            {"scale": 2.0, "layers": [Pair(X, {"w": X}), Pair(X, {"w": X})]},
        ],
    ),
    "nothing": ((X, None, ()), [(X, None, []), (X, X, ()), (X, (), None)]),
    "texts and truths": ((X, "a", True, b"b"), [(X, "b", True, b"b"), (X, "a", False, b"b"), (X, "a", 1, b"b")]),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", NESTED)
def test_nested_arguments_go_through_and_other_nestings_do_not(name: str) -> None:
    value, others = NESTED[name]
    compiled = opened(fold, value)
    for other in others:
        before = len(compiled.doors)
        assert not goes_through(compiled, other)
        assert goes_through(compiled, value) or len(compiled.doors) > before
    assert goes_through(compiled, value)


@pytest.mark.parametrize("name", NESTED)
def test_the_leaves_of_each_call_are_read(name: str) -> None:
    value, _ = NESTED[name]
    leaves, structure = flatten(value)
    compiled = opened(fold, value)
    for turn in range(2, 5):
        changed = [leaf * turn if isinstance(leaf, numpy.ndarray) else leaf for leaf in leaves]
        as_tensors = [wg.tensor(leaf) if isinstance(leaf, numpy.ndarray) else leaf for leaf in changed]
        for given in (changed, as_tensors):
            assert goes_through(compiled, trees.unflatten(structure, given))


@pytest.mark.part(2)
@pytest.mark.parametrize("name", NESTED)
def test_no_references_are_left(name: str) -> None:
    value, others = NESTED[name]
    compiled = opened(fold, value)
    kept = [value, *flatten(value)[0], *others[:1]]

    def count() -> list[int]:
        gc.collect()
        return [sys.getrefcount(held) for held in kept]

    for _ in range(4):
        compiled(others[0])
    before = count()
    for _ in range(500):
        compiled(value)
        compiled(others[0])
    assert all(now <= then + 2 for now, then in zip(count(), before, strict=True))


def test_keys_are_compared_by_value() -> None:
    compiled = opened(fold, {"layer 1": X, "layer 2": 2 * X})
    assert goes_through(compiled, {f"layer {i}": X + i for i in (1, 2)})


def test_keyword_arguments_go_through_in_their_order() -> None:
    compiled = opened(lambda a, b, c=3.0: a - 2 * b + c, X, c=X, b=3 * X)
    assert goes_through(compiled, X, c=2 * X, b=X)
    for kwargs in ({"b": X, "c": X}, {"b": X}, {"c": X, "b": 2.0}):
        assert not goes_through(compiled, X, **kwargs)
    assert not goes_through(compiled, a=X, b=X)
    with pytest.raises(TypeError, match="multiple values"):
        compiled(X, b=X, a=X)


STATIC = [2, 3, 2.0, -0.0, 0.0, True, "a", None, (1, (2, "x")), (1, (2, "y")), Mode.TWICE, Mode.THRICE, numpy.float32]
STATIC += [numpy.dtype("f4"), frozenset({1}), 10**30, 10**30 + 1, (1.0, 2), (1, 2)]


@pytest.mark.parametrize("by_name", [False, True])
def test_static_arguments_are_told_apart(monkeypatch: pytest.MonkeyPatch, by_name: bool) -> None:
    monkeypatch.setattr(jit_module, "MOST_DOORS", 2 * len(STATIC))
    numbers = {repr(value): float(i) for i, value in enumerate(STATIC)}
    compiled = wg.jit(lambda x, n, y=1.0: x * numbers[repr(n)] + y, static_argnames="n")

    def call(value: Any) -> Any:
        return compiled(X, n=value, y=X) if by_name else compiled(X, value, X)

    for turn in range(4):
        for i, value in enumerate(STATIC):
            if turn == 3:
                before = calls_by_doors(compiled)
            assert_same(call(value), X * i + X)
            if turn == 3 and not isinstance(value, frozenset):
                assert calls_by_doors(compiled) == before + 1, value


def test_a_static_argument_that_may_change_goes_through_python() -> None:
    class Version:
        def __init__(self, n: int) -> None:
            self.n = n

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Version) and self.n == other.n

        def __hash__(self) -> int:
            return hash(self.n)

    compiled = wg.jit(lambda x, version: x * version.n, static_argnames="version")
    for n in (1, 2):
        for _ in range(4):
            assert_same(compiled(X, Version(n)), X * n)
    assert compiled.doors == ()


STYLES: dict[str, Callable[[Any, Any], Any]] = {
    "by position": lambda f, x: f(x, 2, "a"),
    "by name": lambda f, x: f(x, factor=2, mode="a"),
    "by other names": lambda f, x: f(x, mode="a", factor=2),
    "both": lambda f, x: f(x, 2, mode="a"),
}


def test_each_way_to_pass_static_arguments_goes_through() -> None:
    compiled = wg.jit(lambda x, factor, mode: x * factor, static_argnames=("factor", "mode"))
    for turn in range(4):
        before = calls_by_doors(compiled)
        for call in STYLES.values():
            assert_same(call(compiled, X * turn), X * turn * 2)
        assert turn < 2 or calls_by_doors(compiled) - before == len(STYLES)
    assert len(next(iter(compiled.programs.values()))) == 1


def test_a_program_has_a_limited_number_of_doors() -> None:
    names = [f"n{i}" for i in range(jit_module.MOST_STYLES + 2)]
    compiled = wg.jit(lambda x, **names: x + len(names), static_argnames=names)
    for start in range(len(names)):
        for _ in range(3):
            assert_same(compiled(X, **dict.fromkeys(names[start:] + names[:start])), X + len(names))
    assert len(compiled.doors) == jit_module.MOST_STYLES


def test_whether_an_argument_requires_grad_is_noticed() -> None:
    compiled = wg.jit(lambda p: p[0] * 2 if p[0].requires_grad else p[0] * 3)
    flat = wg.jit(lambda x: x * 2 if x.requires_grad else x * 3)
    followed, plain = wg.tensor(X, requires_grad=True), wg.tensor(X)
    with wg.no_grad():
        for _ in range(3):
            for x, factor in ((followed, 2), (plain, 3)):
                for found in (compiled((x,)), flat(x)):
                    assert_same(found, X * factor)
        assert len(compiled.doors) == 2


def test_code_of_attributes_may_do_anything() -> None:
    asked: list[int] = []

    @dataclass
    class Lazy:
        x: Any

        def __getattribute__(self, name: str) -> Any:
            if name == "x":
                asked.append(1)
                held[0] = {}
                if len(asked) % 7 == 0:
                    raise RuntimeError
            return object.__getattribute__(self, name)

    held: list[Any] = [{}]
    compiled = wg.jit(lambda d: d["a"].x + d["b"])
    for _ in range(50):
        held[0] = {"a": Lazy(X + 0), "b": X + 1}
        try:
            result = compiled(held[0])
        except RuntimeError:
            continue
        assert_same(result, 2 * X + 1)
    assert calls_by_doors(compiled)


RETURNED: dict[str, Callable[[Any], Any]] = {
    "one": lambda a: a,
    "number": lambda a: float(np.sum(a)),
    "tuple": lambda a: (a, a * 2),
    "empty": lambda a: (),
    "list": lambda a: [a, [a * 2], a],
    "dict": lambda a: {"b": a, "a": {3: a * 2, "": None}},
    "named tuple": lambda a: Pair(a, (a * 2,)),
    "dataclass": lambda a: Point(a, [a * 2]),
    "ordered": lambda a: collections.OrderedDict(b=a, a=a * 2),
    "plain values": lambda a: (a, 3, "text", None, True, [2.5]),
    "nothing": lambda a: None,
}


def in_order(value: Any) -> Any:
    return [(key, in_order(item)) for key, item in value.items()] if isinstance(value, dict) else type(value)


@pytest.mark.parametrize("name", RETURNED)
def test_results_are_built_as_the_function_builds_them(name: str) -> None:
    compiled = wg.jit(lambda x: RETURNED[name](x + 1))
    kept = [X, None, wg.Tensor, Pair, Point, dict]
    for turn in range(5):
        result, expected = compiled(X * turn), compiled.f(wg.tensor(X * turn))
        assert flatten(result)[1] == flatten(expected)[1]
        assert in_order(result) == in_order(expected)
        for ours, theirs in zip(flatten(result)[0], flatten(expected)[0], strict=True):
            assert type(ours) is type(theirs)
            if isinstance(ours, wg.Tensor):
                assert_same(ours, theirs)
            else:
                assert ours == theirs or isinstance(ours, float)
    gc.collect()
    before = [sys.getrefcount(held) for held in kept]
    for _ in range(300):
        compiled(X)
    gc.collect()
    assert all(abs(sys.getrefcount(held) - then) < 100 for held, then in zip(kept, before, strict=True))
