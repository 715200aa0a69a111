"""Events: their times and states beside SciPy and closed forms, with derivatives, compiled and batched."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.integrate
from tests.scipy.integrate.problems import largest_difference

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_ivp
from wengert.scipy.integrate.events import zero_between

GRAVITY = 9.81
TIGHT: dict[str, Any] = {"rtol": 1e-8, "atol": 1e-8}


def falling(t: Any, y: Any) -> Any:
    return [y[1], -GRAVITY]


def ground(t: Any, y: Any) -> Any:
    return y[0]


def top(t: Any, y: Any) -> Any:
    return y[1]


ground.terminal = True  # type: ignore[attr-defined]
ground.direction = -1  # type: ignore[attr-defined]


def landing(height: Any, speed: Any) -> Any:
    """The time in closed form."""
    return (speed + np.sqrt(speed**2 + 2 * GRAVITY * height)) / GRAVITY


def thrown(height: Any, speed: Any, times: Any = None) -> Any:
    return solve_ivp(falling, (0.0, 10.0), np.stack([height, speed]), t_eval=times, events=ground, **TIGHT)


def landing_time(height: Any, speed: Any) -> Any:
    return thrown(height, speed).t_events[0][0]


def recorded_landing_time(height: Any, speed: Any) -> Any:
    return thrown(height, speed, [10.0]).t_events[0][0]


@pytest.mark.parametrize("times", [None, numpy.linspace(0.0, 3.0, 7)])
def test_events_are_those_of_scipy(times: Any) -> None:
    def swinging(t: Any, y: Any) -> Any:
        return [y[1], -y[0]]

    def third(t: Any, y: Any) -> Any:
        return y[0]

    third.terminal = 3  # type: ignore[attr-defined]
    given: dict[str, Any] = {"t_eval": times, "events": [third, top], "dense_output": True, **TIGHT}
    found = solve_ivp(swinging, (0.0, 20.0), [1.0, 0.5], **given)
    wanted = scipy.integrate.solve_ivp(swinging, (0.0, 20.0), [1.0, 0.5], **given)
    assert found.message == "an event stopped the integration"
    assert (int(found.status), found.success) == (1, True)
    for one, other in zip([*found.t_events, *found.y_events], [*wanted.t_events, *wanted.y_events], strict=True):
        assert one.shape == other.shape
        assert largest_difference(one, other) < 1e-9
    assert largest_difference(found.t, wanted.t) < 1e-7
    assert largest_difference(found.y, wanted.y) < 1e-7


def test_what_never_occurs_is_an_empty_array() -> None:
    found = solve_ivp(falling, (0.0, 0.1), [10.0, 0.0], events=[ground, lambda t, y: t - 0.05])
    assert found.status == 0
    assert found.t_events[0].shape == (0,)
    assert found.y_events[0].shape == (0, 2)
    assert found.t_events[1].item() == pytest.approx(0.05)


def test_landing_times_differentiate_to_second_order() -> None:
    def derivatives(found: Any, height: Any, speed: Any) -> list[Any]:
        second = wg.jvp(wg.grad(found), (height, speed), (1.0, 0.0))[1]
        return [found(height, speed), *wg.grad(found, (0, 1))(height, speed), second]

    wanted = derivatives(landing, 10.0, 3.0)
    assert largest_difference(derivatives(landing_time, 10.0, 3.0), wanted) < 1e-9
    compiled = wg.jit(lambda height, speed: derivatives(recorded_landing_time, height, speed))
    assert largest_difference(compiled(10.0, 3.0), wanted) < 1e-9


def test_the_state_at_an_event_moves_with_its_time() -> None:
    def speed(height: Any) -> Any:
        return thrown(height, 3.0).y_events[0][0, 1]

    def exact(height: Any) -> Any:
        return -np.sqrt(9 + 2 * GRAVITY * height)

    assert wg.grad(speed)(10.0).item() == pytest.approx(wg.grad(exact)(10.0).item())


def test_a_ball_that_bounces() -> None:
    """The jump of the derivative at the first landing is in that of the second."""

    def second_landing(height: Any) -> Any:
        first = thrown(height, np.zeros(()), [10.0])
        t, y = first.t_events[0][0], first.y_events[0][0]
        up = np.stack([0.0, -0.8 * y[1]])
        again = solve_ivp(falling, (t, t + 10), up, t_eval=np.stack([t + 10]), events=ground, **TIGHT)
        return again.t_events[0][0]

    def exact(height: Any) -> Any:
        return 2.6 * np.sqrt(2 * height / GRAVITY)

    value, slope = wg.jit(wg.value_and_grad(second_landing))(10.0)
    assert value.item() == pytest.approx(exact(10.0).item())
    assert slope.item() == pytest.approx(wg.grad(exact)(10.0).item())


def test_each_example_of_a_batch_lands_by_itself() -> None:
    heights = numpy.array([5.0, 10.0, 600.0])
    values, slopes = wg.jit(wg.vmap(wg.value_and_grad(recorded_landing_time), in_axes=(0, None)))(heights, 3.0)
    assert largest_difference(values[:2], landing(heights[:2], 3.0)) < 1e-9
    assert largest_difference(slopes[:2], wg.vmap(wg.grad(landing), in_axes=(0, None))(heights[:2], 3.0)) < 1e-7
    assert numpy.isnan(values[2].item())


def test_what_is_after_an_event_is_not_known_where_loops_are_recorded() -> None:
    found = wg.jit(lambda: thrown(10.0, 3.0, [1.0, 2.0]))()
    assert found.message == "an event stopped the integration"
    assert numpy.isnan(found.y[:, 1].numpy()).all()
    assert found.y[0, 0].item() == pytest.approx(10 + 3 - GRAVITY / 2)
    assert largest_difference(found.y_events[0], [[0.0, -numpy.sqrt(9 + 2 * GRAVITY * 10)]]) < 1e-8


def test_of_two_events_the_first_ends_it() -> None:
    def half(t: Any, y: Any) -> Any:
        return y[0] - 5.0

    half.terminal = True  # type: ignore[attr-defined]
    given: dict[str, Any] = {"t_eval": [3.0], "events": [ground, half], "first_step": 3.0, **TIGHT}
    found = wg.jit(lambda: solve_ivp(falling, (0.0, 3.0), [10.0, 0.0], **given))()
    assert numpy.isnan(found.t_events[0].item())
    assert found.t_events[1].item() == pytest.approx(numpy.sqrt(10 / GRAVITY))


@pytest.mark.parametrize(
    ("f", "zero"),
    [
        (lambda x: x - 0.3, 0.3),
        (lambda x: np.exp(20 * x) - np.exp(3.0), 0.15),
        (lambda x: (x - 0.7) ** 3, 0.7),
        (lambda x: np.where(x < 0.4, -1.0, 1.0), 0.4),
        (lambda x: x, 0.0),
        (lambda x: 1 - x, 1.0),
    ],
)
def test_zeros_are_found_to_rounding(f: Any, zero: float) -> None:
    assert float(zero_between(f)) == pytest.approx(zero, abs=1e-5 if zero == 0.7 else 1e-15)
    assert float(wg.jit(lambda: zero_between(f))()) == pytest.approx(zero, abs=1e-5 if zero == 0.7 else 1e-15)


def test_what_no_event_is() -> None:
    with pytest.raises(TypeError) as error:
        solve_ivp(falling, (0.0, 1.0), [1.0, 0.0], events=[3.0])
    assert str(error.value) == (
        "[solve_ivp] an event is of type float, wanted a function of (t, y) that is zero where the event occurs"
    )
    with pytest.raises(ValueError, match="an event gave shape") as wrong:
        solve_ivp(falling, (0.0, 1.0), [1.0, 0.0], events=lambda t, y: y)
    assert str(wrong.value) == (
        "[solve_ivp] an event gave shape (2,), wanted a number; write a list of functions for several events"
    )

    def never(t: Any, y: Any) -> Any:
        return y[0]

    never.terminal = -1  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="terminal") as wrong:
        solve_ivp(falling, (0.0, 1.0), [1.0, 0.0], events=never)
    assert str(wrong.value) == "[solve_ivp] terminal of an event is -1, wanted True, False or a number from 1 on"


def test_events_that_go_on_are_refused_where_loops_are_recorded() -> None:
    with pytest.raises(ValueError, match="an event goes on") as error:
        wg.jit(lambda: solve_ivp(falling, (0.0, 1.0), [1.0, 0.0], t_eval=[1.0], events=top))()
    assert str(error.value).startswith(
        "[solve_ivp] an event goes on in an integration that is recorded (by jit, vmap, a loop or memory=), where the "
        "number of its occurrences is not known, wanted one that ends it; write event.terminal = True"
    )
