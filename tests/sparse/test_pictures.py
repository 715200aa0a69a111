"""Pictures have a mark for each entry."""

from __future__ import annotations

import sys

import matplotlib
import numpy
import pytest

import wengert as wg

from .matrices import arrow


def test_each_entry_has_a_mark_in_the_color_of_its_product() -> None:
    matplotlib.use("Agg")
    plan = wg.sparse.plan_jacobian(lambda x: x[1:] * x[:-1], numpy.ones(5))
    axes = plan.plot()
    (marks,) = axes.collections
    numpy.testing.assert_array_equal(marks.get_offsets(), [[j, i] for i in range(4) for j in (i, i + 1)])
    assert len({tuple(color) for color in marks.get_facecolors()}) == 2
    assert axes.get_title() == "column coloring of 4 x 5, 8 nonzeros: 2 colors"
    assert wg.sparse.coloring(arrow(5), "star").plot(axes) is axes
    matplotlib.pyplot.close("all")


def test_without_matplotlib_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError) as refused:
        wg.sparse.coloring(numpy.eye(3)).plot()
    assert str(refused.value) == (
        "[plot] the package matplotlib is not installed, wanted it for pictures; write pip install 'wengert[gallery]'"
    )
