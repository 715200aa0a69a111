"""Python numbers as state: read, written, and changed between calls, compiled as in eager mode."""

from __future__ import annotations

import itertools
import math
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
import pytest
from tests.deciding import programs_of, warned_once
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording lets go of all that it made, so that nobody needs to look through all objects for who holds it."""
    monkeypatch.setattr(
        "wengert.compile.state.rebinding.is_held_outside", lambda tensor: pytest.fail(f"{tensor} is held")
    )


CALLS = 30
X = numpy.array([1.5, -2.0])


class Slots:
    __slots__ = ("n",)


class Plain:
    n: Any


@dataclass
class Record:
    n: Any


def namespace(number: Any) -> dict[str, Any]:
    """Objects that hold a number, each of a class of its own."""
    plain = type("Own", (Plain,), {"__module__": __name__})
    nested: Any = plain()
    nested.inner = plain()
    nested.inner.n = number
    cls = type("Holder", (), {"n": number, "__module__": __name__})
    slots = Slots()
    slots.n = number
    own = plain()
    own.n = number
    module = types.ModuleType("a_module_of_the_user")
    module.n = number  # type: ignore[attr-defined]
    return {
        "__name__": __name__, "np": np, "math": math, "numpy": numpy, "own": own, "nested": nested, "cls": cls,
        "slots": slots, "record": Record(number), "items": {"n": number}, "row": [number], "n": number,
        "module": module,
    }  # fmt: skip


PLACES = {
    "attribute": "own.n", "nested attribute": "nested.inner.n", "class attribute": "cls.n", "slot": "slots.n",
    "dataclass": "record.n", "item of a dict": "items['n']", "item of a list": "row[0]", "global": "n",
    "nonlocal": "captured", "module": "module.n",
}  # fmt: skip

WRITES = {
    "counter": (0, "P += 1"),
    "step": (2**53 - 5, "P = P + 2"),
    "beyond arrays": (3, "P *= 7"),
    "congruential": (1, "P = (P * 6364136223846793005 + 1442695040888963407) % 2**64"),
    "decay": (1.0, "P *= 0.9"),
    "growth": (1, "P = P * 1.5"),
    "division": (9, "P = (P + 1) / 2"),
    "floor": (1000, "P = P // 2 + 1"),
    "power": (2, "P = 2 ** (P % 5)"),
    "turning": (1.0, "P = -P"),
    "complex": (1 + 2j, "P *= 1j"),
    "greatest": (0, "P = max(P + 1, 4)"),
    "a toggle": (False, "P = not P"),
    "a flag": (True, "P = False"),
    "bits": (1, "P = (P << 1 | 1) & 0xFF ^ 3"),
    "rounded": (0.1, "P = round(P * 1.37, 2)"),
    "remainder": (0, "P = divmod(P + 7, 5)[1]"),
    "whole": (0.5, "P = math.floor(P * 1.7 + 1)"),
    "a NumPy number": (numpy.float32(0.1), "P += 1"),
    "a NumPy integer": (numpy.int64(3), "P += 2"),
    "to an infinity": (1e300, "P *= 1e10"),
    "not a number": (math.nan, "P += 1"),
    "a condition": (0, "P = P + 1 if P < 7 else 0"),
    "two": (0, "P += 1; P *= 2"),
    "unchanged": (3, "P = P"),
}

USES = {
    "no use": "x * 2",
    "a factor": "x * P",
    "single": "numpy.float32(x[0]) + x.astype('float32') * P",
    "a power": "x * 0.9 ** (P if isinstance(P, (int, float)) and abs(P) < 50 else 1)",
    "results": "(x, P, [P, (P, x)])",
    "a branch": "x * 3 if P == P else x",
    "a function": "np.sin(P * numpy.float64(1)) + x",
}


def functions_of(place: str, write: str, use: str, number: Any) -> tuple[Callable[..., Any], Callable[[], Any]]:
    """A function that reads and writes a number, and one that tells what it is."""
    path = PLACES[place]
    declared = {"global": "global n", "nonlocal": "nonlocal captured"}.get(place, "pass")
    source = (
        f"def make(captured):\n"
        f"    def f(x):\n        {declared}\n        {write.replace('P', path)}\n"
        f"        return {use.replace('P', path)}\n"
        f"    def held():\n        return {path}\n"
        f"    return f, held\n"
    )
    names = namespace(number)
    exec(source, names)
    return names["make"](number)


def assert_equal_number(actual: Any, expected: Any) -> None:
    assert type(actual) is type(expected)
    assert actual == expected or (actual != actual and expected != expected)


def assert_alike(actual: Any, expected: Any) -> None:
    """The same nesting, numbers of the same types."""
    assert isinstance(actual, (tuple, list)) == isinstance(expected, (tuple, list))
    if isinstance(expected, (tuple, list)):
        for a, e in zip(actual, expected, strict=True):
            assert_alike(a, e)
    elif isinstance(expected, (wg.Tensor, numpy.ndarray)):
        assert_same(actual, expected)
    else:
        assert_equal_number(actual, expected)


def most_programs(write: str) -> int:
    """Flags, conditions and other types are recorded for each value."""
    return 2 if write in ("a toggle", "a flag", "growth", "division", "whole", "a condition", "greatest") else 1


def compare(place: str, write: str, use: str, calls: int = CALLS) -> int:
    """Call both, and compare; the number of programs."""
    number, statement = WRITES[write]
    eager, eager_number = functions_of(place, statement, USES[use], number)
    f, compiled_number = functions_of(place, statement, USES[use], number)
    compiled = wg.jit(f)
    with numpy.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of what overflows
        for _ in range(calls):
            try:
                expected = eager(np.asarray(X))
            except (OverflowError, TypeError) as error:
                with pytest.raises(type(error)):
                    compiled(X)
                return 1
            assert_alike(compiled(X), expected)
            assert_equal_number(compiled_number(), eager_number())
    return len(programs_of(compiled))


USED = ["counter", "step", "decay", "growth", "turning", "complex", "a NumPy number", "a condition", "a toggle"]
PAIRS = [*itertools.product(PLACES, USED[::3]), *itertools.product(("attribute", "item of a list"), WRITES)]


@pytest.mark.part(4)
@pytest.mark.parametrize(("place", "write"), PAIRS)
def test_every_place_and_write(place: str, write: str) -> None:
    assert compare(place, write, "no use") <= most_programs(write)


@pytest.mark.part(4)
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("write", USED)
def test_every_use(write: str, use: str) -> None:
    assert compare("nonlocal", write, use, 8) <= 2 * most_programs(write)


# -- between calls, errors, loops ------------------------------------------------------------------


def programs_after(f: Callable[..., Any], calls: Callable[[Callable[..., Any]], None]) -> int:
    compiled = wg.jit(f)
    calls(compiled)
    return len(programs_of(compiled))


class Settings:
    def __init__(self) -> None:
        self.rate = 0.1
        self.steps: Any = 3
        self.options: dict[str, Any] = {"rate": 0.1}
        self.latest: Any = None
        self.pair: Any = None


@pytest.mark.parametrize("name", ["rate", "steps"])
def test_a_schedule(name: str) -> None:
    settings = Settings()

    def calls(f: Callable[..., Any]) -> None:
        for i in range(CALLS):
            setattr(settings, name, type(getattr(settings, name))(i * 7 + 1))
            assert_same(f(X), X * getattr(settings, name))

    assert programs_after(lambda x: x * getattr_of(settings, name), calls) == 1


def getattr_of(settings: Settings, name: str) -> Any:
    return settings.rate if name == "rate" else settings.steps


def test_a_schedule_in_a_dict_that_changes_its_type() -> None:
    settings = Settings()

    def calls(f: Callable[..., Any]) -> None:
        for value in (0.1, 2, 3, 0.5, 2**70, 1j, 7, True, False, 0.25, math.nan, -0.0, 0.0):
            settings.options["rate"] = value
            assert_same(f(X), np.asarray(X) * value)

    assert programs_after(lambda x: x * settings.options["rate"], calls) <= 6


def test_read_anew_between_its_own_writes() -> None:
    settings = Settings()

    @wg.jit
    def f(x: Any) -> Any:
        settings.steps += 1
        return x * settings.steps

    for start in (5, 100, -3, 0, 2**40):
        settings.steps = start
        for turn in range(1, 4):
            assert_same(f(X), X * (start + turn))
            assert_equal_number(settings.steps, start + turn)
    assert len(programs_of(f)) == 1


def test_the_caller_does_not_see_what_an_error_interrupts() -> None:
    settings = Settings()

    @wg.jit
    def f(x: Any) -> Any:
        settings.steps += 1
        settings.rate = settings.rate / (settings.steps - 6)
        if settings.steps == 9:
            raise KeyError(settings.steps)
        return x * settings.rate

    for _ in range(2):
        f(X)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            f(X)
        assert settings.steps == 5
    settings.steps = 8
    rate = settings.rate
    for _ in range(2):
        with pytest.raises(KeyError, match="9"):
            f(X)
    assert_equal_number(settings.steps, 8)
    assert_equal_number(settings.rate, rate)


BODIES: dict[str, Callable[[Settings, Any], Any]] = {
    "scan": lambda s, x: wg.scan(lambda c, y: (adding(s, c, y), y), x, np.arange(3.0))[0],
    "fori_loop": lambda s, x: wg.fori_loop(0, 4, lambda i, c: adding(s, c, 1.0), x),
    "while_loop": lambda s, x: wg.while_loop(lambda c: np.sum(c) < 50.0, lambda c: adding(s, c, 1.0) + 9.0, x),
    "cond": lambda s, x: wg.cond(x[0] > 2.0, lambda x: adding(s, x, 2.0), lambda x: x * 2, x),
    "switch": lambda s, x: wg.switch(1, [lambda x: x, lambda x: adding(s, x, 1.0)], x),
    "a Python loop": lambda s, x: [adding(s, x, float(i)) for i in range(3)],
    "grad": lambda s, x: wg.grad(lambda y: np.sum(adding(s, y, 1.0) ** 2))(x),
    "jvp": lambda s, x: wg.jvp(lambda y: adding(s, y, 1.0), (x,), (x,)),
}  # fmt: skip


def adding(settings: Settings, x: Any, y: Any) -> Any:
    settings.steps += 2
    settings.rate *= 0.5
    return x + settings.steps * y * settings.rate


@pytest.mark.parametrize("body", BODIES)
def test_in_bodies_of_loops_and_branches(body: str) -> None:
    eager, mine = Settings(), Settings()
    compiled = wg.jit(lambda x: BODIES[body](mine, x))
    for i in range(6):
        assert_same(compiled(X + i), BODIES[body](eager, np.asarray(X + i)))
        assert_equal_number(mine.steps, eager.steps)
        assert_equal_number(mine.rate, eager.rate)
    assert len(programs_of(compiled)) == 1


LOOKS: dict[str, Callable[[Any, Any], Any]] = {
    "range": lambda n, x: sum((x for _ in range(n % 4)), x),
    "index": lambda n, x: [x, x * 2, x * 3][n % 3],
    "key": lambda n, x: {0: x, 1: x * 2}.get(n % 2),
    "a row": lambda n, x: x[n % 2],
    "a slice": lambda n, x: x[: n % 2 + 1],
    "text": lambda n, x: x * len(str(n % 100)),
    "formatted": lambda n, x: x * len(f"{n % 100:d}"),
    "isinstance": lambda n, x: x * 2 if isinstance(n, int) else x,
    "shape": lambda n, x: np.zeros(n % 3) + 1,
    "math": lambda n, x: x * math.sqrt(n % 4),
    "roll": lambda n, x: np.roll(x, n % 2),
    "decimals": lambda n, x: np.round(x, n % 2),
    "an attribute": lambda n, x: x * n.real,
    "array": lambda n, x: x + numpy.asarray(n % 3),
    "full": lambda n, x: np.full(2, n % 3) * x,
    "comparison": lambda n, x: x * (n % 3 > 1) + (n % 2 == 0),
    "where": lambda n, x: np.where(x > n % 3, x, n % 4),
    "int": lambda n, x: x * int(n % 3),
    "float": lambda n, x: x * float(n % 3),
    "sum": lambda n, x: x * sum([n, 1, 2]),
    "numpy": lambda n, x: x * numpy.minimum(n, 3),
    "array on the left": lambda n, x: numpy.ones(2) * n + x,
}  # fmt: skip


@pytest.mark.part(4)
@pytest.mark.parametrize("look", LOOKS)
def test_whoever_looks_at_a_number(look: str) -> None:
    settings = Settings()

    @wg.jit
    def f(x: Any) -> Any:
        settings.steps += 1
        return LOOKS[look](settings.steps, x)

    for i in range(4, 13):
        assert_same(f(X), LOOKS[look](i, np.asarray(X)))
        assert_equal_number(settings.steps, i)


def test_a_number_that_is_asked_for_each_time() -> None:
    settings = Settings()

    @wg.jit
    def f(x: Any) -> Any:
        settings.steps += 1
        return x * math.sqrt(settings.steps)  # asked

    with warned_once("f was recorded 16 times because settings.steps (asked for at"):
        for i in range(4, 30):
            assert_same(f(X), X * math.sqrt(i))


def test_numbers_in_nestings_and_new_names() -> None:
    settings = Settings()

    @wg.jit
    def f(x: Any) -> Any:
        settings.steps += 1
        settings.latest = settings.steps * 2
        settings.pair = (settings.steps, x)
        return x

    for i in range(4, 10):
        f(X + i)
        assert_equal_number(settings.latest, 2 * i)
        assert_equal_number(settings.pair[0], i)
        assert_same(settings.pair[1], X + i)


def test_swapping_two_numbers() -> None:
    settings = Settings()

    @wg.jit
    def f(x: Any) -> Any:
        settings.rate, settings.steps = settings.steps, settings.rate
        return x * settings.rate

    for i in range(4):
        assert_same(f(X), X * (0.1 if i % 2 else 3))
    assert_equal_number(settings.steps, 3)


def test_random_programs_of_numbers() -> None:
    """Statements on three numbers, drawn at random, five calls each."""
    random = numpy.random.default_rng(7)
    names = ["own.n", "row[0]", "n"]
    operators = ["+", "-", "*", "/", "//", "%"]
    for _ in range(20):
        lines = []
        for _ in range(random.integers(1, 5)):
            a, b, c = (names[i] for i in random.integers(0, 3, 3))
            operator = operators[random.integers(len(operators))]
            right = b if random.random() < 0.5 else str(random.integers(1, 4))
            lines.append(f"{c} = {a} {operator} {right}")
            if random.random() < 0.3:
                lines.append(f"if {a} > {right}: x = x + {b}")
        assert_programs_agree(lines)


def assert_programs_agree(lines: list[str]) -> None:
    body = "\n    ".join(lines)
    source = f"def f(x):\n    global n\n    {body}\n    return x\n"
    worlds = []
    for _ in range(2):
        names = namespace(2)
        exec(source, names)
        worlds.append(names)
    compiled = wg.jit(worlds[1]["f"])
    for _ in range(5):
        try:
            expected = worlds[0]["f"](np.asarray(X))
        except (ArithmeticError, TypeError) as error:
            with pytest.raises(type(error)):
                compiled(X)
            return
        assert_same(compiled(X), expected)
        for read in (lambda w: w["own"].n, lambda w: w["row"][0], lambda w: w["n"]):
            assert_equal_number(read(worlds[1]), read(worlds[0]))


# -- numbers that are asked of tensors -------------------------------------------------------------


class Metrics:
    def __init__(self) -> None:
        self.total: Any = 0.0
        self.count: Any = 0
        self.best: Any = math.inf


def number_of(x: Any) -> float:
    return float(np.sum(x))


ASKED: dict[str, Callable[[Metrics, Any], Any]] = {
    "a running total": lambda m, x: setattr(m, "total", m.total + float(np.sum(x))),
    "an item": lambda m, x: setattr(m, "total", m.total + np.sum(x).item()),
    "a count": lambda m, x: setattr(m, "count", m.count + int(np.sum(x > 0))),
    "a mean": lambda m, x: setattr(m, "total", 0.9 * m.total + 0.1 * float(np.mean(x))),
    "the least": lambda m, x: setattr(m, "best", min(m.best, float(np.sum(x)) + 100)),
    "a result": lambda m, x: float(np.sum(x)),
    "results": lambda m, x: {"loss": np.sum(x).item(), "size": [int(np.sum(x > 1)), x.size]},
    "a factor": lambda m, x: x * float(np.sum(x)),
    "single precision": lambda m, x: x.astype("float32") * float(np.sum(x)),
    "of single precision": lambda m, x: float(np.sum(x.astype("float32"))) * 0.1,
    "a helper": lambda m, x: x + number_of(x),
    "a function inside": lambda m, x: (lambda y: y * float(y[0]))(x),
    "another use of the name": lambda m, x: np.zeros(2, float) + float(x[0]),
    "isinstance": lambda m, x: x * 2 if isinstance(float(x[0]), float) else x,
    "a flag": lambda m, x: np.all(x > -100).item(),
    "of a number": lambda m, x: x * float(3) + int("4"),
    "both": lambda m, x: float(int(np.sum(x > 0))) / 7,
    "complex": lambda m, x: np.sum(x * 1j).item() * 2j,
    "operators": lambda m, x: -abs(float(x[0]) - 2) // 0.3 % 1.7,
    "of an argument": lambda m, x: [float(x[0]) > 2, float(x[0]) == float(x[0])][1],
    "a loop": lambda m, x: wg.fori_loop(0, 3, lambda i, c: setattr(m, "total", m.total + float(c[0])) or c * 2, x),
    "a branch": lambda m, x: x if float(np.sum(x)) > -1e9 else -x,
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ASKED)
def test_a_number_asked_of_a_tensor(name: str) -> None:
    ask = ASKED[name]
    eager, mine = Metrics(), Metrics()
    compiled = wg.jit(lambda x: ask(mine, x))
    for i in range(8):
        assert_alike(_numbers(compiled(X + i)), _numbers(ask(eager, np.asarray(X + i))))
        for key, value in vars(eager).items():
            assert type(getattr(mine, key)) is type(value)
            assert_same(getattr(mine, key), value)
    assert len(programs_of(compiled)) <= (2 if name == "the least" else 1)


def _numbers(result: Any) -> Any:
    """Floats rounded, since machine code adds in another order."""
    if isinstance(result, dict):
        return [_numbers(value) for value in result.values()]
    if isinstance(result, list):
        return [_numbers(value) for value in result]
    return round(result, 9) if type(result) is float else result


def test_dividing_by_a_number_of_a_tensor_that_is_zero() -> None:
    f = wg.jit(lambda x: 1.0 / float(np.sum(x)))
    for x in (X, X * 2):
        assert f(x) == pytest.approx(1 / x.sum())
    with pytest.raises(ZeroDivisionError):
        f(X * 0)
    assert f(X) == 1 / X.sum()


@pytest.mark.parametrize("x", [2.7, -2.7, 1e30, 0.0])
def test_the_integer_of_a_real_number_is_decided(x: float) -> None:
    f = wg.jit(lambda x: int(x))
    assert_equal_number(f(numpy.array(x)), int(x))
    with pytest.raises(ValueError, match="NaN"):
        f(numpy.array(math.nan))


def test_where_a_derivative_would_be_lost_it_is_refused() -> None:
    f = wg.jit(lambda x: x * float(x))
    assert_same(f(3.0), 9.0)
    with pytest.raises(TypeError, match="whose derivative is being recorded"):
        wg.grad(f)(3.0)
    with pytest.raises(TypeError, match="whose derivative is being recorded"):
        wg.jit(wg.grad(lambda x: x * float(x)))(3.0)
    assert_same(wg.grad(wg.jit(lambda x: x * x.item()))(3.0), 3.0)


def test_functions_are_left_as_they_were_written() -> None:
    def f(x: Any) -> Any:
        return number_of(x) + float(x[0])

    codes = f.__code__, number_of.__code__
    wg.jit(f)(X)
    assert (f.__code__, number_of.__code__) == codes
    with pytest.raises(IndexError):
        wg.jit(f)(numpy.zeros(0))
    assert (f.__code__, number_of.__code__) == codes


def test_a_function_that_outlives_its_recording() -> None:
    kept: dict[str, Any] = {"convert": None}

    @wg.jit
    def f(x: Any) -> Any:
        kept["convert"] = lambda y: (float(y), int(y))
        return x * float(x[0])

    assert_same(f(X), X * X[0])
    assert kept["convert"]("3") == (3.0, 3)
    assert kept["convert"](wg.tensor(2.0)) == (2.0, 2)
    assert [type(n) for n in kept["convert"](wg.tensor(2.0))] == [float, int]


def test_a_name_of_its_own_is_no_conversion() -> None:
    names = {"np": np, "__name__": __name__, "float": lambda x: x * 2}
    exec("def f(x): return float(x)", names)
    assert_same(wg.jit(names["f"])(X), X * 2)
