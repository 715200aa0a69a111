"""The signatures of the state, checked by machine code: shapes, dtypes and nodes of the tensors in its places."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy
from llvmlite import ir

from ...core.node import UNTRACKED, Leaf, Node
from ...core.tensor import Tensor
from ..interpreter.layouts import ARRAY_DATA, TYPE, WORD as BYTES, are_as_described, slot
from ..interpreter.methods import WITHOUT_ARGUMENTS, Definition, new_method
from ..interpreter.process_table import World, world
from ..native.ir.types import Value
from ..native.machine.disk_cache import key_of
from ..native.machine.llvm import ModulePart, NativeModule, Source
from ..state.places import GradientPlace, HandlePlace
from .finding import fits_of, of
from .tables import FormWords, SignatureWords
from .word_code import WORD_TYPE, Writing
from .word_table import WordTable

ROWS, FIRST_ROW = 0, 1
"""Words of the table: the number of rows, and the address of the first."""

_ROW_BYTES = (len(FormWords) + len(SignatureWords)) * BYTES


class FoundSignatures(WordTable):
    """The signatures of places that hold a tensor of a known node: all others are left to Python.

    Attributes:
        rest: the places, with their signatures, that Python has to look at.
    """

    __slots__ = ("rest",)

    def __init__(self, pairs: Sequence[tuple[Any, Any]] = ()) -> None:
        super().__init__(2)
        rows = {i: row for i, pair in enumerate(pairs) if (row := self._signature(*pair)) is not None}
        self.rest: list[tuple[Any, Any]] = [pair for i, pair in enumerate(pairs) if i not in rows]
        self._set_rows(ROWS, list(rows.values()))

    are_found: Any = None
    """Whether all places in the table have their signatures; a method in machine code, once there is one."""

    def _signature(self, place: Any, signature: Any) -> list[int] | None:
        if type(place) not in (HandlePlace, GradientPlace) or type(signature) is not tuple:
            return None
        shape, dtype, follower = signature
        if follower and type(follower) is not Leaf:
            return None
        is_gradient = type(place) is GradientPlace
        owner = place.leaf if is_gradient else place.tensor
        where = slots_of_state().gradient if is_gradient else 0
        return [*self._form(dtype, shape), self._keep(owner), where, self._keep(follower or UNTRACKED)]


class _Slots:
    """Where in tensors, leaves and tables their slots are."""

    def __init__(self) -> None:
        value, node, leaf = object(), Node.__new__(Node), Leaf(0, UNTRACKED)
        leaf.grad = Tensor(value, node)
        self.value, self.node = slot(leaf.grad, value), slot(leaf.grad, node)
        self.gradient = slot(leaf, leaf.grad)
        table = FoundSignatures.__new__(FoundSignatures)
        table.table = numpy.empty(0, numpy.int64)
        self.table = slot(table, table.table)


@cache
def slots_of_state() -> _Slots:
    """Where in this process the slots of tensors and leaves are."""
    return _Slots()


def _written() -> Source:
    """Emit ``are_found(signatures, nothing)``, a method without arguments in CPython's convention."""
    module = ir.Module("signatures")
    process: Any = ir.GlobalVariable(module, WORD_TYPE, "world")
    process.initializer = WORD_TYPE(0)
    holds = _holds(module, fits_of(module))
    w = Writing(module, "are_found", 2, linkage="external")
    signatures, _ = w.arguments
    table = w.word(w.word(signatures, slots_of_state().table), ARRAY_DATA)
    with w.each(w.word(table, ROWS * BYTES)) as index:
        row = w.nth(w.word(table, FIRST_ROW * BYTES), index, _ROW_BYTES)
        with w.builder.if_then(w.equal(w.do(holds, row), 0)):
            _give(w, w.of_world(World.FALSE))
    _give(w, w.of_world(World.TRUE))
    return Source([ModulePart(str(module))], {})


def _give(w: Writing, answer: Value) -> None:
    w.ask(World.Py_IncRef, answer)
    w.give(answer)


def _holds(module: ir.Module, fits: Writing) -> Writing:
    """Emit ``holds(row)``: whether a place holds a tensor with this node, whose array has this form."""
    w = Writing(module, "holds", 1)
    (row,) = w.arguments
    owner, where, held = of(w, row, SignatureWords.OWNER), of(w, row, SignatureWords.SLOT), w.local()
    w.put(owner, held)
    with w.builder.if_then(w.differ(where, 0)):
        w.put(w.word(w.at(owner, where)), held)
    tensor = w.word(held)
    w.give_if(w.equal(tensor, 0), 0)
    w.give_if(w.differ(w.word(tensor, TYPE), w.of_world(World.TENSOR)), 0)
    value, node = w.word(tensor, slots_of_state().value), w.word(tensor, slots_of_state().node)
    w.give_if(w.either(w.equal(value, 0), w.differ(node, of(w, row, SignatureWords.NODE))), 0)
    w.give_if(w.differ(w.word(value, TYPE), w.of_world(World.ARRAY)), 0)
    w.give(w.do(fits, value, row))
    return w


class _Method:
    """The machine code, with what it needs as long as it may be called.

    Raises:
        LookupError: this is not a Python or NumPy that it knows.
    """

    def __init__(self) -> None:
        places = tuple(map(str, vars(slots_of_state()).values()))
        self.world = world()
        self.native = NativeModule(_written, key_of("signatures", *places))
        self.native.word("world").value = self.world.ctypes.data
        self.definition = Definition(b"are_found", self.native.address("are_found"), WITHOUT_ARGUMENTS, None)
        FoundSignatures.are_found = new_method(FoundSignatures, self.definition)


@cache
def _method() -> _Method | None:
    try:
        return _Method() if are_as_described() else None
    except LookupError:
        return None


def signatures_of(pairs: Sequence[tuple[Any, Any]]) -> FoundSignatures | None:
    """The signatures of places, for machine code, if this is a Python that it knows."""
    return FoundSignatures(pairs) if _method() is not None else None
