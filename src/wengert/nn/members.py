"""What a module consists of: its own tensors, the modules in it, and the paths to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import wengert as wg

if TYPE_CHECKING:
    from .module import Module

Named = Iterator[tuple[str, Any]]


class Part:
    """What modules are to those who go through what they consist of."""

    __slots__ = ()


UNNAMED = "_members"
"""The attribute of containers that holds modules and parameters by names which are paths as they are."""


def _attributes(module: Module) -> Named:
    for name, value in module.__dict__.items():
        if name == UNNAMED:
            yield from value.items()
        else:
            yield name, value


def _in_plain(name: str, value: Any) -> Named:
    """The modules in a value of an attribute: itself, or items of lists, tuples and dicts."""
    if isinstance(value, Part):
        yield name, value
    elif type(value) is dict:
        for key, item in value.items():
            yield from _in_plain(f"{name}.{key}", item)
    elif type(value) in (list, tuple):
        for position, item in enumerate(value):
            yield from _in_plain(f"{name}.{position}", item)


def children(module: Module) -> Iterator[tuple[str, Module]]:
    """The modules that a module consists of directly, by name, as often as they are there."""
    for name, value in _attributes(module):
        if name not in PRIVATE:
            yield from _in_plain(name, value)


PRIVATE = frozenset({"_parameters", "_buffers", "_hooks", "_pre_hooks"})
"""Attributes of every module that lead to no others."""


def own_parameters(module: Module) -> Named:
    """The parameters of a module itself."""
    held = dict(_attributes(module))
    return ((name, held[name]) for name in module._parameters if held.get(name) is not None)


def own_buffers(module: Module) -> Named:
    """The buffers of a module itself."""
    return ((name, module.__dict__[name]) for name in module._buffers if module.__dict__.get(name) is not None)


def modules(module: Module, prefix: str = "", found: set[int] | None = None) -> Iterator[tuple[str, Module]]:
    """A module and all in it, each once, by path."""
    found = set() if found is None else found
    if id(module) in found:
        return
    found.add(id(module))
    yield prefix, module
    for name, child in children(module):
        yield from modules(child, joined(prefix, name), found)


def all_places(module: Module, prefix: str = "", above: tuple[Module, ...] = ()) -> Iterator[tuple[str, Module]]:
    """A module and all in it, by path, as often as they are there; one that is in itself is not gone into again."""
    yield prefix, module
    for name, child in children(module):
        if child is not module and not any(child is each for each in above):
            yield from all_places(child, joined(prefix, name), (*above, module))


def tensors(
    module: Module, own: Callable[[Module], Named], prefix: str, recurse: bool, remove_duplicate: bool
) -> Iterator[tuple[str, wg.Tensor]]:
    """The tensors of one kind, by path."""
    found: set[int] = set()
    within = modules if remove_duplicate else all_places
    for path, each in within(module, prefix) if recurse else [(prefix, module)]:
        for name, tensor in own(each):
            if not (remove_duplicate and id(tensor) in found):
                found.add(id(tensor))
                yield joined(path, name), tensor


def joined(path: str, name: str) -> str:
    """A path, and a name that goes on from there."""
    return f"{path}.{name}" if path else name


def module_at(module: Module, path: str) -> Module:
    """The module at a path.

    Raises:
        AttributeError: there is none.
    """
    for name, found in all_places(module):
        if name == path:
            return found
    raise AttributeError(_nothing_at(module, path, "module", [name for name, _ in all_places(module) if name]))


def tensor_at(module: Module, path: str, own: Callable[[Module], Named], what: str) -> wg.Tensor:
    """The tensor of one kind at a path.

    Raises:
        AttributeError: there is none.
    """
    held = dict(tensors(module, own, "", True, False))
    if path not in held:
        raise AttributeError(_nothing_at(module, path, what, list(held)))
    return held[path]


def _nothing_at(module: Module, path: str, what: str, there: list[str]) -> str:
    listed = ", ".join(there[:10]) + ("" if len(there) <= 10 else f" and {len(there) - 10} more")
    return (
        f"[{type(module).__name__}] {path!r} leads to no {what}, wanted one of: {listed or 'nothing, there is none'}; "
        "write the names of attributes and the numbers of items with points between them"
    )
