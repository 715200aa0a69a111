"""Layouts: what is taken for granted about memory is tested before it is relied on."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

pytest.importorskip("llvmlite")

import wengert as wg
from wengert.compile.call import method
from wengert.compile.interpreter import layouts, process_table as world
from wengert.compile.jit import Compiled
from wengert.core.node import UNTRACKED


class Slotted:
    __slots__ = ("first", "second")


def test_a_slot_is_found_by_what_it_holds() -> None:
    holder, held = Slotted(), object()
    holder.second = held
    place = layouts.slot(holder, held)
    holder.second = UNTRACKED
    assert layouts.word(id(holder) + place) == id(UNTRACKED)


def test_a_slot_that_is_not_found_once_is_not_known() -> None:
    holder, held = Slotted(), object()
    with pytest.raises(LookupError):
        layouts.slot(holder, held)
    holder.first = holder.second = held
    with pytest.raises(LookupError):
        layouts.slot(holder, held)


def test_the_dict_of_a_class_is_the_one_behind_its_attributes() -> None:
    attributes = layouts.attributes_of(Slotted)
    assert attributes == dict(vars(Slotted))
    Slotted.late = 1  # type: ignore[attr-defined]
    assert attributes["late"] == 1


@pytest.mark.parametrize("name", ["HEAD", "TUPLE_ITEMS", "CELL_CONTENTS", "FLOAT_VALUE", "ARRAY_DATA", "ARRAY_NDIM"])
def test_another_layout_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check = layouts.are_as_described.__wrapped__
    if not check():
        pytest.skip("there are no doors in this Python")
    monkeypatch.setattr(layouts, name, getattr(layouts, name) - layouts.WORD)
    assert not check()


OTHERS: dict[str, tuple[str, str, Any]] = {
    "this is not a CPython of 64 bits": ("sys", "maxsize", 2**31 - 1),
    "this Python is free-threaded": ("sysconfig", "get_config_var", lambda name: int(name == "Py_GIL_DISABLED")),
    "this Python is built for debugging": ("sys", "gettotalrefcount", lambda: 0),
    "this Python or NumPy keeps its objects otherwise": ("layouts", "FLOAT_VALUE", 0),
}


@pytest.mark.parametrize("reason", OTHERS)
def test_a_report_says_why_there_are_no_doors(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: Any = wg.jit(lambda x: x + 1)
    compiled(numpy.ones(3))
    if not layouts.are_as_described():
        pytest.skip("there are no doors in this Python")
    assert "through Python" not in compiled.report()
    module, name, value = OTHERS[reason]
    holder = layouts if module == "layouts" else getattr(layouts, module)
    monkeypatch.setattr(holder, name, value, raising=False)
    assert compiled.report().splitlines()[-1] == f"  every call is through Python, since {reason}"


def test_a_python_that_lacks_a_function_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="no PyNot"):
        world._address_of("PyNot")


def test_another_numpy_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "_KNOWN_ABI", 1)
    with pytest.raises(LookupError):
        world.table_of_numpy()
    before = Compiled.__call__
    assert method._routine.__wrapped__(Compiled) is None
    assert Compiled.__call__ is before


def test_without_a_door_calls_are_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(method, "doors_open", lambda cls: False)
    monkeypatch.setattr("wengert.compile.jit.FREQUENT", 0)
    compiled: Any = wg.jit(lambda x: x + 1)
    for _ in range(3):
        numpy.testing.assert_array_equal(compiled(numpy.ones(3)).numpy(), 2 * numpy.ones(3))
    assert compiled.doors == ()


def test_the_address_of_an_array() -> None:
    x = numpy.zeros((3, 4))
    for array in (x, x[1:, ::2], x.T, numpy.zeros(())):
        assert layouts.address_of(array) == array.ctypes.data
