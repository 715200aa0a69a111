"""Finished programs on disk, by the graphs that they are made of: a second process makes nothing anew.

An entry says where arrays are, has the constants, and names the machine code, which programs of other constants share.
Its name is a digest of the graph before it is simplified, with all that passes read, and of the source of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from ..passes.later import LaterGraph
from .facts.graph_text import NamelessError
from .facts.layout import FrameLayout
from .facts.package_names import IN_PACKAGE
from .machine.disk_cache import PROGRAM_SUFFIX, Code, NotOursError, joined, key_of, load, separated, store

MOST_CONSTANTS = 1 << 20
"""Bytes of constants in an entry, at most: more is as soon made anew."""


class FinishedProgram(NamedTuple):
    """What a program is, besides its graph and its code.

    Attributes:
        constants: those that its code reads.
        code: the name of its code.
    """

    layout: FrameLayout
    constants: Sequence[Any]
    code: str

    def packed(self) -> bytes:
        """As the contents of a file."""
        forms = [[list(array.shape), array.dtype.name] for array in self.constants]
        head = {"layout": self.layout.as_plain(), "constants": forms, "code": self.code}
        return joined(head, [array.tobytes() for array in self.constants])

    @classmethod
    def unpacked(cls, contents: bytes) -> FinishedProgram:
        """The inverse.

        Raises:
            NotOursError: these are not the contents of such a file.
        """
        head, parts = separated(contents)
        try:
            forms = zip(parts, head["constants"], strict=True)
            constants = [numpy.frombuffer(part, name).reshape(shape).copy() for part, (shape, name) in forms]
            return cls(FrameLayout.from_plain(head["layout"]), constants, str(head["code"]))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise NotOursError("is damaged") from error


def name_on_disk(graph: LaterGraph, donors: Mapping[int, int]) -> str | None:
    """The name of a program on disk; ``None`` where its graph does not tell all that it depends on."""
    try:
        text = IN_PACKAGE.of_graph(graph.origin)
    except NamelessError:
        return None
    return key_of("program", str(graph.is_simplified), str(sorted(donors.items())), text) + PROGRAM_SUFFIX


def found_on_disk(name: str | None) -> tuple[FinishedProgram, Code] | None:
    """The program of a name with its code, if both are there."""
    program = None if name is None else load(name, FinishedProgram)
    code = None if program is None else load(program.code)
    return None if program is None or code is None else (program, code)


def keep(name: str | None, program: FinishedProgram | None) -> None:
    """Keep a program whose code is kept under a name, if both are known and its constants are not long."""
    if name and program and sum(array.nbytes for array in program.constants) <= MOST_CONSTANTS:
        store(name, program)
