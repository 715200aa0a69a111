"""`jit(structured=True)`: loops and branches that are written in Python's own statements."""

from __future__ import annotations

import functools
import importlib
import math
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.convert import structured

# -- what is written in Python, with values that decide --------------------------------------------


def newton(a):
    x, turns = a, 0
    while abs(x * x - a) > 1e-9:
        x = 0.5 * (x + a / x)
        turns += 1
        if turns > 50:
            break
    return x, turns


def collatz(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            steps += 1
            continue
        n = 3 * n + 1
        steps += 1
    return steps


def nested_loops(n):
    total, i = 0.0, 0
    while i < n:
        j = 0
        while j < i:
            if (i + j) % 3 == 0:
                total += 1.5
            j += 1
        i += 1
    return total


def skips_and_stops(x, n):
    total = 0.0
    for i in range(n):
        if i == 3:
            continue
        total += x * i
        if total > 20:
            break
    return total


def counts_down(n):
    total = 0
    for i in range(n, -3, -2):
        total = 10 * total + i
    return total


def returns_from_a_known_loop(x):
    for i in range(10):
        if x > 3:
            return x * i
        x = x + i
    return -x


def returns_from_forever(x):
    while True:
        x = x / 2
        if x < 1:
            return x


def returns_early(x):
    if x > 10:
        return x
    if x > 5:
        y = 2 * x
    elif x > 0:
        y = 3 * x
        if y > 10:
            return y
    else:
        return 0.0
    return y + 1


def over_rows(x):
    best = 0.0
    for row in x:
        total = row.sum()
        if total < 0:
            continue
        best = best + total
    return best


def first_row_below(x):
    for row in x:
        if row.sum() < 0:
            return row
    return 0 * x[0]


def with_else(n):
    while n > 0:
        n -= 3
        if n == 1:
            break
    else:
        n = 100
    return n


def binds_in_the_test(x):
    turns = 0
    while (half := x * 0.5) > 1:
        x = half
        turns += 1
    return x, turns


def binds_in_half_a_test(x):
    turns = 0
    while (half := x * 0.5) > 1 and turns < 3:
        x = half
        turns += 1
    return x, turns


def counts_in_a_function_within(x):
    turns, total = 0, 0.0

    def note(y):
        nonlocal turns, total
        if y > 1:
            turns += 1
            total = total + y

    while x > 0.1:
        note(x)
        x = x / 2
    return total, turns


def asks_for_truth(x):
    if (0 < x < 5 and x != 3) or x == 9:
        return 1.0
    return x if x > 0 and not x > 100 else -x


def over_a_list(x):
    total = 0.0
    for power in [1, 2, 3]:
        if total > 10:
            break
        total += x**power
    return total


def around_try(x):
    turns = 0
    while x > 1:
        try:
            x = x / 2
            if x < 3:
                continue
        finally:
            turns += 1
        x = x - 0.5
    return x, turns


def with_a_function_within(x):
    def halved(y):
        while y > 1:
            y = y / 2
        return y

    return halved(x) + halved(3 * x)


def with_temporaries(x):
    """`t` has another shape each time that it is bound, which does not matter."""
    t = np.zeros(3)
    if x > 0:
        t = x * 2
        y = t + 1
    else:
        t = np.stack([x, x])
        y = t.sum()
    while y > 1:
        t = np.stack([y, y, y])
        y = t.mean() / 2
    return y


PROGRAMS: list[tuple[Callable[..., Any], list[tuple[Any, ...]]]] = [
    (newton, [(2.0,), (100.0,), (1e-3,)]),
    (collatz, [(6,), (27,), (1,)]),
    (nested_loops, [(7,), (0,), (1,)]),
    (skips_and_stops, [(1.0, 3), (1.0, 100), (2.0, 0), (1.0, 5)]),
    (counts_down, [(6,), (-3,), (-2,), (1,)]),
    (returns_from_a_known_loop, [(1.0,), (5.0,), (-100.0,)]),
    (returns_from_forever, [(30.0,), (0.1,)]),
    (returns_early, [(11.0,), (6.0,), (4.0,), (1.0,), (-1.0,)]),
    (over_rows, [(numpy.arange(6.0).reshape(3, 2) - 2,), (-numpy.ones((3, 2)),)]),
    (first_row_below, [(numpy.arange(6.0).reshape(3, 2) - 2,), (numpy.arange(6.0).reshape(3, 2),)]),
    (with_else, [(10,), (9,), (0,)]),
    (binds_in_the_test, [(40.0,), (0.5,)]),
    (binds_in_half_a_test, [(40.0,), (3.0,), (0.5,)]),
    (counts_in_a_function_within, [(40.0,), (3.0,), (0.5,), (0.01,)]),
    (asks_for_truth, [(1.0,), (3.0,), (9.0,), (200.0,), (-2.0,)]),
    (over_a_list, [(1.0,), (4.0,), (20.0,)]),
    (around_try, [(40.0,), (3.5,), (0.5,)]),
    (with_a_function_within, [(5.0,), (0.1,)]),
    (with_temporaries, [(5.0,), (-3.0,)]),
]
NAMES = [f.__name__ for f, _ in PROGRAMS]


def values(result: Any) -> list[Any]:
    return [numpy.asarray(part) for part in (result if isinstance(result, tuple) else (result,))]


@pytest.mark.part(4)
@pytest.mark.parametrize(("f", "inputs"), PROGRAMS, ids=NAMES)
def test_one_program_gives_what_python_gives(f: Callable[..., Any], inputs: list[tuple[Any, ...]]) -> None:
    compiled = wg.jit(f, structured=True)
    for given in inputs:
        for found, wanted in zip(values(compiled(*given)), values(f(*given)), strict=True):
            numpy.testing.assert_allclose(found, wanted, rtol=1e-14)
    signatures = {tuple(type(value) for value in given) for given in inputs}
    assert [len(programs) for programs in compiled.programs.values()] == [1] * len(signatures)


@pytest.mark.parametrize(("f", "inputs"), PROGRAMS, ids=NAMES)
def test_with_values_it_is_the_function(f: Callable[..., Any], inputs: list[tuple[Any, ...]]) -> None:
    for given in inputs:
        found, wanted = structured(f)(*given), f(*given)
        assert [str(part) for part in values(found)] == [str(part) for part in values(wanted)]


SMOOTH = [
    (lambda a: newton(a)[0], wg.jit(lambda a: wg.jit(newton, structured=True)(a)[0]), [2.0, 9.0]),
    (returns_early, wg.jit(returns_early, structured=True), [11.0, 6.0, 4.0, 1.0, -1.0]),
    (returns_from_forever, wg.jit(returns_from_forever, structured=True), [30.0, 0.1]),
    (asks_for_truth, wg.jit(asks_for_truth, structured=True), [1.0, 7.0, 200.0]),
    (over_a_list, wg.jit(over_a_list, structured=True), [1.0, 4.0, 20.0]),
]


@pytest.mark.part(2)
@pytest.mark.parametrize(("f", "compiled", "points"), SMOOTH, ids=lambda p: getattr(p, "__name__", ""))
def test_derivatives_are_those_of_the_path_taken(f: Any, compiled: Any, points: list[float]) -> None:
    for x in points:
        first, second = wg.grad(f)(x), wg.grad(wg.grad(f))(x)
        for g in (wg.grad(compiled), wg.jit(wg.grad(compiled)), lambda x: wg.jvp(compiled, (x,), (1.0,))[1]):
            numpy.testing.assert_allclose(g(x).numpy(), first.numpy(), rtol=1e-12)
        numpy.testing.assert_allclose(wg.grad(wg.grad(compiled))(x).numpy(), second.numpy(), rtol=1e-12)


@pytest.mark.parametrize(("f", "compiled", "points"), SMOOTH, ids=lambda p: getattr(p, "__name__", ""))
def test_a_batch_is_a_loop_over_examples(f: Any, compiled: Any, points: list[float]) -> None:
    wanted = numpy.array([numpy.asarray(f(x)) for x in points])
    slopes = numpy.array([wg.grad(f)(x).numpy() for x in points])
    for batched in (wg.vmap(compiled), wg.jit(wg.vmap(compiled))):
        numpy.testing.assert_allclose(batched(np.array(points)).numpy(), wanted, rtol=1e-14)
    numpy.testing.assert_allclose(wg.vmap(wg.grad(compiled))(np.array(points)).numpy(), slopes, rtol=1e-12)


# -- numbers of Python -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_of_python_take_on_dtypes_as_they_do_without_values(dtype: str) -> None:
    def f(x, n):
        total, scale = 0.0, 1
        for i in range(n):
            total = total + x * i
            scale = scale * 2
            if total > 10:
                total = 1.0
        return total * scale, scale, x if total > 5 else 0.0

    x = numpy.asarray(1.5, dtype)
    for found, wanted in zip(wg.jit(f, structured=True)(x, 6), f(np.asarray(x), 6), strict=True):
        numpy.testing.assert_array_equal(found.numpy(), numpy.asarray(wanted))
        assert found.dtype == numpy.asarray(wanted).dtype


# -- state -----------------------------------------------------------------------------------------


class Halver:
    """Counts its turns in a tensor in place, and binds another total."""

    __factor = 2

    def __init__(self) -> None:
        self.turns = wg.tensor(0)
        self.total = wg.tensor(0.0)
        self.sums = {"last": wg.tensor(0.0)}

    def halved(self, x):
        return x / self.__factor

    def run(self, x):
        while x > 1:
            x = x / self.__factor
            self.turns += 1
            self.total = self.total + x
            if x < 2:
                self.sums["last"] = self.total * 1
        return x


class Loud(Halver):
    def run(self, x):
        while x > 1:
            x = super().halved(x)
            self.turns += 1
        return x


@pytest.mark.parametrize("kind", [Halver, Loud])
def test_state_that_a_body_writes(kind: type[Halver]) -> None:
    one, other = kind(), kind()
    run = wg.jit(one.run, structured=True)
    for x in (20.0, 0.5, 7.0):
        assert run(x).item() == numpy.asarray(other.run(x)).item()
        assert [one.turns.item(), one.total.item()] == [other.turns.item(), other.total.item()]
        assert one.sums["last"].item() == other.sums["last"].item()


def test_state_that_decides() -> None:
    limit = wg.tensor(3.0)

    @wg.jit(structured=True)
    def f(x):
        if limit > 2:
            x = x + limit
        while x < limit:
            x = x * 2
        return x

    assert f(1.0).item() == 4.0
    limit.copy_(1.5)
    assert f(1.0).item() == 2.0
    assert [len(programs) for programs in f.programs.values()] == [1]


def test_writes_in_place_reach_whoever_holds_the_tensor() -> None:
    held = wg.tensor([1.0, 2.0])

    def f(x):
        mine = held
        own = np.zeros(2)
        while x > 1:
            mine += x
            own[0] += x
            own = own * 2
            x = x / 2
        if x > 0.75:
            mine *= 2
        else:
            mine = mine + own
        return mine, own

    compiled = wg.jit(f, structured=True)
    for x in (3.0, 4.0, 0.5):
        held.copy_(np.array([1.0, 2.0]))
        wanted = [*(part.numpy() for part in f(wg.tensor(x))), held.numpy()]
        held.copy_(np.array([1.0, 2.0]))
        found = [*(part.numpy() for part in compiled(x)), held.numpy()]
        numpy.testing.assert_array_equal(found, wanted)


# -- functions of all kinds ------------------------------------------------------------------------


def test_functions_of_all_kinds() -> None:
    bound, factor = 3.0, 2.0

    def f(x, y=1.0, *, z=0.0):
        while x < bound:
            x = x * factor + y + z
        return x

    assert wg.jit(f, structured=True)(1.0).item() == f(1.0)
    assert wg.jit(functools.partial(f, y=2.0), structured=True)(1.0).item() == f(1.0, 2.0)
    assert wg.jit(f, structured=True)(1.0, z=0.25).item() == f(1.0, z=0.25)
    assert wg.jit(lambda x: x if x > 0 else -x, structured=True)(-3.0).item() == 3.0
    assert structured(f).__name__ == "f"
    assert structured(f).__defaults__ == (1.0,)


def test_what_a_class_computes_finds_its_names() -> None:
    def f(x, verbose=False):
        class Parts:
            first = x * 2
            second = first + 1 if not verbose else (first or x)
            third = 1.0 if 0 < len(x.shape) < 2 and second is not None else 2.0

            def total(self):
                return self.first if x > 0 else self.second

        return Parts().total() * Parts.third

    for point in (2.0, -3.0):
        assert wg.jit(f, structured=True)(point).item() == f(wg.tensor(point)).item()


def test_closures_are_shared_and_functions_call_themselves() -> None:
    count = 0

    def depth(n):
        nonlocal count
        count += 1
        return 0 if n == 0 else 1 + depth(n - 1)

    assert structured(depth)(3) == 3
    assert count == 4


def test_what_python_decides_stays_in_python() -> None:
    def f(x, verbose):
        seen = []
        for i in range(3):
            if verbose and i == 1:
                continue
            seen.append(x * i)
        return seen

    assert [part.item() for part in wg.jit(f, structured=True)(2.0, True)] == [0.0, 4.0]


def test_statements_of_all_kinds_with_values() -> None:
    def f(n):
        out, total = [], 0
        for i in range(n):
            match i % 4:
                case 0:
                    continue
                case 1 | 2 as small:
                    total += small
                case _:
                    total += 10
            try:
                if i == 5:
                    raise ValueError("five")
                out.append(i)
            except ValueError as error:
                out.append(str(error))
                if i > 100:
                    return "never"
            else:
                total += 1
            for j in range(i):
                if j == 6:
                    return out, total, "seven"
            else:
                out.append("else")
            with np.errstate() if hasattr(np, "errstate") else numpy.errstate():
                del j
        return out, total

    assert all(structured(f)(n) == f(n) for n in (1, 2, 6, 9))


# -- errors ----------------------------------------------------------------------------------------


def on_one_side(x):
    def turn(i, c):
        if c > 0:
            y = c
        return y

    return wg.fori_loop(0, 3, turn, x)


def of_another_shape(x):
    t = 0.0
    while x > 0:
        x = x - 1
        t = np.stack([x, x])
    return t


def of_another_dtype(x):
    t = np.zeros(2, dtype="float32")
    while x > 0:
        x = x - 1
        t = t + np.ones(2)
    return t


def a_growing_list(x):
    out = []
    while x > 0:
        x = x - 1
        out.append(x)
    return out


def a_text(x):
    return "up" if x > 0 else "down"


def first_in_the_loop(x):
    def turn(i, c):
        while c > 0:
            c = c - 1
            last = c
        return last

    return wg.fori_loop(0, 3, turn, x)


def no_result_at_times(x):
    if x > 0:
        return x
    return None


ERRORS = [
    (on_one_side, r"y is nothing if the test is false and float64 of shape \(\) if it is true", "if c > 0:"),
    (of_another_shape, r"t is a Python float before the loop and float64 of shape \(2,\) after a turn", "while x > 0:"),
    (of_another_dtype, r"t is float32 of shape \(2,\) before the loop and float64 of shape \(2,\)", "while x > 0:"),
    (a_growing_list, r"out is a list of 0 items before .* make an array before, and write into it", "while x > 0:"),
    (a_text, r"the value is 'down' if the test is false and 'up' if it is true", 'return "up" if x > 0 else "down"'),
    (first_in_the_loop, r"last is nothing before the loop and float64 of shape \(\) after a turn", "while c > 0:"),
    (no_result_at_times, r"what the function returns is None if the test is false and a Python float", "if x > 0:"),
]


@pytest.mark.parametrize(("f", "message", "line"), ERRORS, ids=[f.__name__ for f, _, _ in ERRORS])
def test_errors_name_the_variable_and_the_line(f: Callable[..., Any], message: str, line: str) -> None:
    with pytest.raises(TypeError, match=rf"\[jit\] {message}") as caught:
        wg.jit(f, structured=True)(1.0)
    assert f": {line}" in str(caught.value)


def test_what_raises_is_decided_by_python() -> None:
    def f(x):
        if x < 0:
            raise ValueError("negative")
        for _ in range(20):
            x = x / 2
            if x < 1:
                return x
        raise ValueError("too large")

    compiled = wg.jit(f, structured=True)
    for x in (3.0, 5.0, 500.0):
        assert compiled(x).item() == f(x)
    for x, message in ((-1.0, "negative"), (1e300, "too large")):
        with pytest.raises(ValueError, match=message):
            compiled(x)


def test_what_raises_within_a_turn() -> None:
    def f(x):
        while x > 1:
            x = x / 2
            if x > 100:
                raise ValueError("large")
        return x

    def g(x):
        for v in x:
            assert v > 0
        return x

    for function, given, line in ((f, 3.0, "if x > 100:"), (g, numpy.ones(2), "assert v > 0")):
        message = rf"\[raise\] .* write the test for all turns at once, .*in {function.__name__}: {line}"
        with pytest.raises(wg.core.abstract.NoValueError, match=message):
            wg.jit(function, structured=True)(given)


def test_calls_without_end_are_explained() -> None:
    def f(x):
        def fibonacci(y):
            return y if y < 1 else fibonacci(y - 1) + fibonacci(y - 2)

        return fibonacci(x)

    with pytest.raises(RecursionError, match=r"\[jit\] a function calls itself .* both sides, .*write a while loop"):
        wg.jit(f, structured=True)(3.0)


def test_a_traceback_shows_the_lines_of_the_user() -> None:
    def f(x):
        while x > 0:
            x = x - 1
            if x < 3:
                x = x @ x
        return x

    with pytest.raises(ValueError, match="matmul") as caught:
        wg.jit(f, structured=True)(5.0)
    frames = [frame for frame in traceback.extract_tb(caught.tb) if frame.name == "f"]
    assert [frame.line for frame in frames] == ["while x > 0:", "if x < 3:", "x = x @ x"]
    assert {frame.filename for frame in frames} == {__file__}


def test_the_source_is_what_was_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(factor: int) -> None:
        text = (
            f"import wengert.numpy as np\n\ndef f(x):\n    if np.sum(x) > 0:\n        x = x * {factor}\n    return x\n"
        )
        (tmp_path / "edited.py").write_text(text)

    def doubled(f: Callable[..., Any]) -> float:
        return float(wg.jit(f, structured=True)(2.0))

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    written(2)
    edited = importlib.import_module("edited")
    assert doubled(edited.f) == 4.0
    old = edited.f
    written(30)
    assert doubled(old) == 4.0
    importlib.reload(edited)
    assert doubled(edited.f) == 60.0
    written(500)
    importlib.reload(edited)
    written(7000)
    with pytest.raises(ValueError, match=r"another function f in .*edited.py than the one that was loaded.*reload"):
        wg.jit(edited.f, structured=True)
    del sys.modules["edited"]


def test_a_name_is_read_on_the_way_taken_only() -> None:
    @functools.partial(wg.jit, structured=True)
    def f(x: Any) -> Any:
        if x > 1:
            y = x * 2
        if x > 2:
            y = y + 1
        if x < 0:
            x = x.no_such_name + [1.0][3]
        return y if x > 1 else x

    assert [float(f(x)) for x in (0.5, 1.5, 3.0, 0.5)] == [0.5, 3.0, 7.0, 0.5]

    @functools.partial(wg.jit, structured=True)
    def g(x: Any) -> Any:
        if x > 2:
            missing = missing * 0.5  # noqa: F821, F841
        return x

    assert float(g(1.0)) == 1.0
    with pytest.raises(NameError, match="missing"):
        g(3.0)


WRONG_WAYS: list[Callable[[Any], Any]] = [
    lambda x: x.no_such_name,
    lambda x: [1.0][3],
    lambda x: {}["missing"],
    lambda x: x + np.ones((5, 3)) @ np.ones((5, 3)),
    lambda x: x + np.ones(2) + np.ones(3),
    lambda x: np.reshape(x, (7, 2)),
    lambda x: np.concatenate([x[None], np.ones((2, 2))]),
    lambda x: x + 1 // 0,
    lambda x: x + int("one"),
    lambda x: x + math.factorial(-1),
]


@pytest.mark.parametrize("wrong", WRONG_WAYS)
def test_an_error_is_raised_on_the_way_taken_only(wrong: Callable[[Any], Any]) -> None:
    @wg.jit(structured=True)
    def f(x: Any) -> Any:
        if x < 0:
            x = wrong(x)
        return x * 2

    expected: list[Any] = []
    for x in (1.0, -1.0, 2.0, -1.0, 0.5):
        try:
            found = f(x).item()
        except Exception as error:  # the same as in eager mode, whatever it is
            found = type(error)
        try:
            expected = wrong(np.asarray(x)) if x < 0 else 2 * x
        except Exception as error:
            expected = type(error)
        assert found == expected


def test_what_has_no_source() -> None:
    with pytest.raises(TypeError, match=r"given what wengert made of newton, .*compile that one"):
        wg.jit(wg.grad(newton), structured=True)
    with pytest.raises(TypeError, match=r"given a ufunc, wanted a function that is written in Python"):
        wg.jit(numpy.sin, structured=True)
    names: dict[str, Any] = {}
    exec("def f(x): return x", names)
    with pytest.raises(ValueError, match=r"found no source for f in <string>, .* in a file"):
        wg.jit(names["f"], structured=True)
    with pytest.raises(ValueError, match=r"found 2 functions on line"):
        wg.jit((lambda x: x, lambda x: -x)[0], structured=True)
