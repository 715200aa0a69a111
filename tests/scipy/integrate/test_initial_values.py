"""`solve_ivp` beside SciPy and closed forms: values, derivatives, batches, compiled, nested states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
import pytest
import scipy.integrate
from tests.scipy.integrate.problems import KNOWN, Known, largest_difference, logistic, lotka_volterra

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp
from wengert.scipy.integrate.methods import METHODS

TIMES = numpy.linspace(0.0, 10.0, 21)
START = numpy.array([1.0, 1.0])
TIGHT: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-10}
OF_SCIPY = ["RK23", "RK45", "DOP853"]
ADAPTIVE = ["RK23", "RK45", "Tsit5", "DOP853"]


def plain(t: Any, y: Any) -> Any:
    """Lotka and Volterra's system in NumPy."""
    return [1.5 * y[0] - y[0] * y[1], -3 * y[1] + y[0] * y[1]]


@pytest.mark.parametrize("method", OF_SCIPY)
@pytest.mark.parametrize("span", [(0.0, 10.0), (3, -1)])
def test_the_steps_are_those_of_scipy(method: str, span: tuple[float, float]) -> None:
    found = solve_ivp(lotka_volterra, span, [1.0, 1.0], method, rtol=1e-5, atol=1e-7, dense_output=True)
    wanted = scipy.integrate.solve_ivp(plain, span, [1.0, 1.0], method, rtol=1e-5, atol=1e-7, dense_output=True)
    assert largest_difference(found.t, wanted.t) < (1e-5 if method == "DOP853" else 1e-8)
    assert largest_difference(found.y, wanted.y) < (1e-4 if method == "DOP853" else 1e-8)
    assert found.success
    assert found["message"] == "the end of t_span was reached"
    assert (found.status, found.njev, found.nlu) == (0, 0, 0)
    between = numpy.linspace(*span, 40)
    assert largest_difference(found.sol(between), wanted.sol(between)) < 1e-8
    assert largest_difference(found.sol(between[7]), wanted.sol(between[7])) < 1e-8
    assert (float(found.sol.t_min), float(found.sol.t_max)) == (min(span), max(span))
    if method != "DOP853":
        assert found.nfev == wanted.nfev


@pytest.mark.parametrize("method", ADAPTIVE)
def test_complex_states(method: str) -> None:
    def turned(frequency: Any) -> Any:
        found = solve_ivp(lambda t, y: 1j * frequency * y, (0.0, 1.0), [1.0 + 0j], method, [1.0], rtol=1e-7, atol=1e-7)
        return found.y[0, 0]

    value = turned(1.3)
    assert value.dtype == numpy.complex128
    assert largest_difference(value, numpy.exp(1.3j)) < 1e-6
    assert wg.grad(lambda w: np.imag(turned(w)))(1.3).item() == pytest.approx(numpy.cos(1.3), abs=5e-6)
    if method == "RK45":
        compiled = wg.jit(lambda w: (turned(w), wg.grad(lambda w: np.imag(turned(w)))(w)))(1.3)
        assert largest_difference(compiled[0], value) < 1e-12
        assert compiled[1].item() == pytest.approx(numpy.cos(1.3), abs=5e-6)


def test_a_method_may_be_scipys_class() -> None:
    found = solve_ivp(lotka_volterra, (0.0, 1.0), START, scipy.integrate.DOP853, dense_output=True)
    wanted = solve_ivp(lotka_volterra, (0.0, 1.0), START, "DOP853")
    assert largest_difference(found.y, wanted.y) == 0
    assert found.sol.n_segments == found.t.size - 1


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize("name", KNOWN)
def test_errors_are_within_ten_times_the_tolerance(method: str, name: str) -> None:
    problem = KNOWN[name]
    times = numpy.linspace(0.0, problem.last, 31)
    for tolerance in (1e-4, 1e-7):
        found = solve_ivp(
            problem.fun,
            (0.0, problem.last),
            problem.y0,
            method,
            times,
            args=problem.args,
            rtol=tolerance,
            atol=tolerance,
        )
        allowed = (50 if method == "RK23" else 10) * tolerance
        assert largest_difference(found.y, problem.solution(times, *problem.args)) < allowed


def test_fixed_steps_are_of_fourth_order() -> None:
    problem = KNOWN["forced"]
    exact = problem.solution(np.asarray(problem.last), *problem.args)[0].item()

    def error(step: float) -> float:
        found = solve_ivp(problem.fun, (0.0, 3.0), problem.y0, "RK4", args=problem.args, first_step=step)
        assert found.t.shape == (round(3.0 / step) + 1,)
        return abs(found.y[0, -1].item() - exact)

    assert 14 < error(0.1) / error(0.05) < 18


def last_state(problem: Known, method: str, rate: Any) -> Any:
    found = solve_ivp(problem.fun, (0.0, problem.last), problem.y0, method, [problem.last], args=(rate,), **TIGHT)
    return found.y[0, 0]


@pytest.mark.parametrize("name", KNOWN)
def test_derivatives_in_parameters_to_second_order(name: str) -> None:
    problem = KNOWN[name]

    def exact(rate: Any) -> Any:
        return problem.solution(np.asarray(problem.last), rate)[0]

    def found(rate: Any) -> Any:
        return last_state(problem, "DOP853", rate)

    (rate,) = problem.args
    first, second = wg.grad(exact)(rate).item(), wg.grad(wg.grad(exact))(rate).item()
    assert wg.grad(found)(rate).item() == pytest.approx(first, abs=1e-8)
    assert wg.jvp(found, (rate,), (1.0,))[1].item() == pytest.approx(first, abs=1e-8)
    assert wg.jvp(wg.grad(found), (rate,), (1.0,))[1].item() == pytest.approx(second, abs=1e-6)


def states(y0: Any, a: Any, method: str = "RK45") -> Any:
    return solve_ivp(lotka_volterra, (0.0, 10.0), y0, method, TIMES, args=(a,), rtol=1e-7, atol=1e-7).y


def loss(y0: Any, a: Any) -> Any:
    return np.sum(np.sin(states(y0, a)))


@pytest.mark.parametrize(
    "method", ["RK45", *[pytest.param(m, marks=pytest.mark.wide) for m in ("RK23", "Tsit5", "DOP853")]]
)
def test_compiled_and_batched_as_eager(method: str) -> None:
    eager = states(START, 1.5, method)
    compiled = wg.jit(states, static_argnames="method")
    assert largest_difference(compiled(START, 1.5, method=method), eager) < 1e-9
    batch = numpy.array([[1.0, 1.0], [0.5, 2.0]])
    batched = wg.jit(wg.vmap(lambda y0: states(y0, 1.5, method)))(batch)
    assert batched.shape == (2, 2, 21)
    assert largest_difference(batched[0], eager) < 1e-9
    assert largest_difference(batched[1], states(batch[1], 1.5, method)) < 1e-9


def test_compiled_derivatives_are_those_of_eager_mode() -> None:
    eager = wg.grad(loss, (0, 1))(START, 1.5)
    for compiled in (wg.jit(wg.grad(loss, (0, 1))), wg.jit(wg.jacfwd(loss, (0, 1)))):
        for found, wanted in zip(compiled(START, 1.5), eager, strict=True):
            assert largest_difference(found, wanted) < 1e-6 * largest_difference(wanted, 0)


def test_compiled_second_derivatives_are_those_of_eager_mode() -> None:
    def slope(rate: Any) -> Any:
        return wg.grad(lambda r: solve_ivp(logistic, (0.0, 2.0), 0.1, "RK23", [2.0], args=(r,)).y[0])(rate)

    assert wg.jit(wg.grad(slope))(1.1).item() == pytest.approx(wg.jvp(slope, (1.1,), (1.0,))[1].item())


def test_a_budget_of_memory_changes_nothing() -> None:
    def with_memory(a: Any, memory: int | None) -> Any:
        found = solve_ivp(lotka_volterra, (0.0, 3.0), START, "RK23", [3.0], args=(a,), rtol=1e-4, memory=memory)
        return found.y[0, 0]

    wanted = wg.grad(with_memory)(1.5, None)
    assert wg.jit(wg.grad(with_memory), static_argnames="memory")(1.5, memory=3).item() == pytest.approx(wanted.item())
    assert wg.grad(with_memory)(1.5, 3).item() == pytest.approx(wanted.item())


def test_derivatives_in_the_span_and_in_the_times() -> None:
    def end(first: Any, last: Any) -> Any:
        return solve_ivp(lotka_volterra, (first, last), START, "DOP853", **TIGHT).y[0, -1]

    def at(time: Any) -> Any:
        return solve_ivp(lotka_volterra, (0.0, 3.0), START, "DOP853", np.stack([time]), **TIGHT).y[:, 0]

    slope = lotka_volterra(3.0, at(3.0))
    assert largest_difference(wg.grad(end, (0, 1))(0.0, 3.0), [-slope[0], slope[0]]) < 1e-7
    assert largest_difference(wg.jacobian(at)(2.0), lotka_volterra(2.0, at(2.0))) < 1e-6
    assert largest_difference(wg.jit(wg.jacobian(at))(2.0), wg.jacobian(at)(2.0)) < 1e-9


def test_compiled_spans_may_run_backwards() -> None:
    @wg.jit
    def solved(first: Any, last: Any) -> Any:
        return solve_ivp(lotka_volterra, (first, last), START, t_eval=np.stack([last]), **TIGHT).y[:, 0]

    there = solved(0.0, 2.0)
    back = solve_ivp(lotka_volterra, (2.0, 0.0), there, t_eval=[0.0], **TIGHT).y[:, 0]
    assert largest_difference(back, START) < 1e-7
    eager = solve_ivp(lotka_volterra, (2.0, -1.0), START, t_eval=[-1.0], **TIGHT).y[:, 0]
    assert largest_difference(solved(2.0, -1.0), eager) < 1e-10


def test_no_times_give_no_states() -> None:
    assert solve_ivp(lotka_volterra, (0.0, 1.0), START, t_eval=[]).y.shape == (2, 0)


def test_derivatives_in_what_is_read_from_outside() -> None:
    weight = wg.tensor(0.5, requires_grad=True)
    solve_ivp(lambda t, y: -weight * y, (0.0, 2.0), [1.0], rtol=1e-9, atol=1e-9).y[0, -1].backward()
    assert weight.grad.item() == pytest.approx(-2 * numpy.exp(-1.0), abs=1e-7)


@dataclass
class Body:
    place: Any
    speed: Any


NESTED = {
    "dict": {"a": numpy.ones(2), "b": 2.0},
    "tuple of arrays": (numpy.ones(2), numpy.ones((2, 2))),
    "dataclass": Body(numpy.zeros(3), numpy.ones(3)),
    "number": 1.5,
    "matrix": numpy.arange(6.0).reshape(2, 3),
    "float32": {"a": numpy.ones(2, numpy.float32), "b": numpy.ones(2)},
    "complex": numpy.array([1.0 + 1.0j, 2.0]),
    "integers": [1, 2],
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", NESTED)
def test_states_of_any_nesting(name: str) -> None:
    def fall(t: Any, y: Any) -> Any:
        return wg.trees.map(lambda leaf: -leaf * np.cos(t), y)

    y0 = NESTED[name]
    found = solve_ivp(fall, (0.0, 2.0), y0, t_eval=[0.0, 1.0, 2.0], rtol=1e-6, atol=1e-8)
    factor = numpy.exp(-numpy.sin([0.0, 1.0, 2.0]))
    start = np.asarray(y0) if type(y0) is list else y0
    for leaf, first in zip(wg.trees.leaves(found.y), wg.trees.leaves(start), strict=True):
        assert leaf.shape == (*numpy.shape(first), 3)
        assert largest_difference(leaf, numpy.asarray(first)[..., None] * factor) < 1e-5
        kept = numpy.asarray(first).dtype
        assert leaf.dtype == (kept if kept.kind in "fc" else numpy.float64)
    compiled = wg.jit(lambda: solve_ivp(fall, (0.0, 2.0), y0, t_eval=[0.0, 1.0, 2.0], rtol=1e-6, atol=1e-8))()
    assert wg.trees.flatten(compiled.y)[1] == wg.trees.flatten(found.y)[1]
    for leaf, other in zip(wg.trees.leaves(compiled.y), wg.trees.leaves(found.y), strict=True):
        assert leaf.dtype == other.dtype
        assert largest_difference(leaf, other) < 1e-6


QUICK = ("RK45", "Radau", "Leapfrog")


@pytest.mark.parametrize("method", [m if m in QUICK else pytest.param(m, marks=pytest.mark.wide) for m in METHODS])
def test_single_precision_stays_single(method: str) -> None:
    def turning(t: Any, y: Any) -> Any:
        return y[1], -y[0]

    start = (numpy.zeros(2, numpy.float32), numpy.ones(2, numpy.float32))
    sizes = {"first_step": 0.05} if METHODS[method].has_fixed_steps else {}

    def last() -> Any:
        return solve_ivp(turning, (0.0, 1.0), start, method, [1.0], rtol=1e-4, atol=1e-5, **sizes).y[0]

    for found in (last(), wg.jit(last)()):
        assert found.dtype == numpy.float32
        assert largest_difference(found, numpy.sin(1.0)) < 1e-3


def test_a_vectorized_function_is_given_a_column() -> None:
    def columns(t: Any, y: Any) -> Any:
        assert y.shape == (2, 1)
        return np.stack([y[1], -y[0]])

    found = solve_ivp(columns, (0.0, 1.0), [1.0, 0.0], vectorized=True, **TIGHT)
    assert largest_difference(found.y[:, -1], [numpy.cos(1.0), -numpy.sin(1.0)]) < 1e-8


def test_limits_of_steps_are_kept() -> None:
    sizes = numpy.diff(numpy.asarray(solve_ivp(lotka_volterra, (0.0, 2.0), START, max_step=0.05).t))
    assert sizes.max() <= 0.05 + 1e-15
    first = solve_ivp(lotka_volterra, (0.0, 2.0), START, first_step=0.01)
    assert (first.t[1] - first.t[0]).item() == pytest.approx(0.01)


def test_tolerances_may_be_nested_as_the_state() -> None:
    y0 = {"a": numpy.ones(2), "b": 1.0}
    fun = lambda t, y: wg.trees.map(np.negative, y)
    one = solve_ivp(fun, (0.0, 2.0), y0, rtol=1e-6, atol=1e-8)
    same = solve_ivp(fun, (0.0, 2.0), y0, rtol={"a": 1e-6, "b": 1e-6}, atol={"a": [1e-8, 1e-8], "b": 1e-8})
    assert largest_difference(one.t, same.t) == 0


# -- failures --------------------------------------------------------------------------------------


def explodes(t: Any, y: Any) -> Any:
    return y**2


def test_a_step_that_becomes_too_short_is_told_with_time_size_and_error() -> None:
    found = solve_ivp(explodes, (0.0, 2.0), [1.0])
    compiled = wg.jit(lambda: solve_ivp(explodes, (0.0, 2.0), [1.0], t_eval=[0.5, 1.5]))()
    for each in (found, compiled):
        assert not each.success
        assert int(each.status) == -1
        assert each.message.startswith("at t = 0.99992864") or "at t = 1.0" in each.message
        assert "times what rtol and atol allow, and none is shorter: the solution may go to infinity" in each.message
    assert float(found.t[-1]) < 1.01
    assert compiled.y[0, 0].item() == pytest.approx(2.0, abs=0.01)
    assert numpy.isnan(compiled.y[0, 1].item())


def test_a_result_prints_as_scipys_does() -> None:
    shown = repr(solve_ivp(lambda t, y: -y, (0.0, 2.0), [2.0], t_eval=[1.0]))
    assert shown.splitlines()[:3] == ["  message: the end of t_span was reached", "  success: True", "   status: 0"]
    assert [line.split(":")[0].strip() for line in shown.splitlines()[-3:]] == ["nfev", "njev", "nlu"]
