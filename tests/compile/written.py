"""Programs written at random, as text: functions of arrays, integers and state, in the words that users have.

A program grows statement by statement. A statement stays if eager mode runs it and all numbers stay finite and small,
so that what is compared later is about programs that mean something.
"""

from __future__ import annotations

import linecache
import random
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

SHAPES = ((), (1,), (3,), (3,), (4,), (2, 3), (3, 3), (0,), (1, 3))

ELEMENTWISE = (
    "np.sin({a})", "np.tanh({a}) * {b}", "{a} + {b}", "{a} * {b}", "{a} - 0.5", "2 * {a}", "-{a}",
    "{a} / (1 + {b} ** 2)", "np.where({a} > 0.2, {a}, {b})", "np.maximum({a}, {b})", "np.fmin({a}, 0.7)",
    "np.abs({a}) ** 0.5", "{a} > 0.1", "np.exp(-np.abs({a}))", "{a}.astype('float32')", "({a} * 3).astype(int)",
    "np.zeros_like({a})", "{a} // 2", "{a} * {i}",
)  # fmt: skip
SHAPED = (
    "np.sum({a})", "np.mean({a}, axis=-1, keepdims=True)", "np.max({a}, axis=0)", "np.cumsum({a})",
    "np.sort({a}, axis=0)", "np.argmax({a}, keepdims=True)", "np.linalg.norm({a})", "np.std({a})", "{a} @ {b}",
    "{a}.T", "{a}[::-1]", "{a}[1:]", "{a}[:0]", "{a}[None]", "{a}[..., 0]", "{a}.reshape(-1, 1)", "np.ravel({a})",
    "np.squeeze({a})", "np.stack([{a}, {b}])", "np.concatenate([{a}, {b}])", "np.take({a}, {i}, mode='wrap')",
    "np.einsum('ij->i', {a})", "np.outer({a}, {b})", "np.split({a}, [1])[1]", "np.any({a} > 0.5, axis=0)",
    "np.roll({a}, 1)", "np.linalg.inv({a} * 0.1 + np.eye(3))",
)  # fmt: skip
DERIVED = (
    "wg.grad(lambda t: np.sum(np.sin(t) * {a}))(1.5)", "wg.grad(lambda t: np.sum(t * t * {b}))({a})",
    "wg.jvp(lambda t: t * t * {a}, (0.5,), (1.0,))[1]", "wg.jvp(np.tanh, ({a},), ({a} * 0.5,))[1]",
    "wg.vjp(lambda t: np.sin(t) * np.sum(t), {a})[1]({a})[0]", "wg.vmap(lambda t: t * np.linalg.norm(t))({a})",
    "wg.grad(lambda s: wg.grad(lambda t: np.sum(s * t * t * {a}))({s}))({s})", "wg.map(lambda t: np.cumsum(t), {a})",
)  # fmt: skip
CONTROLLED = (
    "wg.cond(np.sum({a}) > 0.3, lambda c: c.T, lambda c: c.T * 2, {a}.T)",
    "wg.cond({s} > 0, lambda: {a}, lambda: {a} * 2)", "wg.cond({i} > 1, lambda c: c[::-1], lambda c: c, {a})",
    "wg.switch({i}, [np.sin, lambda c: c, lambda c: c * {b}], {a})",
    "wg.fori_loop(0, {i}, lambda k, c: np.tanh(c) + k * np.mean({b}), {a})",
    "wg.fori_loop(0, {i}, lambda k, c: -c, -{a})",
    "wg.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, c[1] * 0.5 + np.mean({b})), ({i}, {a}))[1]",
    "wg.while_loop(lambda c: np.sum(np.abs(c[1])) > 0.2, lambda c: (c[0] + 1, c[1] * 0.4), ({i}, {a}))[0]",
    "wg.scan(lambda c, r: (c * 0.5 + np.sum(r), c * np.mean(r)), {s}, {a})[1]",
    "wg.scan(lambda c, _: (np.sin(c) + {a}, None), {a}.reshape({a}.shape), None, length=2)[0]",
)  # fmt: skip
WRITTEN = (
    "{v}[0] = {s}", "{v} += 0.25", "{v}[::-1] = {v} * 0.5", "{v} *= {s}", "{v}[1:] = {v}[:-1]", "{v}.sort()",
)  # fmt: skip
KEEPING = (
    "{v} = {v} * 0.5 + np.mean({e})", "{v} = np.where({v} > 0.3, np.tanh({v}), {v})", "{v} = {v}[::-1]", "{v} = -{v}",
    "{v} = {v} + 0.1 * np.sum({e})", *WRITTEN,
)  # fmt: skip
STATE = (
    "o.s = o.s * 0.5 + np.mean({e})", "o.v += 0.5", "o.v[0] = np.sum({e})", "o.l[0], o.l[1] = o.l[1], o.l[0]",
    "o.d['k'] = np.tanh(o.d['k'] + np.sum({e}))", "o.v = o.v * 0.9 + {s}", "o.l[0] = o.l[0] + np.mean({e})",
)  # fmt: skip
READ = ("o.s * 2", "o.v * {s}", "o.l[0] - o.l[1]", "o.d['k'] + o.s", "o.v[::-1] * 1")
BLOCKS = (
    "if np.sum({e}) > 0.4:\n    {one}\nelse:\n    {two}",
    "if {s} > 0:\n    {one}",
    "for k in range({i}):\n    {one}\n    {two}",
    "for row in {a}:\n    {one}\n    if np.sum(row) > 0.5:\n        {two}",
    "for k in range(4):\n    {one}\n    if np.sum({e}) > 0.5:\n        break\n    {two}",
    "turns = 0\nwhile np.sum(np.abs({v})) > 0.5 and turns < 4:\n    turns += 1\n    {v} = {v} * 0.6\n    {one}",
)


class State:
    """What a program finds outside."""

    def __init__(self) -> None:
        self.s, self.v = wg.tensor(0.5), wg.tensor([0.1, -0.2, 0.3])
        self.l = [wg.tensor(2.0), wg.tensor(-1.0)]
        self.d = {"k": wg.tensor(0.3)}

    def change(self, call: int) -> None:
        """What happens to it between calls."""
        if call == 0:
            self.v = wg.tensor([0.4, 0.5, -0.6])
        elif call == 1:
            self.l[0] = wg.tensor(1.5)

    def held(self) -> list[Any]:
        return [self.s, self.v, *self.l, self.d["k"]]


@dataclass(frozen=True)
class Program:
    """A function of arrays, an integer and state, as text.

    Attributes:
        text: its definition, ``def f(o, x0, x1, n)``.
        seed: the arguments follow from it.
    """

    text: str
    seed: int

    def make(self, state: State) -> Callable[..., Any]:
        """The function with its state."""
        name = f"<program {self.seed}>"
        linecache.cache[name] = (len(self.text), None, self.text.splitlines(True), name)
        names: dict[str, Any] = {"np": np, "wg": wg, "o": state, "__name__": "written"}
        exec(compile(self.text, name, "exec"), names)
        return names["f"]

    def arguments(self, call: int) -> list[Any]:
        """The arguments of a call."""
        rng = numpy.random.default_rng(self.seed * 10 + call)
        first, second = SHAPES[self.seed % len(SHAPES)], SHAPES[self.seed // 7 % len(SHAPES)]
        return [rng.normal(size=first), rng.normal(size=second), numpy.array((2, 0, 3)[call % 3])]


def write(seed: int, length: int = 9) -> Program:
    """The program of a seed."""
    writer = _Writer(seed)
    for _ in range(length):
        writer.add()
    return writer.program()


class _Writer:
    """Writes one program.

    Attributes:
        lines: the statements so far.
        values: what the variables hold after them, by eager mode.
        own: the variables that may be written to.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.own: list[str] = []
        self.values = self._run([]) or {}

    def program(self, result: str | None = None) -> Program:
        last = list(self.values)[-4:]
        body = "\n".join([*self.lines, f"return {result or '[' + ', '.join(last) + ']'}"])
        return Program(f"def f(x0, x1, n):\n{textwrap.indent(body, '    ')}\n", self.seed)

    def add(self) -> None:
        """Add a statement that eager mode runs; none if many tries find none."""
        for _ in range(30):
            lines, own, parts = self._statement()
            values = self._run(lines)
            if values is not None and all(self._run([part]) is not None for part in parts):
                self.lines += lines
                self.own += own
                self.values = values
                return

    def _run(self, lines: list[str]) -> dict[str, Any] | None:
        """The variables after further lines; ``None`` if they raise, or numbers grow."""
        body = textwrap.indent("\n".join([*self.lines, *lines, "return locals()"]), "    ")
        trial = Program(f"def f(x0, x1, n):\n{body}\n", self.seed)
        try:
            with numpy.errstate(all="ignore"):
                found = trial.make(State())(*map(np.array, trial.arguments(0)))
        except Exception:  # whatever a line raises, it is left out
            return None
        tensors = {name: value for name, value in found.items() if isinstance(value, wg.Tensor)}
        return tensors if all(map(_is_small, tensors.values())) else None

    def _statement(self) -> tuple[list[str], list[str], list[str]]:
        """Lines, the variables that they make and that may be written to, and what they do at times."""
        kind = self.random.random()
        new = f"v{len(self.lines)}"
        if kind < 0.15 and self.own:
            return [self._filled(self._one(WRITTEN))], [], []
        if kind < 0.35 and self.own:
            one, two = (self._filled(self._one((*KEEPING, *KEEPING, *STATE))) for _ in range(2))
            return self._filled(self._one(BLOCKS), one=one, two=two).split("\n"), [], [one, two]
        if kind < 0.45:
            return [self._filled(self._one(STATE))], [], []
        if kind < 0.6:
            return [f"{new} = {self._variable()} * 1"], [new], []
        return [f"{new} = {self._expression()}"], [], []

    def _expression(self) -> str:
        return self._filled(self._one(self._one((ELEMENTWISE, ELEMENTWISE, SHAPED, SHAPED, DERIVED, CONTROLLED, READ))))

    def _filled(self, template: str, **given: str) -> str:
        names = {"a": self._variable(), "b": self._variable(), "s": self._one(("0.7", "-0.3", "o.s", "np.mean(x0)")),
                 "i": "n", "e": self._variable(), "v": self._one(self.own or ["x0"])}  # fmt: skip
        return template.format(**names, **given)

    def _variable(self) -> str:
        return self._one(list(self.values))

    def _one(self, several: Any) -> Any:
        return self.random.choice(several)


def _is_small(tensor: Any) -> bool:
    numbers = tensor.numpy()
    return numbers.size <= 40 and bool(numpy.all(numpy.isfinite(numbers)) and numpy.all(numpy.abs(numbers) < 1e3))
