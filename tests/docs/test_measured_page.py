"""The page of measurements shows what is kept."""

from __future__ import annotations

from benchmarks.timing import Time
from docs import make_measured


def test_page_is_up_to_date() -> None:
    assert make_measured.PAGE.read_text() == make_measured.render(), "run python -m docs.make_measured"


def test_a_row_is_compared_with_the_quickest_other() -> None:
    """By the time of processors."""
    row = {"wengert": Time(9e-6, 1e-6), "jax": Time(2e-6, 4e-6), "torch": Time(3e-6, 2e-6)}
    assert make_measured.cells(row) == ("1.00 us", "torch 2.00 us", "0.50")
    assert make_measured.cells({"wengert": 5e6}) == ("5.00 MB", "", "")
