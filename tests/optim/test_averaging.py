"""Averages of parameters: their values, their use, their state."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
from wengert import optim

VALUES = [numpy.array([1.0, -1.0]), numpy.array([4.0, 0.5]), numpy.array([-2.0, 3.0])]


def averaged(decay: float | None, dtype: str = "float64") -> tuple[Any, Any]:
    x = wg.tensor(numpy.zeros(2, dtype), requires_grad=True)
    average = optim.Average([x], decay)
    for value in VALUES:
        with wg.no_grad():
            x.copy_(value)
        average.update()
    return x, average


def moving(decay: float) -> numpy.ndarray:
    found = VALUES[0]
    for value in VALUES[1:]:
        found = decay * found + (1 - decay) * value
    return found


@pytest.mark.parametrize(("decay", "expected"), [(None, sum(VALUES) / 3), (0.9, moving(0.9)), (0.0, VALUES[-1])])
def test_an_average_is_of_the_values_that_it_took(decay: float | None, expected: Any) -> None:
    _, average = averaged(decay)
    numpy.testing.assert_allclose(average.params[0], expected, rtol=1e-14)


def test_the_dtype_stays() -> None:
    assert averaged(0.9, "float32")[1].params[0].dtype == "float32"


def test_averages_take_the_place_of_parameters_for_a_while() -> None:
    x, average = averaged(None)

    def use() -> None:
        with average.applied():
            numpy.testing.assert_allclose(x.detach(), sum(VALUES) / 3)
            raise KeyError

    with pytest.raises(KeyError):
        use()
    numpy.testing.assert_array_equal(x.detach(), VALUES[-1])


def test_a_loaded_average_goes_on() -> None:
    (x, first), (_, second) = averaged(0.5), averaged(None)
    other = optim.Average([x], 0.5)
    other.load_state_dict(first.state_dict())
    first.update()
    other.update()
    numpy.testing.assert_array_equal(first.params[0], other.params[0])
    assert int(second.state_dict()["count"]) == 3


def test_an_average_is_a_part_of_a_compiled_step() -> None:
    x = wg.tensor(8.0, requires_grad=True)
    optimizer, average = optim.SGD([x], lr=0.25), optim.Average([x])

    @wg.jit
    def step() -> None:
        optimizer.zero_grad()
        (x * x).backward()
        optimizer.step()
        average.update()

    for _ in range(3):
        step()
    assert average.params[0].item() == pytest.approx((4.0 + 2.0 + 1.0) / 3)


def test_statistics_of_batches_are_taken_anew() -> None:
    net = wg.nn.Sequential(wg.nn.Linear(2, 3), wg.nn.BatchNorm1d(3, momentum=0.3)).eval()
    batches = [(wg.tensor(numpy.float32([[i, 1.0], [2.0 * i, i]])), None) for i in range(4)]
    optim.update_bn(batches, net)
    optim.update_bn(batches, net)
    expected = sum(net[0](x).detach().numpy().mean(axis=0) for x, _ in batches) / 4
    numpy.testing.assert_allclose(net[1].running_mean, expected, rtol=1e-5, atol=1e-6)
    assert net[1].momentum == 0.3
    assert not net.training


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="no parameters") as error:
        optim.Average([])
    assert str(error.value) == "[Average] there are no parameters, wanted some to average; write net.parameters()"
    with pytest.raises(ValueError, match="decay") as error:
        optim.Average([wg.tensor(1.0)], 1.5)
    assert str(error.value) == "[Average] decay is 1.5, wanted a number from 0 to 1; write decay=0.999"
