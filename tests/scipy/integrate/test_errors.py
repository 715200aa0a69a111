"""What is wrong with a problem is told, with what to write instead."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from tests.scipy.integrate.problems import largest_difference

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp
from wengert.scipy.integrate.methods import METHODS

SPAN = (0.0, 1.0)


def decay(t: Any, y: Any) -> Any:
    return wg.trees.map(np.negative, y)


WRONG: dict[str, tuple[type[Exception], Callable[[], Any]]] = {
    f"[solve_ivp] method is 'Euler', wanted one of {', '.join(METHODS)}; write method='Radau' for stiff systems, and "
    "method='RK45' for others": (
        ValueError,
        lambda: solve_ivp(decay, SPAN, [1.0], "Euler"),
    ),
    "[solve_ivp] method is 'LSODA', which is SciPy's alone: a Fortran program that changes between Adams' formulas and "
    "backward differentiation, without derivatives; write method='BDF' where the system is stiff or may be, and "
    "method='DOP853' where it is not": (
        ValueError,
        lambda: solve_ivp(decay, SPAN, [1.0], "LSODA"),
    ),
    "[solve_ivp] fun is of type str, wanted a function of (t, y)": (
        TypeError,
        lambda: solve_ivp("decay", SPAN, [1.0]),  # type: ignore[arg-type]
    ),
    "[solve_ivp] y0 is [], wanted a state of one number or more": (ValueError, lambda: solve_ivp(decay, SPAN, [])),
    "[solve_ivp] t_span has 3 entries, wanted two; write (first, last)": (
        ValueError,
        lambda: solve_ivp(decay, (0.0, 1.0, 2.0), [1.0]),
    ),
    "[solve_ivp] t_span is (0.0, inf), wanted two finite times": (
        ValueError,
        lambda: solve_ivp(decay, (0.0, numpy.inf), [1.0]),
    ),
    "[solve_ivp] t_eval goes from 0.5 to 2.0, wanted times within t_span, which is (0.0, 1.0)": (
        ValueError,
        lambda: solve_ivp(decay, SPAN, [1.0], t_eval=[0.5, 2.0]),
    ),
    "[solve_ivp] t_eval is not in the order of integration; write np.sort(t_eval), or [::-1]": (
        ValueError,
        lambda: solve_ivp(decay, SPAN, [1.0], t_eval=[0.5, 0.2]),
    ),
    "[solve_ivp] t_eval has shape (), wanted (m,); write np.array([...])": (
        ValueError,
        lambda: solve_ivp(decay, SPAN, [1.0], t_eval=0.5),
    ),
    "[solve_ivp] rtol is -1.0, wanted a number that is not negative; write rtol=1e-6": (
        ValueError,
        lambda: solve_ivp(decay, SPAN, [1.0], rtol=-1.0),
    ),
    "[solve_ivp] atol has shape (2,), wanted a number, or (1,) as the state has": (
        ValueError,
        lambda: solve_ivp(decay, SPAN, [1.0], atol=[1e-6, 1e-6]),
    ),
    "[solve_ivp] rtol is nested as PyTreeSpec({'b': *}), wanted one number, or the structure of y0, "
    "PyTreeSpec({'a': *})": (ValueError, lambda: solve_ivp(decay, SPAN, {"a": 1.0}, rtol={"b": 1e-3})),
    "[solve_ivp] atol is 0 where y0 is 0, so that no error is allowed there, wanted a positive one; write atol as "
    "small as a number is of no interest": (ValueError, lambda: solve_ivp(decay, SPAN, [1.0, 0.0], atol=0.0)),
    "[solve_ivp] args is a float, wanted a tuple; write args=(parameter,)": (
        TypeError,
        lambda: solve_ivp(lambda t, y, a: a * y, SPAN, [1.0], args=3.0),
    ),
    "[solve_ivp] max_step is 0.0, wanted a positive size, also where time runs backwards": (
        ValueError,
        lambda: solve_ivp(decay, SPAN, [1.0], max_step=0.0),
    ),
    "[solve_ivp] RK4 has steps of one size, which is not given; write first_step=0.01": (
        ValueError,
        lambda: solve_ivp(decay, SPAN, [1.0], "RK4"),
    ),
    "[solve_ivp] fun returned shape (2,) for a state of shape (1,), wanted the same; return one slope for each number "
    "of the state": (ValueError, lambda: solve_ivp(lambda t, y: [1.0, 2.0], SPAN, [1.0])),
    "[solve_ivp] fun returned PyTreeSpec({'a': *}), wanted the structure of the state, PyTreeSpec(*); return the slope "
    "of each array of y0 where that array is": (TypeError, lambda: solve_ivp(lambda t, y: {"a": y}, SPAN, [1.0])),
    "[solve_ivp] fun returned complex128 for a state of float64, wanted real slopes; write y0.astype(complex) for a "
    "complex state": (TypeError, lambda: solve_ivp(lambda t, y: 1j * y, SPAN, [1.0])),
    "[solve_ivp] y0 has a str in it, wanted numbers and arrays; write np.array([...]), or a dict, tuple or dataclass "
    "of arrays": (TypeError, lambda: solve_ivp(decay, SPAN, {"a": "b"})),
    "[solve_ivp] no t_eval in an integration that is recorded (by jit, vmap, a loop or memory=), where the number of "
    "steps is not known, wanted times; write t_eval=np.linspace(first, last, m), or t_eval=[last] for the last state": (
        ValueError,
        lambda: wg.jit(lambda y0: solve_ivp(decay, SPAN, y0))(numpy.ones(1)),
    ),
    "[solve_ivp] dense_output in an integration that is recorded (by jit, vmap, a loop or memory=), where the number "
    "of steps is not known, wanted times; write t_eval=np.linspace(first, last, m), or t_eval=[last] for the last "
    "state": (ValueError, lambda: solve_ivp(decay, SPAN, [1.0], t_eval=[1.0], dense_output=True, memory=10)),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_wrong_is_told(message: str) -> None:
    kind, call = WRONG[message]
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == message


def test_a_tolerance_below_rounding_is_raised() -> None:
    with pytest.warns(UserWarning, match="rtol") as caught:
        found = solve_ivp(decay, SPAN, [1.0], "DOP853", rtol=1e-20, atol=1e-14)
    assert str(caught[0].message) == "[solve_ivp] rtol is 1e-20, less than rounding allows; 2.2e-14 is taken instead"
    assert caught[0].filename == __file__
    assert largest_difference(found.y[0, -1], numpy.exp(-1.0)) < 1e-12


def test_where_nan_came_from_is_told() -> None:
    def falls_out(t: Any, y: Any) -> Any:
        return -1 - 0 * np.sqrt(y)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = solve_ivp(falls_out, (0.0, 2.0), [1.0])
    assert not found.success
    start, _, rest = found.message.partition(" fun gives NaN, however short the step is; ")
    assert start.startswith("at t = 0.99999")
    assert rest.startswith("[trace_nans] sqrt gave nan at element [0]")
    assert f"called at {__file__}" in rest
    assert "return -1 - 0 * np.sqrt(y)" in rest
    compiled = wg.jit(lambda: solve_ivp(falls_out, (0.0, 2.0), [1.0], t_eval=[0.5, 1.5]))()
    assert compiled.message.endswith("write wg.trace_nans()(fun)(t, y) at this time for its line")
    assert numpy.isnan(compiled.y[0, 1].item())


def test_results_are_read_as_those_of_scipy() -> None:
    found = solve_ivp(decay, SPAN, [1.0])
    assert {"t", "y", "sol", "t_events", "y_events", "nfev", "njev", "nlu", "status", "message", "success"} <= {
        *found.keys()
    }
    assert found["status"] == 0
