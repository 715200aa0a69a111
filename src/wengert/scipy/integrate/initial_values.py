"""`solve_ivp`: ordinary differential equations from an initial value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ...names import teaches_keywords
from . import recorded, stepwise
from .adjoints import backsolved
from .events import Event, events_of
from .methods import METHODS, Method, matrices_for, suited
from .result import OdeResult
from .stepping import Problem
from .system import System, is_number
from .tolerances import Tolerances
from .values import is_recorded, known, settled


@teaches_keywords
def solve_ivp(
    fun: Callable[..., Any],
    t_span: Sequence[Any],
    y0: Any,
    method: str | type = "RK45",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: Sequence[Any] | None = None,
    *,
    rtol: Any = 1e-3,
    atol: Any = 1e-6,
    first_step: Any = None,
    max_step: Any = numpy.inf,
    min_step: Any = 0.0,
    jac: Any = None,
    jac_sparsity: Any = None,
    memory: int | None = None,
    adjoint: str = "discrete",
) -> OdeResult:
    """Solve ``dy/dt = fun(t, y)`` with ``y(t_span[0]) = y0``, with SciPy's signature and result.

    The solution differentiates, in every mode and order, in `y0`, `args`, `t_span`, `t_eval` and in what `fun` reads
    from outside: the derivative is that of the steps that were taken, whose sizes count as constants. In a compiled
    function, with `t_eval`, the whole integration is one native loop; under `vmap` each example has its own
    steps; threads share them, and small systems are integrated side by side in vectors.

    Args:
        fun: ``fun(t, y, *args)`` gives the slope of `y`, of its structure and shapes.
        t_span: the first and the last time; the last may be the smaller one.
        y0: the state at the first time: a number, an array, or arrays nested as you like. A list of numbers is an
            array. float32 and complex states keep their dtype.
        method: ``"RK45"``, ``"RK23"``, ``"DOP853"`` as in SciPy (or its classes of these names), ``"Tsit5"``, or
            ``"RK4"`` with fixed steps of `first_step`; ``"Taylor"``, whose order follows from `rtol`, where `fun` is
            smooth and many digits are wanted, best compiled (an error counts beside the largest number of its array);
            for stiff systems ``"Radau"`` and ``"BDF"`` as in SciPy, whose error after many steps is larger, or
            ``"Rodas5P"``, which is quicker for systems of few numbers; with fixed steps for places and momenta,
            ``y = (q, p)``, the symplectic ``"Leapfrog"`` and ``"Yoshida4"``, where the slope of q depends on p alone,
            and that of p on q.
        t_eval: the times at which the solution is wanted, of shape (m,), in the order of integration; all steps that
            were taken if not given, which needs known values.
        dense_output: give the solution as a function of time too, which needs known values.
        events: functions ``event(t, y, *args)``, alone or in a list, whose zeros are found; with SciPy's attributes
            ``terminal`` and ``direction``. Where the integration is recorded all must be terminal, `t_events` has one
            time for each, and what did not occur is NaN, as is `y` at times after the event.
        vectorized: `fun` takes arrays with one more axis at the end.
        args: further arguments of `fun`.
        rtol, atol: an error of ``atol + rtol * |y|`` is allowed in a step: numbers, or nested as `y0`.
        first_step: the size of the first step; chosen if not given.
        max_step, min_step: sizes that no step exceeds or falls below.
        jac: for stiff methods the Jacobian of `fun` in `y`, of shape (n, n): ``jac(t, y, *args)``, or a matrix
            (``"Radau"`` and ``"BDF"`` do with an approximate one). It is computed if not given.
        jac_sparsity: for stiff methods where the Jacobian may be nonzero: a matrix of shape (n, n), of SciPy's or not.
            Then, or where it is found (which is tried for 256 numbers or more where values are known), the Jacobian
            takes as many products as its columns have colours, and equations are solved by SuperLU; in compiled code,
            which wants it given and takes it as it is, as those of a band matrix.
        memory: how many steps between two times a reverse walk through recorded loops keeps at most (1000 if not
            given); it computes the others again. Given in eager mode, it has the loops recorded.

        adjoint: ``"discrete"``, or ``"backsolve"`` for a reverse mode that solves the adjoint equation backwards in
            time with the same tolerances: it keeps the states at `t_eval` alone, is as exact as these tolerances, and
            wrong where the system cannot be integrated backwards (stiff ones). ``"interpolated"`` is right there too:
            it reads the states from the steps that were taken, of which it keeps what is between their ends, and needs
            known values.

    Raises:
        TypeError: `fun` returned another structure, or something is no number.
        ValueError: spans, times or tolerances contradict each other, or there is no such method.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.integrate import solve_ivp
    >>> def last(rate):
    ...     return solve_ivp(lambda t, y: -rate * y, (0.0, 2.0), [1.0], rtol=1e-8, atol=1e-8).y[0, -1]
    >>> last(0.5).round(6), wg.grad(last)(0.5).round(5)             # exp(-1) and -2 exp(-1)
    (tensor(0.367879), tensor(-0.73576))

    Sources: see `wengert.scipy.integrate.methods.tableaux` for the methods; E. Hairer, S. P. Norsett and G. Wanner,
    "Solving Ordinary Differential Equations I" (1993), section II.4 for the sizes of steps.
    """
    name = method if isinstance(method, str) else method.__name__
    system = System("solve_ivp", fun, y0, () if args is None else args, vectorized, jac)
    first, last = _span(t_span)
    tolerances = Tolerances(system, rtol, atol)
    problem = Problem(
        system=system,
        method=suited(_method(name, system), tolerances),
        tolerances=tolerances,
        first=first,
        last=last,
        direction=_direction(first, last),
        first_step=_first_step(first_step, name, first, last),
        max_step=_size(max_step, "max_step"),
        min_step=min_step,
    )
    times: Any = None if t_eval is None else _times(t_eval, problem)
    watched = events_of(events)
    records = memory is not None or is_recorded((first, last, times, system.start))
    if adjoint != "discrete":
        _check_adjoint(adjoint, times, dense_output or bool(watched) or problem.system.is_complex(), (rtol, atol))
        _check_interpolated(adjoint, records)
        sizes: dict[str, Any] = {"first_step": first_step, "max_step": max_step, "min_step": min_step}
        solve = partial(_solved, name, rtol=rtol, atol=atol, **sizes)
        is_interpolated = adjoint == "interpolated"
        return backsolved(system, first, last, times, solve, is_interpolated=is_interpolated)
    if problem.method.is_implicit:
        system.matrices = matrices_for(system, first, jac_sparsity, records)
    if records:
        _check_recorded(times, dense_output, watched)
        return recorded.solved(problem, watched, times, memory)
    return stepwise.solved(problem, watched, times, dense_output)


def _solved(method: str, fun: Callable[..., Any], t_span: Any, y0: Any, times: Any, **options: Any) -> OdeResult:
    return solve_ivp(fun, t_span, y0, method, times, **options)


# -- what was given --------------------------------------------------------------------------------


def _method(name: str, system: System) -> Method:
    if name == "LSODA":
        raise ValueError(
            "[solve_ivp] method is 'LSODA', which is SciPy's alone: a Fortran program that changes between Adams' "
            "formulas and backward differentiation, without derivatives; write method='BDF' where the system is stiff "
            "or may be, and method='DOP853' where it is not"
        )
    if name not in METHODS:
        raise ValueError(
            f"[solve_ivp] method is {name!r}, wanted one of {', '.join(METHODS)}; write method='Radau' for stiff "
            "systems, and method='RK45' for others"
        )
    method = METHODS[name]
    if method.is_implicit and system.is_complex():
        raise TypeError(
            f"[solve_ivp] {name} was given a complex state, wanted a real one: its Jacobian is one of real numbers; "
            "write method='DOP853', or a state of np.real(y) and np.imag(y)"
        )
    return method


def _span(t_span: Any) -> tuple[Any, Any]:
    ends = t_span if isinstance(t_span, tuple | list) else list(np.asarray(t_span))
    if len(ends) != 2:
        raise ValueError(f"[solve_ivp] t_span has {len(ends)} entries, wanted two; write (first, last)")
    first, last = (known(np.asarray(end).astype(numpy.float64)) for end in ends)
    for end in (first, last):
        if type(end) is not wg.Tensor and not numpy.isfinite(end):
            raise ValueError(f"[solve_ivp] t_span is ({first}, {last}), wanted two finite times")
    return first, last


def _direction(first: Any, last: Any) -> Any:
    return numpy.where(settled(last - first) < 0, -1.0, 1.0)


def _times(t_eval: Any, problem: Problem) -> Any:
    times = np.asarray(t_eval).astype(numpy.float64)
    if times.ndim != 1:
        raise ValueError(f"[solve_ivp] t_eval has shape {times.shape}, wanted (m,); write np.array([...])")
    given = settled((problem.first, times, problem.last))
    if not is_recorded(given):
        first, values, last = (problem.direction * numpy.asarray(value) for value in given)
        if (values < first).any() or (values > last).any():
            raise ValueError(
                f"[solve_ivp] t_eval goes from {values.min()} to {values.max()}, wanted times within t_span, which is "
                f"({problem.first}, {problem.last})"
            )
        if (numpy.diff(values) < 0).any():
            raise ValueError("[solve_ivp] t_eval is not in the order of integration; write np.sort(t_eval), or [::-1]")
    return times


def _size(size: Any, name: str) -> Any:
    size = known(np.asarray(size))
    if type(size) is not wg.Tensor and not size > 0:
        raise ValueError(f"[solve_ivp] {name} is {size}, wanted a positive size, also where time runs backwards")
    return size


def _first_step(size: Any, method: str, first: Any, last: Any) -> Any:
    if size is None and METHODS[method].has_fixed_steps:
        raise ValueError(f"[solve_ivp] {method} has steps of one size, which is not given; write first_step=0.01")
    return None if size is None else _size(size, "first_step")


def _check_recorded(times: Any, dense_output: bool, events: list[Event]) -> None:
    if not all(event.ends_after == 1 for event in events):
        raise ValueError(
            "[solve_ivp] an event goes on in an integration that is recorded (by jit, vmap, a loop or memory=), "
            "where the number of its occurrences is not known, wanted one that ends it; write event.terminal = True"
        )
    if times is None or dense_output:
        given = "dense_output" if dense_output else "no t_eval"
        raise ValueError(
            f"[solve_ivp] {given} in an integration that is recorded (by jit, vmap, a loop or memory=), where the "
            "number of steps is not known, wanted times; write t_eval=np.linspace(first, last, m), or "
            "t_eval=[last] for the last state"
        )


def _check_adjoint(name: str, times: Any, has_more: bool, tolerances: tuple[Any, Any]) -> None:
    if name not in ("backsolve", "interpolated"):
        raise ValueError(f"[solve_ivp] adjoint is {name!r}, wanted 'discrete', 'backsolve' or 'interpolated'")
    if times is None or has_more or any(not is_number(one) or numpy.ndim(one) for one in tolerances):
        raise ValueError(
            f"[solve_ivp] adjoint={name!r} goes back through the states at times, wanted t_eval, a real state, "
            "numbers for rtol and atol, and neither events nor dense_output; write adjoint='discrete' for these"
        )


def _check_interpolated(name: str, records: bool) -> None:
    if name == "interpolated" and records:
        raise ValueError(
            "[solve_ivp] adjoint='interpolated' in an integration that is recorded (by jit, vmap, a loop or memory=), "
            "where the number of steps that it reads is not known, wanted known values; write adjoint='discrete', or "
            "adjoint='backsolve' for a system that can be integrated backwards"
        )
