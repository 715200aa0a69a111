"""The whole text of what goes wrong in loops and branches: what was given, what was wanted, and the user's line."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

ONES = numpy.ones(3)
NO_TENSOR = "nested as you like; let the function read everything else from outside"


class Two(NamedTuple):
    a: Any
    b: Any


def carried(after: Any, before: Any = 0.0) -> dict[str, Callable[[], Any]]:
    """All loops whose bodies return this from that carry."""
    return {
        "scan": lambda: wg.scan(lambda c, x: (after, None), before, ONES),
        "fori_loop": lambda: wg.fori_loop(0, 2, lambda i, c: after, before),
        "while_loop": lambda: wg.while_loop(lambda c: True, lambda c: after, before),
    }


RETURNED = {
    "scan": "[scan] the carry that the function returned",
    "fori_loop": "[fori_loop] the carry that the body returned",
    "while_loop": "[while_loop] the carry that the body returned",
}
CARRIES = {
    "shape": (
        (numpy.ones(2), 0.0),
        " has shape (2,), wanted (), as before; begin with an array of shape (2,), or return one of shape ()",
    ),
    "shape inside": (
        ({"a": 1.0, "b": (ONES, 2.0)}, {"a": 1.0, "b": (0.0, 2.0)}),
        "['b'][0] has shape (3,), wanted (), as before; begin with an array of shape (3,), or return one of shape ()",
    ),
    "dtype": (
        (1.5, 0),
        " has dtype float64, wanted int64, as before; begin with one of dtype float64, or return x.astype('int64')",
    ),
    "dtype that widens": (
        (ONES, ONES.astype(numpy.float32)),
        " has dtype float64, wanted float32, as before; begin with one of dtype float64, or return x.astype('float32')",
    ),
    "complex": (
        (1j, 1.0),
        " has dtype complex128, wanted float64, as before; begin with one of dtype complex128, or return "
        "x.astype('float64')",
    ),
    "structure": (
        ((1.0, 2.0), {"a": 1.0}),
        " has the structure (*, *), wanted {'a': *}, as before; the first difference is at the top, which "
        "is a tuple instead of a dict; return it nested like that",
    ),
    "length": (
        ((1.0, 2.0, 3.0), (1.0, 2.0)),
        " has the structure (*, *, *), wanted (*, *), as before; the first difference is at [2], which is "
        "not expected; return it nested like that",
    ),
    "key": (
        ({"a": 1.0, "c": 2.0}, {"a": 1.0, "b": 2.0}),
        " has the structure {'a': *, 'c': *}, wanted {'a': *, 'b': *}, as before; the first difference is "
        "at ['b'], which is missing; return it nested like that",
    ),
    "none": (
        (None, 1.0),
        " has the structure None, wanted *, as before; the first difference is at the top, which is None "
        "instead of an array; return it nested like that",
    ),
    "named": (
        ((1.0, 2.0), Two(1.0, 2.0)),
        " has the structure (*, *), wanted Two(*, *), as before; the first difference is at the top, "
        "which is a tuple instead of a Two; return it nested like that",
    ),
    "string": (
        ("no", 1.0),
        f" is a str, wanted numbers and arrays, {NO_TENSOR}",
    ),
}


def text_of(f: Callable[[], Any], kind: type[Exception]) -> str:
    """The message, without the line that it names, which is one of this file."""
    with pytest.raises(kind) as caught:
        f()
    text, _, place = str(caught.value).rpartition(" (at ")
    path, number = place.split(", in ")[0].rsplit(":", 1)
    assert path == __file__
    assert place.endswith(": " + linecache.getline(path, int(number)).strip() + ")")
    return text


@pytest.mark.parametrize("form", RETURNED)
@pytest.mark.parametrize("name", CARRIES)
def test_carries_that_change(name: str, form: str) -> None:
    (after, before), text = CARRIES[name]
    assert text_of(carried(after, before)[form], TypeError) == RETURNED[form] + text
    assert text_of(lambda: wg.jit(carried(after, before)[form])(), TypeError) == RETURNED[form] + text


def sides(a: Any, b: Any) -> Callable[[], Any]:
    return lambda: wg.jit(lambda x: wg.cond(x > 0, lambda: a, lambda: b))(1.0)


SCALAR = "write np.all(...) or np.where(...) for an array of them"
ERRORS: dict[str, tuple[type[Exception], Callable[[], Any], str]] = {
    "cond of an array": (
        TypeError,
        lambda: wg.cond(ONES > 0, lambda: 1.0, lambda: 2.0),
        f"[cond] the test is bool of shape (3,), wanted a scalar, true or false; {SCALAR}",
    ),
    "cond of a complex number": (
        TypeError,
        lambda: wg.cond(1j, lambda: 1.0, lambda: 2.0),
        f"[cond] the test is complex128 of shape (), wanted a scalar, true or false; {SCALAR}",
    ),
    "switch of a float": (
        TypeError,
        lambda: wg.switch(1.0, [lambda: 1.0]),
        f"[switch] the index is float64 of shape (), wanted an integer scalar; {SCALAR}",
    ),
    "switch of a truth value": (
        TypeError,
        lambda: wg.switch(True, [lambda: 1.0]),
        f"[switch] the index is bool of shape (), wanted an integer scalar; {SCALAR}",
    ),
    "switch of nothing": (
        ValueError,
        lambda: wg.switch(0, []),
        "[switch] no branches were given, wanted at least one; write switch(i, [f, g], x)",
    ),
    "sides of other shapes": (
        TypeError,
        sides(ONES, 1.0),
        "[cond] the result of if_true has shape (3,), wanted (), as from if_false; let if_false return an array of "
        "shape (3,), or return one of shape ()",
    ),
    "sides of other dtypes": (
        TypeError,
        sides((ONES > 0, 1.0), (ONES, 1.0)),
        "[cond] the result of if_true[0] has dtype bool, wanted float64, as from if_false; let if_false return one of "
        "dtype bool, or return x.astype('float64')",
    ),
    "sides of other structures": (
        TypeError,
        sides((1.0, 2.0), 1.0),
        "[cond] the result of if_true has the structure (*, *), wanted *, as from if_false; the first difference is "
        "at the top, which is a tuple instead of an array; return it nested like that",
    ),
    "side without numbers": (
        TypeError,
        sides("no", "yes"),
        f"[cond] the result of if_false is a str, wanted numbers and arrays, {NO_TENSOR}",
    ),
    "branches of other shapes": (
        TypeError,
        lambda: wg.jit(lambda i: wg.switch(i, [lambda: 1.0, lambda: 2.0, lambda: ONES]))(1),
        "[switch] the result of branch 2 has shape (3,), wanted (), as from branch 0; let branch 0 return an array of "
        "shape (3,), or return one of shape ()",
    ),
    "scan without a pair": (
        TypeError,
        lambda: wg.scan(lambda c, x: c, 0.0, ONES),
        "[scan] the function returned a Tensor, wanted a pair of the next carry and a result; write `return carry, "
        "None` where there is no result",
    ),
    "scan of three": (
        TypeError,
        lambda: wg.scan(lambda c, x: (c, c, c), 0.0, ONES),  # pyright: ignore[reportArgumentType]
        "[scan] the function returned a tuple, wanted a pair of the next carry and a result; write `return carry, "
        "None` where there is no result",
    ),
    "scan without a length": (
        ValueError,
        lambda: wg.scan(lambda c, x: (c, None), 0.0),
        "[scan] the number of turns is given by the first axes of xs and by length: none, wanted one number; pass "
        "length= where there are no xs, and arrays of one length otherwise",
    ),
    "scan of other lengths": (
        ValueError,
        lambda: wg.scan(lambda c, x: (c, None), 0.0, (ONES, ONES[:2]), length=4),
        "[scan] the number of turns is given by the first axes of xs and by length: 2, 3, 4, wanted one number; pass "
        "length= where there are no xs, and arrays of one length otherwise",
    ),
    "scan of a scalar": (
        ValueError,
        lambda: wg.scan(lambda c, x: (c, None), 0.0, [1.0, 2.0]),
        "[scan] xs has a scalar in it, wanted arrays with a first axis over the turns; write np.array([...]) for a "
        "list of numbers, or let the function read the scalar from outside",
    ),
    "map of a scalar": (
        ValueError,
        lambda: wg.map(np.sin, 1.0),
        "[scan] xs has a scalar in it, wanted arrays with a first axis over the turns; write np.array([...]) for a "
        "list of numbers, or let the function read the scalar from outside",
    ),
    "results that change": (
        TypeError,
        lambda: wg.scan(lambda c, x: (c + 1, ONES if c > 0 else 1.0), 0, ONES),
        "[scan] the result has shape (3,), wanted (), as before; begin with an array of shape (3,), or return one of "
        "shape ()",
    ),
    "init without numbers": (
        TypeError,
        lambda: wg.scan(lambda c, x: (c, None), {"a": "no"}, ONES),
        f"[scan] init['a'] is a str, wanted numbers and arrays, {NO_TENSOR}",
    ),
    "init of fori_loop": (
        TypeError,
        lambda: wg.fori_loop(0, 2, lambda i, c: c, "no"),
        f"[fori_loop] init is a str, wanted numbers and arrays, {NO_TENSOR}",
    ),
    "init of while_loop": (
        TypeError,
        lambda: wg.while_loop(lambda c: False, lambda c: c, ("no", 1)),
        f"[while_loop] init[0] is a str, wanted numbers and arrays, {NO_TENSOR}",
    ),
    "xs without numbers": (
        TypeError,
        lambda: wg.scan(lambda c, x: (c, None), 0.0, {"x": "no"}),
        f"[scan] xs['x'] is a str, wanted numbers and arrays, {NO_TENSOR}",
    ),
    "result without numbers": (
        TypeError,
        lambda: wg.scan(lambda c, x: (c, "no"), 0.0, ONES),
        f"[scan] the result is a str, wanted numbers and arrays, {NO_TENSOR}",
    ),
    "lower bound": (
        TypeError,
        lambda: wg.fori_loop(0.5, 2, lambda i, c: c, 0.0),
        "[fori_loop] lower is float64 of shape (), wanted an integer; write int(...), or x.astype(int) for a tensor",
    ),
    "upper bound": (
        TypeError,
        lambda: wg.fori_loop(0, numpy.array([1, 2]), lambda i, c: c, 0.0),
        "[fori_loop] upper is int64 of shape (2,), wanted an integer; write int(...), or x.astype(int) for a tensor",
    ),
    "memory of none": (
        ValueError,
        lambda: wg.scan(lambda c, x: (c, None), 0.0, ONES, memory=0),
        "[scan] memory=0, wanted the number of carries to keep, at least 1, or None to keep all; write memory=10",
    ),
    "memory of a fraction": (
        ValueError,
        lambda: wg.fori_loop(0, 2, lambda i, c: c, 0.0, memory=2.5),  # pyright: ignore[reportArgumentType]
        "[fori_loop] memory=2.5, wanted the number of carries to keep, at least 1, or None to keep all; write "
        "memory=10",
    ),
    "memory below zero": (
        ValueError,
        lambda: wg.while_loop(lambda c: False, lambda c: c, 0.0, memory=-1),
        "[while_loop] memory=-1, wanted the number of carries to keep, at least 1, or None to keep all; write "
        "memory=10",
    ),
    "test of an array": (
        TypeError,
        lambda: wg.jit(lambda x: wg.while_loop(lambda c: c < 3, lambda c: c + 1, x))(ONES),
        "[while_loop] the test returned bool of shape (3,), wanted a scalar, true to go on; write np.all(...) or "
        "np.any(...) around it",
    ),
    "test of an array, eager": (
        TypeError,
        lambda: wg.while_loop(lambda c: c < 3, lambda c: c + 1, ONES),
        "[while_loop] the test returned bool of shape (3,), wanted a scalar, true to go on; write np.all(...) or "
        "np.any(...) around it",
    ),
    "test that is a string": (
        TypeError,
        lambda: wg.jit(lambda x: wg.while_loop(lambda c: "no", lambda c: c + 1, x))(1.0),
        "[while_loop] the test returned <U2 of shape (), wanted a scalar, true to go on; write np.all(...) or "
        "np.any(...) around it",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_texts(name: str) -> None:
    kind, f, text = ERRORS[name]
    assert text_of(f, kind) == text


IN_A_LOOP = (
    "which is recorded once for all turns, wanted operations on arrays only; write wg.cond(condition, f, g, x) instead "
    "of if, wg.while_loop instead of while, and np.asarray(a)[i] for an entry of an array"
)


@pytest.mark.parametrize("memory", [None, 2])
def test_values_that_a_recorded_body_asks_for(memory: int | None) -> None:
    """Under jit, and where memory is bounded."""
    asking: dict[str, Callable[[Any, Any], Any]] = {
        "bool": lambda i, c: c if c > 0 else -c,
        "int": lambda i, c: c * int(c),
        "numpy.asarray": lambda i, c: ONES @ numpy.asarray(c),
    }
    if memory is not None:  # under jit these are numbers that are followed
        asking |= {"float": lambda i, c: c * float(c), "item": lambda i, c: c * c.item()}
    way = wg.jit if memory is None else lambda f: f
    for op, body in asking.items():
        text = text_of(lambda body=body: way(lambda x: wg.fori_loop(0, 2, body, x, memory=memory))(1.0), TypeError)
        assert (
            text == f"[{op}] the value of a tensor of shape () was asked for inside the body of fori_loop, {IN_A_LOOP}"
        )
