"""The cost of a gradient is measured. (How large it is depends on the machine, and is no test's business.)"""

from __future__ import annotations

import time
from typing import Any

import pytest

from wengert.explaining.cost import ROUNDS, Cost, cost


def test_the_ratio_is_gradient_over_function() -> None:
    assert Cost(function=2e-6, gradient=7e-6).ratio == pytest.approx(3.5)


def test_both_are_timed_in_turns() -> None:
    seen: list[bool] = []

    def slow(x: Any) -> Any:
        seen.append(bool(x._node.watch))
        time.sleep(6e-3)
        return x * x

    spent = cost(slow, (3.0,))
    assert seen == [False, True] * ROUNDS
    assert min(spent) >= 6e-3
