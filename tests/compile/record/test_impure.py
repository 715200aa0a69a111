"""What is asked of the world, or done to it, when a function is recorded is said once, with the line."""

from __future__ import annotations

import datetime
import itertools
import os
import pathlib
import random
import secrets
import sys
import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

X = numpy.ones(2)


class Outside:
    """What functions find outside; made anew for each."""

    def __init__(self) -> None:
        self.rng = numpy.random.default_rng(0)
        self.old = numpy.random.RandomState(0)
        self.own = random.Random(0)
        self.row = [1, 2, 3]
        self.queue = deque([1, 2, 3])
        self.table = {"a": 1}
        self.names = {1, 2}
        self.items = iter([1.0, 2.0])
        self.numbers = itertools.count()
        self.pairs = zip([1, 2], [3, 4], strict=True)
        self.turns = counting()
        self.file = open(__file__)  # noqa: SIM115
        self.log = lambda *values: print(*values, end="")


def counting() -> Iterator[int]:
    yield from range(1000)


def drawn(rng: Any) -> Any:
    return rng.normal()


def uniform(low: float) -> float:
    return random.uniform(low, 1.0)


IMPURE: dict[str, Callable[[Outside, Any], Any]] = {
    "numpy.random": lambda o, x: x + numpy.random.normal(),
    "numpy.random by its size": lambda o, x: x + numpy.random.rand(2),
    "numpy.random.seed": lambda o, x: (numpy.random.seed(3), x)[1],
    "numpy.random.shuffle": lambda o, x: (numpy.random.permutation(3), x)[1],
    "a Generator": lambda o, x: x + o.rng.normal(size=2),
    "a Generator's integers": lambda o, x: x * o.rng.integers(3),
    "a RandomState": lambda o, x: x + o.old.rand(),
    "random.random": lambda o, x: x + random.random(),
    "random.choice": lambda o, x: x + random.choice([1.0, 2.0]),
    "random.gauss": lambda o, x: x + random.gauss(0, 1),
    "a Random": lambda o, x: x + o.own.random(),
    "uuid4": lambda o, x: x + len(str(uuid.uuid4())),
    "secrets": lambda o, x: x + secrets.randbelow(3),
    "urandom": lambda o, x: x + len(os.urandom(3)),
    "time.time": lambda o, x: x + time.time(),
    "time.perf_counter": lambda o, x: x + time.perf_counter(),
    "time.monotonic_ns": lambda o, x: x + time.monotonic_ns(),
    "time.localtime": lambda o, x: x + time.localtime().tm_year,
    "datetime.now": lambda o, x: x + datetime.datetime.now().year,
    "datetime.now with a zone": lambda o, x: x + datetime.datetime.now(datetime.UTC).year,
    "date.today": lambda o, x: x + datetime.date.today().day,
    "os.environ": lambda o, x: x + len(os.environ["PATH"]),
    "os.environ.get": lambda o, x: x + len(os.environ.get("PATH", "")),
    "in os.environ": lambda o, x: x + ("PATH" in os.environ),
    "os.getenv": lambda o, x: x + len(os.getenv("NO_SUCH_NAME", "")),
    "read_text": lambda o, x: x + len(pathlib.Path(__file__).read_text()),
    "os.listdir": lambda o, x: x + len(os.listdir(os.path.dirname(__file__))),
    "os.path.getsize": lambda o, x: x + os.path.getsize(__file__),
    "readline": lambda o, x: x + len(o.file.readline()),
    "next of a list's": lambda o, x: x + next(o.items),
    "next of a count": lambda o, x: x + next(o.numbers),
    "next of pairs": lambda o, x: x + next(o.pairs)[0],
    "next of a generator": lambda o, x: x + next(o.turns),
    "a generator in a loop": lambda o, x: sum((x * i for i, _ in zip(o.turns, range(2), strict=False)), x),
    "print": lambda o, x: (print(end=""), x)[1],
    "print in a helper": lambda o, x: (o.log(""), x)[1],
    "sys.stdout": lambda o, x: (sys.stdout.write(""), x)[1],
    "list.append": lambda o, x: (o.row.append(3), x)[1],
    "list.extend": lambda o, x: (o.row.extend([3, 4]), x)[1],
    "list.insert": lambda o, x: (o.row.insert(0, 3), x)[1],
    "list.pop": lambda o, x: x * o.row.pop(),
    "list.clear": lambda o, x: (o.row.clear(), x)[1],
    "del of an item": lambda o, x: (o.row.__delitem__(0), x)[1],
    "deque.append": lambda o, x: (o.queue.append(3), x)[1],
    "deque.popleft": lambda o, x: x * o.queue.popleft(),
    "dict": lambda o, x: (o.table.__setitem__("b", 2), x)[1],
    "dict.update": lambda o, x: (o.table.update(b=2, c=3), x)[1],
    "dict.setdefault": lambda o, x: x * o.table.setdefault("z", 2),
    "dict.pop": lambda o, x: x * o.table.pop("a"),
    "set.add": lambda o, x: (o.names.add(3), x)[1],
    "set.discard": lambda o, x: (o.names.discard(1), x)[1],
    "in a helper": lambda o, x: x + drawn(o.rng),
    "in a helper of a module": lambda o, x: x + uniform(0.5),
    "in a function inside": lambda o, x: (lambda y: y + time.time())(x),
    "in the body of a loop": lambda o, x: wg.fori_loop(0, 3, lambda i, c: c + random.random(), x),
    "under grad": lambda o, x: wg.grad(lambda y: np.sum(y * random.random()))(x),
}  # fmt: skip

PURE: dict[str, Callable[[Outside, Any], Any]] = {
    "nothing": lambda o, x: x * 2,
    "a list inside": lambda o, x: sum([y * 2 for y in [x, x]], x),
    "an append inside": lambda o, x: (lambda row: (row.append(x), row[0])[1])([]),
    "an iterator inside": lambda o, x: next(iter([x])),
    "a generator inside": lambda o, x: next(x * i for i in [1, 2]),
    "reading": lambda o, x: x * len(o.row) * sum(o.row) * o.table["a"] * (1 in o.names),
    "debug.print": lambda o, x: (wg.debug.print("", x), x)[1],
    "a date that is given": lambda o, x: x * datetime.date(2020, 1, 2).day,
    "an import": lambda o, x: x * __import__("math").pi,
    "names of files": lambda o, x: x * len(os.path.join("a", "b")),
    "functions of NumPy": lambda o, x: x * numpy.ones(2).sum(),
    "a seeded generator inside": lambda o, x: x * random.Random(7).random() * numpy.random.default_rng(7).random(),
    "random inside": lambda o, x: x * len(str(type(random.Random))),
}  # fmt: skip


def findings(f: Callable[..., Any], calls: int = 3) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(calls):
            f(X)
    return [w for w in caught if issubclass(w.category, wg.ImpureWarning)]


@pytest.mark.part(4)
@pytest.mark.parametrize("name", IMPURE)
def test_what_happens_once_is_said_once(name: str, capsys: Any) -> None:
    outside, ask = Outside(), IMPURE[name]
    with outside.file:
        caught = findings(wg.jit(lambda x: ask(outside, x)), 1 if name in ("dict.pop", "del of an item") else 3)
    assert len(caught) == 1
    text = str(caught[0].message)
    assert text.startswith("[jit] ")
    assert "once, when the function is recorded" in text
    assert caught[0].filename == __file__
    helper = {"in a helper of a module": uniform, "print in a helper": outside.log}.get(name)
    function = ask if helper is None else helper
    first = function.__code__.co_firstlineno
    assert caught[0].lineno in (first, first + 1)


@pytest.mark.parametrize("name", PURE)
def test_what_happens_at_each_call_is_not_said(name: str, capsys: Any) -> None:
    outside, ask = Outside(), PURE[name]
    with outside.file:
        assert findings(wg.jit(lambda x: ask(outside, x))) == []


def test_an_object_that_does_not_tell_its_class_is_captured() -> None:
    class Mute:
        @property
        def __class__(self) -> Any:
            raise AttributeError("__class__")

    mute = Mute()
    assert wg.jit(lambda x: x if mute is None else 2 * x)(3.0).item() == 6.0


def test_the_warning() -> None:
    def f(x: Any) -> Any:
        return x + time.time()  # clock

    text = str(findings(wg.jit(f))[0].message)
    line = f.__code__.co_firstlineno + 1
    assert text == (
        "[jit] time.time is asked once, when the function is recorded, and all later calls go on with the answer, "
        "wanted what a call depends on given to it; read the clock outside, and pass the time as an argument "
        f"(at {__file__}:{line}, in f: return x + time.time()  # clock)"
    )


def test_the_warning_of_an_effect() -> None:
    rows: list[int] = []

    def f(x: Any) -> Any:
        rows.append(1)  # effect
        return x

    text = str(findings(wg.jit(f))[0].message)
    line = f.__code__.co_firstlineno + 1
    assert text == (
        "[jit] rows.append is done once, when the function is recorded, and at no later call, wanted effects on "
        "tensors and numbers only; return what is to be kept, and keep it outside, or hold it in a tensor or a number "
        f"(at {__file__}:{line}, in f: rows.append(1)  # effect)"
    )
    assert rows == [1]


def test_each_line_is_said_once_for_all_programs() -> None:
    def f(x: Any) -> Any:
        y = x + time.time()
        return y + random.random()

    compiled = wg.jit(f)
    assert len(findings(compiled)) == 2
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compiled(numpy.ones(5))
    assert caught == []


def test_as_an_error() -> None:
    f = wg.jit(lambda x: x + time.time())
    with warnings.catch_warnings():
        warnings.simplefilter("error", wg.ImpureWarning)
        with pytest.raises(wg.ImpureWarning):
            f(X)


@pytest.mark.parametrize("make", [numpy.random.default_rng, numpy.random.RandomState, random.Random])
def test_a_generator_as_an_argument(make: Callable[[int], Any]) -> None:
    with pytest.raises(TypeError) as error:
        wg.jit(lambda x, rng: x + rng.random())(X, make(0))
    assert str(error.value).startswith(
        f"[jit] argument 1 is a {make(0).__class__.__name__}, which a compiled function would ask for random numbers "
        "once, when it is recorded, wanted the numbers themselves; draw them by wg.random, or outside, and pass them "
        "(at"
    )
    f = wg.jit(lambda x, rng: x + rng.random(), static_argnames=["rng"])
    assert len(findings(lambda x: f(x, rng=GENERATORS.setdefault(make, make(0))))) == 1


GENERATORS: dict[Any, Any] = {}


def test_who_looks_on_already_is_left_alone() -> None:
    seen = []

    def profile(frame: Any, event: str, argument: Any) -> None:
        seen.append(event)

    outside = Outside()
    sys.setprofile(profile)
    try:
        caught = findings(wg.jit(lambda x: x + outside.rng.normal() + time.time()), 1)
        assert sys.getprofile() is profile
    finally:
        sys.setprofile(None)
        outside.file.close()
    assert len(caught) == 1
    assert "outside.rng" in str(caught[0].message)
    with pytest.raises(ZeroDivisionError):
        wg.jit(lambda x: 1 / 0)(X)
    assert sys.getprofile() is None
