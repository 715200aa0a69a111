"""Hard problems are solved to their tolerance."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests.scipy.integrate.gates import GATES

import wengert as wg
from wengert.scipy.integrate import solve_ivp

QUICK = [("ROBER", "Rodas5P"), ("ROBER", "Radau"), ("Lorenz", "Tsit5")]
OTHERS = [
    *[(name, method) for name in ("OREGO", "HIRES", "van der Pol", "Brusselator") for method in ("Rodas5P", "Radau")],
    ("Pleiades", "DOP853"),
]


@pytest.mark.parametrize(
    ("name", "method"), [*QUICK, *[pytest.param(*pair, marks=pytest.mark.wide) for pair in OTHERS]]
)
def test_errors_are_within_ten_times_the_tolerance(name: str, method: str) -> None:
    gate = GATES[name]

    @wg.jit
    def solved(rtol: Any) -> Any:
        times, atol = [gate.last], rtol * gate.smallest
        return solve_ivp(gate.fun, (0.0, gate.last), gate.y0, method, times, rtol=rtol, atol=atol)

    for rtol in (1e-4, 1e-6, 1e-8):
        found = solved(rtol)
        wanted = numpy.array(gate.solution)
        errors = numpy.abs(numpy.asarray(found.y)[: len(wanted), 0] - wanted)
        allowed = rtol * (gate.smallest + numpy.abs(wanted))
        assert found.success
        assert (errors < 10 * allowed).all() or (errors < gate.growth * allowed).all()
