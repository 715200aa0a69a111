"""Which calls share a program, and which must not; and what is said where there are too many."""

from __future__ import annotations

import math
import warnings
from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy
import pytest
from tests.deciding import programs_of, warned_once
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.compile.record.hints import unrolled as hints_of
from wengert.core.python.source import SourceLine

X = numpy.array([1.0, 2.0])
Pair = namedtuple("Pair", "a b")


@dataclass(frozen=True)
class Settings:
    rate: Any
    name: str = "sgd"


APART: dict[str, tuple[Any, Any]] = {
    "int64 and uint64": (3, 2**63),
    "uint64 and int64": (2**64 - 1, -3),
    "int and float": (3, 3.0),
    "int and bool": (1, True),
    "bools": (True, False),
    "float and complex": (1.0, 1 + 0j),
    "a number and an array": (1.0, numpy.array(1.0)),
    "dtypes": (numpy.float32(1), numpy.float64(1)),
    "shapes": (X, X[:1]),
    "texts": ("a", "b"),
    "text and bytes": ("a", b"a"),
    "orders of keys": ({"a": X, "b": X * 2}, {"b": X, "a": X * 2}),
    "orders inside": ([{"a": X, "b": X}], [{"b": X, "a": X}]),
    "orders of an OrderedDict": (OrderedDict(a=X, b=X), OrderedDict(b=X, a=X)),
    "orders of a defaultdict": (defaultdict(int, a=X, b=X), defaultdict(int, b=X, a=X)),
    "orders in a dataclass": (Settings({"a": X, "b": X}), Settings({"b": X, "a": X})),
    "a list and a tuple": ([X, X], (X, X)),
    "a tuple and a named tuple": ((X, X), Pair(X, X)),
    "nothing and a number": (None, 1.0),
}

ALIKE: dict[str, tuple[Any, Any]] = {
    "ints": (3, -7),
    "floats": (0.0, -0.0),
    "nan": (math.nan, math.nan),
    "infinities": (math.inf, -math.inf),
    "arrays": (X, X * 3),
    "an array of no axes and a scalar of NumPy": (numpy.array(1.0), numpy.float64(2.0)),
    "nestings": ({"a": [X, 1.0]}, {"a": [X * 2, 2.0]}),
    "named tuples": (Pair(X, 1.0), Pair(X * 2, 2.0)),
}

STATIC_APART: dict[str, tuple[Any, Any]] = {
    "ints and floats": (2, 2.0),
    "ints and bools": (1, True),
    "zeros": (0.0, -0.0),
    "in tuples": ((1, 2), (1.0, 2)),
    "zeros in tuples": ((0.0,), (-0.0,)),
    "deep": (((1, (True,)),), ((1, (1,)),)),
    "in frozen sets": (frozenset({1}), frozenset({1.0})),
    "in dataclasses": (Settings(1), Settings(1.0)),
    "fields": (Settings(1), Settings(1, "adam")),
    "scalars of NumPy": (numpy.float32(1), numpy.float64(1)),
    "complex zeros": (0j, -0j),
    "None": (None, 0),
}

STATIC_ALIKE: dict[str, tuple[Any, Any]] = {
    "nan": (float("nan"), float("nan")),
    "nan in tuples": ((float("nan"),), (float("nan"),)),
    "tuples": ((1, "a"), (1, "a")),
    "dataclasses": (Settings(1), Settings(1)),
    "texts": ("ab", "".join(["a", "b"])),
}


def shown(x: Any) -> Any:
    """What is given, with the keys of dicts in their order."""
    if isinstance(x, dict):
        return [(key, shown(value)) for key, value in x.items()]
    if isinstance(x, Settings):
        return shown(x.rate)
    if isinstance(x, (list, tuple)):
        return [shown(value) for value in x]
    return x if isinstance(x, (str, bytes)) or x is None else np.asarray(x) * 1


def assert_shown(actual: Any, expected: Any) -> None:
    if isinstance(expected, (list, tuple)):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            assert_shown(a, e)
    elif isinstance(expected, (str, bytes)) or expected is None:
        assert actual == expected
    else:
        assert_same(actual, expected)


@pytest.mark.parametrize(("pairs", "count"), [(APART, 2), (ALIKE, 1)])
@pytest.mark.parametrize("turned", [False, True])
def test_which_calls_share_a_program(pairs: dict[str, Any], count: int, turned: bool) -> None:
    for name, pair in pairs.items():
        f = wg.jit(shown)
        for x in (*pair, *pair) if not turned else (*pair[::-1], *pair):
            assert_shown(f(x), shown(x))
        assert len(programs_of(f)) == count, name


@pytest.mark.parametrize(("pairs", "count"), [(STATIC_APART, 2), (STATIC_ALIKE, 1)])
def test_which_static_arguments_share_a_program(pairs: dict[str, Any], count: int) -> None:
    for name, pair in pairs.items():
        seen: list[Any] = []
        f = wg.jit(lambda x, option, seen=seen: x * (1 if seen.append(option) is None else 2), static_argnames="option")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wg.ImpureWarning)
            for option in (*pair, *pair):
                f(X, option=option)
                f(X, option)
        assert len(f.programs) == count, name


def test_results_keep_the_order_of_their_keys() -> None:
    f = wg.jit(lambda d: {key: value * 2 for key, value in d.items()})
    for keys in ("ab", "ba", "ab", "ba"):
        assert list(f(dict.fromkeys(keys, X))) == list(keys)
    g = wg.jit(lambda x: {"z": x, "a": x * 2})
    assert list(g(X)) == ["z", "a"]


def test_the_order_of_keywords_makes_no_difference() -> None:
    f = wg.jit(lambda x, y: x - y)
    assert_same(f(x=X, y=X), f(y=X, x=X))
    assert len(programs_of(f)) == 1


@pytest.mark.parametrize("names", ["option", ["option"], ("option",), {"option"}])
def test_names_of_static_arguments(names: Any) -> None:
    f = wg.jit(lambda x, option: x * len(option), static_argnames=names)
    assert_same(f(X, ("a", "b")), X * 2)
    assert_same(f(X, option=("a",)), X)


def test_a_name_that_is_no_parameter() -> None:
    with pytest.raises(ValueError, match="no parameter") as error:
        wg.jit(lambda x, config: x, static_argnames=["x", "confg"])
    assert str(error.value) == (
        "[jit] static_argnames names 'confg', which is no parameter of <lambda>, wanted one of x, config; "
        "write 'config'"
    )
    wg.jit(lambda x, **options: x, static_argnames="anything")


def test_a_position_instead_of_a_name() -> None:
    with pytest.raises(TypeError) as error:
        wg.jit(lambda x, config: x, static_argnames=[1])  # type: ignore[list-item]
    assert str(error.value) == ("[jit] static_argnames holds 1, wanted names of parameters; write static_argnames='x'")


def test_an_integer_that_no_array_holds() -> None:
    with pytest.raises(TypeError) as error:
        wg.jit(lambda x: x + 1)(2**70)
    assert str(error.value).startswith(
        "[jit] argument 0 is an integer of 71 bits, wanted one that an array can hold (int64 or uint64); write "
        "float(x), or name it in static_argnames (at"
    )


# -- hints -----------------------------------------------------------------------------------------


def test_many_shapes_are_said_once() -> None:
    f = wg.jit(lambda x, y: x * y)
    with warned_once("[jit] <lambda> has been compiled for 24 shapes of its arguments, lately (21,), (); (22,), ();"):
        for n in range(40):
            f(numpy.ones(n), 2.0)


def test_few_shapes_of_many_kinds_are_not() -> None:
    f = wg.jit(lambda x, flag: x * 2 if flag else x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in (numpy.float32, numpy.float64, numpy.complex128):
            for n in range(6):
                for flag in (True, False):
                    f(numpy.ones(n, kind), flag)


def unrolled(x: Any, turns: int) -> Any:
    for _ in range(turns):
        x = np.sin(x) * 0.5
    return x


def test_a_long_loop_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.compile.record.hints.LONG_PROGRAM", 100)
    f = wg.jit(unrolled, static_argnames="turns")
    line = unrolled.__code__.co_firstlineno + 2
    with warned_once(
        "[jit] 120 operations were recorded, 120 of them at one line, wanted a loop of the program"
    ) as caught:
        f(X, turns=60)
        f(X, turns=20)
    assert "write wg.scan or wg.fori_loop, or a for over a tensor" in str(caught[0].message)
    assert f"(at {__file__}:{line}, in unrolled: x = np.sin(x) * 0.5)" in str(caught[0].message)
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


def test_a_long_program_from_everywhere_is_no_loop() -> None:
    here = [SourceLine(__file__, number, "f") for number in range(40)]
    assert hints_of([*here * 100, *[None] * 2000]) == []
    assert len(hints_of(here[:3] * 2000)) == 1
