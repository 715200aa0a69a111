"""What is taken from instructions holds in this version of Python."""

from __future__ import annotations

from types import CodeType

import pytest

from wengert.compile.interpreter.instructions import MOST_NAMES, calling_others, lines_reading, names_bound


def code_of(text: str) -> CodeType:
    return compile(text, "program", "exec")


BOUND = {
    "def f(o):\n    o.a = o.b": {"a"},
    "def f():\n    global g\n    g = h": {"g"},
    "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = y\n    return g": {"x"},
    "def f(o):\n    o.count += 1": {"count"},
    "def f(o):\n    y = o.a\n    return y": set(),
    "def f(o):\n    o[0] = 1": set(),
}


@pytest.mark.parametrize("text", BOUND)
def test_names_bound(text: str) -> None:
    assert names_bound(code_of(text)) == BOUND[text]


def test_lines_on_which_a_name_is_read() -> None:
    code = code_of("def f(o):\n    a = o.rng\n    b = other\n    def g():\n        return rng\n    rng = 1\n")
    found = [line for _, line in lines_reading(code, frozenset({"rng"}))]
    assert found == [2, 4, 5]  # on the fourth it is handed to the function inside


CALLS = {
    "result = float(3)": ("other", 3),
    "result = (lambda x: float(x))(3)": ("other", 3),
    "def f(x):\n    return [float(v) for v in x]\nresult = f([3])": [("other", 3)],
    "result = float is not None and isinstance(3.0, float)": True,
    "result = list(map(float, [3]))": [3.0],
    "def float(x):\n    return x\nresult = float(3)": 3,
}


@pytest.mark.parametrize("text", CALLS)
def test_what_is_called_is_another(text: str) -> None:
    """Within functions, where names are globals."""
    program = code_of("def main():\n" + "".join(f"    {line}\n" for line in text.splitlines()) + "    return result\n")
    changed = calling_others(program, {"float": "other one"})
    names: dict[str, object] = {"other one": lambda x: ("other", x)}
    exec(changed, names)
    assert names["main"]() == CALLS[text]  # type: ignore[operator]


def test_code_without_such_calls_and_with_too_many_names_stays() -> None:
    plain = code_of("def f(x):\n    return int(x)")
    assert calling_others(plain, {"float": "other"}) is plain
    many = code_of("def f(x):\n    float(x)\n" + "".join(f"    g{i}(x)\n" for i in range(MOST_NAMES + 1)))
    (function,) = [part for part in many.co_consts if isinstance(part, CodeType)]
    assert calling_others(function, {"float": "other"}) is function
