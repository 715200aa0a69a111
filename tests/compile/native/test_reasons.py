"""A report says of each step in NumPy why it is there, and what to write instead: that is the same, and native."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.primitive import Primitive

pytest.importorskip("llvmlite")

from wengert.compile.native.reasons import ADVICE, REFUSALS

X = numpy.arange(6.0).reshape(2, 3) - 2
N = numpy.arange(6).reshape(2, 3)
LINES: dict[str, tuple[Callable[..., Any], tuple[Any, ...], str]] = {
    "complex": (
        np.sort,
        (X + 1j,),
        "sort: complex numbers are two real ones in machine code, and it has no formula in these; write it in terms of "
        "x.real and x.imag",
    ),
    "other dtype": (
        lambda x: x + 1,
        (X.astype("longdouble"),),
        f"add: machine code does not compute with {numpy.dtype('longdouble').name}; write x.astype('float64')",
    ),
    "matrices of integers": (
        lambda a: a @ a.T,
        (N,),
        "matmul: machine code multiplies matrices of one floating dtype, not int64; write a.astype('float64') @ "
        "b.astype('float64'), which is exact for integers up to 2**53",
    ),
    "matrices of two dtypes": (
        lambda a, b: a @ b.T,
        (X.astype("float32"), X),
        "matmul: machine code multiplies matrices of one floating dtype, not float32 and float64; write "
        "a.astype('float64') @ b.astype('float64'), which is exact for integers up to 2**53",
    ),
    "einsum": (
        lambda a: np.einsum("ii->i", a),
        (X[:, :2],),
        "einsum: it is no product of two matrices: it has more operands, or a letter twice in one; write products of "
        "two operands, and np.diagonal for a letter that is there twice",
    ),
    "index": (
        lambda x, i: x[i],
        (X[0], N[0].astype("uint64")),
        "gather: machine code has indices of int64 and int32, not uint64; write x[index.astype('int64')]",
    ),
    "short numbers": (
        np.cumsum,
        (X.astype("float16"),),
        "cumsum: machine code combines, joins, sorts and looks up numbers of 32 and 64 bits, not float16; write "
        "x.astype('float32') or x.astype('int32')",
    ),
    "signs": (
        lambda a, b: a < b,
        (N, N.astype("uint64")),
        "less: integers are compared of which one has a sign and the other has not; write x.astype('int64')",
    ),
    "two roundings": (
        lambda x: x.astype("float16"),
        (X,),
        "astype: a double is rounded to float16, once; write x.astype('float32').astype('float16')",
    ),
    "bools": (
        lambda a: a + a,
        (X > 0,),
        "add: bools are no numbers in machine code; write np.logical_or, np.logical_and or np.logical_xor",
    ),
    "integers": (
        lambda n: n**n,
        (N,),
        "power: machine code has it for floating numbers, not int64; write x.astype('float64')",
    ),
    "none at all": (
        lambda x: np.lexsort((x,)),
        (X,),
        "lexsort: it has no machine code; write np.argsort(x), if there is one key",
    ),
    "sorted": (
        np.sort,
        (X.astype("int16"),),
        "sort: machine code combines, joins, sorts and looks up numbers of 32 and 64 bits, not int16; write "
        "x.astype('float32') or x.astype('int32')",
    ),
    "in a loop": (
        lambda x: wg.scan(lambda c, row: (np.lexsort((c,)) + row, None), x[0], x)[0],
        (X,),
        "lexsort, and with it scan: it has no machine code; write np.argsort(x), if there is one key",
    ),
    "of no advice": (
        wg.numpy.spacing,
        (X,),
        "spacing: it has no machine code; write it before a loop, for all turns at once, if it is in one",
    ),
    "empty": (np.sin, (X[:0],), "1 NumPy steps: no native code, since an array is empty; call a function without it"),
    "order of bytes": (
        np.sin,
        (X.astype(X.dtype.newbyteorder("S")),),
        "1 NumPy steps: no native code, since an array has the bytes of its numbers in another order; write "
        "x.astype(x.dtype.newbyteorder('='))",
    ),
}


def reported(f: Callable[..., Any], *args: Any) -> list[str]:
    compiled = wg.jit(f)
    compiled(*args)
    return [line.strip() for line in compiled.report().splitlines()]


@pytest.mark.parametrize("name", LINES)
def test_a_step_in_numpy_is_explained(name: str) -> None:
    f, args, line = LINES[name]
    assert line in reported(f, *args)


def test_every_refusal_is_tried() -> None:
    told = " ".join(line for _, _, line in LINES.values())
    assert all(refusal.instead in told for refusal in REFUSALS)


def test_steps_in_machine_code_need_no_reason() -> None:
    assert not any("; write" in line for line in reported(lambda x: np.sin(x) @ x.T, X))


# -- what is advised -------------------------------------------------------------------------------

OPERANDS: dict[str, Any] = {
    "x": numpy.array([-1.5, -0.25, 0.25, 0.75, numpy.inf, -numpy.inf, numpy.nan]),
    "y": numpy.array([-1.5, 0.0, 0.25, 0.75, 1.0, 2.0, 3.0]),
    "n": numpy.arange(7) - 3,
    "atol": 1e-8,
    "rtol": 1e-5,
}
NAMES: dict[str, tuple[str, ...]] = {"heaviside": ("x", "y"), "isclose": ("x", "y"), "ldexp": ("x", "n")}
DOMAINS = {
    "logit": slice(2, 4),
    "entr": slice(2, 4),
    "modf_fraction": slice(0, 4),
    "nan_to_num": [0, 1, 2, 3, 6],
}
"""The places of the operands for which what is advised is the same."""


def advised(primitive: Primitive) -> tuple[Callable[..., Any], list[Any]]:
    """The function that is advised, and operands for it."""
    names = NAMES.get(primitive.name, ("x",))
    part = DOMAINS.get(primitive.name, slice(None))
    constants = {"np": np, "atol": OPERANDS["atol"], "rtol": OPERANDS["rtol"]}
    f = eval(f"lambda {', '.join(names)}: {_expression(ADVICE[primitive])}", constants)
    return f, [OPERANDS[name][part] for name in names]


def _expression(advice: str) -> str:
    """The longest beginning of an advice that is Python."""
    parts = advice.split(", ")
    for count in range(len(parts), 0, -1):
        text = ", ".join(parts[:count])
        try:
            compile(text, "advice", "eval")
        except SyntaxError:
            continue
        return text
    raise AssertionError(advice)


@pytest.mark.part(2)
@pytest.mark.parametrize("primitive", [p for p in ADVICE if "sort" not in p.name], ids=lambda p: p.name)
def test_what_is_advised_has_machine_code_and_is_the_same(primitive: Primitive) -> None:
    f, operands = advised(primitive)
    assert not any("NumPy steps" in line for line in reported(f, *operands))
    with numpy.errstate(all="ignore"):
        expected = primitive.evaluate(*operands)
    numpy.testing.assert_allclose(wg.jit(f)(*operands).numpy(), expected, rtol=1e-14)
