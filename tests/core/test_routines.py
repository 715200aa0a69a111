"""Routines are loaded when they are first asked for."""

from __future__ import annotations

import pytest

from wengert.core import routines
from wengert.core.primitive import Primitive


def test_a_routine_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routines, "_OFFERED", {})
    monkeypatch.setattr(routines, "_LOADED", {})
    primitive, other = (Primitive(name, abs, ("x",), lambda x: x) for name in ("one", "other"))
    loads = []
    routines.offer(primitive, lambda: loads.append(1) or abs)
    assert [routines.routine_of(primitive) for _ in range(2)] == [abs, abs]
    assert routines.routine_of(other) is None
    assert loads == [1]
