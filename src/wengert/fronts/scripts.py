"""Unchanged scripts: another library's name stands for its front, in this process."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["install", "installed", "main", "uninstall"]


class Front(MetaPathFinder, Loader):
    """Finds a front where a library is imported.

    Args:
        name: that of the library, ``"torch"``.
        front: the module that stands for it.
    """

    def __init__(self, name: str, front: str) -> None:
        self.name = name
        self.front = front

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The front's module, for the library and what is in it; nothing for others."""
        if fullname != self.name and not fullname.startswith(f"{self.name}."):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module of the front."""
        parts = spec.name.split(".")[1:]
        found: Any = import_module(self.front)
        for place, part in enumerate(parts):
            try:
                found = getattr(found, part)
            except AttributeError:
                found = import_module(".".join([self.front, *parts[: place + 1]]))
        self._own = found, getattr(found, "__spec__", None)
        return found

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: it has run. What the module says of itself stays."""
        found, spec = self._own
        found.__spec__ = spec


def install(name: str, front: str) -> Front:
    """Let ``import name`` give a front from now on, in this process.

    Raises:
        ImportError: the library itself was imported before.
    """
    there = sys.modules.get(name)
    if there is not None and there is not sys.modules.get(front):
        raise ImportError(
            f"[install] {name} itself was imported before, wanted none; write {front}.install() before anything "
            f"imports {name}"
        )
    finder = Front(name, front)
    sys.meta_path.insert(0, finder)
    return finder


def uninstall(finder: Front) -> None:
    """Let the name be the library's again."""
    sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name == finder.name or name.startswith(f"{finder.name}.")]:
        del sys.modules[name]


@contextmanager
def installed(name: str, front: str) -> Iterator[None]:
    """Let ``import name`` give a front within a ``with`` block."""
    finder = install(name, front)
    try:
        yield
    finally:
        uninstall(finder)


def main(name: str, front: str, arguments: list[str]) -> int:
    """``python -m front script.py ...``: run a script in which the library's name stands for the front."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(f"python -m {front} script.py [arguments]: run a script in which {name} is {front}")
        return 0 if arguments else 2
    install(name, front)
    sys.argv = arguments
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    except FileNotFoundError as error:
        if error.filename != arguments[0]:
            raise
        print(f"[{front}] there is no file {arguments[0]!r}, wanted a script; write python -m {front} script.py")
        return 2
    return 0
