"""The names by which documents know primitives: a closed list, made of what the package itself defines."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from ... import control, ops
from ...core import recording
from ...core.primitive import Primitive, primitive_of
from ...ops.einsum import einsum_of, is_einsum
from ...ops.elementwise import truncate
from ...ops.placing import PLACE
from ...ops.special.bessel import numpy_i0
from ...ops.special.gamma import riemann_zeta
from ...scipy.stats import distribution

OTHERWISE_NAMED = {
    primitive_of(truncate): "truncate",
    primitive_of(numpy_i0): "numpy_i0",
    primitive_of(riemann_zeta): "riemann_zeta",
    PLACE: "place_on_device",
}
"""Primitives that share their name with another."""

EINSUM = "einsum"
"""The name of a family: there is a primitive for each number of operands."""


def name_in_documents(primitive: Primitive) -> str | None:
    """The name of a primitive; ``None`` if it is not of the package, or made anew for each function."""
    return EINSUM if is_einsum(primitive) else _names().get(primitive)


def named_primitive(name: str, operands: int) -> Primitive | None:
    """The primitive of a name, for so many operands; ``None`` if there is none."""
    return einsum_of(operands) if name == EINSUM else _primitives().get(name)


@cache
def _names() -> dict[Primitive, str]:
    return {primitive: OTHERWISE_NAMED.get(primitive, primitive.name) for primitive in _defined()}


@cache
def _primitives() -> dict[str, Primitive]:
    names = _names()
    found = {name: primitive for primitive, name in names.items()}
    assert len(found) == len(names), "two primitives have one name in documents"
    return found


def _defined() -> Iterator[Primitive]:
    """The primitives of operations and loops, and those of the distributions."""
    for package in (ops, control):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield from primitives_in(importlib.import_module(found.name))
    yield from primitives_in(recording)
    yield from primitives_in(distribution)


def primitives_in(module: ModuleType) -> Iterator[Primitive]:
    """The primitives that a module holds, as such or by the functions that call them."""
    for value in vars(module).values():
        primitive = getattr(value, "primitive", value)
        if isinstance(primitive, Primitive) and not is_einsum(primitive):
            yield primitive
