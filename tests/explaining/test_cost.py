"""The cost of a gradient is measured. (How large it is depends on the machine, and is no test's business.)"""

from __future__ import annotations

import time
from typing import Any

import pytest

from wengert.explaining.cost import ROUNDS, Cost, cost, told


def test_the_ratio_is_gradient_over_function() -> None:
    assert Cost(function=2e-6, gradient=7e-6).ratio == pytest.approx(3.5)


def test_both_are_timed_in_turns() -> None:
    seen: list[bool] = []

    def slow(x: Any) -> Any:
        seen.append(bool(x._node.watch))
        time.sleep(6e-3)
        return x * x

    cost(slow, (3.0,))
    assert seen == [False, True, False, *[False, True] * ROUNDS]


def test_what_takes_no_time_or_too_much_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.explaining.cost.MOST_SECONDS", 0.03)
    calls: list[None] = []

    def endless(x: Any) -> Any:
        calls.append(None)
        time.sleep(0.02)
        return x

    assert cost(lambda x: x * x, (3.0,)) is None
    assert cost(endless, (3.0,)) is None
    assert len(calls) == 2
    assert cost(lambda: 1.0, ()) is None


@pytest.mark.parametrize(
    ("spent", "is_told"),
    [(Cost(1e-3, 3e-3, 1.1), True), (Cost(1e-5, 3e-5, 1.1), False), (Cost(1e-3, 3e-3, 2.0), False)],
)
def test_it_means_something_if_it_is_long_and_steady(spent: Cost, is_told: bool) -> None:
    assert spent.means_something is is_told


def test_it_is_told_with_its_meaning() -> None:
    assert told(Cost(1.25e-3, 5e-3)) == [
        "value and gradient take 4.0 times as long as the value",
        "(5 ms, 1.25 ms; in operations it is at most about 5 times)",
    ]
