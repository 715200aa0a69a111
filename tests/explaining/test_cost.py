"""The cost of a gradient is measured, and is a multiple of the function that theory allows."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert.numpy as np
from wengert.explaining.cost import Cost, cost


def test_the_ratio_is_gradient_over_function() -> None:
    assert Cost(function=2e-6, gradient=7e-6).ratio == pytest.approx(3.5)


def test_the_gradient_of_many_inputs_costs_a_few_functions() -> None:
    x = numpy.linspace(0.1, 1.0, 20_000)

    def f(x: Any) -> Any:
        for _ in range(5):
            x = np.sin(x) * np.exp(-x)
        return np.sum(x)

    spent = cost(f, (x,))
    assert spent.function > 1e-5
    assert 1 < spent.ratio < 20  # at most about 5 in operations (Baur and Strassen 1983); room for a busy machine
