"""The table of loops and branches: each is written against the forms, those of `wengert` or those of plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy

import wengert as wg
import wengert.numpy as np

RNG = numpy.random.default_rng(4)
W = RNG.normal(size=(3, 3)) * 0.4
X = numpy.array([0.3, -0.2, 0.5])
XS = RNG.normal(size=(4, 3))


@dataclass(frozen=True)
class Program:
    """A function of the forms `c` and two arrays, with the arguments where it is tested.

    Attributes:
        run: from the forms and the arguments to arrays, nested.
        arguments: the point.
        others: two more points, of which a batch is made together with the first; they may take other branches.
        small: whether its third derivative is tested as well.
    """

    run: Callable[..., Any]
    arguments: tuple[Any, ...] = (X, XS)
    others: tuple[tuple[Any, ...], ...] = ((-X, XS * 0.5), (2 * X, -XS))
    small: bool = False


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclass
class Cell:
    state: Any
    gate: Any


# -- scans -----------------------------------------------------------------------------------------


def scan_forward(c: Any, x: Any, xs: Any) -> Any:
    def turn(h: Any, x: Any) -> Any:
        h = np.tanh(W.astype(x.dtype) @ h + x * np.sin(h))
        return h, h * 2

    return c.scan(turn, x, xs)


def scan_reverse(c: Any, x: Any, xs: Any) -> Any:
    return c.scan(lambda h, x: (np.sin(h * x) + h, np.sum(h * x)), x, xs, reverse=True)


def scan_of_length(c: Any, x: Any, xs: Any) -> Any:
    return c.scan(lambda h, _: (np.sum(xs) * h * (1 - h), h[:2]), x, length=3)[0]


def scan_reversed_length(c: Any, x: Any, xs: Any) -> Any:
    return c.scan(lambda h, _: (np.sin(h) * xs[0], h[0]), x, length=3, reverse=True)


def scan_structured(c: Any, x: Any, xs: Any) -> Any:
    """A dictionary, a named tuple, a dataclass and None; slices nested as well."""

    def turn(carry: Any, slices: Any) -> Any:
        cell, pair = carry["cell"], carry["pair"]
        gate = np.tanh(cell.gate * slices["x"][0] + pair.first)
        state = cell.state * gate + slices["again"]
        after = {"cell": Cell(state, gate), "pair": Pair(pair.second, pair.first * 0.5), "none": None}
        return after, {"state": state, "nothing": None, "more": (gate[0], Pair(state[1], 2.0))}

    first = {"cell": Cell(x, np.cos(x)), "pair": Pair(1.5, np.sum(x)), "none": None}
    carry, ys = c.scan(turn, first, {"x": xs, "again": xs[:, 0]})
    return carry["cell"].state, carry["pair"], ys


def scan_integers(c: Any, x: Any, xs: Any) -> Any:
    """Integers carried, returned, and as factors."""

    def turn(carry: Any, x: Any) -> Any:
        h, n = carry
        return (h * n + np.sin(x), n + 2), (n, h)

    return c.scan(turn, (x, 1), xs)


def scan_bools(c: Any, x: Any, xs: Any) -> Any:
    """A flag that once raised stays up."""

    def turn(carry: Any, x: Any) -> Any:
        h, seen = carry
        seen = np.logical_or(seen, np.sum(h) > 0.9)
        return (np.where(seen, np.cos(h), h * 1.5 + x * x), seen), seen

    return c.scan(turn, (x, False), xs)


def scan_complex(c: Any, x: Any, xs: Any) -> Any:
    return c.scan(lambda z, x: (z * z * (0.3 + 0.2j) + np.conj(z) * x, z[0]), x, xs)


def scan_of_complex_from_reals(c: Any, x: Any, xs: Any) -> Any:
    return c.scan(lambda z, x: (z * np.exp(1j * x), np.abs(z)), x * (1.0 + 0.5j), xs)


def scan_captured(c: Any, x: Any, xs: Any) -> Any:
    """All that moves is captured; `x` is shadowed within, and reads of the outer one are of its value there."""
    scale = np.sum(x)

    def turn(total: Any, x: Any) -> Any:
        return total * scale + np.sin(x), np.cos(scale)

    total, ys = c.scan(turn, numpy.zeros(3), xs * scale)
    scale = np.prod(x)
    return total, ys, scale


def scan_passing(c: Any, x: Any, xs: Any) -> Any:
    """What is carried is passed on, exchanged, a constant, or the same twice; a result is a slice or a constant."""

    def turn(carry: Any, x: Any) -> Any:
        a, b, d, _, s = carry
        both = a * b
        return (b, a, d, numpy.ones(3), s + np.sum(both * d)), (x, 3.0, both, both)

    return c.scan(turn, (x, np.sin(x), np.exp(x), x, 0.0), xs)


def scan_with_memory(c: Any, x: Any, xs: Any) -> Any:
    return c.scan(lambda h, x: (np.sin(h + x) + 0.1 * xs[0], h * x), x, xs, memory=2)


def scan_reversed_with_memory(c: Any, x: Any, xs: Any) -> Any:
    return c.scan(lambda h, x: (np.sin(h[::-1] * x), np.sum(h)), x, xs, reverse=True, memory=1)


def map_slices(c: Any, x: Any, xs: Any) -> Any:
    return c.map(lambda row: {"a": np.sin(row) * x, "b": np.sum(row * row)}, xs)


# -- counted loops ---------------------------------------------------------------------------------


def fori_known(c: Any, x: Any, xs: Any) -> Any:
    return c.fori_loop(1, 4, lambda i, h: np.sin(h * i) + xs[i], x)


def fori_memory(c: Any, x: Any, xs: Any) -> Any:
    return c.fori_loop(-2, 3, lambda i, h: np.cos(h * i) + xs[0] * h, x, memory=2)


def fori_none(c: Any, x: Any, xs: Any) -> Any:
    return c.fori_loop(3, 1, lambda i, h: h * i, x) * xs[0]


def fori_one(c: Any, x: Any, xs: Any) -> Any:
    return c.fori_loop(2, 3, lambda i, h: h**i * xs[i], x)


def fori_until_tensor(c: Any, x: Any, xs: Any) -> Any:
    """Both bounds depend on values: two to four turns."""
    first, last = np.sum(x > 0) - 1, np.sum(xs > 0) % 3 + 2
    return c.fori_loop(first, last, lambda i, h: np.sin(h * (i + 1)) + xs[i], x)


# -- loops that test -------------------------------------------------------------------------------


def while_values(c: Any, x: Any, xs: Any) -> Any:
    h = c.while_loop(lambda h: np.sum(h**2) < 3.0, lambda h: h * 1.5 + 0.1 * np.sin(np.sum(xs) * h), x)
    return h**3


def while_newton(c: Any, x: Any, xs: Any) -> Any:
    """Until it converges."""
    a = 2.0 + x[0] + xs[1, 1] ** 2
    return c.while_loop(lambda s: np.abs(s * s - a) > 1e-13, lambda s: (s + a / s) / 2, a)


def while_counter(c: Any, x: Any, xs: Any) -> Any:
    """A number of turns that a batch has in common."""
    return c.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, np.sin(s[1] * xs[0]) + x), (0, x))


def while_early(c: Any, x: Any, xs: Any) -> Any:
    """Ten turns, or fewer where a flag is raised."""

    def goes_on(s: Any) -> Any:
        return np.logical_and(s["n"] < 10, np.logical_not(s["done"]))

    def body(s: Any) -> Any:
        h = s["h"] * 1.4 + 0.1 * xs[0]
        return {"n": s["n"] + 1, "h": h, "done": np.sum(h * h) > 4.0}

    return c.while_loop(goes_on, body, {"n": 0, "h": x, "done": False})


def while_memory(c: Any, x: Any, xs: Any) -> Any:
    return c.while_loop(lambda h: np.sum(h**2) < 5.0, lambda h: h * 1.3 + 0.2 * np.sin(xs[0]), x, memory=2)


def while_none(c: Any, x: Any, xs: Any) -> Any:
    return c.while_loop(lambda h: np.sum(h) > 1e3, lambda h: h * xs[0], np.sin(x))


# -- branches --------------------------------------------------------------------------------------


def cond_values(c: Any, x: Any, xs: Any) -> Any:
    return c.cond(np.sum(x) > 0, lambda h: np.exp(h) * xs[0], lambda h: np.cos(h) * np.sum(xs), x)


def cond_number(c: Any, x: Any, xs: Any) -> Any:
    """The test is a number; one side returns what it was given, and a constant."""
    return c.cond(np.floor(np.sum(xs)), lambda: (x, 1.0, None), lambda: (np.sin(x), np.sum(xs), None))


def cond_large(c: Any, x: Any, xs: Any) -> Any:
    """Sides too large to be both computed for each example of a batch."""

    def large(h: Any) -> Any:
        for k in range(12):
            h = np.sin(h * xs[0]) + 0.1 * k
        return h

    return c.cond(x[0] > 0, large, lambda h: np.cos(h) * np.sum(xs), x)


def switch_values(c: Any, x: Any, xs: Any) -> Any:
    """The indices of the points are -1, 2 and 5: clamped, and within."""
    index = np.where(np.sum(x) < 0, -1, np.where(np.sum(x) < 1, 2, 5))
    return c.switch(index, [np.sin, lambda h: h * 2, np.exp, lambda h: h * xs[0]], x)


def switch_common(c: Any, x: Any, xs: Any) -> Any:
    """The choice of a batch is common."""
    return [c.switch(np.asarray(i), [lambda: x * 1.0, lambda: xs[0], lambda: x * xs[1]]) for i in range(3)]


# -- nested ----------------------------------------------------------------------------------------


def loop_in_loop(c: Any, x: Any, xs: Any) -> Any:
    def turn(h: Any, row: Any) -> Any:
        inner, ys = c.scan(lambda a, b: (a * b + row, a * a), h, h)
        return inner * 0.5, ys

    return c.scan(turn, x, xs)


def while_in_while(c: Any, x: Any, xs: Any) -> Any:
    def body(h: Any) -> Any:
        g = c.while_loop(lambda g: np.sum(g) < 1.0, lambda g: g + np.exp(0.1 * h), h * xs[0] * 0.1)
        return h * 1.5 + 0.1 * g

    return c.while_loop(lambda h: np.sum(h * h) < 8.0, body, x)


def loops_of_all_kinds(c: Any, x: Any, xs: Any) -> Any:
    def turn(h: Any, row: Any) -> Any:
        d = c.cond(np.sum(h) > 0, lambda: np.sin(h) + row, lambda: np.cos(h) * row)
        d = c.while_loop(lambda d: np.sum(d * d) < 4.0, lambda d: d * 1.5 + 0.1 * row, d)
        return d * 0.7, np.sum(c.fori_loop(0, 2, lambda i, e: e * h, d))

    return c.scan(turn, x, xs, reverse=True)


def cond_in_loop(c: Any, x: Any, xs: Any) -> Any:
    def turn(i: Any, h: Any) -> Any:
        return c.cond(np.sum(h) > 0.5, lambda h: np.sin(h) - 0.3, lambda h: h + xs[0] ** 2 * i, h)

    return c.fori_loop(0, 4, turn, x)


def loop_in_cond(c: Any, x: Any, xs: Any) -> Any:
    def newton(a: Any) -> Any:
        return c.while_loop(lambda s: np.abs(s * s - a) > 1e-13, lambda s: (s + a / s) / 2, a)

    return c.cond(np.sum(x) > 0, lambda: newton(1.0 + x[0]), lambda: c.scan(lambda a, b: (a * b, b), 1.0, xs[0])[0])


def cond_in_cond(c: Any, x: Any, xs: Any) -> Any:
    def inner(h: Any) -> Any:
        return c.switch(np.sum(xs > 0), [np.sin, np.cos], h)

    return c.cond(np.sum(x) > 0, lambda: inner(x) * 2, lambda: inner(xs[0]))


def grad_in_loop(c: Any, x: Any, xs: Any) -> Any:
    def turn(h: Any, row: Any) -> Any:
        return h - 0.1 * wg.grad(lambda h: np.sum(np.sin(h * row) * h))(h), None

    return c.scan(turn, x, xs)[0]


def loop_in_grad(c: Any, x: Any, xs: Any) -> Any:
    def inner(h: Any) -> Any:
        h = c.while_loop(lambda h: np.sum(h * h) < 2.0, lambda h: h * 1.4 + 0.1 * xs[0], h)
        return np.sum(c.scan(lambda h, row: (np.sin(h) * row, None), h, xs)[0])

    return wg.grad(inner)(np.sin(x)) * x


def jvp_in_loop(c: Any, x: Any, xs: Any) -> Any:
    return c.fori_loop(0, 2, lambda i, h: wg.jvp(lambda h: np.tanh(h * xs[0]), (h,), (np.cos(h),))[1], x)


def vmap_in_loop(c: Any, x: Any, xs: Any) -> Any:
    return c.scan(lambda h, row: (wg.vmap(lambda a, b: np.sin(a) * b + h[0])(h, row), None), x, xs)[0]


def backward_in_loop(c: Any, x: Any, xs: Any) -> Any:
    """Define-by-run within a turn."""

    def turn(h: Any, row: Any) -> Any:
        leaf = wg.tensor(row, requires_grad=True)
        slope: Any
        (slope,) = wg.gradients(np.sum(np.sin(leaf * h) * leaf), leaf, create_graph=True)
        return h + 0.1 * slope, None

    return c.scan(turn, x, xs)[0]


def linalg_in_loop(c: Any, x: Any, xs: Any) -> Any:
    A = numpy.eye(3) * 3
    return c.fori_loop(0, 2, lambda i, h: np.linalg.solve(A + np.outer(h, xs[i]), h), x)


SINGLE = tuple(a.astype(numpy.float32) for a in (X, XS))
COMPLEX = (X * (1 + 0.5j) - 0.2j, XS * (0.5 - 0.5j) + 0.1)

PROGRAMS = {
    "scan forward": Program(scan_forward),
    "scan forward in float32": Program(scan_forward, SINGLE, ((-SINGLE[0], SINGLE[1]), (SINGLE[0], -SINGLE[1]))),
    "scan reverse": Program(scan_reverse),
    "scan of a length": Program(scan_of_length, small=True),
    "scan of a length reversed": Program(scan_reversed_length),
    "scan structured": Program(scan_structured),
    "scan of integers": Program(scan_integers),
    "scan of bools": Program(scan_bools),
    "scan of complex": Program(scan_complex, COMPLEX, ((-COMPLEX[0], COMPLEX[1]), (COMPLEX[0], COMPLEX[1] * 1j))),
    "scan of complex from reals": Program(scan_of_complex_from_reals),
    "scan with captured": Program(scan_captured),
    "scan passing": Program(scan_passing),
    "scan with memory": Program(scan_with_memory),
    "scan reversed with memory": Program(scan_reversed_with_memory),
    "map": Program(map_slices, small=True),
    "fori": Program(fori_known, small=True),
    "fori with memory": Program(fori_memory),
    "fori of no turns": Program(fori_none),
    "fori of one turn": Program(fori_one),
    "fori until a tensor": Program(fori_until_tensor),
    "while": Program(while_values, small=True),
    "while converging": Program(while_newton),
    "while counting": Program(while_counter),
    "while with early exit": Program(while_early),
    "while with memory": Program(while_memory),
    "while of no turns": Program(while_none),
    "cond": Program(cond_values, small=True),
    "cond of a number": Program(cond_number),
    "cond of large sides": Program(cond_large),
    "switch": Program(switch_values, small=True),
    "switch in common": Program(switch_common),
    "loop in loop": Program(loop_in_loop),
    "while in while": Program(while_in_while),
    "loops of all kinds": Program(loops_of_all_kinds),
    "cond in loop": Program(cond_in_loop),
    "loop in cond": Program(loop_in_cond),
    "cond in cond": Program(cond_in_cond),
    "grad in loop": Program(grad_in_loop),
    "loop in grad": Program(loop_in_grad),
    "jvp in loop": Program(jvp_in_loop),
    "vmap in loop": Program(vmap_in_loop),
    "gradients in loop": Program(backward_in_loop),
    "linalg in loop": Program(linalg_in_loop),
}
