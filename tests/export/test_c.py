"""`wg.export.c`: what it writes compiles, equals to a few units in the last place, and names the user's lines."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from benchmarks.export.embedded import EMBEDDED
from tests import laws
from tests.cases.case import Case
from tests.export.refusals import refused
from tests.test_laws import CASES

import wengert as wg
import wengert.numpy as np
from wengert.export.c_files import CSource
from wengert.export.c_source.functions import function_of
from wengert.export.recorded import exported
from wengert.trees import leaves

QUICK = ("-O1", "-ffp-contract=off", "-Wall", "-Wextra", "-Wno-unused", "-Wno-parentheses", "-Werror")
COMPILERS = [name for name in ("gcc", "clang", "cc") if shutil.which(name)][:1]
compiled = pytest.mark.skipif(not COMPILERS, reason="there is no compiler of C")
X = numpy.linspace(0.3, 1.7, 4)
EVERY = [(name, case) for name, case in CASES if "float64" in case.dtypes]


def assert_within(found: Any, expected: Any, units: float = 4) -> None:
    """Equal up to some units in the last place of the largest element."""
    assert len(leaves(found)) == len(leaves(expected))
    for a, b in zip(map(numpy.asarray, leaves(found)), map(numpy.asarray, leaves(expected)), strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        if a.dtype.kind != "f":
            numpy.testing.assert_array_equal(a, b)
            continue
        is_number = numpy.isfinite(b)
        numpy.testing.assert_array_equal(a[~is_number], b[~is_number])
        scale = numpy.max(numpy.abs(b[is_number]), initial=0)
        difference = numpy.max(numpy.abs(a[is_number] - b[is_number]), initial=0)
        assert difference <= units * numpy.finfo(a.dtype).eps * scale


def check_cases(cases: list[tuple[str, Case]], units: float) -> int:
    """Write the values and derivatives of all cases into one file, compile it, and compare; how many they are."""
    made, wanted = [], []
    for _, case in cases:
        args = laws.make_arguments(case, "float64")
        derivative = [laws.derivative(laws.flat(case.function), args)] if case.order else []
        for f in (case.function, *derivative):
            with refused("has no form in C here", "decides by a value", "of an unknown number of turns"):
                made.append(function_of(exported(f, args, "c", f"f{len(made)}"), "One of many.", "result"))
                wanted.append((f, args))
    library = CSource("table", made).load(COMPILERS[0], QUICK)
    for function, (f, args) in zip(made, wanted, strict=True):
        with numpy.errstate(all="ignore"):
            assert_within(getattr(library, function.name)(*args), f(*args), units)
    return len(made)


@compiled
def test_functions_and_derivatives() -> None:
    assert check_cases(EVERY[::60], 4) > 20


@compiled
@pytest.mark.wide
def test_all_functions_and_derivatives() -> None:
    """Where terms cancel, the order of a sum shows in more digits."""
    assert check_cases(EVERY, 10) > 1500


def check_embedded(name: str, kind: str, through: Callable[..., Any]) -> None:
    f, args, _ = EMBEDDED[name]
    source = wg.export.c(f, *args, derivatives=(kind,))
    (function,) = source.functions
    given = (*args, args[0]) if kind == "hvp" else args
    found = getattr(source.load(COMPILERS[0], QUICK), function.name)(*given)
    assert_within(found, through(reference(kind, f, len(args)))(*given))
    assert " embedded.py:" in source.source  # as itself, or as what a derivative is of


EACH = [(name, kind) for name, row in EMBEDDED.items() for kind in row.derivatives]
OFTEN = [("lorenz", "jacobian"), ("kalman", "value"), ("arm", "value"), ("control", "gradient")]


@compiled
@pytest.mark.parametrize(("name", "kind"), OFTEN)
def test_what_small_machines_run(name: str, kind: str) -> None:
    check_embedded(name, kind, lambda f: f)


@compiled
@pytest.mark.wide
@pytest.mark.parametrize(("name", "kind"), EACH)
def test_what_small_machines_run_is_what_is_compiled(name: str, kind: str) -> None:
    check_embedded(name, kind, wg.jit if kind != "sparse_hessian" else lambda f: f)


def reference(kind: str, f: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The same function of the engine."""
    match kind:
        case "value":
            return f
        case "gradient":
            return wg.grad(f)
        case "jacobian":
            return wg.jacobian(f)
        case "hvp":
            return lambda *args: wg.hvp(lambda x: f(x, *args[1:count]), (args[0],), (args[-1],))
    return lambda *args: wg.hessian(f, sparse=True)(*args).data


def large(x: Any, w: Any, index: Any) -> Any:
    """Loops over memory: products, reductions, gathers, sums at indices, parts, cumulative sums."""
    hidden = np.tanh(x @ w)[:, 1:] * np.exp(-np.sum(x, axis=1, keepdims=True))
    rows = np.concatenate([hidden, hidden[::-1] ** 2], axis=1)[index]
    return np.cumsum(np.max(rows, axis=0)) + np.sum(rows), np.mean(rows.T.reshape(-1, 5), axis=1)


def branching(x: Any) -> Any:
    y = wg.cond(x[0] > 0, lambda x: np.sin(x), lambda x: x * 2, x)
    return wg.while_loop(lambda c: np.sum(c) < 50, lambda c: c * 1.5 + 1, y)


@compiled
def test_loops_over_memory_and_branches() -> None:
    rng = numpy.random.default_rng(1)
    args = rng.standard_normal((20, 9)), rng.standard_normal((9, 16)), rng.integers(-20, 20, 15)
    gradient = wg.grad(lambda x, w, index: np.sum(large(x, w, index)[0] * 0.1), (0, 1))
    many = wg.scan
    looped = lambda x: np.sum(many(lambda c, y: (np.cos(c) * y, c * y), x[0], x, reverse=True)[1])
    wanted = [(large, args), (gradient, args), (branching, (X,)), (branching, (-X,))]
    wanted += [(wg.grad(looped), (rng.standard_normal((30, 3)),))]
    functions = [function_of(exported(f, a, "c", f"f{i}"), "One.", "result") for i, (f, a) in enumerate(wanted)]
    library = CSource("loops", functions).load(COMPILERS[0], QUICK)
    for function, (f, a) in zip(functions, wanted, strict=True):
        assert_within(getattr(library, function.name)(*a), f(*a), 8)


@compiled
@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_loops_that_have_not_ended_say_so(dtype: str) -> None:
    """Also where loops are in loops, and where the last turn is the one that ends it."""

    def count(n: Any) -> Any:
        return wg.while_loop(lambda c: c < n, lambda c: c + 1, n * 0)

    def counts(n: Any) -> Any:
        return wg.fori_loop(0, 2, lambda i, total: total + count(n), n * 0)

    few = (*QUICK, "-DMOST_TURNS=5")
    for f in (count, counts):
        loaded = getattr(wg.export.c(f, numpy.zeros((), dtype)).load(COMPILERS[0], few), f.__name__)
        assert_within(loaded(numpy.array(5, dtype)), f(numpy.array(5, dtype)))
        with pytest.raises(RuntimeError, match=r"^\[count.*\] a loop has not ended after MOST_TURNS turns"):
            loaded(numpy.array(6, dtype))


def test_only_functions_that_might_not_end_have_a_status() -> None:
    assert "NODISCARD bool branching(const double *x, double *result);" in wg.export.c(branching, X).header
    assert "bool f" not in (plain := wg.export.c(lambda x: x * 2, X, name="f").header)
    assert "NODISCARD" not in plain


@compiled
def test_a_branch_that_was_not_taken_poisons_nothing() -> None:
    f = lambda x: np.sum(np.where(x > 0, np.sqrt(np.maximum(x, 0.0)), 0.0)) + np.linalg.norm(x * 0)
    at = numpy.array([-1.0, 0.0, 4.0])
    product = lambda x: np.sum(np.exp(x) * np.array([0.0, 1.0, 1.0]) * x)
    library = wg.export.c(f, at, derivatives=("gradient",), name="f").load(COMPILERS[0], QUICK)
    assert_within(library.f_gradient(at), wg.grad(f)(at))
    library = wg.export.c(product, at, derivatives=("gradient",), name="f").load(COMPILERS[0], QUICK)
    for far in (at, at + 1e4):
        with numpy.errstate(all="ignore"):
            assert_within(library.f_gradient(far), wg.grad(product)(far))


@compiled
def test_files_are_written_and_build_alone(tmp_path: Path) -> None:
    f = lambda x, scale: np.sum(x**2) * scale
    source = wg.export.c(f, X, 2.0, derivatives=("value", "sparse_hessian"), name="f", path=tmp_path / "out.c")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.c", "out.h"]
    assert (tmp_path / "out.c").read_text() == source.source
    (tmp_path / "main.c").write_text(
        '#include "out.h"\nint main(void) { double x[4] = {1, 2, 3, 4}, y, values[4];\n'
        "f(x, 2.0, &y); f_sparse_hessian(x, 2.0, values);\n"
        "return !(y == 60 && values[2] == 4 && f_sparse_hessian_rows[3] == 3); }\n"
    )
    command = [COMPILERS[0], "-std=c99", "-pedantic-errors", "-Wall", "out.c", "main.c", "-o", "main", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert subprocess.run(["./main"], cwd=tmp_path, check=False).returncode == 0


def test_names_that_mean_something_in_c_make_way() -> None:
    def f(double: Any, sin: Any) -> Any:
        gamma = np.sin(double) + sin
        return np.cos(gamma) * gamma

    source = wg.export.c(f, 1.0, 2.0)
    assert source.functions[0].head() == "void f(double double_2, double sin_2, double *result)"
    assert "const double gamma_ = sin(double_2) + sin_2;" in source.source


@compiled
def test_functions_of_c_keep_their_names() -> None:
    assert_within(wg.export.c(np.sin, X).load(COMPILERS[0], QUICK).sin_(X), np.sin(X))


def test_zeros_that_are_known_are_left_out() -> None:
    source = wg.export.c(lambda x: numpy.eye(4) @ x, X, name="f").source
    assert "*" not in source[source.index("{") :].replace("/*", "").replace("*/", "")


REFUSED = {
    "[c] the operation svd of float64[2, 2] has no form in C here": lambda: wg.export.c(np.linalg.svd, numpy.eye(2)),
    "[c] derivatives has 'hessian', wanted some of 'value'": lambda: wg.export.c(np.sin, X, derivatives=("hessian",)),
    "of an unknown number of turns": lambda: wg.export.c(lambda x: np.sum(branching(x)), X, derivatives=("gradient",)),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_has_no_form_is_refused(message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        REFUSED[message]()
    assert message in str(error.value)


@compiled
def test_compilers_are_named_in_errors() -> None:
    source = wg.export.c(np.sin, X)
    with pytest.raises(RuntimeError, match="there is no compiler no-such-compiler"):
        source.load("no-such-compiler")
    with pytest.raises(RuntimeError, match="refuses the file"):
        source.load(COMPILERS[0], ("-no-such-flag",))
