"""Modules of another library whose contents a front has in one place."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

__all__ = ["also_at"]


class Address(ModuleType):
    """A module that has what another has.

    Args:
        name: how it is imported.
        contents: the module that has everything.
    """

    def __init__(self, name: str, contents: ModuleType) -> None:
        super().__init__(name, contents.__doc__)
        self._contents = contents

    def __getattr__(self, name: str) -> Any:
        return getattr(self._contents, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._contents)})


def also_at(package: str, names: Iterable[str]) -> None:
    """Let what a package has be found in modules under it too, by attribute and by ``import``.

    Args:
        package: the name of the package, which is being imported.
        names: those of the modules; one that is in another comes after it, as ``"modules.conv"`` after ``"modules"``.
    """
    for name in names:
        parent, _, last = f"{package}.{name}".rpartition(".")
        sys.modules[f"{package}.{name}"] = address = Address(f"{package}.{name}", sys.modules[package])
        setattr(sys.modules[parent], last, address)
