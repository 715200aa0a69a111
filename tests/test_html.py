"""What objects show in notebooks: well-formed, complete, and nothing of a user's text is markup."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import html, nn

HOSTILE = "<script>alert('&')</script>"


def parsed(value: object) -> ElementTree.Element:
    """The HTML of an object, which is well-formed as XML too."""
    return ElementTree.fromstring(f"<div>{value._repr_html_()}</div>")  # type: ignore[attr-defined]


def text_of(value: object) -> str:
    return "".join(parsed(value).itertext())


def film(u: wg.Tensor) -> wg.Tensor:
    return 2 * u[1:-1] - u[2:] - u[:-2] + np.exp(u[1:-1])


@wg.jit
def compiled(x: wg.Tensor) -> wg.Tensor:
    return np.sum(x * 2)


SHOWN = {
    "tensor": (lambda: wg.tensor([1.0, 2.0]), ["tensor([1., 2.])", "float64, shape (2,)"]),
    "graph": (lambda: compiled.lower(np.ones(3)).graph, ["program(a: float64[3])", "2 operations"]),
    "lowered": (lambda: compiled.lower(np.ones(3)), ["program(a: float64[3])", "(2 recorded)"]),
    "explanation": (lambda: wg.explain(lambda x: x * np.sin(x), 2.0), ["sin"]),
    "module": (lambda: nn.Sequential(nn.Linear(2, 3), nn.ReLU()), ["(0): Linear(", "9 parameters", "(1): ReLU("]),
    "summary": (lambda: nn.summary(nn.Linear(2, 3), np.ones((1, 2))), ["parameters", "total"]),
    "plan": (lambda: wg.sparse.plan_jacobian(film, np.zeros(102)), ["100 x 102 Jacobian"]),
    "report": (lambda: wg.check(np.sin, 0.5), ["passed every test", "forward = reverse"]),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_a_notebook_shows(name: str) -> None:
    make, parts = SHOWN[name]
    shown = text_of(make())
    assert [part for part in parts if part not in shown] == []


def test_a_tracer_shows_what_it_is_without_a_value() -> None:
    shown: list[str] = []
    wg.jit(lambda x: shown.append(x._repr_html_()) or x)(np.ones(2))
    assert "float64[2]" in shown[0] or "(2,)" in shown[0]


def test_no_text_of_a_user_is_markup() -> None:
    class Named(nn.Module):
        def extra_repr(self) -> str:
            return HOSTILE

    def hostile(x: wg.Tensor) -> wg.Tensor:
        return np.sin(x)

    hostile.__name__ = HOSTILE
    for value in (Named(), nn.Sequential(Named()), wg.check(hostile, 0.5)):
        assert HOSTILE in text_of(value)
        assert not list(parsed(value).iter("script"))
    for made in (html.preformatted(HOSTILE, HOSTILE), html.table([HOSTILE], [[HOSTILE]]), html.folded(HOSTILE, [])):
        assert "<script" not in made


def test_the_picture_of_a_pattern_has_its_places() -> None:
    rows, columns = numpy.arange(5), numpy.arange(5)
    squares = ElementTree.fromstring(html.dots(rows, columns, (5, 5))).findall("rect")
    assert [(square.get("x"), square.get("y")) for square in squares] == [(str(i), str(i)) for i in range(5)]
    wide = ElementTree.fromstring(html.dots(numpy.arange(1000), numpy.arange(1000), (1000, 1000)))
    assert (wide.get("viewBox"), len(wide.findall("rect"))) == ("0 0 60 60", 60)
    assert not ElementTree.fromstring(html.dots(rows[:0], rows[:0], (0, 4))).findall("rect")
