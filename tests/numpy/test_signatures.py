"""Every function takes what NumPy's takes: the same parameters, in the same places."""

from __future__ import annotations

import inspect
from typing import Any

import numpy
import pytest

import wengert.numpy as np

WITHOUT_NAMES = ("einsum", "einsum_path", "fromstring", "vectorize")
"""NumPy's einsum takes its operands as ``*operands``; that of fromstring is not known; vectorize is a class."""

NAMES = [
    name
    for name in dir(numpy)
    if not name.startswith("_")
    and callable(getattr(np, name, None))
    and getattr(np, name) is not getattr(numpy, name)
    and not inspect.isclass(getattr(numpy, name))
    and name not in WITHOUT_NAMES
]
BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
BY_NAME = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def parameters(function: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


@pytest.mark.part(2)
@pytest.mark.parametrize("name", NAMES)
def test_the_parameters_are_numpys(name: str) -> None:
    ours, theirs = getattr(np, name), getattr(numpy, name)
    known = parameters(ours)
    takes_all = {p.kind for p in known} & {inspect.Parameter.VAR_KEYWORD}
    takes_more = {p.kind for p in known} & {inspect.Parameter.VAR_POSITIONAL}
    named = {p.name for p in known if p.kind in BY_NAME}
    places = [p.name for p in known if p.kind in BY_POSITION]
    for i, parameter in enumerate(p for p in parameters(theirs) if p.kind in BY_POSITION):
        assert takes_more or i < len(places), f"no {parameter.name} by position"
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            assert takes_more or places[i] == parameter.name, f"{places[i]} stands where {parameter.name} does"
    for parameter in parameters(theirs):
        if parameter.kind in BY_NAME:
            assert takes_all or parameter.name in named, f"no {parameter.name}"
    needed = sum(p.kind in BY_POSITION and p.default is p.empty for p in parameters(theirs))
    assert sum(p.kind in BY_POSITION and p.default is p.empty for p in known) <= needed
