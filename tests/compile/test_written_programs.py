"""Programs written at random are the same in eager mode and compiled, with their state, derivatives and batches.

``python -m tests.compile.test_written_programs FIRST LAST`` tries those of more seeds, and prints what differs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.compile.written import Program, State, write

import wengert as wg
import wengert.numpy as np

Function = Callable[..., Any]


def structured(f: Function) -> Function:
    return wg.jit(f, structured=True)


def loss(f: Function) -> Function:
    """The weighted sum of all results that have a derivative."""

    def summed(*arguments: Any) -> Any:
        floats = [r for r in f(*arguments) if r.dtype.kind == "f"]
        return sum((np.sum(r.astype(float)) * (0.3 + 0.1 * i) for i, r in enumerate(floats)), np.array(0.0))

    return summed


def slopes(f: Function) -> Function:
    return lambda *arguments: wg.grad(loss(f), argnums=(0, 1))(*arguments)


def push(f: Function) -> Function:
    def pushed(*arguments: Any) -> Any:
        *points, n = arguments
        return wg.jvp(lambda *moving: loss(f)(*moving, n), points, [x * 0.5 + 0.3 for x in points])

    return pushed


WAYS: dict[str, tuple[Function, tuple[Function, ...]]] = {
    "values": (lambda f: f, (wg.jit, structured)),
    "gradients": (slopes, (lambda f: slopes(wg.jit(f)), lambda f: wg.jit(slopes(f)), lambda f: slopes(structured(f)))),
    "tangents": (push, (lambda f: push(wg.jit(f)), lambda f: wg.jit(push(f)))),
}
"""From a program to a function, and to what must be the same."""


def calls(program: Program, way: Function) -> list[Any]:
    """What several calls give, what they make of their arguments, and the state after each, changed in between."""
    state, found = State(), []
    f = way(program.make(state))
    for call in range(3):
        arguments = [np.array(x) for x in program.arguments(call)]
        try:
            with numpy.errstate(all="ignore"):
                result = f(*arguments)
        except Exception as error:  # which is compared, too
            return [*found, error]
        found.append([copied(result), copied(arguments), copied(state.held())])
        state.change(call)
    return found


def copied(values: Any) -> list[Any]:
    return [numpy.array(x.detach().numpy() if isinstance(x, wg.Tensor) else x) for x in values]


REFUSALS = (
    "wanted the same structure, shape and dtype",
    "wanted one name for a tensor",
    "wanted the same ones on every",
    "as from branch",
)
"""What compiled code does not do, and says so."""


def differences(program: Program, name: str) -> list[str]:
    """In which ways a program differs."""
    eager, compiled = WAYS[name]
    expected = calls(program, eager)
    return [
        f"{name} {i}: {what}"
        for i, way in enumerate(compiled)
        if (what := difference(calls(program, way), expected)) is not None
    ]


def difference(found: list[Any], expected: list[Any]) -> str | None:
    for call, (one, other) in enumerate(zip(found, expected, strict=False)):
        if isinstance(one, Exception) or isinstance(other, Exception):
            is_alike = type(one) is type(other) or any(text in str(one) for text in REFUSALS)
            return None if is_alike else f"call {call}: {one!r} instead of {other!r}"
        for what, values, wanted in zip(("results", "arguments", "state"), one, other, strict=True):
            if not all(map(is_same, values, wanted)) or len(values) != len(wanted):
                return f"{what} of call {call}: {values} instead of {wanted}"
    return None


def is_same(one: Any, other: Any) -> bool:
    tolerance = 1e-8 if other.dtype in (numpy.float64, numpy.complex128) else 1e-3
    scale = max(1.0, float(numpy.max(numpy.abs(other), initial=0.0, where=numpy.isfinite(other))))
    return (one.shape, one.dtype) == (other.shape, other.dtype) and numpy.allclose(
        one, other, rtol=0, atol=tolerance * scale, equal_nan=True
    )


@pytest.mark.part(4)
@pytest.mark.parametrize("seed", range(12))
def test_compiled_is_eager(seed: int) -> None:
    program = write(seed)
    names = ("values", ("gradients", "tangents")[seed % 2])
    assert not [what for name in names for what in differences(program, name)], program.text


def test_the_comparison_sees_a_wrong_program() -> None:
    program = write(3)
    expected = calls(program, lambda f: f)
    assert difference(calls(program, lambda f: lambda *a: [r * 2 + 1 for r in f(*a)]), expected)
    assert difference(calls(program, lambda f: lambda *a: f(*a)[:-1]), expected)


if __name__ == "__main__":
    numpy.seterr(all="ignore")
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        written = write(number)
        for line in (line for each in WAYS for line in differences(written, each)):
            print(f"seed {number}: {line}\n{written.text}", flush=True)
