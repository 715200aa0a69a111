"""What benchmarks read of exchanges in the text of a program; nothing here needs JAX."""

from __future__ import annotations

import pytest
from benchmarks.scaling import Exchange, exchanges


@pytest.mark.parametrize(
    ("line", "exchange", "over_a_link"),
    [
        (
            "%a = (f32[], f32[3,2]{1,0}) all-reduce(%x, %y), replica_groups=mesh['axis_0'=4,'axis_1'=2] {'axis_0'}, t",
            Exchange("all-reduce", 28, 4),
            42.0,
        ),
        ("%a = f64[8]{0} all-gather(%x), replica_groups=[2,4]<=[8], dimensions={0}", Exchange("all-gather", 64, 4), 48),
        (
            "%a = bf16[8]{0} reduce-scatter(%x), replica_groups={{0,1},{2,3}}, dimensions={0}",
            Exchange("reduce-scatter", 32, 2),
            16,
        ),
        (
            "%a = f32[8]{0} all-to-all(%x), replica_groups=mesh['axis_0'=8,'axis_1'=2] {'axis_0':(1)2,'axis_1'}",
            Exchange("all-to-all", 32, 4),
            24,
        ),
        (
            "%a = f32[4]{0} collective-permute(%x), source_target_pairs={{0,1}}",
            Exchange("collective-permute", 16, 2),
            16,
        ),
    ],
)
def test_an_exchange(line: str, exchange: Exchange, over_a_link: float) -> None:
    (found,) = exchanges(f"%b = f32[4]{{0}} add(%x, %y)\n{line}\n")
    assert found == exchange
    assert found.over_a_link == over_a_link
