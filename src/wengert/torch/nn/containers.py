"""What holds modules or parameters: the engine's containers, which show what they hold as PyTorch's users know it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import wengert as wg
from wengert.fronts.face import behind

from .module import Module, shown

__all__ = ["CONTAINERS"]


class _ByName(Module):
    """A dict, whose modules are attributes too."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        held = self.__dict__.get("_members", {})
        if name in held:
            return shown(self, name, held[name])
        return super().__getattr__(name)  # type: ignore[misc]


class _Shows(Module):
    """What holds parameters, and gives them as faces: always the same ones."""

    __slots__ = ()

    _members: dict[str, Any]

    def _hold(self, name: str, value: Any) -> None:
        super()._hold(name, behind(value))  # type: ignore[misc]
        shown(self, name, self._members[name], value)

    def _all(self) -> list[Any]:
        return [shown(self, name, value) for name, value in self._members.items()]

    def values(self) -> list[Any]:
        """The parameters."""
        return self._all()

    def items(self) -> list[tuple[str, Any]]:
        """The names with the parameters."""
        return list(zip(self._members, self._all(), strict=True))


class _ShowsList(_Shows):
    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __getitem__(self, index: Any) -> Any:
        found = self._all()[index]
        return type(self)(found) if isinstance(index, slice) else found  # type: ignore[call-arg]


class _ShowsDict(_Shows):
    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        return shown(self, key, self._members[key])


def _container(below: type, habit: type[Module]) -> type[Module]:
    """A container of the engine that holds modules of this front, and needs no twin."""
    return type(below.__name__, (habit, below), {"__slots__": (), "__doc__": below.__doc__, "__module__": __name__})


CONTAINERS = {
    below.__name__: _container(below, habit)
    for below, habit in {
        wg.nn.ModuleDict: _ByName, wg.nn.ModuleList: Module, wg.nn.ParameterDict: _ShowsDict,
        wg.nn.ParameterList: _ShowsList, wg.nn.Sequential: _ByName,
    }.items()
}  # fmt: skip
"""What holds modules or parameters, by name."""
