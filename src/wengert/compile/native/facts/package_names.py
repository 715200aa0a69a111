"""Names of primitives that the package defines: what has one is the same operation in every process.

What is made for one function (a rule of a user's, a hook on a result) has none, whatever it is called.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

from ....core.primitive import Primitive
from ....ops.einsum import einsum_of, is_einsum
from .graph_text import GraphText, NamelessError

HOMES = ("core", "ops", "control")
"""The folders in which there are primitives that can be recorded."""


def name_in_package(primitive: Primitive) -> str:
    """The name of a primitive, which no other has.

    Raises:
        NamelessError: it is made for one function.
    """
    wide = primitive.wide
    if wide is not None and wide.rounded is primitive:
        return f"rounded {name_in_package(wide)}"
    if is_einsum(primitive) and primitive is einsum_of(len(primitive.operands)):
        return "einsum"
    if primitive not in _defined(len(sys.modules)):
        raise NamelessError(primitive.name)
    derived = "derived" if primitive.joint or any(primitive.maps) else "not derived"
    return f"{primitive.name} by {_written(primitive.evaluate)}, {derived}"


def _written(evaluate: Any) -> str:
    """Where a function is written, or the name of one of NumPy's: some operations share a name in the list."""
    code = getattr(evaluate, "__code__", None)
    return f"{evaluate.__module__}:{code.co_firstlineno}" if code else getattr(evaluate, "__name__", "")


@lru_cache(maxsize=1)
def _defined(modules: int) -> frozenset[Primitive]:
    """What the package defines, while so many modules are imported."""
    homes = tuple(f"{__name__.partition('.')[0]}.{home}." for home in HOMES)
    found = (vars(sys.modules[name]).values() for name in list(sys.modules) if name.startswith(homes))
    primitives = (getattr(value, "primitive", value) for values in found for value in list(values))
    return frozenset(primitive for primitive in primitives if type(primitive) is Primitive)


IN_PACKAGE = GraphText(name_in_package)
"""It calls primitives as the package does, and has no text for what is made for one function."""
